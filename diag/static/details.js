// Everything about one route, beside the table. Which one is open stands in the address: #route=NAME.

import { NoAnswer, get } from "./api.js";
import { byId, el, fill } from "./dom.js";
import { problemItem } from "./problems.js";
import { hostName, isShared, pathLine, target } from "./row.js";
import { conditions, count, endpointCount, objectName, percent, place, plain } from "./words.js";

const LOOKED_AT = 500;
const MOST_LOOKS = 20;
const PLACES = 10;

/** The name in the address, or "". */
export function chosenName() {
  const given = new URLSearchParams(location.hash.slice(1));
  return given.get("route") ?? "";
}

/** `problemsOf` gives the problems of an object; `onClose` gets the name of the route that was open. */
export class Details {
  constructor(problemsOf, onClose) {
    this.problemsOf = problemsOf;
    this.onClose = onClose;
    this.root = byId("details");
    this.open = "";
  }

  /** Opens, changes or closes to match the address. */
  async follow() {
    const name = chosenName();
    if (!name) {
      this.hide();
      return;
    }
    const isNew = name !== this.open;
    this.open = name;
    await this.load(name);
    if (isNew && this.open === name) this.root.focus();
  }

  /** Shows the open route as it is now. */
  async refresh() {
    if (this.open) await this.load(this.open);
  }

  async load(name) {
    try {
      const places = await find(name);
      if (this.open === name) this.show(name, places);
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      if (this.open === name && this.root.hidden) this.show(name, [], error.message);
    }
  }

  hide() {
    if (!this.open) return;
    const name = this.open;
    this.open = "";
    this.root.hidden = true;
    delete document.body.dataset.details;
    this.onClose(name);
  }

  show(name, places, why = "No route has this name in the current revision.") {
    this.root.hidden = false;
    document.body.dataset.details = "open";
    fill(this.root, head(name), places.length ? this.facts(places) : el("p", { class: "empty" }, why));
  }

  facts(places) {
    const { route } = places[0];
    const problems = this.problemsOf(route.source);
    return [
      problems.length ? el("ul", { class: "problems" }, problems.map(problemItem)) : null,
      el("dl", {},
        fact("Match", pathLine(route.match), lines(matchTexts(route.match))),
        fact("Where", lines(whereTexts(places))),
        fact(route.action === "forward" ? "Backends" : "Action", target(route), lines(endpointTexts(route))),
        plain(route.rewrite) ? fact("Rewrite", el("code", {}, plain(route.rewrite))) : null,
        isShared(route) ? fact("Share", `${percent(route.share)} of what its group gets`, el("code", {}, route.group)) : null,
        fact("Features", featureList(route)),
        fact("From", objectName(route.source), el("code", {}, place(route.source)))),
      tryIt(places[0]),
      el("p", { class: "quiet" }, "Lines of Envoy’s access log carry this route’s name."),
    ];
  }
}

// The filter finds texts, so a name that begins many others may stand behind all of those.
async function find(name) {
  for (let look = 0; look < MOST_LOOKS; look += 1) {
    const answer = await get("routes", { q: name, limit: LOOKED_AT, offset: look * LOOKED_AT });
    const places = found(answer, name);
    if (places.length || (look + 1) * LOOKED_AT >= answer.total) return places;
  }
  return [];
}

function found({ listeners }, name) {
  return listeners.flatMap((listener) =>
    listener.hosts.flatMap((host) =>
      host.routes.filter((route) => route.name === name).map((route) => ({ listener, host, route }))));
}

function head(name) {
  return el("header", {},
    el("h2", { id: "details-name" }, name),
    el("a", { class: "close", href: "#", role: "button", "aria-label": "Close details" }, "Close"));
}

function fact(title, ...content) {
  return [el("dt", {}, title), el("dd", {}, ...content)];
}

function lines(texts) {
  return texts.map((text) => el("span", { class: "line" }, text));
}

function whereTexts(places) {
  const left = places.length - PLACES;
  return [...places.slice(0, PLACES).map(whereText), ...(left > 0 ? [`and at ${count(left, "more place")}`] : [])];
}

function whereText({ listener, host, route }) {
  return `${hostName(host)}, ${listener.protocol} on port ${listener.port}, number ${route.order + 1}`;
}

function matchTexts({ headers, query }) {
  return [...conditions(headers).map((text) => `header ${text}`), ...conditions(query).map((text) => `query ${text}`)];
}

function endpointTexts(route) {
  return route.backends.filter((backend) => endpointCount(backend) !== null).map((backend) => {
    const addresses = Array.isArray(backend.endpoints) ? `: ${backend.endpoints.map(plain).join(", ")}` : "";
    return `${backend.cluster}: ${count(endpointCount(backend), "endpoint")}${addresses}`;
  });
}

function featureList(route) {
  const features = route.features ?? [];
  if (features.length) {
    return el("ul", { class: "features" }, features.map(({ name, summary }) =>
      el("li", {}, el("strong", {}, name), summary ? ` ${summary}` : "")));
  }
  return route.filters?.length ? route.filters.join(", ") : "none";
}

function tryIt(where) {
  const command = curl(where);
  if (!command) return null;
  const copy = el("button", { type: "button" }, "Copy");
  copy.addEventListener("click", async () => {
    await navigator.clipboard?.writeText(command);
    copy.textContent = navigator.clipboard ? "Copied" : "Select it by hand";
  });
  return el("div", { class: "try" }, el("h3", {}, "Try it on this machine"), el("pre", { tabindex: "0" }, command), copy);
}

/** A curl line that asks for this route, or "" where none can be made up (a regex). */
function curl({ listener, host, route }) {
  const { path, methods } = route.match;
  if (path.type === "regex" || !listener.port) return "";
  const scheme = listener.protocol === "HTTPS" ? "https" : "http";
  const name = host.hostname.includes("*") ? "" : host.hostname.replace(/:\d+$/, "");
  const at = `${name || "localhost"}:${listener.port}`;
  const parts = ["curl", "-i", scheme === "https" ? "-k" : "", name ? `--connect-to ${quoted(`${at}:localhost:${listener.port}`)}` : "",
    methods?.length && !methods.includes("GET") ? `-X ${quoted(methods[0])}` : "", quoted(`${scheme}://${at}${path.value}`)];
  return parts.filter(Boolean).join(" ");
}

function quoted(text) {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
