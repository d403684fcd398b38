// One object of the user: its YAML with what is wrong on its lines, what became of it, and what Envoy said.

import { get } from "./api.js";
import { el } from "./dom.js";
import { objectLink, objectOf, routeLink } from "./links.js";
import { problemItem } from "./problems.js";
import { count, hostText, objectName, place } from "./words.js";

const ROUTES = 50;
const TONES = { accepted: "ok", partial: "warn", rejected: "bad", ignored: "busy", acknowledged: "ok", pending: "busy", refused: "bad" };

/** The panel's view of an object. */
export function objectDetails() {
  return {
    title: (given) => objectName(objectOf(given.get("object")) ?? { kind: "", name: given.get("object") }),
    content: async (given, signal) => {
      const named = objectOf(given.get("object"));
      if (!named) return el("p", { class: "empty" }, "This address does not name an object: it needs KIND/NAMESPACE/NAME.");
      return parts(await get("object", { ...named, field: given.get("field") ?? "" }, signal), given.get("field") ?? "");
    },
  };
}

function parts(object, field) {
  return [
    verdict(object),
    loose(object),
    yaml(object, field),
    parents(object.parents ?? []),
    routes(object),
    envoy(object.envoy ?? []),
  ];
}

function verdict({ source, state, programmed, why, revision }) {
  return el("div", { class: "verdict-of" },
    el("p", {}, chip(state, state), " ", el("span", { class: "quiet" }, programmed ? "Envoy has it." : "Envoy does not have it.")),
    why ? el("p", {}, why) : null,
    el("p", { class: "quiet" }, el("code", {}, place(source)), `, revision ${revision}`));
}

function chip(text, state) {
  return el("span", { class: "chip", "data-tone": TONES[state] ?? "busy" }, text);
}

// Problems that no line shows.
function loose({ yaml: lines, problems }) {
  const placed = new Set(lines.flatMap((line) => line.problems));
  const left = (problems ?? []).filter((_, at) => !placed.has(at));
  return left.length ? el("ul", { class: "problems" }, left.map(problemItem)) : null;
}

function yaml({ yaml: lines, problems, source, of_file: ofFile, omitted_lines: omitted }, field) {
  if (!lines.length) return null;
  const marked = lines.some((line) => line.marked);
  return el("section", { class: "part" },
    el("h3", {}, "Manifest"),
    field ? el("p", { class: "quiet" }, marked ? "Marked: " : "Not written here, so its default counts: ", el("code", {}, field)) : null,
    el("ol", { class: "yaml", tabindex: "0", "aria-label": `YAML of ${objectName(source)}` }, lines.map((line) => yamlLine(line, problems ?? []))),
    omitted ? el("p", { class: "quiet" }, `${count(omitted, "line")} are left out.`) : null,
    ofFile === false ? el("p", { class: "quiet" }, "The lines are the object’s own, not those of a file.") : null);
}

function yamlLine({ number, text, marked, problems: places }, problems) {
  const found = places.map((at) => problems[at]).filter(Boolean);
  const worst = found.some(({ severity }) => severity === "error") ? "error" : found.length ? "warning" : null;
  return el("li", { "data-marked": marked, "data-severity": worst },
    el("span", { class: "number", "aria-hidden": "true" }, number),
    marked ? el("mark", {}, text) : el("code", {}, text),
    found.map(inline));
}

function inline({ severity, message, reason }) {
  return el("p", { class: "inline", "data-severity": severity },
    el("strong", {}, severity === "error" ? "Error: " : "Warning: "), message, " ", el("span", { class: "quiet" }, reason));
}

function parents(found) {
  if (!found.length) return null;
  return el("section", { class: "part" }, el("h3", {}, "On its parents"), el("ul", { class: "rows" }, found.map(({ parent, accepted, resolved_refs: resolved, reason }) =>
    el("li", {},
      objectLink(parent),
      chip(accepted ? "accepted" : "not accepted", accepted ? "accepted" : "rejected"),
      resolved === false ? chip("references not found", "rejected") : null,
      accepted && reason === "Accepted" ? null : el("span", { class: "quiet" }, reason)))));
}

function routes({ routes: found, total_routes: total = found.length }) {
  if (!found.length) return null;
  const left = total - Math.min(found.length, ROUTES);
  return el("section", { class: "part" }, el("h3", {}, count(total, "route")),
    el("ul", { class: "rows" }, found.slice(0, ROUTES).map(({ name, listener, hostname, order }) =>
      el("li", {},
        routeLink(name),
        el("span", { class: "quiet" }, `${hostText(hostname)} on ${listener}, number ${order + 1}`)))),
    left > 0 ? el("p", { class: "quiet" }, `and ${count(left, "more route")}`) : null);
}

function envoy(found) {
  if (!found.length) return null;
  return el("section", { class: "part" }, el("h3", {}, "At Envoy"), el("ul", { class: "rows resources" }, found.map(({ type, name, version, state, message }) =>
    el("li", {},
      el("span", { class: "quiet" }, type),
      el("code", {}, name),
      chip(state, state),
      version ? el("code", { class: "quiet" }, version) : null,
      message ? el("p", { class: "inline", "data-severity": state === "refused" ? "error" : "warning" }, message) : null))));
}
