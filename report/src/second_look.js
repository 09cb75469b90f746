// The second look: a table per task, of each place alone; places that say the same nothing share a row.
import { conditionLabels } from "./data.js";
import { h, table } from "./dom.js";
import { download } from "./download.js";
import { fixed, pText, signed } from "./format.js";

export const range = (interval, unit, digits) =>
  interval ? interval.map((end) => signed(end * unit, digits)).join(" to ") : "–";

export function solved(found) {
  if (!found) return null;
  const share = ([count, of]) => `${count}/${of}`;
  return `solved by ${share(found.proposal)} runs against ${share(found.rival)}, ${pText(found.p)}`;
}

/** A place alone, in the table's unit. */
function look(place, digits) {
  if (!place) return "";
  if (place.silent) return h("small", {}, place.silent);
  const unit = place.smallest_difference;
  const detectable = place.detectable === null ? "" : `, detectable ${fixed(place.detectable * unit, digits)}`;
  return h(
    "span",
    { class: `gain ${place.outcome.replaceAll(" ", "-")}` },
    h("span", { class: "number" }, signed(place.gain * unit, digits)),
    h("small", {}, range(place.interval, unit, digits)),
    h("small", {}, place.outcome,
      h("span", { class: "extra" }, detectable, place.solved ? `, ${solved(place.solved)}` : "")),
  );
}

/** Every cell in every condition that is compared; `mine` has its place against each rival. */
function placesOf(experiment, answer) {
  return experiment.cells.flatMap((cell) => experiment.conditions.map((condition) => ({
    cell, condition,
    mine: answer.rivals.map((rival) => [...rival.places, ...rival.silent].find((place) =>
      place.experiment === experiment.name && place.cell === cell.name && place.condition === condition)),
  }))).filter(({ mine }) => mine.some(Boolean));
}

/** What places have in common that share a row; null for a place that says something. */
function silence({ cell, mine }) {
  if (mine.some((place) => place && !place.silent)) return null;
  return JSON.stringify([cell.name, ...mine.map((place) => place?.silent ?? "")]);
}

function merged(places) {
  const rows = new Map();
  for (const place of places) {
    const key = silence(place) ?? `${place.cell.name}/${place.condition}`;
    rows.set(key, [...(rows.get(key) ?? []), place]);
  }
  return [...rows.values()];
}

function tableOf(experiment, answer, places) {
  const spec = experiment.tables.find((t) => t.metric === places[0].mine.find(Boolean).metric);
  const rows = merged(places).map((row) => [
    h("span", { "data-places": row.length }, row[0].cell.label,
      h("small", {}, conditionLabels(experiment, row.map(({ condition }) => condition)))),
    ...row[0].mine.map((place) => look(place, spec.digits)),
  ]);
  const header = ["Place", ...answer.rivals.map((rival) => `Gain over ${rival.rival}`)];
  const title = `${experiment.name}: gains in ${spec.label}`;
  return [h("h3", {}, title), table(`${title}, ${answer.comparison}`, header, rows, "verdicts")];
}

function records(answer) {
  return answer.rivals.flatMap((rival) => [...rival.places, ...rival.silent].map((place) => ({
    comparison: answer.comparison, rival: rival.rival, experiment: place.experiment, cell: place.cell,
    condition: place.condition, metric: place.metric, smallest_difference: place.smallest_difference,
    runs_proposal: place.runs[0], runs_rival: place.runs[1], silent: place.silent ?? "", outcome: place.outcome ?? "",
    gain: place.gain, low: place.interval?.[0], high: place.interval?.[1], detectable: place.detectable,
    p: place.p, p_holm: place.p_holm,
  })));
}

export function secondLook(data, answer) {
  const experiments = answer.experiments.map((name) => data.experiments.find((e) => e.name === name)).filter(Boolean);
  const all = experiments.map((experiment) => [experiment, placesOf(experiment, answer)]).filter(([, found]) => found.length);
  if (!all.length) return null;
  const count = all.reduce((sum, [, found]) => sum + found.length, 0);
  return h("details", {}, h("summary", {}, `Each of ${count} places: ${answer.comparison}`),
    all.map(([experiment, found]) => tableOf(experiment, answer, found)),
    download(`places ${answer.comparison}`, () => records(answer)));
}
