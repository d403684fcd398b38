// Everything about one route, for the panel.

import { get } from "./api.js";
import { el } from "./dom.js";
import { objectLink } from "./links.js";
import { matching } from "./matching.js";
import { problemItem, problemsOf } from "./problems.js";
import { hostName, isShared, pathLine, target } from "./row.js";
import { arrivals } from "./samples.js";
import { conditions, count, endpointCount, percent, place, plain } from "./words.js";

const LOOKED_AT = 500;
const MOST_LOOKS = 20;
const PLACES = 10;

/** The panel's view of a route. */
export function routeDetails() {
  return {
    title: (given) => given.get("route"),
    content: async (given, signal) => {
      const name = given.get("route");
      const places = await find(name);
      if (!places.length) return el("p", { class: "empty" }, "No route has this name in the current revision.");
      return [facts(places, await problemsOf(places[0].route.source, signal)), matching(name, places[0], signal), arrivals(name, signal)];
    },
  };
}

function facts(places, problems) {
  const { route } = places[0];
  return [
    problems.length ? el("ul", { class: "problems" }, problems.map(problemItem)) : null,
    el("dl", {},
      fact("Match", pathLine(route.match), lines(matchTexts(route.match))),
      fact("Where", lines(whereTexts(places))),
      fact(route.action === "forward" ? "Backends" : "Action", target(route), lines(endpointTexts(route))),
      plain(route.rewrite) ? fact("Rewrite", el("code", {}, plain(route.rewrite))) : null,
      isShared(route) ? fact("Share", `${percent(route.share)} of what its group gets`, el("code", {}, route.group)) : null,
      fact("Features", featureList(route)),
      fact("From", objectLink(route.source), el("code", {}, place(route.source)))),
  ];
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
