// What arrives: one question every few seconds for all routes, while the page is looked at. Says nothing where the
// server counts nothing.

import { NoAnswer, get } from "./api.js";
import { byId, el, fill } from "./dom.js";
import { rate, seldom, succeeded, success } from "./numbers.js";
import { count } from "./words.js";

const EVERY = 3000;
// What takes long to answer is asked less often.
const PATIENCE = 10;
const ABSENT = 404;
const UNROUTED = "#traffic=unrouted";

/** Counts of all routes, and the cells of the table that show them. */
export class Traffic {
  constructor() {
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
      this.take(await get("traffic"));
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

  take(answer) {
    this.routes = answer?.routes ?? null;
    byId("table").dataset.live = this.routes && Object.keys(this.routes).length ? "some" : "none";
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
