// The keyboard: / to the filter, arrows or j and k through the rows, Esc back. Enter is the row's own link.

import { byId } from "./dom.js";

const MOVES = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 };

/** `close` closes the details and tells whether they were open. */
export function listenToKeys(close) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = event.target instanceof HTMLInputElement;
    if (event.key === "Escape") escape(event, close);
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
  const filter = byId("filter");
  if (close()) return;
  if (event.target !== filter) return;
  if (!filter.value) filter.blur();
}

function act(event, deed) {
  event.preventDefault();
  deed();
}

function move(event, by) {
  if (event.target.closest?.("pre, aside")) return;
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
