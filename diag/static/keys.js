// The keyboard: e to the question, / to the filter, arrows or j and k through the rows, Esc back. Enter is the row's own link.

import { byId } from "./dom.js";

const MOVES = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 };

/** `close` closes the panel and tells whether it was open; `ask` goes to the bar. */
export function listenToKeys(close, ask) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = event.target.matches?.("input, textarea, select");
    if (event.key === "Escape") escape(event, close);
    else if ((event.key === "e" || event.key === "?") && !typing) act(event, ask);
    else if (event.key === "/" && !typing) act(event, () => byId("filter").focus());
    else if (MOVES[event.key] && !(typing && event.key.length === 1)) move(event, MOVES[event.key]);
  });
}

/** Puts the one tab stop of the table on a row; on the first one without a row. */
export function tabStop(row = null) {
  const chosen = row ?? document.querySelector('a.route[tabindex="0"]') ?? document.querySelector("a.route");
  for (const other of document.querySelectorAll('a.route[tabindex="0"]')) if (other !== chosen) other.tabIndex = -1;
  if (chosen) chosen.tabIndex = 0;
}

function escape(event, close) {
  if (event.isComposing || close()) return;
  const { target } = event;
  if (target === byId("filter") ? !target.value : target.matches?.("#ask-form *")) target.blur();
}

function act(event, deed) {
  event.preventDefault();
  deed();
}

function move(event, by) {
  if (event.target.closest?.("pre, aside, #ask")) return;
  const rows = [...document.querySelectorAll("a.route")];
  const at = rows.indexOf(document.activeElement);
  const goal = at >= 0 ? rows[at + by] : rows.find(isOnScreen) ?? rows[0];
  if (!goal) return;
  act(event, () => {
    tabStop(goal);
    goal.focus({ preventScroll: true });
    goal.scrollIntoView({ block: "nearest" });
  });
}

function isOnScreen(row) {
  return row.getBoundingClientRect().top >= byId("routes-heading").parentElement.getBoundingClientRect().bottom;
}
