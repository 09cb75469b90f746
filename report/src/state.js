// What is chosen in the filter bar. Sections listen; the address keeps it, so that it can be shared.

import { KEY, STATUS } from "./data.js";

/** @typedef {{experiment: any, cell: string, condition: string, metric: number, rows: Set<string>,
 *   view: Object<string, string>, run: string}} State */

const listeners = [];
/** `view` has how a section shows it, by name; `run` is the key of the run that is open.
 * @type {State} */
export const state = { experiment: null, cell: "", condition: "", metric: 0, rows: new Set(), view: {}, run: "" };

/** What a section may put into `view`. */
const VIEW = ["sort", "quantity", "scale", "smooth", "against", "left", "right", "one", "other", "find"];

/** Rows of which a reader keeps track; a longer table opens at its first cell that has runs. */
const MANY = 100;
const ALL = "all"; // how the address says so

function cellToStartWith(experiment) {
  if (experiment.places.length <= MANY) return "";
  const ended = (place) => place.runs.some((run) => run[STATUS] !== 3);
  return experiment.cells[(experiment.places.find(ended) ?? experiment.places[0]).cell].name;
}

export function onChange(listener) {
  listeners.push(listener);
}

/** Puts all that is chosen into the address. */
function keep() {
  const { experiment, cell, condition, metric, view, run } = state;
  const hidden = experiment.rows.map((r) => r.label).filter((r) => !state.rows.has(r)).join("|");
  const parts = { task: experiment.name, cell: cell || ALL, condition,
    metric: metric ? experiment.tables[metric].metric : "", without: hidden, ...view, run };
  const query = new URLSearchParams(Object.entries(parts).filter(([, value]) => value));
  history.replaceState(null, "", `#${query}`);
}

export function change(values) {
  Object.assign(state, values);
  keep();
  listeners.forEach((listener) => listener(state));
}

/** How a section shows what is chosen, which concerns no other. */
export function changeView(values) {
  Object.assign(state.view, values);
  keep();
}

export function rememberRun(key) {
  state.run = key ?? "";
  keep();
}

export function chooseExperiment(experiment) {
  const rows = new Set(experiment.rows.map((row) => row.label));
  change({ experiment, cell: cellToStartWith(experiment), condition: "", metric: 0, rows });
}

/** Takes what the address says, as far as it exists. */
export function restore(experiments) {
  const query = new URLSearchParams(location.hash.slice(1));
  const has = (e) => e.places.some((place) => place.runs.some((run) => run[KEY] === query.get("run")));
  const chosen = experiments.find((e) => e.name === query.get("task")) ?? experiments.find(has) ?? experiments[0];
  const hidden = (query.get("without") ?? "").split("|");
  const cells = ["", ...chosen.cells.map((c) => c.name)];
  const cell = query.get("cell") === ALL ? "" : query.get("cell");
  const condition = query.get("condition") ?? "";
  Object.assign(state, {
    experiment: chosen,
    cell: cells.includes(cell) ? cell : cellToStartWith(chosen),
    condition: chosen.conditions.includes(condition) ? condition : "",
    metric: Math.max(0, chosen.tables.findIndex((table) => table.metric === query.get("metric"))),
    rows: new Set(chosen.rows.map((row) => row.label).filter((row) => !hidden.includes(row))),
    view: Object.fromEntries(VIEW.filter((name) => query.has(name)).map((name) => [name, query.get(name)])),
    run: query.get("run") ?? "",
  });
  // A link that is pasted into the page's own tab; a jump within the page is none, and changes nothing.
  addEventListener("hashchange", () => (location.hash.includes("=") ? location.reload() : keep()));
}

/** The places of the table that are chosen. */
export function chosenPlaces() {
  const { experiment, cell, condition, rows } = state;
  return experiment.places.filter(
    (place) =>
      (!cell || experiment.cells[place.cell].name === cell) &&
      (!condition || experiment.conditions[place.condition] === condition) &&
      rows.has(experiment.rows[place.row].label),
  );
}
