// The routes of a host in the order in which they are asked, each with the reason why it does not take the request.
// Of long lists one sees the winner, what matches, what nearly does, and what stands next to the winner.

import { el, fill } from "./dom.js";
import { placeLink, routeLink } from "./links.js";
import { count } from "./words.js";

const ALL = 9;
const BEFORE = 3;
const AFTER = 2;
const NEAREST = 6;
const STEP = 200;
const OF_PATH = /(^|\.)(prefix|path|prefix_regex)(\.|$)/;
const SAID = { winner: "Takes it", shares: "Shares it", late: "Too late", passed: "No share", lost: "No match", behind: "No match" };

/** The list as elements. */
export function candidateList(answer) {
  const rows = answer.candidates.map((candidate, at) => ({ candidate, at, state: stateOf(candidate, answer) }));
  const shown = chosen(rows);
  const list = el("ol", { class: "candidates" });
  fill(list, runs(rows, shown).map((run) => (run.shown ? run.rows.map(row) : folded(run.rows))));
  return [list, omitted(answer)];
}

function stateOf({ route, order, matched }, { winner, alternatives }) {
  if (winner && route === winner.route && order === winner.order) return "winner";
  if (!matched) return winner && order > winner.order ? "behind" : "lost";
  if (alternatives.some((other) => other.route === route)) return "shares";
  return winner && order < winner.order ? "passed" : "late";
}

/** Places of the rows that are shown from the start. */
function chosen(rows) {
  const places = rows.map(({ at }) => at);
  if (rows.length <= ALL) return new Set(places);
  const middle = rows.findIndex(({ state }) => state === "winner");
  const around = middle < 0 ? places.slice(0, NEAREST) : places.slice(Math.max(0, middle - BEFORE), middle + AFTER + 1);
  const matching = rows.filter(({ state }) => state !== "lost" && state !== "behind").slice(0, ALL).map(({ at }) => at);
  const distance = (at) => Math.abs(at - Math.max(middle, 0));
  const nearest = rows.filter(isNear).map(({ at }) => at).sort((a, b) => distance(a) - distance(b)).slice(0, NEAREST);
  return new Set([...around, ...matching, ...nearest]);
}

// Its path matches, since something else was what failed.
function isNear({ candidate }) {
  return !candidate.matched && candidate.path && !OF_PATH.test(candidate.path);
}

/** Neighbours that are all shown, or all folded. A single one is not worth folding. */
function runs(rows, shown) {
  const made = [];
  for (const one of rows) {
    const alone = !shown.has(one.at) && shown.has(one.at - 1) && shown.has(one.at + 1);
    const isShown = shown.has(one.at) || alone;
    if (made.at(-1)?.shown === isShown) made.at(-1).rows.push(one);
    else made.push({ shown: isShown, rows: [one] });
  }
  return made;
}

function row({ candidate, state }) {
  const { route, order, because, source, path, line } = candidate;
  return el("li", { class: "candidate", "data-state": state },
    el("span", { class: "order" }, order + 1),
    el("span", { class: "verdict" }, SAID[state]),
    el("span", { class: "who" }, routeLink(route), placeLink(source, path, line)),
    el("span", { class: "because" }, because, path ? [" ", el("code", { class: "field" }, path)] : null));
}

// Opens in portions, so that thousands do not stop the page.
function folded(rows) {
  const button = el("button", { type: "button" }, `${count(rows.length, "more route")} that ${rows.length === 1 ? "does" : "do"} not match`);
  const item = el("li", { class: "fold" }, button);
  button.addEventListener("click", () => {
    const next = rows.slice(0, STEP).map(row);
    const rest = rows.slice(STEP);
    item.replaceWith(...next, ...(rest.length ? [folded(rest)] : []));
    next[0].querySelector("a")?.focus();
  });
  return item;
}

function omitted({ omitted: left }) {
  if (!left) return null;
  return el("p", { class: "quiet omitted" }, `${count(left, "more route")} of this host are left out: they are further from matching.`);
}
