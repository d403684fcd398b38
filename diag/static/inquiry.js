// The bar, its answer and the page's address as one thing: ?url=… or ?curl=… is what is asked.

import { NoAnswer } from "./api.js";
import { Answer } from "./answer.js";
import { Ask } from "./ask.js";
import { byId } from "./dom.js";
import { LONGEST, address, fromAddress } from "./question.js";
import { suggestions } from "./suggest.js";
import { tooLong } from "./words.js";

const NOTHING = "?";

export class Inquiry {
  constructor() {
    this.answer = new Answer();
    this.ask = new Ask((question) => this.go(address(question)));
    this.asked = null;
    this.asking = null;
    this.revision = null;
    this.stop = new AbortController();
  }

  /** Links that ask do so without loading the page anew. */
  listen() {
    document.addEventListener("click", (event) => {
      const link = event.target.closest?.("a[data-ask]");
      if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
      event.preventDefault();
      this.visit(link.getAttribute("href"));
    });
  }

  // An answer that was asked for by a link lies elsewhere on the page, so it is gone to.
  async visit(query) {
    this.go(query);
    byId("ask").scrollIntoView({ block: "start" });
    if (query === NOTHING) this.ask.focus();
    else if (await this.asking) byId("summary").focus({ preventScroll: true });
  }

  /** Asks, and puts the question into the address. The same question again is no new page in the history. */
  go(query) {
    if (query.length > LONGEST) {
      this.answer.say(tooLong(query.length, LONGEST));
      return;
    }
    const isNew = query !== location.search;
    this.asked = null;
    history[isNew ? "pushState" : "replaceState"](null, "", query === NOTHING ? location.pathname : query);
    window.dispatchEvent(new PopStateEvent("popstate"));
  }

  /** Asks what the address says, if that is not what was asked last. */
  follow() {
    if (this.asked === location.search) return;
    this.asked = location.search;
    const question = fromAddress(location.search);
    this.ask.show(question);
    this.asking = this.answer.ask(question).then((came) => this.withoutSecrets(came));
    if (this.revision !== null) this.suggest();
  }

  // Addresses are pasted into chats, so tokens and cookies stay in this page's memory only.
  withoutSecrets(came) {
    const { answer } = this.answer;
    if (came && answer?.secret && this.asked === location.search) {
      this.asked = address({ text: answer.curl, method: "", headers: [], client: "" });
      history.replaceState(null, "", this.asked + location.hash);
    }
    return came;
  }

  /** The same question in a new revision, or after a while; without one, new examples in a new revision. */
  async refresh(revision) {
    const isNew = revision !== this.revision;
    this.revision = revision;
    await Promise.all([this.answer.refresh(revision), isNew ? this.suggest() : null]);
  }

  async suggest() {
    this.stop.abort();
    this.stop = new AbortController();
    const line = byId("suggestions");
    line.hidden = Boolean(this.answer.question) || !line.childElementCount;
    if (this.answer.question) return;
    try {
      this.ask.suggest(await suggestions(this.stop.signal));
    } catch (error) {
      if (error.name !== "AbortError" && !(error instanceof NoAnswer)) throw error;
    }
  }
}
