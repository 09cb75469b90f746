// Learning curves: mean over seeds with a band from the lowest to the highest, by cell and condition.
import * as Plot from "@observablehq/plot";
import { look } from "./colors.js";
import { KEY, load, preload, STATUS } from "./data.js";
import { h, s, section, select, table, whenNear } from "./dom.js";
import { significant } from "./format.js";
import { chosenPlaces, onChange, state } from "./state.js";

let quantity = "";

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

function marksOf(points, { color, dash }) {
  return [
    Plot.areaY(points, { x: "epoch", y1: "low", y2: "high", fill: color, fillOpacity: 0.12 }),
    Plot.lineY(points, { x: "epoch", y: "mean", stroke: color, strokeWidth: 2, strokeDasharray: dash || null }),
    points.length === 1 ? Plot.dot(points, { x: "epoch", y: "mean", fill: color }) : null,
  ];
}

/** `lines` have points, style and label; `options` width, height, log, and words that say what is seen. */
export function plot(lines, options) {
  const marks = lines.map(({ points, style }) => marksOf(points, style));
  const all = lines.flatMap(({ points, label }) => points.map((p) => ({ ...p, label })));
  const logarithmic = options.log && all.every((p) => p.low > 0);
  const chart = Plot.plot({
    width: options.width,
    height: options.height,
    marginLeft: 44,
    marginBottom: 32,
    style: { background: "none", fontSize: "12px", overflow: "visible" },
    x: { label: "epoch", ticks: 4, tickFormat: (d) => (Number.isInteger(d) ? String(d) : "") },
    y: { label: null, grid: true, ticks: 5, type: logarithmic ? "log" : "linear", tickFormat: (d) => significant(d, 6) },
    marks: [marks, Plot.tip(all, Plot.pointer({
      x: "epoch", y: "mean", title: (d) => `${d.label}, epoch ${d.epoch}\n${significant(d.mean, 4)} (${significant(d.low, 4)} to ${significant(d.high, 4)}, n = ${d.n})`,
    }))],
  });
  chart.setAttribute("role", "img");
  chart.setAttribute("aria-label", options.words);
  chart.replaceChildren(s("g", { "aria-hidden": "true" }, [...chart.childNodes])); // the words say it all
  return chart;
}

/** One cell and condition: its place on the page is there before its curves are. */
class Figure {
  constructor(places) {
    const { experiment } = state;
    this.experiment = experiment;
    this.places = places;
    this.title = `${experiment.cells[places[0].cell].label}, ${experiment.condition_labels[places[0].condition]}`;
    this.holder = h("div", { class: "plot" });
    this.numbers = h("div");
    this.element = h("figure", { class: "panel" }, h("figcaption", {}, this.title), this.holder,
      h("details", {}, h("summary", {}, "Numbers"), this.numbers));
  }

  fill(curves) {
    const { rows } = this.experiment;
    const lines = this.places.map((place) => {
      const { label } = rows[place.row];
      const series = place.runs.map((run) => curves[run[KEY]]?.[quantity]).filter(Boolean);
      return { label, points: band(series), style: look(label, rows) };
    }).filter((line) => line.points.length);
    const last = lines.map(({ label, points }) => [label, points.at(-1)]);
    const words = last.map(([label, p]) => `${label} ${significant(p.mean)}`).join(", ");
    const chart = plot(lines, { width: 320, height: 200, log: this.experiment.logarithmic.includes(quantity),
      words: `${quantity} by epoch for ${this.title}; at the end: ${words}` });
    this.holder.replaceChildren(chart);
    const each = last.map(([label, p]) =>
      [label, String(p.epoch), significant(p.mean, 4), significant(p.low, 4), significant(p.high, 4), String(p.n)]);
    this.numbers.replaceChildren(table(`${quantity}, ${this.title}, last epoch`,
      ["Initializer", "Epoch", "Mean", "Lowest", "Highest", "n"], each));
  }
}

/** The chosen places by cell and condition, as far as any of their runs has ended. */
function groups() {
  const found = new Map();
  for (const place of chosenPlaces()) {
    const name = `${place.cell}/${place.condition}`;
    found.set(name, [...(found.get(name) ?? []), place]);
  }
  return [...found.values()].filter((places) => places.some((p) => p.runs.some((run) => run[STATUS] < 2)));
}

export function curvesSection() {
  const grid = h("div", { class: "panels" });
  const choice = h("div", { class: "fields" });
  const message = h("p", { class: "note", role: "status" },
    "Line: mean over seeds; band: from the lowest to the highest. Colours and dashes as above.");
  const choose = (quantities) => {
    const metric = `validation ${state.experiment.tables[0].metric}`;
    if (!quantities.includes(quantity)) quantity = quantities.includes(metric) ? metric : quantities[0];
    choice.replaceChildren(select("Quantity", quantities.map((q) => [q, q]), quantity, (value) => {
      quantity = value;
      draw();
      choice.querySelector("select").focus();
    }));
  };
  const fill = async (figures) => {
    const { experiment } = state;
    const curves = await load(`curves/${experiment.name}`);
    if (experiment !== state.experiment) return; // another was chosen meanwhile
    choose([...new Set(Object.values(curves).flatMap((series) => Object.keys(series)))]);
    figures.forEach((figure) => whenNear(figure.element, () => figure.fill(curves)));
  };
  const draw = () => {
    const figures = groups().map((places) => new Figure(places));
    grid.replaceChildren(...figures.map((figure) => figure.element));
    const safely = () => fill(figures).catch((error) => { message.textContent = error.message; });
    whenNear(grid, safely);
    preload(`curves/${state.experiment.name}`);
  };
  draw();
  onChange(draw);
  return section("curves", "Learning curves", choice, message, grid);
}
