// Finding runs among all of them, and putting two beside each other.
import { addToComparison, compared, comparedInitializers, comparedRuns, onComparison,
  removeFromComparison } from "./compare.js";
import { KEY, SEED, STATUS, STATUSES, VALUES } from "./data.js";
import { h, section, table } from "./dom.js";
import { download } from "./download.js";
import { fixed } from "./format.js";
import { openPlace } from "./run_dialog.js";
import { changeView, state } from "./state.js";

const SHOWN = 20;

/** Every run with what it is found by; missing runs have nothing to show. */
function indexOf(data) {
  return data.experiments.flatMap((experiment) => experiment.places.flatMap((place) => {
    const row = experiment.rows[place.row];
    const cell = experiment.cells[place.cell];
    const condition = experiment.conditions[place.condition];
    return place.runs.filter((run) => run[STATUS] !== 3).map((run) => {
      const fields = { key: run[KEY], task: experiment.name, init: row.label, cell: cell.name, condition,
        seed: String(run[SEED]), status: STATUSES[run[STATUS]] };
      const words = [...Object.values(fields), `seed=${run[SEED]}`, row.initializer, cell.label,
        experiment.condition_labels[place.condition]];
      return { experiment, place, run, fields, text: words.join(" ").toLowerCase() };
    });
  }));
}

/** Does each word occur? `name=value` as after --only: the whole value, and of a condition or key its start. */
function matches({ fields, text }, terms) {
  return terms.every((term) => {
    const [name, value] = term.split(/=(.*)/);
    if (value === undefined || !(name in fields)) return text.includes(term);
    const own = fields[name].toLowerCase();
    return ["condition", "key"].includes(name) ? own.startsWith(value) : own === value;
  });
}

function valueOf({ experiment, run }) {
  const [spec] = experiment.tables;
  const value = run[VALUES];
  return typeof value === "number" ? `${fixed(value * spec.scale, spec.digits)} (${spec.label})` : STATUSES[run[STATUS]];
}

function line(found) {
  const { experiment, place, run, fields } = found;
  const box = h("input", { type: "checkbox", checked: compared().includes(fields.key),
    "aria-label": `Compare run ${fields.key}`,
    onchange: () => (box.checked ? addToComparison(fields.key) : removeFromComparison(fields.key)) });
  const open = h("button", { type: "button", onclick: () => openPlace(experiment, place, run[KEY]) }, fields.key);
  return [open, fields.task, fields.init, experiment.cells[place.cell].label, experiment.condition_labels[place.condition],
    fields.seed, valueOf(found), h("label", { class: "check" }, box, "compare")];
}

export function findSection(data) {
  let index = null;
  const count = h("p", { class: "note", role: "status" });
  const holder = h("div");
  const search = (text) => {
    const terms = text.toLowerCase().split(/[\s,]+/).filter(Boolean);
    if (!terms.length) return [];
    index ??= indexOf(data); // not before it is asked for
    return index.filter((run) => matches(run, terms));
  };
  const draw = () => {
    const found = search(state.view.find ?? "");
    count.textContent = !state.view.find
      ? "Words of a run's key, task, initializer, cell, condition or seed, as in: eigen lstm seed=3"
      : `${found.length} run${found.length === 1 ? "" : "s"}${found.length > SHOWN ? `; the first ${SHOWN} are shown` : ""}.`;
    const header = ["Run", "Task", "Initializer", "Cell", "Condition", "Seed", "Result", "Beside another"];
    holder.replaceChildren(...(found.length ? [table("Runs that were found", header, found.slice(0, SHOWN).map(line), "found"),
      download("runs", () => search(state.view.find).map((one) => ({ ...one.fields, result: valueOf(one) })))] : []));
  };
  const input = h("input", { type: "search", id: "find-runs", value: state.view.find ?? "", autocomplete: "off",
    spellcheck: "false",
    oninput: () => {
      changeView({ find: input.value.trim() });
      draw();
    } });
  draw();
  onComparison(draw);
  return section("find", "Find and compare",
    h("label", { class: "field wide-field", for: "find-runs" }, h("span", {}, "Find runs"), input), count, holder,
    h("h3", {}, "Two runs side by side"), comparedRuns(data),
    h("h3", {}, "Two initializers side by side"),
    h("p", { class: "note" }, "Of the task, cell, condition and metric that are chosen; whether they differ is told by the gains above."),
    comparedInitializers(data.proposal));
}
