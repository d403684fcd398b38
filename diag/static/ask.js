// The bar that takes a question: a URL or a pasted curl line, with method, headers and client where they are wanted.

import { byId, el, fill } from "./dom.js";
import { askLink } from "./links.js";
import { isCurl, typed } from "./question.js";

const TALLEST = 260;

/** `onAsk` gets each question that is sent. */
export class Ask {
  constructor(onAsk) {
    this.onAsk = onAsk;
    this.form = byId("ask-form");
    this.text = byId("question");
    this.method = byId("method");
    this.headers = byId("headers");
    this.client = byId("client");
    this.listen();
  }

  listen() {
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
    this.text.addEventListener("keydown", (event) => this.enter(event));
    this.text.addEventListener("input", () => this.fit());
    byId("more-fields").addEventListener("click", () => {
      this.showFields(byId("fields").hidden);
      if (!byId("fields").hidden) this.headers.focus();
    });
    window.addEventListener("resize", () => this.fit());
  }

  // A line that ends with a backslash goes on, as in a shell.
  enter(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    if (/\\\s*$/.test(this.text.value.slice(0, this.text.selectionStart))) return;
    event.preventDefault();
    this.send();
  }

  send() {
    const question = typed(this.text.value, this.method.value, this.headers.value, this.client.value);
    if (!question.text) return this.text.focus();
    // A keyboard on the screen would hide the answer.
    if (matchMedia("(pointer: coarse)").matches) this.text.blur();
    return this.onAsk(question);
  }

  /** Puts a question from the address into the fields; null empties them. */
  show(question) {
    const { text, method, headers, client } = question ?? { text: "", method: "", headers: [], client: "" };
    this.text.value = text;
    this.choose(method || "GET");
    this.headers.value = headers.join("\n");
    this.client.value = client;
    this.showFields(Boolean(headers.length || client));
    this.fit();
  }

  // An address may carry a method that the list does not have.
  choose(method) {
    if (![...this.method.options].some((option) => option.value === method)) this.method.append(el("option", {}, method));
    this.method.value = method;
  }

  showFields(open) {
    byId("fields").hidden = !open;
    byId("more-fields").setAttribute("aria-expanded", String(open));
  }

  /** As tall as its text; what a curl line says itself is not asked for. */
  fit() {
    const curl = isCurl(this.text.value);
    this.form.dataset.curl = String(curl);
    for (const field of [this.method, this.headers, this.client]) field.disabled = curl;
    byId("more-fields").hidden = curl;
    if (curl) this.showFields(false);
    this.text.style.height = "";
    this.text.style.height = `${Math.min(this.text.scrollHeight + 2, TALLEST)}px`;
  }

  /** Questions that can be asked with one click: `[{question, label}]`. */
  suggest(found) {
    const list = byId("suggestions");
    list.hidden = !found.length;
    fill(list, el("span", {}, "Try"), found.map(({ question, label }) => askLink(question, el("code", {}, label))));
  }

  focus() {
    this.text.focus();
    this.text.select();
  }
}
