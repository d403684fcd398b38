// Builds elements. Text only ever goes in as text, so nothing that a manifest says can become markup.

const SVG = "http://www.w3.org/2000/svg";

/** An element with attributes (null and false: left out; true: empty) and children (texts, elements, lists, null). */
export function el(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) {
      made.setAttribute(name, value === true ? "" : String(value));
    }
  }
  made.append(...kept(children));
  return made;
}

/** Puts children in place of what an element holds. */
export function fill(element, ...children) {
  element.replaceChildren(...kept(children));
}

/** A bar that is `percent` wide, as SVG: a strict CSP allows no style attribute. */
export function bar(percent) {
  const made = shape("svg", { class: "bar", viewBox: "0 0 100 6", preserveAspectRatio: "none", "aria-hidden": "true" });
  made.append(shape("rect", { class: "bar-all", width: 100, height: 6 }));
  made.append(shape("rect", { class: "bar-part", width: Math.max(0, Math.min(100, percent)), height: 6 }));
  return made;
}

export function byId(id) {
  return document.getElementById(id);
}

function shape(tag, attributes) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  return made;
}

function kept(children) {
  return children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false && child !== "");
}
