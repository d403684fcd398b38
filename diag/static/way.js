// The way of a request as a picture: stations from the listener to the backend, each with what decided there.

import { bar, el } from "./dom.js";
import { objectLink, routeLink, shortPlaceLink } from "./links.js";
import { count, endpointCount, hostText, percent, shareOf } from "./words.js";

const TITLES = { listener: "Listener", certificate: "Certificate", host: "Host", route: "Route", answer: "Answer", backend: "Backend" };

const MOST = 8;

/** The stations of an answer. Its backends are one station, however many they are. */
export function way(answer) {
  const stations = joined(answer.steps);
  return el("ol", { class: "way", "aria-label": "The way of this request" },
    stations.map((step, at) => station(step, answer, endOf(step, answer, at === stations.length - 1))));
}

function joined(steps) {
  const backends = steps.filter(({ kind }) => kind === "backend");
  return steps.filter((step) => step.kind !== "backend" || step === backends[0]);
}

// Where the way ends, and where it got lost before that.
function endOf({ kind }, { outcome, winner, hostname }, isLast) {
  if (kind === "backend" && winner?.backends.length && winner.backends.every((backend) => endpointCount(backend) === 0)) return "unserved";
  if (isLast) return outcome;
  return (kind === "route" && !winner) || (kind === "host" && !hostname) ? "lost" : null;
}

function station(step, answer, end) {
  return el("li", { "data-kind": step.kind, "data-end": end },
    el("span", { class: "step" }, TITLES[step.kind] ?? step.kind),
    el("strong", {}, nameOf(step, answer)),
    el("p", {}, step.because),
    step.kind === "route" ? shares(answer) : null,
    step.kind === "backend" ? backends(answer.winner) : null,
    from(step));
}

// The name of a backend is that of its service; which of several it is, the bars tell.
function nameOf(step, { winner }) {
  if (step.kind === "route") return winner ? routeLink(step.name) : step.name;
  if (step.kind === "host") return objectLink(step.source, step.path, hostText(step.name));
  if (step.kind === "backend" && winner?.backends.length > 1) return count(winner.backends.length, "backend");
  return step.kind === "backend" ? step.name : objectLink(step.source, step.path, step.name);
}

function from({ source, path, line }) {
  if (!source) return null;
  return el("p", { class: "from-line" }, shortPlaceLink(source, path, line), path ? el("code", { class: "quiet" }, path) : null);
}

function shares({ winner, alternatives }) {
  if (!winner || (!alternatives.length && (winner.share ?? 100) >= 100)) return null;
  const rows = [{ route: winner.route, share: winner.share }, ...alternatives];
  return parts(rows, ({ route, share, backends: to }) => part(share, routeLink(route), (to ?? []).map(health)));
}

function backends(winner) {
  if (!winner?.backends.length) return null;
  const all = winner.backends;
  if (all.length === 1) return el("p", {}, health(all[0]));
  return parts(all, (backend) => part(shareOf(backend, all), backend.service, health(backend)));
}

function parts(rows, made) {
  const left = rows.length - MOST;
  return el("ul", { class: "shares" }, rows.slice(0, MOST).map(made), left > 0 ? el("li", { class: "quiet" }, `and ${left} more`) : null);
}

function part(share, ...what) {
  return el("li", {}, bar(share), el("span", { class: "share" }, percent(share)), el("span", { class: "what" }, ...what));
}

// How Envoy finds the endpoints right now; it may not have said.
function health(backend) {
  const all = endpointCount(backend);
  if (all === 0) return el("span", { class: "flag bad" }, "no endpoints");
  if (typeof backend.healthy !== "number" || all === null) return null;
  if (backend.healthy < all) return el("span", { class: "flag bad" }, `${backend.healthy} of ${count(all, "endpoint")} healthy`);
  return el("span", { class: "healthy" }, all === 1 ? "healthy now" : `all ${all} healthy now`);
}
