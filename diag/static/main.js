// Puts the page together: what is asked when, and what shows it.

import { NoAnswer, get } from "./api.js";
import { Details, chosenName } from "./details.js";
import { byId, el, fill } from "./dom.js";
import { listenToKeys, tabStop } from "./keys.js";
import { poll } from "./poll.js";
import { Problems } from "./problems.js";
import { showSilence, showState } from "./state.js";
import { Table } from "./table.js";
import { aged } from "./words.js";

const TYPING_PAUSE = 120;
const CLOCK_PACE = 30_000;

const problems = new Problems();
const table = new Table(afterDrawing);
const details = new Details((source) => problems.of(source), backToRow);
const shown = { overview: null, revision: null, came: 0, at: 0 };
let host = "";
let typing = 0;

async function onOverview(overview) {
  if (overview !== shown.overview) {
    problems.showNacks(overview.envoy.nacks);
    Object.assign(shown, { overview, came: performance.now(), at: 0 });
  }
  const age = performance.now() - shown.came;
  if (!shown.at || age - shown.at > CLOCK_PACE) {
    showState(aged(overview, Math.round(age / 1000)));
    shown.at = Math.max(age, 1);
  }
  if (overview.revision !== shown.revision) await showRevision(overview.revision);
}

async function showRevision(revision) {
  const [answer] = await Promise.all([get("problems"), shown.revision === null ? table.filter(filterText(), host) : table.refresh()]);
  problems.show(answer.problems);
  showEmpty();
  await (shown.revision === null ? details.follow() : details.refresh());
  shown.revision = revision;
  document.body.dataset.known = "true";
}

// The next answer draws everything again, because what failed meanwhile is not known.
function onSilence(failure) {
  showSilence(failure, shown.revision !== null);
  shown.overview = null;
  if (shown.revision !== null) shown.revision = -1;
}

function filterText() {
  return byId("filter").value.trim();
}

async function filterNow() {
  try {
    await table.filter(filterText(), host);
    showEmpty();
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    byId("shown").textContent = error.message;
  }
}

function chooseHost(name) {
  host = name;
  const chosen = byId("chosen-host");
  chosen.hidden = !name;
  const all = el("button", { type: "button" }, "Show all hosts");
  all.addEventListener("click", () => chooseHost(""));
  fill(chosen, "Only ", el("strong", {}, name === "*" ? "any host" : name), " ", all);
  filterNow();
}

function showEmpty() {
  const empty = byId("empty");
  empty.hidden = table.total !== 0;
  byId("routes-heading").closest("section").dataset.rows = table.total ? "some" : "none";
  if (table.total !== 0) return;
  fill(empty, ...(filterText() || host ? noMatch() : noRoutes()));
}

function noMatch() {
  const clear = el("button", { type: "button" }, "Clear the filter");
  clear.addEventListener("click", () => {
    byId("filter").value = "";
    chooseHost("");
    byId("filter").focus();
  });
  return [el("p", {}, "No route matches ", el("code", {}, filterText() || host), "."), clear];
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

function afterDrawing() {
  markOpen();
  tabStop();
}

function markOpen() {
  const name = chosenName();
  for (const row of document.querySelectorAll("a.route[aria-current]")) row.removeAttribute("aria-current");
  if (name) for (const row of document.querySelectorAll(`a.route[data-name="${CSS.escape(name)}"]`)) row.setAttribute("aria-current", "true");
}

function backToRow(name) {
  const row = document.querySelector(`a.route[data-name="${CSS.escape(name)}"][tabindex="0"]`)
    ?? document.querySelector(`a.route[data-name="${CSS.escape(name)}"]`);
  row?.focus();
}

// Leaving the hash out of the address keeps the scroll position, which following "#" would not.
function close() {
  if (!chosenName()) return false;
  history.pushState(null, "", location.pathname + location.search);
  followAddress();
  return true;
}

function followAddress() {
  markOpen();
  details.follow();
}

byId("filter").addEventListener("input", () => {
  clearTimeout(typing);
  typing = setTimeout(filterNow, TYPING_PAUSE);
});
byId("table").addEventListener("click", (event) => {
  const button = event.target.closest("button[data-host]");
  if (button) chooseHost(button.dataset.host);
});
byId("table").addEventListener("focusin", (event) => {
  const row = event.target.closest("a.route");
  if (row) tabStop(row);
});
byId("details").addEventListener("click", (event) => {
  if (!event.target.closest(".close")) return;
  event.preventDefault();
  close();
});
window.addEventListener("hashchange", followAddress);
window.addEventListener("popstate", followAddress);
listenToKeys(close);
poll(onOverview, onSilence);
