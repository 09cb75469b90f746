// The filter bar: task, cell, condition, and initializers to show. It is the legend, too.
import { swatch } from "./colors.js";
import { copyButton } from "./copy.js";
import { h, select } from "./dom.js";
import { change, chooseExperiment, onChange, state } from "./state.js";

function toggle(row) {
  const box = h("input", {
    type: "checkbox",
    checked: state.rows.has(row.label),
    onchange: () => {
      const rows = new Set(state.rows);
      if (box.checked) rows.add(row.label);
      else rows.delete(row.label);
      change({ rows });
    },
  });
  return h("label", { class: "chip" }, box, swatch(row.label, state.experiment.rows), row.label);
}

function controls(data) {
  const { experiment } = state;
  const byName = (name) => data.experiments.find((e) => e.name === name);
  return [
    select("Task", data.experiments.map((e) => [e.name, e.name]), experiment.name,
      (name) => chooseExperiment(byName(name))),
    select("Cell", [["", "all"], ...experiment.cells.map((c) => [c.name, c.label])], state.cell,
      (cell) => change({ cell })),
    select("Condition", [["", "all"], ...experiment.conditions.map((c, i) => [c, experiment.condition_labels[i]])], state.condition,
      (condition) => change({ condition })),
  ];
}

export function filterBar(data) {
  const fields = h("div", { class: "fields" });
  const chips = h("fieldset", { class: "chips" });
  const draw = () => {
    fields.replaceChildren(...controls(data));
    const all = h("button", {
      type: "button",
      class: "plain",
      onclick: () => change({ rows: new Set(state.experiment.rows.map((row) => row.label)) }),
    }, "all");
    chips.replaceChildren(h("legend", {}, "Initializers"), ...state.experiment.rows.map(toggle), all);
  };
  let drawn = null;
  const update = () => {
    if (drawn !== state.experiment) draw(); // or the focus would be lost
    drawn = state.experiment;
    const boxes = chips.querySelectorAll("input");
    state.experiment.rows.forEach((row, i) => { boxes[i].checked = state.rows.has(row.label); });
  };
  update();
  onChange(() => {
    const focused = fields.contains(document.activeElement)
      ? [...fields.querySelectorAll("select")].indexOf(document.activeElement) : -1;
    update();
    if (focused >= 0) fields.querySelectorAll("select")[focused].focus();
  });
  const link = copyButton("Copy link to view", () => location.href, () => "It is in the address bar", "plain");
  return h("form", { class: "filters", "aria-label": "What to show", onsubmit: (e) => e.preventDefault() },
    fields, link, chips);
}
