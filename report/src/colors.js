// How an initializer looks, everywhere, as in the figures: the data say its colour, dash and mark.
import { s } from "./dom.js";

/** `rows` are all rows of its experiment. */
export function look(label, rows) {
  const { color, dash, mark } = rows.find((row) => row.label === label);
  return { color: `var(--${color})`, dash, mark };
}

const PATHS = {
  circle: (r) => `M${-r},0a${r},${r} 0 1,0 ${2 * r},0a${r},${r} 0 1,0 ${-2 * r},0Z`,
  square: (r) => `M${-0.85 * r},${-0.85 * r}h${1.7 * r}v${1.7 * r}h${-1.7 * r}Z`,
  up: (r) => `M0,${-1.1 * r}L${r},${0.8 * r}H${-r}Z`,
  down: (r) => `M0,${1.1 * r}L${r},${-0.8 * r}H${-r}Z`,
  diamond: (r) => `M0,${-1.2 * r}L${1.1 * r},0L0,${1.2 * r}L${-1.1 * r},0Z`,
  plus: (r) => `M${-0.35 * r},${-r}h${0.7 * r}v${0.65 * r}h${0.65 * r}v${0.7 * r}h${-0.65 * r}v${0.65 * r}h${-0.7 * r}v${-0.65 * r}h${-0.65 * r}v${-0.7 * r}h${0.65 * r}Z`,
  cross: (r) => `M${-r},${-0.6 * r}L${-0.6 * r},${-r}L0,${-0.4 * r}L${0.6 * r},${-r}L${r},${-0.6 * r}L${0.4 * r},0L${r},${0.6 * r}L${0.6 * r},${r}L0,${0.4 * r}L${-0.6 * r},${r}L${-r},${0.6 * r}L${-0.4 * r},0Z`,
};

export const markPath = (mark, radius) => PATHS[mark](radius);

/** The mark of an initializer, for legends and first columns. */
export function swatch(label, rows) {
  const { color, mark } = look(label, rows);
  return s(
    "svg",
    { class: "swatch", viewBox: "-8 -8 16 16", width: 14, height: 14, "aria-hidden": "true" },
    s("path", { d: markPath(mark, 5.5), style: `fill:${color}` }),
  );
}
