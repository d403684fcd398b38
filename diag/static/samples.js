// What has arrived at one route: counts, and the last requests. Asked again while it is looked at.

import { NoAnswer, get } from "./api.js";
import { el, fill } from "./dom.js";
import { askLink } from "./links.js";
import { clock, milliseconds } from "./numbers.js";
import { figures } from "./traffic.js";
import { count } from "./words.js";

const EVERY = 2000;
const REDACTED = "…";
const ORDINARY = "via_upstream";
const SCHEMES = new Set(["http", "https"]);

/** The panel's view of what no route took. */
export function unroutedDetails() {
  return { title: () => "Requests that found no route", content: async (_given, signal) => arrivals("", signal) };
}

/** A section that follows the traffic of a route, or of none, until the signal comes. */
export function arrivals(name, signal) {
  const section = el("section", { class: "arrivals", hidden: true });
  follow(section, name, signal);
  return section;
}

async function follow(section, name, signal) {
  let shown = "";
  while (!signal.aborted) {
    try {
      if (!document.hidden) shown = show(section, name, await get("traffic", new URLSearchParams({ route: name }), signal), shown);
    } catch (error) {
      if (error.name === "AbortError" || error.status === 404) return;
      if (!(error instanceof NoAnswer)) throw error;
    }
    await pause(signal);
  }
}

function pause(signal) {
  return new Promise((done) => {
    const timer = setTimeout(done, EVERY);
    signal.addEventListener("abort", () => { clearTimeout(timer); done(); }, { once: true });
  });
}

// What has not changed stays, and with it a text that somebody is just selecting.
function show(section, name, { routes, unrouted, samples, since }, shown) {
  const found = name ? own(routes, name) : unrouted;
  const text = JSON.stringify([found, samples]);
  section.hidden = false;
  if (shown === text) return text;
  const nothing = () => el("p", { class: "quiet" }, `Nothing has arrived since ${clock(since)}.`);
  fill(section, el("h3", {}, "What arrives"), found?.requests ? [summary(name, found, since), table(samples ?? [])] : nothing());
  return text;
}

function own(routes, name) {
  return Object.hasOwn(routes, name) ? routes[name] : null;
}

function summary(name, found, since) {
  const classes = Object.entries(found.classes ?? {}).filter(([, amount]) => amount);
  return [
    name ? el("p", { class: "live" }, figures(found)) : null,
    el("p", { class: "quiet" },
      `${count(found.requests, "request")} since ${clock(since)}`,
      found.last_seen ? `, the last one at ${clock(found.last_seen)}` : "", "."),
    el("p", { class: "classes" }, classes.map(([name, amount]) => el("span", { "data-class": name }, `${name === "none" ? "no answer" : name}: ${amount}`))),
  ];
}

function table(samples) {
  if (!samples.length) return null;
  return el("ol", { class: "samples", "aria-label": "The last requests" }, samples.map(sample));
}

function sample({ time, scheme, method, authority, path, status, flags, details, ms, backend }) {
  return el("li", {},
    el("span", { class: "sample-head" },
      el("time", {}, clock(time)),
      el("strong", { "data-class": `${String(status)[0]}xx` }, status || "no answer"),
      el("span", { class: "method" }, method),
      el("span", { class: "quiet" }, milliseconds(ms))),
    asked(scheme, method, authority, path),
    el("span", { class: "quiet" }, [backend && `to ${backend}`, flags && `Envoy says ${flags}`, details !== ORDINARY && details].filter(Boolean).join(", ")));
}

// What is redacted can't be asked for; a query without its values decides nothing that can be told.
function asked(scheme, method, authority, path) {
  const text = el("code", {}, `${authority}${path}`);
  const told = path.includes(REDACTED) ? path.split("?")[0] : path;
  if (!SCHEMES.has(scheme) || `${authority}${told}`.includes(REDACTED)) return text;
  return askLink({ text: `${scheme}://${authority}${told}`, method, headers: [], client: "" }, text);
}
