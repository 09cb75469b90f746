// One place's runs, one at a time: result, command, curve, specification, provenance.
import { swatch, look } from "./colors.js";
import { copyButton } from "./copy.js";
import { KEY, load, runDetails, SEED, STATUS, STATUSES } from "./data.js";
import { breakable, h, table } from "./dom.js";
import { addToComparison, compared } from "./compare.js";
import { capital, significant } from "./format.js";
import { flat, metricsOf, outcome } from "./run_words.js";
import { band, lowSize, mainQuantity, plot, seriesOf } from "./plot.js";
import { rememberRun, state } from "./state.js";

const dialog = () => document.getElementById("run");

const settings = (record) => flat(record).map(([path, value]) => [h("span", {}, breakable(path)), value]);

function command(text) {
  const code = h("code", {}, text);
  const select = () => {
    getSelection().selectAllChildren(code);
    return "Selected";
  };
  return h("div", { class: "command" }, code, copyButton("Copy", () => text, select));
}

/** Closes the dialog at the second run, since the two are shown on the page. */
function compareButton(key) {
  const button = h("button", { type: "button", onclick: () => {
    addToComparison(key);
    if (compared().length < 2) {
      button.textContent = "Open another run to compare with";
      return;
    }
    dialog().close();
    document.querySelector("#find .compared").scrollIntoView();
  } }, "Compare with another run");
  return button;
}

function samples(run) {
  if (!run.samples) return null;
  const names = Object.keys(run.samples[0]);
  return [h("h3", {}, "Samples"), table("Samples", names, run.samples.map((one) => names.map((n) => one[n] ?? "")))];
}

function curve(experiment, place, curves, key) {
  const quantity = mainQuantity(experiment);
  const points = band([seriesOf(curves, key, quantity) ?? []]);
  if (!points.length) return null;
  const label = experiment.rows[place.row].label;
  const chart = plot([{ label, points, style: look(label, experiment.rows) }], { ...lowSize(),
    y: quantity.label, scale: quantity.logarithmic ? "logarithmic" : "linear",
    words: `${quantity.label} by epoch, at the end ${significant(points.at(-1).mean, 4)}` });
  return h("figure", { class: "panel" }, h("figcaption", {}, quantity.label), h("div", { class: "plot low" }, chart));
}

async function details(experiment, place, run) {
  const found = await runDetails(experiment, place, run[KEY]);
  if (!found) return [h("p", {}, "This run has not ended.")];
  const curves = await load(`curves/${experiment.name}`);
  return [
    h("p", { class: "outcome" }, outcome(found)),
    h("h3", {}, "Run it again"),
    command(found.command),
    compareButton(run[KEY]),
    h("h3", {}, "Metrics"),
    h("p", { class: "note" }, "Of the best validation epoch, on the test set."),
    table("Metrics at the best validation epoch", ["Metric", "Value"], metricsOf(experiment, found.metrics)
      .map(([name, label, value]) => [h("span", { "data-metric": name }, capital(label)), value]), "metrics"),
    curve(experiment, place, curves, run[KEY]),
    samples(found),
    h("h3", {}, "Resolved specification"),
    table("Resolved specification", ["Setting", "Value"], settings(found.spec), "settings"),
    h("h3", {}, "Provenance"),
    table("Provenance", ["Fact", "Value"], [["key", run[KEY]], ...settings(found.provenance)], "settings"),
  ];
}

async function show(experiment, place, run, body, buttons) {
  buttons.forEach((button, i) => button.setAttribute("aria-pressed", String(place.runs[i] === run)));
  rememberRun(run[KEY]);
  try {
    body.replaceChildren(...(await details(experiment, place, run)).flat().filter(Boolean));
  } catch (error) {
    body.replaceChildren(h("p", {}, error.message));
  }
}

/** Opens the runs of a place, at its first or the given run. */
export function openPlace(experiment, place, key = null) {
  const label = experiment.rows[place.row].label;
  const title = `${experiment.cells[place.cell].label}, ${experiment.condition_labels[place.condition]}`;
  const body = h("div", { class: "body", "aria-live": "polite" });
  const buttons = place.runs.map((run) => h("button", {
    type: "button",
    class: STATUSES[run[STATUS]],
    onclick: () => show(experiment, place, run, body, buttons),
  }, `${run[SEED]}`, run[STATUS] ? h("small", {}, ` ${STATUSES[run[STATUS]]}`) : null));
  const element = dialog();
  element.replaceChildren(
    h("div", { class: "head" },
      h("h2", { id: "run-title", tabindex: "-1", autofocus: true }, swatch(label, experiment.rows), ` ${label}: ${title}`),
      h("button", { type: "button", class: "close", "aria-label": "Close", onclick: () => element.close() }, "✕")),
    h("div", { class: "seeds", role: "group", "aria-label": "Seed" }, h("span", {}, "Seed"), buttons),
    body);
  element.onclose = () => rememberRun(null);
  element.onclick = (event) => event.target === element && element.close();
  const first = place.runs.find((run) => run[KEY] === key) ?? place.runs.find((run) => run[STATUS] !== 3) ?? place.runs[0];
  show(experiment, place, first, body, buttons);
  if (!element.open) element.showModal();
}

/** The run that the address names. */
export function openRunOfAddress(data) {
  const key = state.run;
  for (const experiment of data.experiments) {
    const place = experiment.places.find((one) => one.runs.some((run) => run[KEY] === key));
    if (place) return openPlace(experiment, place, key);
  }
}
