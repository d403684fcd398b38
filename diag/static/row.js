// One window of the routing table as elements: listeners, their hosts, their routes.

import { bar, el } from "./dom.js";
import { objectLink, routeAddress } from "./links.js";
import { conditions, endpointCount, percent, plain, place, shareOf } from "./words.js";

// The table is one tab stop (keys.js); the panel of a route leads to its object, too.
const ROVING = { tabindex: "-1" };
const KINDS = { exact: "exact", regex: "regex", prefix: "prefix", segment_prefix: "segments" };

/** Sections for the listeners of one answer. `before` names the host that the window above ended with. */
export function sections(listeners, before) {
  return listeners.map((listener) =>
    el("section", { class: "listener" },
      before.startsWith(`${listener.name}\n`) ? null : listenerHead(listener),
      listener.hosts.filter((host) => host.routes.length).map((host) => hostGroup(listener, host, before))));
}

/** Names a host of a listener, to tell whether the next window goes on with it. */
export function hostKey(listener, host) {
  return `${listener.name}\n${host.hostname}`;
}

function listenerHead({ name, address, port, protocol }) {
  return el("h3", { class: "listener-head" }, el("span", {}, `${protocol} on port ${port}`),
    el("span", { class: "quiet" }, `${name}, ${anywhere(address) ? "all addresses" : address}`));
}

function hostGroup(listener, host, before) {
  const goesOn = before === hostKey(listener, host);
  return el("section", { class: goesOn ? "host goes-on" : "host" },
    el("h4", { class: "host-head" },
      el("button", { type: "button", class: "host-name", "data-host": host.hostname, title: "Only this host" }, hostName(host)),
      host.tls ? el("span", { class: "lock" }, `TLS ${tlsText(host.tls)}`) : null,
      goesOn ? el("span", { class: "quiet" }, "continued") : null),
    el("ol", { class: "routes" }, host.routes.map((route, at) => routeRow(listener, host, route, host.routes[at - 1]))));
}

function routeRow(listener, host, route, previous) {
  const inGroup = isShared(route) && previous?.group === route.group;
  return el("li", { class: inGroup ? "row in-group" : "row" },
    el("span", { class: "order" }, route.order + 1),
    el("a", { class: "route match", href: routeAddress(route.name), ...ROVING,
      "data-name": route.name, "data-key": `${hostKey(listener, host)}\n${route.name}` },
    pathLine(route.match), conditionLine(route.match)),
    el("span", { class: "to" }, target(route), extras(route)),
    el("span", { class: "from quiet" }, route.source ? objectLink(route.source, "", route.source.name, ROVING) : null, el("span", {}, shortPlace(route.source))),
    el("span", { class: "live", "data-live-of": route.name }));
}

/** Methods and path. */
export function pathLine({ path, methods }) {
  return el("span", { class: "path-line" },
    (methods ?? []).map((method) => el("span", { class: "method" }, method)),
    el("code", { class: "value" }, path.value),
    el("span", { class: "kind" }, KINDS[path.type] ?? path.type));
}

function conditionLine({ headers, query }) {
  const texts = [...conditions(headers).map((text) => ["header", text]), ...conditions(query).map((text) => ["query", text])];
  if (!texts.length) return null;
  return el("span", { class: "conditions" }, texts.map(([what, text]) =>
    el("span", { class: "condition" }, el("span", { class: "quiet" }, `${what} `), el("code", {}, text))));
}

/** What becomes of the request: backends with their shares, or the answer Envoy gives itself. */
export function target(route) {
  if (route.action !== "forward") {
    const answer = plain(route[route.action] ?? { status: route.status });
    return el("span", { class: "action" }, el("strong", {}, route.action), answer ? el("span", {}, answer) : null);
  }
  return el("span", { class: "backends" }, route.backends.map((backend) => backendLine(backend, route.backends)));
}

function backendLine(backend, all) {
  const part = shareOf(backend, all);
  const endpoints = endpointCount(backend);
  return el("span", { class: "backend" },
    all.length > 1 ? [bar(part), el("span", { class: "share" }, percent(part))] : null,
    el("span", { class: "service" }, backend.service),
    endpoints === 0 ? el("span", { class: "flag bad" }, "no endpoints") : null);
}

function extras(route) {
  const texts = [];
  const rewrite = plain(route.rewrite);
  if (rewrite) texts.push(`rewrite ${rewrite}`);
  texts.push(...featureNames(route).filter((name) => name !== "rewrite" || !rewrite));
  const share = isShared(route) ? el("span", { class: "flag" }, bar(route.share), `${percent(route.share)} of its group`) : null;
  if (!texts.length && !share) return null;
  return el("span", { class: "extras" }, share, texts.map((text) => el("span", { class: "feature" }, text)));
}

/** Whether this route is one member of a canary group. */
export function isShared(route) {
  return typeof route.share === "number" && Boolean(route.group);
}

function featureNames(route) {
  const features = (route.features ?? []).map((feature) => feature.name);
  return features.length ? features : route.filters ?? [];
}

/** Host names as people say them. */
export function hostName({ hostname }) {
  return hostname === "*" ? "any host" : hostname;
}

function tlsText(tls) {
  return typeof tls === "object" ? plain(tls.secret ?? "") : "";
}

// The end of a file's path; of an object of a cluster what tells it from others of its name.
function shortPlace(source) {
  if (source?.origin === "cluster") return `${source.kind} in ${source.namespace}`;
  return place(source).split("/").pop();
}

function anywhere(address) {
  return address === "0.0.0.0" || address === "::";
}
