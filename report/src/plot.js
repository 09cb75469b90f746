// A plot of quantities by epoch, of one run or of the seeds of many.
import * as Plot from "@observablehq/plot";
import { s } from "./dom.js";
import { significant, tick } from "./format.js";

/** Per epoch the mean, lowest and highest of the runs that got there. */
export function band(series) {
  const epochs = Math.max(0, ...series.map((values) => values.length));
  return Array.from({ length: epochs }, (_, i) => {
    const values = series.map((one) => one[i]).filter((value) => value !== null && value !== undefined);
    if (!values.length) return null;
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    return { epoch: i + 1, mean, low: Math.min(...values), high: Math.max(...values), n: values.length };
  }).filter(Boolean);
}

/** The mean over as many epochs around each, fewer at the ends; a gap stays one. */
export function smoothed(values, epochs) {
  const half = Math.floor(epochs / 2);
  if (!half) return values;
  return values.map((value, i) => {
    if (value === null) return null;
    const near = values.slice(Math.max(0, i - half), i + half + 1).filter((one) => one !== null);
    return near.reduce((sum, one) => sum + one, 0) / near.length;
  });
}

/** A quantity with its unit and scale as in the tables; `curves` are those of an experiment. */
export function seriesOf(curves, key, quantity) {
  return curves[key]?.[quantity.name]?.map((value) => (value === null ? null : value * quantity.scale));
}

/** Of a plot of its own: as wide as it is drawn, or its words would shrink with it. */
export const lowSize = () => (matchMedia("(max-width: 40rem)").matches ? { width: 320, height: 214 } : { width: 480, height: 190 });

/** The one that the experiment's first table is about. */
export const mainQuantity = ({ quantities, tables }) =>
  quantities.find(({ name }) => name === `validation ${tables[0].metric}`) ?? quantities[0];

function marksOf(points, { color, dash }) {
  return [
    Plot.areaY(points, { x: "epoch", y1: "low", y2: "high", fill: color, fillOpacity: 0.12 }),
    Plot.lineY(points, { x: "epoch", y: "mean", stroke: color, strokeWidth: 2, strokeDasharray: dash || null }),
    points.length === 1 ? Plot.dot(points, { x: "epoch", y: "mean", fill: color }) : null,
  ];
}

/** Which scale the lines get: a logarithmic one has no place for 0. */
export function scaleName(lines, wanted) {
  if (wanted !== "logarithmic") return "linear";
  return lines.every(({ points }) => points.every((p) => p.low > 0)) ? "logarithmic" : "linear, as there are zeros";
}

/** `lines` have points, style and label; `options` width, height, y (the quantity with its unit), scale, and words that
 * say what is seen. */
export function plot(lines, options) {
  const marks = lines.map(({ points, style }) => marksOf(points, style));
  const all = lines.flatMap(({ points, label }) => points.map((p) => ({ ...p, label })));
  const scale = scaleName(lines, options.scale);
  const chart = Plot.plot({
    width: options.width,
    height: options.height,
    marginLeft: 48,
    marginTop: 26,
    marginBottom: 32,
    style: { background: "none", fontSize: "12px", overflow: "visible" },
    x: { label: "epoch", ticks: 4, tickFormat: (d) => (Number.isInteger(d) ? String(d) : "") },
    y: { label: `${options.y} (${scale})`, labelArrow: "none", grid: true, ticks: 5,
      type: scale === "logarithmic" ? "log" : "linear", tickFormat: tick },
    marks: [marks, Plot.tip(all, Plot.pointer({
      x: "epoch", y: "mean", title: (d) => `${d.label}, epoch ${d.epoch}\n${significant(d.mean, 4)} (${significant(d.low, 4)} to ${significant(d.high, 4)}, n = ${d.n})`,
    }))],
  });
  chart.setAttribute("role", "img");
  chart.setAttribute("aria-label", options.words);
  chart.replaceChildren(s("g", { "aria-hidden": "true" }, [...chart.childNodes])); // the words say it all
  return chart;
}
