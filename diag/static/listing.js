// The table with what narrows it: the filter, a chosen host, and what to say when nothing is left.

import { NoAnswer } from "./api.js";
import { byId, el, fill } from "./dom.js";
import { Table } from "./table.js";
import { hostText } from "./words.js";

const TYPING_PAUSE = 120;

/** `onDraw` is called with each part of the table after it was drawn. */
export class Listing {
  constructor(onDraw) {
    this.table = new Table(onDraw);
    this.host = "";
    this.typing = 0;
  }

  /** Follows what is typed and chosen. */
  listen() {
    byId("filter").addEventListener("input", () => {
      clearTimeout(this.typing);
      this.typing = setTimeout(() => this.filter(), TYPING_PAUSE);
    });
    byId("table").addEventListener("click", (event) => {
      const button = event.target.closest("button[data-host]");
      if (button) this.choose(button.dataset.host);
    });
  }

  /** The table of a new revision; the very first one from its top. */
  async renew(isFirst) {
    await (isFirst ? this.table.filter(filterText(), this.host) : this.table.refresh());
    this.showEmpty();
  }

  async filter() {
    try {
      await this.table.filter(filterText(), this.host);
      this.showEmpty();
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      byId("shown").textContent = error.message;
    }
  }

  choose(host) {
    this.host = host;
    const chosen = byId("chosen-host");
    chosen.hidden = !host;
    const all = el("button", { type: "button" }, "Show all hosts");
    all.addEventListener("click", () => this.choose(""));
    fill(chosen, "Only ", el("strong", {}, hostText(host)), " ", all);
    this.filter();
  }

  showEmpty() {
    const empty = byId("empty");
    const { total } = this.table;
    empty.hidden = total !== 0;
    byId("routes-heading").closest("section").dataset.rows = total ? "some" : "none";
    if (total === 0) fill(empty, ...(filterText() || this.host ? this.noMatch() : noRoutes()));
  }

  noMatch() {
    const clear = el("button", { type: "button" }, "Clear the filter");
    clear.addEventListener("click", () => {
      byId("filter").value = "";
      this.choose("");
      byId("filter").focus();
    });
    return [el("p", {}, "No route matches ", el("code", {}, filterText() || this.host), "."), clear];
  }
}

function filterText() {
  return byId("filter").value.trim();
}

function noRoutes() {
  return [
    el("p", {}, "No routes yet. Add a Mapping, an HTTPRoute or an Ingress, and it appears here."),
    el("pre", { tabindex: "0" }, [
      "apiVersion: getambassador.io/v3alpha1", "kind: Mapping", "metadata:", "  name: hello", "spec:",
      '  hostname: "*"', "  prefix: /hello/", "  service: hello.default:80",
    ].join("\n")),
  ];
}
