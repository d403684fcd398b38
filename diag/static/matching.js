// "What would match here": requests that reach a route, each with a click away from its explanation.

import { NoAnswer, get } from "./api.js";
import { copyButton } from "./copy.js";
import { el, fill } from "./dom.js";
import { askLink } from "./links.js";
import { exampleQuestion } from "./question.js";
import { hostText } from "./words.js";

const FIRST = 3;

/** A section that fills itself. `where` is one place of the route, for a server that makes up no examples. */
export function matching(name, where, signal) {
  const body = el("div", { "aria-live": "polite" });
  load(body, name, where, signal);
  return el("section", { class: "try" }, el("h3", {}, "What would match here"), body);
}

/** Requests that reach a route: `{examples, unreachable}`; null where the server knows none of this. */
export async function examplesOf(name, signal) {
  try {
    return await get("example", { route: name }, signal);
  } catch (error) {
    if (error instanceof NoAnswer || error.name === "AbortError") return null;
    throw error;
  }
}

async function load(body, name, where, signal) {
  const answer = await examplesOf(name, signal);
  if (signal.aborted) return;
  if (!answer) fill(body, madeUp(where));
  else if (answer.unreachable) fill(body, el("p", { class: "flag bad" }, "Unreachable"), el("p", {}, answer.unreachable.because));
  else fill(body, examples(answer.examples));
}

function examples(found) {
  if (!found.length) return el("p", { class: "quiet" }, "No request that reaches this route could be made up. That does not mean there is none.");
  return [
    el("ul", { class: "examples" }, found.slice(0, FIRST).map(example)),
    found.length > FIRST ? el("details", {}, el("summary", {}, `${found.length - FIRST} more`), el("ul", { class: "examples" }, found.slice(FIRST).map(example))) : null,
  ];
}

function example(one) {
  return el("li", {},
    askLink(exampleQuestion(one), el("code", {}, `${one.request?.method ?? "GET"} ${one.url}`)),
    el("span", { class: "line" }, `${hostText(one.hostname)} on ${one.listener}`),
    command(one.curl));
}

function command(text) {
  return text ? el("div", { class: "command" }, el("pre", { tabindex: "0" }, text), copyButton("Copy", () => text)) : null;
}

function madeUp(where) {
  const text = curl(where);
  return text ? command(text) : el("p", { class: "quiet" }, "Its path is a pattern, so no request is made up here.");
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
