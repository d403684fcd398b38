// Asks for the overview about once a second while the page is looked at, less often while nobody answers.

import { NoAnswer, Watched } from "./api.js";

const EVERY = 1000;
const SLOWEST = 5000;

/** `onOverview` gets each answer (the same object while nothing changed), `onSilence` each failure. Both may wait. */
export function poll(onOverview, onSilence) {
  const overview = new Watched("overview");
  let timer = 0;
  let pause = EVERY;

  async function ask() {
    clearTimeout(timer);
    timer = 0;
    try {
      await onOverview(await overview.read());
      pause = EVERY;
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      onSilence(error);
      pause = Math.min(pause * 1.6, SLOWEST);
    } finally {
      if (!document.hidden) timer = setTimeout(ask, pause);
    }
  }

  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && !timer) ask();
  });
  ask();
}
