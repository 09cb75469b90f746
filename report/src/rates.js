// Result against learning rate, from the search of the chosen task: a panel per cell, a line per initializer.
import * as Plot from "@observablehq/plot";
import { look, markPath } from "./colors.js";
import { h, s, section, table, whenNear } from "./dom.js";
import { download } from "./download.js";
import { significant, tick } from "./format.js";
import { onChange, state } from "./state.js";

/** Its own, or those of the task that the experiment is about. */
function searchesOf(experiments) {
  const { experiment } = state;
  return experiments.filter((e) => e.rates && (experiment.search ? e === experiment : e.task === experiment.task));
}

/** The lines of a search that the filter leaves; what the filter does not know stays. */
function chosenLines(search) {
  const { experiment, cell, rows } = state;
  const known = new Set(experiment.rows.map((row) => row.label));
  const label = (line) => search.rows[line.row].label;
  return search.rates.lines.filter((line) => (!cell || search.cells[line.cell].name === cell) &&
    (rows.has(label(line)) || !known.has(label(line))));
}

/** Marks as in the legend: a ring is drawn around what is chosen. */
function marksAt(points, { x, y }) {
  return s("g", {}, points.map((p) => s("g", { transform: `translate(${x(p.rate)} ${y(p.mean)})`, style: `fill:${p.color}` },
    s("path", { d: markPath(p.mark, 4) }),
    p.isChosen ? s("circle", { class: "chosen", r: 8, style: `stroke:${p.color}` }) : null)));
}

function panel(search, lines) {
  const { rates } = search;
  const points = lines.flatMap((line) => {
    const { label } = search.rows[line.row];
    return line.points.map((point) => ({ ...point, label, ...look(label, search.rows), isChosen: point.rate === line.chosen }));
  }).filter((point) => point.mean !== null);
  const labels = lines.map((line) => search.rows[line.row].label);
  const isLogarithmic = rates.logarithmic && points.every((point) => point.mean > 0);
  const chosen = points.filter((point) => point.isChosen);
  const words = chosen.map((p) => `${p.label} ${p.rate} (${significant(p.mean)})`).join(", ");
  const chart = Plot.plot({
    width: 320, height: 240, marginLeft: 48, marginTop: 26, marginBottom: 34,
    style: { background: "none", fontSize: "12px", overflow: "visible" },
    x: { type: "log", label: "learning rate (logarithmic)", labelArrow: "none", 
      ticks: [...new Set(points.map((point) => point.rate))], tickFormat: tick, inset: 10 },
    y: { type: isLogarithmic ? "log" : "linear", label: `${rates.label} (${isLogarithmic ? "logarithmic" : "linear"})`,
      labelArrow: "none", grid: true, ticks: 5, tickFormat: tick, inset: 9 },
    marks: [
      labels.map((label) => Plot.lineY(points.filter((point) => point.label === label), { x: "rate", y: "mean",
        stroke: look(label, search.rows).color, strokeWidth: 1.8, strokeDasharray: look(label, search.rows).dash || null })),
      (index, scales) => marksAt(points, scales),
      Plot.tip(points, Plot.pointer({ x: "rate", y: "mean", title: (p) =>
        `${p.label}, rate ${p.rate}${p.isChosen ? ", chosen" : ""}\n${significant(p.mean, 4)} (${significant(p.lowest, 4)} to ` +
        `${significant(p.highest, 4)}, n = ${p.runs}${p.lost ? `, ${p.lost} lost` : ""})` })),
    ],
  });
  chart.setAttribute("role", "img");
  chart.setAttribute("aria-label", `${rates.label} by learning rate for ${search.cells[lines[0].cell].label}; chosen: ${words}`);
  chart.replaceChildren(s("g", { "aria-hidden": "true" }, [...chart.childNodes]));
  return chart;
}

function numbers(search, lines) {
  const rows = lines.map((line) => {
    const best = line.points.find((point) => point.rate === line.chosen);
    return [search.rows[line.row].label, String(line.chosen), significant(best.mean, 4), line.edge || "–"];
  });
  return h("details", {}, h("summary", {}, "Numbers"), table(`Chosen rates, ${search.cells[lines[0].cell].label}`,
    ["Initializer", "Chosen rate", "Mean", "At the edge"], rows));
}

function figure(search, lines) {
  const holder = h("div", { class: "plot high" });
  const element = h("figure", { class: "panel" }, h("figcaption", {}, search.cells[lines[0].cell].label), holder,
    numbers(search, lines));
  whenNear(element, () => holder.replaceChildren(panel(search, lines)));
  return element;
}

const records = (search) => chosenLines(search).flatMap((line) => line.points.map((point) => ({
  experiment: search.name, cell: search.cells[line.cell].name, initializer: search.rows[line.row].label,
  quantity: search.rates.label, ...point, chosen: point.rate === line.chosen ? "yes" : "" })));

function figuresOf(search) {
  const lines = chosenLines(search);
  const cells = [...new Set(lines.map((line) => line.cell))];
  return [
    h("h3", {}, search.title),
    search.rates.problem ? h("p", { class: "muted" }, `Not all of it has been run: ${search.rates.problem}.`) : null,
    cells.length ? h("div", { class: "panels" }, cells.map((cell) => figure(search, lines.filter((line) => line.cell === cell))))
      : h("p", { class: "muted" }, "The search has nothing of this choice."),
    download(search.name, () => records(search)),
  ].filter(Boolean);
}

export function ratesSection(data) {
  const holder = h("div");
  const draw = () => {
    const searches = searchesOf(data.experiments);
    holder.replaceChildren(...(searches.length ? searches.flatMap(figuresOf)
      : [h("p", { class: "muted" }, "No learning rates were searched for this task.")]));
  };
  draw();
  onChange(draw);
  return section("rates", "Result against learning rate", h("p", { class: "note" },
    "Mean validation result over problems and seeds of the search; a run without a result counts as the worst. The ring is the " +
    "rate that is chosen. Colours, dashes and marks as above."), holder);
}
