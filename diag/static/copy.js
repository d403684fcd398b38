// A button that copies a text.

import { el } from "./dom.js";

const SHOWN = 2000;

/** `text` gives what is copied, when it is. Where there is no clipboard it is selected in a field instead. */
export function copyButton(label, text) {
  const button = el("button", { type: "button", class: "copy" }, label);
  let timer = 0;
  button.addEventListener("click", async () => {
    const done = await copied(text());
    if (!done) return offer(button, text());
    button.textContent = "Copied";
    clearTimeout(timer);
    timer = setTimeout(() => { button.textContent = label; }, SHOWN);
  });
  return button;
}

// Browsers give pages without TLS, other than on this machine, no clipboard.
async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

function offer(button, text) {
  const field = el("input", { class: "to-copy", readonly: true, value: text, "aria-label": "Copy this by hand" });
  button.replaceWith(field);
  field.select();
}
