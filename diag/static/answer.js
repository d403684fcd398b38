// The answer to a question: the sentence, the way as a picture, what happens on it, and why no other route took it.

import { NoAnswer, get } from "./api.js";
import { candidateList } from "./candidates.js";
import { copyButton } from "./copy.js";
import { byId, el, fill } from "./dom.js";
import { routeLink, shortPlaceLink } from "./links.js";
import { problemItem } from "./problems.js";
import { parameters } from "./question.js";
import { way } from "./way.js";
import { count, hostText, refusal, revisionText, unbroken } from "./words.js";

const FRESH = 10_000;

/** What stands below the bar. It asks again by itself when the revision changes. */
export class Answer {
  constructor() {
    this.root = byId("answer");
    this.said = byId("said");
    this.fault = byId("ask-fault");
    this.question = null;
    this.answer = null;
    this.isRefused = false;
    this.isBusy = false;
    this.hasChanged = false;
    this.came = 0;
    this.envoy = null;
    this.stop = new AbortController();
  }

  /** Asks; tells whether an answer came. Null takes away what stands there. */
  async ask(question) {
    this.stop.abort();
    this.question = question;
    this.answer = null;
    this.isRefused = false;
    this.say("");
    if (!question) this.clear();
    return question ? this.load() : false;
  }

  /** Asks again if what stands there is of another revision, or so old that endpoints may have come and gone. */
  async refresh(revision) {
    if (!this.question || this.isRefused || this.isBusy) return;
    const isOld = performance.now() - this.came > FRESH;
    if (isOld || this.answer?.revision !== revision) await this.load();
  }

  /** What Envoy has acknowledged: an answer of a later revision says that it is not live yet. */
  showEnvoy(envoy) {
    this.envoy = envoy;
    this.sayRevision();
  }

  sayRevision() {
    const line = this.root.querySelector(".revision");
    if (line && this.answer) line.textContent = revisionText(this.answer.revision, this.hasChanged, this.envoy);
  }

  async load() {
    const stop = new AbortController();
    this.stop.abort();
    this.stop = stop;
    this.setBusy(true);
    try {
      this.show(await get("explain", parameters(this.question), stop.signal));
      return true;
    } catch (error) {
      if (error.name === "AbortError") return false;
      if (!(error instanceof NoAnswer)) throw error;
      this.fail(error);
      return false;
    } finally {
      if (this.stop === stop) this.setBusy(false);
    }
  }

  setBusy(isBusy) {
    this.isBusy = isBusy;
    this.root.setAttribute("aria-busy", String(isBusy));
  }

  // An older answer to the same question stays while the server is away. A question that is none stays none.
  fail(failure) {
    this.say(refusal(failure));
    this.isRefused = failure.status === 400;
    if (!this.answer || this.isRefused) this.clear();
  }

  say(text) {
    this.fault.hidden = !text;
    this.fault.textContent = text;
  }

  clear() {
    this.answer = null;
    this.root.hidden = true;
    this.said.textContent = "";
    fill(this.root);
    delete document.body.dataset.asked;
  }

  show(answer) {
    const before = this.answer;
    this.say("");
    this.answer = answer;
    this.came = performance.now();
    const isOther = !before || !same(before, answer);
    if (isOther) this.hasChanged = Boolean(before) && before.revision !== answer.revision;
    // Health alone does not take away what somebody is just walking through.
    if (isOther && (!before || this.hasChanged || !this.root.contains(document.activeElement))) this.draw(answer);
    this.sayRevision();
  }

  draw(answer) {
    const wasInside = this.root.contains(document.activeElement);
    this.root.hidden = false;
    this.said.textContent = answer.summary;
    this.root.dataset.outcome = answer.outcome;
    document.body.dataset.asked = "true";
    fill(this.root, head(answer), way(answer), problems(answer), after(answer), near(answer), notes(answer), candidates(answer), understood(answer));
    if (wasInside) byId("summary").focus({ preventScroll: true });
  }
}

function same(one, other) {
  return JSON.stringify({ ...one, revision: 0 }) === JSON.stringify({ ...other, revision: 0 });
}

function head(answer) {
  return el("header", { class: "answer-head" },
    el("h2", { id: "summary", tabindex: "-1" }, unbroken(answer.summary)),
    el("div", { class: "answer-tools" },
      answer.curl ? copyButton("Copy as curl", () => answer.curl) : null,
      copyButton("Copy link", () => location.href),
      el("a", { class: "close", href: "?", "data-ask": true, role: "button" }, "Clear"),
      el("span", { class: "revision quiet" })));
}

function part(title, ...content) {
  return el("section", { class: "part" }, el("h3", {}, title), ...content);
}

function after(answer) {
  const { winner } = answer;
  if (!winner) return null;
  const steps = winner.steps ?? [];
  const rows = [gets(answer), goes(winner)].filter(Boolean);
  if (!steps.length && !rows.length) return null;
  return part("What happens on the way",
    steps.length ? el("ol", { class: "acts" }, steps.map((text) => el("li", {}, text))) : null,
    ...rows);
}

function gets({ outcome, winner, request }) {
  if (outcome !== "forward" || !winner.rewritten) return null;
  const { path, host } = winner.rewritten;
  return el("p", { class: "gets" }, "The backend gets ", changed(request.path, path), " with the host ", changed(request.authority, host), ".");
}

function changed(before, now) {
  if (!now || before === now) return el("code", {}, before);
  return [el("code", {}, el("strong", {}, now)), el("span", { class: "quiet" }, " (was "), el("code", { class: "quiet" }, before), el("span", { class: "quiet" }, ")")];
}

function goes({ location: target }) {
  return target ? el("p", { class: "gets" }, "The client is sent to ", el("code", {}, el("strong", {}, target)), ".") : null;
}

function near({ near: found }) {
  if (!found.length) return null;
  return part("Near misses", el("ul", { class: "near" }, found.map(({ route, source, listener, hostname, because }) =>
    el("li", {},
      el("p", {}, routeLink(route), " ", shortPlaceLink(source)),
      el("p", {}, because),
      el("p", { class: "quiet" }, `${hostText(hostname)} on ${listener}`)))));
}

function candidates(answer) {
  if (!answer.candidates.length) return null;
  const { total, hostname } = answer;
  const title = `${count(total ?? answer.candidates.length, "route")} of ${hostname ? hostText(hostname) : "this host"}, in the order in which they are asked`;
  return part(title, ...candidateList(answer));
}

// Of the object whose route takes the request: often the reason why it is answered as it is.
function problems({ problems: found }) {
  return found?.length ? el("ul", { class: "problems" }, found.map(problemItem)) : null;
}

function notes({ notes: texts }) {
  return texts?.length ? part("About the question", el("ul", { class: "notes" }, texts.map((text) => el("li", {}, text)))) : null;
}

function understood({ request }) {
  return el("details", { class: "fine" },
    el("summary", {}, "The request as understood"),
    el("dl", { class: "understood" },
      pair("Host", request.authority),
      pair("Path", request.path),
      pair("Server name (SNI)", request.server_name || "none is sent"),
      pair("Client", request.client_ip),
      (request.headers ?? []).map(([name, value]) => pair(name, value))));
}

function pair(name, value) {
  return value ? [el("dt", {}, name), el("dd", {}, el("code", {}, value))] : null;
}

