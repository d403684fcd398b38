// The top of the page: one sentence, and the path from manifests to traffic.

import { byId, el, fill } from "./dom.js";
import { count, duration, headline, layoutNote, silence } from "./words.js";

const NAMED = 3;

/** Shows an overview. */
export function showState(overview) {
  say(headline(overview));
  byId("version").textContent = overview.version;
  fill(byId("path"), ...overview.sources.map(sourceStep), watcherStep(overview), envoyStep(overview), trafficStep(overview));
}

/** Shows that nobody answered; the last path stays, greyed. */
export function showSilence(failure, hasShown) {
  say(silence(failure, hasShown));
  byId("path").dataset.old = "true";
}

function say({ tone, sentence, explanation }) {
  const top = byId("headline");
  delete byId("path").dataset.old;
  if (top.dataset.tone !== tone) top.dataset.tone = tone;
  put(byId("sentence"), sentence);
  put(byId("explanation"), explanation);
  document.title = `${{ ok: "", busy: "… ", warn: "! ", bad: "✕ " }[tone]}Ambassador – ${sentence}`;
}

// A status region is read out again whenever its text is set, so it is set only when it differs.
function put(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

// `broken`: what is here does not reach the next step, or not all of it.
function step({ tone, broken = false }, title, main, ...notes) {
  return el("li", { "data-tone": tone, "data-broken": broken },
    el("span", { class: "step" }, title),
    el("strong", {}, main),
    notes.filter(Boolean).map((note) => el("span", { class: "quiet" }, note)));
}

function sourceStep(source) {
  const state = source.complete ? (source.stale ? "stale" : "complete") : "still reading";
  const tone = source.complete && !source.stale ? "ok" : source.stale ? "warn" : "busy";
  return step({ tone, broken: tone !== "ok" }, source.kind === "kubernetes" ? "Cluster" : "Folder", source.name, source.message || state);
}

function watcherStep({ revision, counts, envoy, timings, uptime_seconds: uptime }) {
  const compiled = typeof timings?.compile_ms === "number" ? `compiled in ${timings.compile_ms.toFixed(1)} ms` : "";
  const found = [counts.errors && count(counts.errors, "error"), counts.warnings && count(counts.warnings, "warning")].filter(Boolean);
  const tone = counts.errors ? "bad" : counts.warnings ? "warn" : "ok";
  const broken = !envoy.connected || !envoy.acknowledged || envoy.nacks.length > 0;
  return step({ tone, broken }, "Watcher", `revision ${revision}`, `${count(counts.objects, "object")}${found.length ? `, ${found.join(", ")}` : ""}`,
    [compiled, `up ${duration(uptime)}`].filter(Boolean).join(", "));
}

function envoyStep({ envoy }) {
  const process = envoy.process ?? {};
  const notes = process.answers ? `${process.version}, up ${duration(process.uptime_seconds)}` : "its admin API does not answer";
  const waiting = notActive(envoy.inactive_clusters);
  const broken = envoy.acknowledged_revision === null || process.answers === false;
  if (!envoy.connected) return step({ tone: process.answers ? "busy" : "bad", broken }, "Envoy", "not connected", notes);
  if (envoy.nacks.length) return step({ tone: "bad", broken }, "Envoy", "refused a part", notes, waiting);
  if (!envoy.acknowledged) return step({ tone: "busy", broken }, "Envoy", "not acknowledged yet", notes, waiting);
  return step({ tone: waiting ? "warn" : "ok", broken }, "Envoy", "acknowledged", notes, waiting);
}

function trafficStep({ counts, layout, envoy }) {
  const tone = envoy.acknowledged_revision === null ? "busy" : "ok";
  return step({ tone, broken: tone !== "ok" }, "Traffic", count(counts.routes, "route"), `${count(counts.hosts, "host")} on ${count(counts.listeners, "listener")}`,
    count(counts.clusters, "cluster"), layoutNote(layout));
}

function notActive(names) {
  if (!names.length) return "";
  const first = names.slice(0, NAMED).join(", ");
  return `${count(names.length, "cluster")} not active yet: ${first}${names.length > NAMED ? ", …" : ""}`;
}
