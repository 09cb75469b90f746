// Learning curves: mean over seeds with a band from the lowest to the highest, by cell and condition.
import { look } from "./colors.js";
import { KEY, load, preload, STATUS } from "./data.js";
import { h, section, select, table, whenNear } from "./dom.js";
import { download } from "./download.js";
import { significant } from "./format.js";
import { band, mainQuantity, plot, scaleName, seriesOf, smoothed } from "./plot.js";
import { changeView, chosenPlaces, onChange, state } from "./state.js";

const SCALES = ["linear", "logarithmic"];
const SMOOTHING = [["1", "off"], ["3", "mean of 3 epochs"], ["5", "mean of 5 epochs"], ["9", "mean of 9 epochs"]];

/** What is shown, and how: the address's choice as far as the experiment has it. */
function choice() {
  const { experiment, view } = state;
  const quantity = experiment.quantities.find(({ name }) => name === view.quantity) ?? mainQuantity(experiment);
  const usual = quantity.logarithmic ? "logarithmic" : "linear";
  const [smooth] = SMOOTHING.find(([epochs]) => epochs === view.smooth) ?? SMOOTHING[0];
  return { quantity, scale: SCALES.includes(view.scale) ? view.scale : usual, smooth };
}

/** A line per initializer of a cell and condition. */
function linesOf(experiment, places, curves) {
  const { quantity, smooth } = choice();
  return places.map((place) => {
    const { label } = experiment.rows[place.row];
    const series = place.runs.map((run) => seriesOf(curves, run[KEY], quantity)).filter(Boolean);
    return { label, points: band(series.map((one) => smoothed(one, Number(smooth)))), style: look(label, experiment.rows) };
  }).filter((line) => line.points.length);
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
    const { quantity, scale } = choice();
    const lines = linesOf(this.experiment, this.places, curves);
    const last = lines.map(({ label, points }) => [label, points.at(-1)]);
    const words = last.map(([label, p]) => `${label} ${significant(p.mean)}`).join(", ");
    const chart = plot(lines, { width: 320, height: 214, scale, y: quantity.label,
      words: `${quantity.label} by epoch for ${this.title}, ${scaleName(lines, scale)} scale; at the end: ${words}` });
    this.holder.replaceChildren(chart);
    const each = last.map(([label, p]) =>
      [label, String(p.epoch), significant(p.mean, 4), significant(p.low, 4), significant(p.high, 4), String(p.n)]);
    this.numbers.replaceChildren(table(`${quantity.label}, ${this.title}, last epoch`,
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

async function records() {
  const { experiment } = state;
  const curves = await load(`curves/${experiment.name}`);
  const { quantity, smooth } = choice();
  return groups().flatMap((places) => linesOf(experiment, places, curves).flatMap(({ label, points }) => points.map((point) => ({
    experiment: experiment.name, cell: experiment.cells[places[0].cell].name,
    condition: experiment.conditions[places[0].condition], initializer: label, quantity: quantity.label,
    smoothing_epochs: smooth, ...point }))));
}

export function curvesSection() {
  const grid = h("div", { class: "panels" });
  const fields = h("div", { class: "fields" });
  const message = h("p", { class: "note", role: "status" });
  const pick = (name, also = {}) => (value) => {
    changeView({ ...also, [name]: value });
    const at = [...fields.querySelectorAll("select")].indexOf(document.activeElement);
    draw();
    fields.querySelectorAll("select")[at]?.focus();
  };
  const choose = () => {
    const { quantity, scale, smooth } = choice();
    fields.replaceChildren(
      select("Quantity", state.experiment.quantities.map(({ name, label }) => [name, label]), quantity.name,
        pick("quantity", { scale: "" })), // another quantity has a usual scale of its own
      select("Scale", SCALES.map((name) => [name, name]), scale, pick("scale")),
      select("Smoothing", SMOOTHING, smooth, pick("smooth")),
      download(`curves ${state.experiment.name}`, records));
    message.textContent = "Line: mean over seeds; band: from the lowest to the highest. Colours and dashes as above." +
      (smooth === "1" ? "" : ` Each run is smoothed: the mean of the ${smooth} epochs around, fewer at the ends.`);
  };
  const fill = async (figures) => {
    const { experiment } = state;
    const curves = await load(`curves/${experiment.name}`);
    if (experiment !== state.experiment) return; // another was chosen meanwhile
    figures.forEach((figure) => whenNear(figure.element, () => figure.fill(curves)));
  };
  const draw = () => {
    choose();
    const figures = groups().map((places) => new Figure(places));
    grid.replaceChildren(...figures.map((figure) => figure.element));
    whenNear(grid, () => fill(figures).catch((error) => { message.textContent = error.message; }));
    preload(`curves/${state.experiment.name}`);
  };
  draw();
  onChange(draw);
  return section("curves", "Learning curves", fields, message, grid);
}
