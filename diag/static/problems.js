// What is wrong, errors first, each with its way out; Envoy's own refusals in front.

import { byId, el, fill } from "./dom.js";
import { objectLink } from "./links.js";
import { count, place } from "./words.js";

const FIRST = 5;
const STEP = 100;

/** The list of problems. It shows a few, and more on demand. */
export class Problems {
  constructor() {
    this.shown = FIRST;
    this.nacks = [];
    this.problems = [];
    byId("more-problems").addEventListener("click", () => {
      this.shown += STEP;
      this.draw();
    });
  }

  showNacks(nacks) {
    this.nacks = nacks;
    this.draw();
  }

  show(problems) {
    this.problems = [...problems].sort((a, b) => rank(a) - rank(b));
    this.draw();
  }

  /** Problems of one object. */
  of(source) {
    return this.problems.filter((problem) => same(problem.source, source));
  }

  draw() {
    const all = [...this.nacks.map(nackItem), ...this.problems.slice(0, this.shown).map(problemItem)];
    const left = this.problems.length - this.shown;
    byId("problems").hidden = !all.length;
    byId("problems-heading").textContent = this.heading();
    fill(byId("problem-list"), ...all);
    const more = byId("more-problems");
    more.hidden = left <= 0;
    more.textContent = `Show ${Math.min(left, STEP)} more of ${this.problems.length}`;
  }

  heading() {
    const errors = this.problems.filter((problem) => problem.severity === "error").length;
    const warnings = this.problems.length - errors;
    const parts = [
      this.nacks.length && count(this.nacks.length, "refusal by Envoy", "refusals by Envoy"),
      errors && count(errors, "error"),
      warnings && count(warnings, "warning"),
    ].filter(Boolean);
    return parts.join(", ") || "Problems";
  }
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

function rank({ severity }) {
  return severity === "error" ? 0 : 1;
}

function same(a, b) {
  return a && b && a.kind === b.kind && a.namespace === b.namespace && a.name === b.name;
}
