// The routing table in windows of 100. Windows far from view are emptied and keep their height, so ten thousand routes
// cost what is on the screen.

import { NoAnswer, get } from "./api.js";
import { byId, el, fill } from "./dom.js";
import { hostKey, sections } from "./row.js";
import { count } from "./words.js";

const WINDOW = 100;
const MOST_IN_VIEW = 10;
const ROW_PIXELS = 56;
const MARGIN = "1200px";

/** `onDraw` is called with each window's element after it was filled. */
export class Table {
  constructor(onDraw) {
    this.onDraw = onDraw;
    this.root = byId("table");
    this.q = "";
    this.host = "";
    this.total = null;
    this.revision = null;
    this.windows = [];
    this.stop = new AbortController();
    this.observer = new IntersectionObserver((seen) => this.seen(seen), { rootMargin: MARGIN });
  }

  /** Another filter: from the top, with new windows. */
  async filter(q, host) {
    this.q = q;
    this.host = host;
    await this.reload(true);
  }

  /** A new revision: what is in view is asked again and replaced in place; scroll position and filter stay. */
  async refresh() {
    await this.reload(false);
  }

  async reload(fromTop) {
    this.stop.abort();
    this.stop = new AbortController();
    const visible = fromTop ? [] : this.windows.filter((part) => part.near);
    if (!fromTop) this.windows.filter((part) => part.drawn && !part.near).forEach((part) => this.empty(part));
    const first = visible.length ? visible[0].index : 0;
    const answers = await this.ask([...new Set([first, ...visible.map((part) => part.index)])]);
    if (!answers) return;
    if (fromTop) this.resize(0);
    this.settle(answers[0][1]);
    for (const [index, answer] of answers) if (this.windows[index]) this.draw(this.windows[index], answer);
  }

  /** `[index, answer]` for each window, or null when another call overtook this one. */
  async ask(indexes) {
    const { signal } = this.stop;
    try {
      return await Promise.all(indexes.map(async (index) => [index, await this.fetch(index, signal)]));
    } catch (error) {
      if (error.name === "AbortError") return null;
      throw error;
    }
  }

  /** What of the table is in sight, or near, as parameters of a question. */
  inView() {
    const near = this.windows.filter((part) => part.near && part.drawn).map((part) => part.index);
    const first = near[0] ?? 0;
    const last = Math.min(near.at(-1) ?? 0, first + MOST_IN_VIEW - 1);
    return { q: this.q, host: this.host, limit: (last - first + 1) * WINDOW, offset: first * WINDOW };
  }

  fetch(index, signal) {
    return get("routes", { q: this.q, host: this.host, limit: WINDOW, offset: index * WINDOW }, signal);
  }

  settle({ total, revision }) {
    this.total = total;
    this.revision = revision;
    this.resize(Math.ceil(total / WINDOW));
    byId("shown").textContent = this.q || this.host ? `${count(total, "match", "matches")}` : count(total, "route");
  }

  /** Exactly `amount` windows, each as tall as its rows probably are. */
  resize(amount) {
    for (const part of this.windows.splice(amount)) {
      this.observer.unobserve(part.element);
      part.element.remove();
    }
    while (this.windows.length < amount) {
      const index = this.windows.length;
      const element = el("div", { class: "window", "data-index": index });
      this.windows.push({ index, element, near: false, drawn: null, answer: null, last: "" });
      this.root.append(element);
      this.observer.observe(element);
    }
    this.windows.forEach((part) => {
      if (!part.drawn) part.element.style.height = `${this.rowsIn(part.index) * ROW_PIXELS}px`;
    });
  }

  rowsIn(index) {
    return Math.max(0, Math.min(WINDOW, this.total - index * WINDOW));
  }

  seen(entries) {
    for (const { target, isIntersecting } of entries) {
      const part = this.windows[Number(target.dataset.index)];
      if (!part || part.element !== target) continue;
      part.near = isIntersecting;
      if (isIntersecting && !part.drawn) this.load(part);
      if (!isIntersecting && part.drawn && !target.contains(document.activeElement)) this.empty(part);
    }
  }

  async load(part) {
    try {
      const answers = await this.ask([part.index]);
      const answer = answers?.[0][1];
      if (!answer || this.windows[part.index] !== part || part.drawn) return;
      if (answer.total !== this.total) this.settle(answer);
      if (part.near) this.draw(part, answer);
    } catch (error) {
      // The state line tells that nobody answers, and the next revision or scroll asks again.
      if (!(error instanceof NoAnswer)) throw error;
    }
  }

  draw(part, answer) {
    const text = JSON.stringify(answer.listeners);
    const before = this.windows[part.index - 1]?.last ?? "";
    if (part.drawn === text + before) return;
    part.answer = answer;
    const focused = part.element.contains(document.activeElement) ? document.activeElement.dataset.key : null;
    fill(part.element, ...sections(answer.listeners, before));
    if (focused) part.element.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
    part.element.style.height = "";
    part.drawn = text + before;
    part.last = lastHost(answer.listeners);
    this.onDraw(part.element);
    this.goOn(this.windows[part.index + 1]);
  }

  // A window that was drawn before the one above it could not know whether its first host had a heading there.
  goOn(next) {
    if (next?.drawn) this.draw(next, next.answer);
  }

  empty(part) {
    part.element.style.height = `${part.element.offsetHeight}px`;
    fill(part.element);
    part.drawn = null;
    part.answer = null;
  }
}

function lastHost(listeners) {
  const listener = listeners.at(-1);
  const host = listener?.hosts.filter(({ routes }) => routes.length).at(-1);
  return host ? hostKey(listener, host) : "";
}
