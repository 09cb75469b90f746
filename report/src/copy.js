// A button that copies a text.
import { h } from "./dom.js";

/** Where the page may not copy, `select` makes the text easy to copy by hand and says so. */
export function copyButton(name, textOf, select, className = null) {
  const button = h("button", { type: "button", class: className, onclick: async () => {
    try {
      await navigator.clipboard.writeText(textOf());
      button.textContent = "Copied";
    } catch {
      button.textContent = select();
    }
    setTimeout(() => { button.textContent = name; }, 3000);
  } }, name);
  return button;
}
