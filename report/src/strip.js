// The distribution over seeds: a dot per run on a scale that the whole table shares.
import { look, markPath } from "./colors.js";
import { SEED, STATUS, STATUSES, VALUES } from "./data.js";
import { s, whenNear } from "./dom.js";
import { fixed } from "./format.js";

export const WIDTH = 180;
const HEIGHT = 26;
const EDGE = 9;

/** The runs' numbers; "overflow" and null are none. */
const numbersOf = (place, metric) =>
  place.runs.map((run) => run[VALUES + metric]).filter((value) => typeof value === "number");

/** The scale of a table: from the lowest to the highest value that it shows. */
export function scaleOf(places, metric) {
  const values = places.flatMap((place) => numbersOf(place, metric));
  if (!values.length) return null;
  const low = Math.min(...values);
  const high = Math.max(...values);
  const x = (value) =>
    high === low ? WIDTH / 2 : EDGE + ((value - low) / (high - low)) * (WIDTH - 2 * EDGE);
  return { low, high, x };
}

/** What a screen reader says instead: each seed's value. */
function words(place, metric, table) {
  const each = place.runs.map((run) => {
    const value = run[VALUES + metric];
    const none = run[STATUS] === 0 ? "never" : STATUSES[run[STATUS]];
    const text = typeof value === "number" ? fixed(value * table.scale, table.digits) : value ?? none;
    return `seed ${run[SEED]}: ${text}`;
  });
  return each.join("; ");
}

function marksOf(place, experiment, metric, scale) {
  const { color } = look(experiment.rows[place.row].label, experiment.rows);
  const values = numbersOf(place, metric);
  const lost = place.runs.filter((run) => [1, 2].includes(run[STATUS]) || run[VALUES + metric] === "overflow").length;
  const dots = values.map((value, i) => {
    // Seeds stand a little apart in height, so that equal values are seen to be several.
    const y = HEIGHT / 2 + (((i * 5) % 7) - 3) * 2;
    return s("circle", { cx: scale.x(value).toFixed(1), cy: y, r: 3.2 });
  });
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return [
    s("line", { class: "axis", x1: EDGE, x2: WIDTH - EDGE, y1: HEIGHT / 2, y2: HEIGHT / 2 }),
    s("g", { style: `fill:${color}`, class: "dots" }, dots),
    values.length > 1
      ? s("line", { class: "mean", x1: scale.x(mean), x2: scale.x(mean), y1: 3, y2: HEIGHT - 3 }) : null,
    lost
      ? s("path", { class: "lost", transform: `translate(4 ${HEIGHT / 2})`, d: markPath("cross", 3.5) }) : null,
  ].filter(Boolean);
}

/** Its words and its room are there at once; its marks when it comes near the window. */
export function strip(place, experiment, metric, scale) {
  const picture = s("svg", { class: "strip", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, width: WIDTH, height: HEIGHT,
    role: "img", "aria-label": words(place, metric, experiment.tables[metric]) });
  whenNear(picture, () => picture.replaceChildren(...marksOf(place, experiment, metric, scale)));
  return picture;
}
