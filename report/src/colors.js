// One colour, dash and mark per initializer, everywhere, as in the figures: Okabe & Ito's palette.
import { s } from "./dom.js";

const KNOWN = {
  xavier: ["ink", "", "circle"],
  kaiming: ["purple", "", "down"],
  irnn: ["orange", "7 3", "square"],
  sp_rnn: ["sky", "4 3", "plus"],
  torch_default: ["grey", "2 3", "cross"],
  orthogonal: ["green", "9 3 2 3", "up"],
  eigen: ["vermillion", "", "diamond"],
};
const OTHERS = ["blue", "purple", "sky", "orange", "green", "yellow", "grey", "vermillion"];
const DASHES = ["", "7 3", "2 3", "9 3 2 3"];
const MARKS = ["circle", "square", "up", "down", "diamond", "plus", "cross"];

/** How an initializer looks. `rows` are all rows of its experiment. */
export function look(label, rows) {
  const known = KNOWN[label];
  if (known) return { color: `var(--${known[0]})`, dash: known[1], mark: known[2] };
  const i = rows.map((row) => row.label).filter((row) => !KNOWN[row]).indexOf(label);
  return {
    color: `var(--${OTHERS[i % OTHERS.length]})`,
    dash: DASHES[(i + Math.floor(i / OTHERS.length)) % DASHES.length],
    mark: MARKS[(i + 3 * Math.floor(i / OTHERS.length)) % MARKS.length],
  };
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
