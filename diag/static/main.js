// Puts the page together: what is asked when, and what shows it.

import { routeDetails } from "./details.js";
import { byId } from "./dom.js";
import { Inquiry } from "./inquiry.js";
import { listenToKeys, tabStop } from "./keys.js";
import { Listing } from "./listing.js";
import { objectDetails } from "./object.js";
import { Panel, chosenRoute } from "./panel.js";
import { poll } from "./poll.js";
import { Problems } from "./problems.js";
import { unroutedDetails } from "./samples.js";
import { showSilence, showState } from "./state.js";
import { Traffic } from "./traffic.js";
import { aged } from "./words.js";

const CLOCK_PACE = 30_000;

const problems = new Problems();
const listing = new Listing(afterDrawing);
const traffic = new Traffic(() => listing.table.inView());
const inquiry = new Inquiry();
const panel = new Panel(
  { object: objectDetails(), route: routeDetails(), traffic: unroutedDetails() }, afterClosing);
const shown = { overview: null, revision: null, came: 0, at: 0 };

async function onOverview(overview) {
  if (overview !== shown.overview) {
    problems.showNacks(overview.envoy.nacks);
    inquiry.answer.showEnvoy(overview.envoy);
    Object.assign(shown, { overview, came: performance.now(), at: 0 });
  }
  const age = performance.now() - shown.came;
  if (!shown.at || age - shown.at > CLOCK_PACE) {
    showState(aged(overview, Math.round(age / 1000)));
    shown.at = Math.max(age, 1);
  }
  if (overview.revision !== shown.revision) await showRevision(overview.revision);
  await inquiry.refresh(overview.revision);
}

async function showRevision(revision) {
  const isFirst = shown.revision === null;
  await Promise.all([problems.renew(), listing.renew(isFirst)]);
  await (isFirst ? panel.follow() : panel.refresh());
  shown.revision = revision;
  document.body.dataset.known = "true";
  traffic.wake();
}

// The next answer draws everything again, because what failed meanwhile is not known.
function onSilence(failure) {
  showSilence(failure, shown.revision !== null);
  shown.overview = null;
  if (shown.revision !== null) shown.revision = -1;
}

function afterDrawing(part) {
  traffic.follow(part);
  markOpen();
  tabStop();
}

function markOpen() {
  const name = chosenRoute();
  for (const row of document.querySelectorAll("a.route[aria-current]")) row.removeAttribute("aria-current");
  if (name) for (const row of document.querySelectorAll(`a.route[data-name="${CSS.escape(name)}"]`)) row.setAttribute("aria-current", "true");
}

// Back to where one was, or to the row, which may have been drawn anew meanwhile.
function afterClosing(given, opener) {
  const name = CSS.escape(given.get("route") ?? "");
  const row = document.querySelector(`a.route[data-name="${name}"][tabindex="0"]`) ?? document.querySelector(`a.route[data-name="${name}"]`);
  const goal = opener?.isConnected && opener !== document.body ? opener : row;
  goal?.focus({ preventScroll: goal === opener });
}

// Leaving the hash out of the address keeps the scroll position, which following "#" would not.
function close() {
  if (!panel.open) return false;
  history.pushState(null, "", location.pathname + location.search);
  followAddress();
  return true;
}

function followAddress() {
  markOpen();
  panel.follow();
  inquiry.follow();
}

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
listenToKeys(close, () => inquiry.ask.focus());
listing.listen();
inquiry.listen();
inquiry.follow();
poll(onOverview, onSilence);
