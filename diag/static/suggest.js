// Questions for somebody who has never asked one: examples of routes that are really there, as different as may be.

import { get } from "./api.js";
import { examplesOf } from "./matching.js";
import { exampleQuestion } from "./question.js";
import { isShared } from "./row.js";
import { conditions } from "./words.js";

const LOOKED_AT = 60;
const SHOWN = 3;

/** `[{question, label}]`; empty where there are no routes, or the server makes up no requests. */
export async function suggestions(signal) {
  const { listeners } = await get("routes", { limit: LOOKED_AT }, signal);
  const routes = listeners.flatMap(({ hosts }) => hosts.flatMap((host) => host.routes));
  const made = [];
  for (const { name } of various(routes)) {
    const answer = await examplesOf(name, signal);
    if (!answer) break;
    if (answer.examples?.length) made.push(suggestion(plainest(answer.examples, listeners)));
  }
  return made;
}

// Cleartext on a listener for HTTPS is possible, and not what one tries first.
function plainest(examples, listeners) {
  const secure = new Set(listeners.filter(({ protocol }) => protocol === "HTTPS").map(({ name }) => name));
  return examples.find(({ url, listener }) => url.startsWith("https:") === secure.has(listener)) ?? examples[0];
}

/** One of each sort of what users wrote, then any. Hosts give routes, too: redirects. */
function various(routes) {
  const own = routes.filter(({ source }) => source && source.kind !== "Host");
  const firsts = own.filter((route, at) => own.findIndex((other) => sort(other) === sort(route)) === at);
  return [...new Map([...firsts, ...own].map((route) => [route.name, route])).values()].slice(0, SHOWN);
}

function sort(route) {
  if (route.action !== "forward") return route.action;
  if (isShared(route)) return "shared";
  const { headers, query, methods } = route.match;
  return conditions(headers).length || conditions(query).length || methods?.length ? "conditional" : "plain";
}

function suggestion(example) {
  const question = exampleQuestion(example);
  const more = [question.method === "GET" ? "" : question.method, ...question.headers].filter(Boolean);
  return { question, label: more.length ? `${example.url} (${more.join(", ")})` : example.url };
}
