// What is wrong, errors first, each with its way out; Envoy's own refusals in front.

import { NoAnswer, get } from "./api.js";
import { byId, el, fill } from "./dom.js";
import { objectLink } from "./links.js";
import { count, place } from "./words.js";

const FIRST = 5;
const STEP = 100;

/** The list of problems. It shows a few, and more on demand; what it does not show is only counted. */
export class Problems {
  constructor() {
    this.shown = FIRST;
    this.nacks = [];
    this.known = { problems: [], total: 0, errors: 0, warnings: 0 };
    byId("more-problems").addEventListener("click", () => this.more());
  }

  showNacks(nacks) {
    this.nacks = nacks;
    this.draw();
  }

  /** Those of a new revision. */
  async renew() {
    this.known = await get("problems", { limit: Math.max(this.shown, STEP) });
    this.draw();
  }

  async more() {
    this.shown += STEP;
    try {
      if (this.shown > this.known.problems.length && this.known.problems.length < this.known.total) await this.renew();
    } catch (error) {
      // The state line tells that nobody answers.
      if (!(error instanceof NoAnswer)) throw error;
    }
    this.draw();
  }

  draw() {
    const { problems, total } = this.known;
    const all = [...this.nacks.map(nackItem), ...problems.slice(0, this.shown).map(problemItem)];
    const left = total - Math.min(this.shown, problems.length);
    byId("problems").hidden = !all.length;
    byId("problems-heading").textContent = this.heading();
    fill(byId("problem-list"), ...all);
    const more = byId("more-problems");
    more.hidden = left <= 0;
    more.textContent = `Show ${Math.min(left, STEP)} more of ${total}`;
  }

  heading() {
    const { errors, warnings } = this.known;
    const parts = [
      this.nacks.length && count(this.nacks.length, "refusal by Envoy", "refusals by Envoy"),
      errors && count(errors, "error"),
      warnings && count(warnings, "warning"),
    ].filter(Boolean);
    return parts.join(", ") || "Problems";
  }
}

/** Problems of one object. */
export async function problemsOf(source, signal) {
  if (!source?.name) return [];
  const { kind, namespace, name } = source;
  return (await get("problems", { kind, namespace, name, limit: STEP }, signal)).problems;
}

/** One problem as a list item; also used in the details of a route. */
export function problemItem({ severity, reason, message, path, line, source }) {
  return el("li", { class: "problem", "data-severity": severity },
    el("span", { class: "severity" }, severity === "error" ? "Error" : "Warning"),
    el("div", {},
      el("p", { class: "message" }, message),
      el("p", { class: "where" },
        objectLink(source, path),
        el("code", {}, place(source, line)),
        path ? el("code", {}, path) : null,
        el("span", { class: "quiet" }, reason))));
}

function nackItem({ type, names, message, revision }) {
  return el("li", { class: "problem", "data-severity": "error" },
    el("span", { class: "severity" }, "Refused"),
    el("div", {},
      el("p", { class: "message" }, message),
      el("p", { class: "where" }, el("span", {}, `${type} in revision ${revision}`), names.map((name) => el("code", {}, name)))));
}
