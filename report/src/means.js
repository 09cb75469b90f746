// Gains over all conditions of a task: the comparison that has the most seeds behind it.
import { swatch } from "./colors.js";
import { h, section, select, table } from "./dom.js";
import { download } from "./download.js";
import { gain } from "./gain.js";
import { changeView, onChange, state } from "./state.js";

const AGAINST = ["Xavier", "the best baseline"];
const against = () => Math.max(0, AGAINST.indexOf(state.view.against));

function rows() {
  const { experiment, cell, metric, rows: chosen } = state;
  const cells = experiment.cells.map((c, i) => i).filter((i) => !cell || experiment.cells[i].name === cell);
  const found = (row, c) => experiment.means.find((m) => m.row === row && m.cell === c)?.gains[metric][against()];
  const lines = experiment.rows.map(({ label }, row) => [label, row]).filter(([label]) => chosen.has(label))
    .map(([label, row]) => [
      h("span", { class: "name" }, swatch(label, experiment.rows), label),
      ...cells.map((c) => gain(found(row, c))),
    ]);
  const rival = (c) => experiment.means.find((m) => m.cell === c && m.gains[metric][against()])?.gains[metric][against()].rival;
  const header = ["Initializer", ...cells.map((c) => `${experiment.cells[c].label}, against ${rival(c) ?? "–"}`)];
  return table(`Gain on ${AGAINST[against()]}, mean over the conditions`, header, lines, "means");
}

function records() {
  const { experiment, metric } = state;
  return experiment.means.flatMap((m) => m.gains[metric].map((found, i) => found && ({
    experiment: experiment.name, metric: experiment.tables[metric].label, cell: experiment.cells[m.cell].name,
    initializer: experiment.rows[m.row].label, against: AGAINST[i], rival: found.rival, n: found.n, gain: found.mean,
    text: found.text, p_holm: found.p, outcome: found.outcome,
  }))).filter(Boolean);
}

function whyNot({ search, tables }) {
  if (search) return "A search for settings compares no initializers, and has no part in the verdict.";
  return tables[state.metric].null_is_never
    ? "This metric is not compared: a null means never, and a mean over the rest would flatter."
    : "There is nothing to compare yet.";
}

export function meansSection() {
  const holder = h("div");
  const choice = h("div", { class: "fields" });
  const draw = () => {
    choice.replaceChildren(select("Gain on", AGAINST.map((name, i) => [String(i), name]), String(against()), (value) => {
      changeView({ against: AGAINST[value] });
      draw();
      choice.querySelector("select").focus();
    }), download(`gains over all conditions ${state.experiment.name}`, records));
    holder.replaceChildren(state.experiment.means.some((m) => m.gains[state.metric].some(Boolean))
      ? rows() : h("p", { class: "muted" }, whyNot(state.experiment)));
  };
  draw();
  onChange(draw);
  return section("means", "Over all conditions", choice, holder,
    h("p", { class: "note" }, "A seed's gain is its mean over the conditions that have been run; Holm's correction is over this table, with all its cells."));
}
