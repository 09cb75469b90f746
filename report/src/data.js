// The data: what data.js gave, and files that are loaded when they are first needed.

/** @type {Map<string, {promise: Promise<any>, resolve: (value: any) => void}>} */
const files = new Map();

function entry(name) {
  if (!files.has(name)) {
    const made = {};
    made.promise = new Promise((resolve, reject) => Object.assign(made, { resolve, reject }));
    files.set(name, made);
  }
  return files.get(name);
}

/** Called by the data files themselves: a page from the disk may load scripts, but no JSON. */
export function loaded(name, value) {
  entry(name).resolve(value);
}

/** @param {string} name such as curves/tomita or runs/tomita-0-2 */
export function load(name) {
  const known = files.has(name);
  const file = entry(name);
  if (!known) {
    const script = document.createElement("script");
    script.src = `${name}.js`;
    script.onerror = () => file.reject(new Error(`${name}.js is missing from the page's folder`));
    document.head.append(script);
  }
  return file.promise;
}

/** Loads it when there is nothing else to do, so that it is there when it is asked for or printed. */
export function preload(name) {
  const whenIdle = window.requestIdleCallback ?? setTimeout;
  whenIdle(() => load(name).catch(() => {})); // whoever needs it is told that it is missing
}

/** What conditions are called where they stand alone: "grammar 5, 6". */
export function conditionLabels(experiment, names) {
  const labels = names.map((name) => experiment.condition_labels[experiment.conditions.indexOf(name)]);
  const [, start] = labels[0].match(/^(.* )[^ ]+$/) ?? [];
  const alike = start && labels.every((label) => label.startsWith(start));
  return labels.map((label, i) => (alike && i ? label.slice(start.length) : label)).join(", ");
}

export const chunkName = (experiment, place) =>
  `runs/${experiment.name}-${place.cell}-${place.condition}`;

/** Columns of a place's runs; behind them one value per table of the experiment. */
export const SEED = 0;
export const KEY = 1;
export const STATUS = 2;
export const VALUES = 3;
export const STATUSES = ["finished", "diverged", "failed", "missing"];

/** A run's details, with what the runs of its file share put back in. */
export async function runDetails(experiment, place, key) {
  const chunk = await load(chunkName(experiment, place));
  const run = chunk.runs[key];
  if (!run) return null;
  const of = (index) => chunk.shared[index];
  const spec = Object.fromEntries(Object.entries(run.spec).map(([name, i]) => [name, of(i)]));
  return { ...run, spec, provenance: of(run.provenance), blocks: of(run.blocks) };
}
