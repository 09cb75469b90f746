// A gain on another initializer, with what it can be taken for.
import { h } from "./dom.js";
import { pText } from "./format.js";

/** "+3.1 ± 1.2" and "better, p 0.03"; a dot where there is nothing to compare. */
export function gain(found) {
  if (!found) return h("span", { class: "muted" }, "·");
  const said = found.outcome === "undecidable" ? `n = ${found.n}: too few` : pText(found.p);
  const word = ["better", "worse"].includes(found.outcome) ? `${found.outcome}, ` : "";
  return h("span", { class: `gain ${found.outcome.replace(" ", "-")}` },
    h("span", { class: "number" }, found.text), h("small", {}, word + said));
}
