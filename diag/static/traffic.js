// What arrives: one question every few seconds for the routes in sight, while the page is looked at. Says nothing where
// the server counts nothing.

import { NoAnswer, get } from "./api.js";
import { byId, el, fill } from "./dom.js";
import { rate, seldom, succeeded, success } from "./numbers.js";
import { count } from "./words.js";

const EVERY = 3000;
// What takes long to answer is asked less often.
const PATIENCE = 10;
// Who scrolls on is not asked for at each step.
const SCROLLING = 200;
const ABSENT = 404;
const UNROUTED = "#traffic=unrouted";

/** Counts of the routes in sight, and the cells of the table that show them. `inView` says what is. */
export class Traffic {
  constructor(inView) {
    this.inView = inView;
    this.asked = "";
    this.routes = null;
    this.timer = 0;
    this.absent = false;
    document.addEventListener("visibilitychange", () => this.wake());
  }

  /** Asks now, unless that is under way. */
  wake() {
    if (!document.hidden && !this.timer && !this.absent) this.ask();
  }

  async ask() {
    this.timer = -1;
    const began = performance.now();
    try {
      const view = this.inView();
      this.asked = JSON.stringify(view);
      this.take(await get("traffic", view));
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      this.take(null);
      this.absent = error.status === ABSENT;
    }
    const pause = Math.max(EVERY, PATIENCE * (performance.now() - began));
    this.timer = setTimeout(() => this.again(), pause);
  }

  again() {
    this.timer = 0;
    this.wake();
  }

  /** Something else has come into sight. */
  follow(part) {
    this.draw(part);
    if (this.timer <= 0 || this.asked === JSON.stringify(this.inView())) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.again(), SCROLLING);
  }

  take(answer) {
    this.routes = answer?.routes ?? null;
    byId("table").dataset.live = answer && answer.total > (answer.unrouted?.requests ?? 0) ? "some" : "none";
    fill(byId("unrouted"), answer ? unrouted(answer.unrouted) : null, answer?.dropped ? ` (${count(answer.dropped, "more")} not counted)` : null);
    this.draw(byId("table"));
  }

  /** Fills the cells below an element. */
  draw(root) {
    for (const cell of root.querySelectorAll("[data-live-of]")) fill(cell, this.texts(cell.dataset.liveOf));
  }

  texts(name) {
    const found = this.routes && Object.hasOwn(this.routes, name) ? this.routes[name] : null;
    return found ? figures(found) : [];
  }
}

/** Rate or count, and how much of it succeeds. */
export function figures(found) {
  const percent = succeeded(found);
  return [
    el("span", { class: "rate" }, seldom(found) ? count(found.requests, "request") : rate(found.per_second)),
    percent === null ? null : el("span", { class: "success", "data-tone": success(percent) }, `${shortened(percent)} % ok`),
  ];
}

// 99.96 must not become a reassuring 100.
function shortened(percent) {
  return percent === 100 ? 100 : Math.min(Math.round(percent * 10) / 10, 99.9);
}

function unrouted(found) {
  const amount = found?.requests ?? 0;
  return amount ? el("a", { href: UNROUTED }, `${count(amount, "request")} found no route`) : null;
}
