// Figures of traffic and times as short texts. Knows no elements.

const number = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });
const SELDOM = 0.1;
const GOOD = 99.5;
const FAIR = 95;

/** Whether so little arrives that a rate says nothing. */
export function seldom({ per_second: perSecond }) {
  return !(perSecond >= SELDOM);
}

export function rate(perSecond) {
  return `${short(perSecond)}/s`;
}

/** How much succeeds, of late where something arrives now: in percent, or null where nothing is known. */
export function succeeded(found) {
  const late = seldom(found) ? null : found.recent_success_percent;
  return late ?? found.success_percent ?? null;
}

/** The tone of a success rate. */
export function success(percent) {
  return percent >= GOOD ? "ok" : percent >= FAIR ? "warn" : "bad";
}

/** A time of the API, in seconds since 1970 or as a text, on the reader's clock. */
export function clock(time) {
  const date = new Date(typeof time === "number" ? time * 1000 : time);
  return Number.isNaN(date.getTime()) ? String(time) : date.toLocaleTimeString("en-GB");
}

export function milliseconds(value) {
  if (typeof value !== "number") return "";
  return `${short(value)} ms`;
}

function short(value) {
  return number.format(value < 100 ? value : Math.round(value));
}
