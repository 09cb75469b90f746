// A run's facts as a reader writes them.
import { capital, significant } from "./format.js";

/** A setting or fact as a reader writes it: no digits that say nothing, no null. */
export function said(value) {
  if (value === null || value === undefined || value === "") return "–";
  if (value === true || value === false) return value ? "yes" : "no";
  if (typeof value === "number") return Number.isInteger(value) ? String(value) : significant(value, 6);
  if (Array.isArray(value)) return value.length ? value.map(said).join(", ") : "–";
  return typeof value === "object" ? "–" : value; // objects with something in them are lines of their own
}

/** A nested record as lines of name and value. */
export function flat(record, prefix = "") {
  return Object.entries(record).flatMap(([name, value]) => {
    const path = prefix ? `${prefix}.${name}` : name;
    const nested = value !== null && typeof value === "object" && !Array.isArray(value);
    if (nested && Object.keys(value).length) return flat(value, path);
    return [[path, said(value)]];
  });
}

/** Metrics of the best epoch in the tables' units. */
export function metricsOf(experiment, metrics) {
  return Object.entries(metrics ?? {}).map(([name, value]) => {
    const spec = experiment.metrics[name];
    const label = spec?.label ?? capital(name.replaceAll("_", " "));
    if (value === "overflow") return [name, label, "overflow"];
    if (value === null) return [name, label, spec?.never ? "never" : "–"];
    return [name, label, significant(value * (spec?.scale ?? 1), 5)];
  });
}

export function outcome(run) {
  if (run.divergence) {
    return `Diverged in epoch ${run.divergence.epoch}, step ${run.divergence.step}: ${run.divergence.reason}.`;
  }
  if (run.failure) return `Failed after ${run.failure.attempts} attempts: ${run.failure.reason}.`;
  return `Finished in ${run.duration}; started ${run.started.replace("T", " ").replace(/(:\d\d)?Z$/, " UTC")}.`;
}
