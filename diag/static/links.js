// Links within the page: to a route, to an object with a field marked, to a question. Their addresses work elsewhere too.

import { el } from "./dom.js";
import { address } from "./question.js";
import { objectName, place } from "./words.js";

const NOT_OBJECTS = new Set(["File", ""]);

/** The fragment that opens a route beside the table. */
export function routeAddress(name) {
  return `#route=${encodeURIComponent(name)}`;
}

/** The fragment that opens an object with a field marked; "" for what no manifest holds. */
function objectAddress(source, field = "") {
  if (!source || NOT_OBJECTS.has(source.kind ?? "") || source.origin === "built in") return "";
  const name = [source.kind, source.namespace, source.name].map((part) => encodeURIComponent(part ?? "")).join("/");
  return `#object=${name}${field ? `&field=${encodeURIComponent(field)}` : ""}`;
}

/** `{kind, namespace, name}` of the fragment's `object`, or null. */
export function objectOf(text) {
  const parts = text.split("/");
  if (parts.length < 3) return null;
  return { kind: parts[0], namespace: parts[1], name: parts.slice(2).join("/") };
}

export function routeLink(name, attributes = {}) {
  return el("a", { href: routeAddress(name), ...attributes }, name);
}

/** An object by its name; a plain text where there is nothing to open. */
export function objectLink(source, field = "", text = objectName(source), attributes = {}) {
  const href = objectAddress(source, field);
  return href ? el("a", { class: "object", href, ...attributes }, text) : el("span", { class: "object" }, text);
}

/** FILE:LINE of a field, or what names an object of a cluster, as a link to its YAML. */
export function placeLink(source, field = "", line = null) {
  return source ? el("code", { class: "place" }, objectLink(source, field, placeText(source, line))) : null;
}

/** The same without the file's folders, where there is little room. */
export function shortPlaceLink(source, field = "", line = null) {
  const text = source ? placeText(source, line) : "";
  return source ? el("code", { class: "place", title: text }, objectLink(source, field, inFile(source) ? text.split("/").pop() : text)) : null;
}

function placeText(source, line) {
  return inFile(source) ? place(source, line) : objectName(source);
}

function inFile({ origin }) {
  return Boolean(origin) && origin !== "cluster";
}

/** A link that asks. */
export function askLink(question, ...content) {
  return el("a", { class: "ask-link", href: address(question), "data-ask": true }, ...content);
}
