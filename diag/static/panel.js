// The panel beside the table. What it shows stands in the address: #route=NAME or #object=KIND/NAMESPACE/NAME&field=PATH.

import { NoAnswer } from "./api.js";
import { byId, el, fill } from "./dom.js";

/** What a fragment names: `{view, given}`, or null. */
export function chosen(views, hash = location.hash) {
  const given = new URLSearchParams(hash.slice(1));
  const view = Object.keys(views).find((name) => given.get(name));
  return view ? { view, given } : null;
}

/** The route in the address, or "". */
export function chosenRoute() {
  return new URLSearchParams(location.hash.slice(1)).get("route") ?? "";
}

/**
 * `views` by the name of their parameter: `{title, content}`, both given the parameters. `content` gets a signal too,
 * which tells it when it is no longer looked at. `onClose` gets the parameters and what had the focus before.
 */
export class Panel {
  constructor(views, onClose) {
    this.views = views;
    this.onClose = onClose;
    this.root = byId("details");
    this.open = "";
    this.given = null;
    this.opener = null;
    this.stop = new AbortController();
  }

  /** Opens, changes or closes to match the address. */
  async follow() {
    const found = chosen(this.views);
    if (!found) {
      this.hide();
      return;
    }
    const isNew = location.hash !== this.open;
    if (!this.open) this.opener = document.activeElement;
    this.open = location.hash;
    this.given = found.given;
    await this.load(found, isNew);
    if (isNew && this.open === location.hash) this.begin();
  }

  /** Shows what is open as it is now. */
  async refresh() {
    const found = chosen(this.views, this.open);
    if (found) await this.load(found, false);
  }

  async load({ view, given }, isNew) {
    const { title, content } = this.views[view];
    const hash = this.open;
    const stop = new AbortController();
    try {
      const parts = await content(given, stop.signal);
      if (this.open === hash) this.show(title(given), parts, stop);
      else stop.abort();
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      if (this.open === hash && isNew) this.show(title(given), el("p", { class: "empty" }, error.message), stop);
    }
  }

  show(title, parts, stop) {
    this.stop.abort();
    this.stop = stop;
    this.root.hidden = false;
    document.body.dataset.details = "open";
    fill(this.root, head(title), parts);
  }

  // What is new is read from its top, or from the line that was asked for.
  begin() {
    this.root.focus({ preventScroll: true });
    this.root.scrollTop = 0;
    const mark = this.root.querySelector("[data-marked]");
    if (mark) this.root.scrollTop = mark.offsetTop - this.root.clientHeight / 3;
  }

  hide() {
    if (!this.open) return;
    const { given, opener } = this;
    this.open = "";
    this.stop.abort();
    this.root.hidden = true;
    delete document.body.dataset.details;
    this.onClose(given, opener);
  }
}

function head(title) {
  return el("header", {},
    el("h2", { id: "details-name" }, title),
    el("a", { class: "close", href: "#", role: "button", "aria-label": "Close details" }, "Close"));
}
