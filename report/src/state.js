// What is chosen in the filter bar. Sections listen; the address keeps it, so that it can be shared.

import { STATUS } from "./data.js";

/** @typedef {{experiment: any, cell: string, condition: string, metric: number, rows: Set<string>}} State */

const listeners = [];
/** @type {State} */
export const state = { experiment: null, cell: "", condition: "", metric: 0, rows: new Set() };

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

export function change(values) {
  Object.assign(state, values);
  const parts = { task: state.experiment.name, cell: state.cell || ALL, condition: state.condition };
  const hidden = state.experiment.rows.map((r) => r.label).filter((r) => !state.rows.has(r));
  const query = new URLSearchParams(Object.entries(parts).filter(([, value]) => value));
  if (hidden.length) query.set("without", hidden.join("|"));
  history.replaceState(null, "", `#${query}`);
  listeners.forEach((listener) => listener(state));
}

export function chooseExperiment(experiment) {
  const rows = new Set(experiment.rows.map((row) => row.label));
  change({ experiment, cell: cellToStartWith(experiment), condition: "", metric: 0, rows });
}

/** Takes what the address says, as far as it exists. */
export function restore(experiments) {
  const query = new URLSearchParams(location.hash.slice(1));
  const experiment = experiments.find((e) => e.name === query.get("task")) ?? experiments[0];
  const hidden = (query.get("without") ?? "").split("|");
  const cells = ["", ...experiment.cells.map((c) => c.name)];
  const cell = query.get("cell") === ALL ? "" : query.get("cell");
  const condition = query.get("condition") ?? "";
  Object.assign(state, {
    experiment,
    cell: cells.includes(cell) ? cell : cellToStartWith(experiment),
    condition: experiment.conditions.includes(condition) ? condition : "",
    metric: 0,
    rows: new Set(experiment.rows.map((row) => row.label).filter((row) => !hidden.includes(row))),
  });
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
