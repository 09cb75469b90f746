// The table of results: a row per initializer, cell and condition; sorts by every column.
import { swatch } from "./colors.js";
import { SEED, STATUS, STATUSES, VALUES } from "./data.js";
import { h, section, select } from "./dom.js";
import { download } from "./download.js";
import { fixed } from "./format.js";
import { gain } from "./gain.js";
import { openPlace } from "./run_dialog.js";
import { change, changeView, chosenPlaces, onChange, state } from "./state.js";
import { scaleOf, strip } from "./strip.js";

const GAINS = { xavier: "Gain on Xavier", baseline: "On the best baseline" };

/** What a column is sorted by; null comes last. */
const KEYS = {
  initializer: (place) => place.row,
  cell: (place) => place.cell,
  condition: (place) => place.condition,
  value: (place) => place.entries[state.metric].mean,
  xavier: (place) => place.gains[state.metric][0]?.mean ?? null,
  baseline: (place) => place.gains[state.metric][1]?.mean ?? null,
};

/** Column and direction, which the address keeps. */
function sorting() {
  const [column, direction] = (state.view.sort ?? "").split(" ");
  return { column: column in KEYS ? column : "", ascending: direction !== "descending" };
}

function sorted(places) {
  const { column, ascending } = sorting();
  const key = KEYS[column];
  if (!key) return places;
  const sign = ascending ? 1 : -1;
  return [...places].sort((a, b) => {
    const [x, y] = [key(a), key(b)];
    if (x === null || y === null) return (x === null) - (y === null);
    return sign * (x - y);
  });
}

function row(place, scale) {
  const { experiment, metric } = state;
  const entry = place.entries[metric];
  const label = experiment.rows[place.row].label;
  const cell = experiment.cells[place.cell].label;
  const condition = experiment.condition_labels[place.condition];
  const ended = place.runs.filter((run) => run[STATUS] !== 3).length;
  const cells = [
    ["value", h("span", { class: "number" },
      h(entry.bold ? "strong" : "span", {}, entry.text), entry.detail ? h("small", {}, entry.detail) : null)],
    ["seeds", scale ? strip(place, experiment, metric, scale) : ""],
    ["xavier", gain(place.gains[metric][0])],
    ["baseline", gain(place.gains[metric][1])],
    ["runs", h("button", {
      type: "button",
      disabled: ended === 0,
      "aria-label": `${ended} runs of ${label}, ${cell}, ${condition}`,
      onclick: () => openPlace(experiment, place),
    }, `${ended} run${ended === 1 ? "" : "s"}`)],
  ];
  return h(
    "tr",
    { role: "row" },
    h("th", { role: "rowheader", scope: "row", class: "initializer" },
      h("span", { class: "name" }, swatch(label, experiment.rows), label, place.outside ? " †" : "")),
    h("td", { role: "cell", class: "cell" }, cell),
    h("td", { role: "cell", class: "condition" }, condition),
    cells.map(([name, content]) => h("td", { role: "cell", class: name, "data-label": GAINS[name]?.replace("the ", "") }, content)),
  );
}

function headings(scale, draw) {
  const { experiment, metric } = state;
  const { column, ascending } = sorting();
  const table = experiment.tables[metric];
  const show = (value) => fixed(value * table.scale, table.digits);
  const range = scale
    ? h("span", { class: "range", "aria-hidden": "true" }, h("span", {}, show(scale.low)), h("span", {}, show(scale.high)))
    : null;
  const columns = [
    ["initializer", "Initializer"], ["cell", "Cell"], ["condition", "Condition"], ["value", table.label],
    ["seeds", "Each seed"], ...Object.entries(GAINS), ["runs", "Runs"],
  ];
  return columns.map(([name, text]) => {
    const direction = column === name ? (ascending ? "ascending" : "descending") : null;
    const sortable = name in KEYS;
    const arrow = direction === "ascending" ? "▲" : direction === "descending" ? "▼" : "↕";
    const content = sortable
      ? h("button", { type: "button", class: "sort", onclick: () => sortBy(name, draw) }, text,
        h("span", { class: "arrow", "aria-hidden": "true" }, arrow))
      : h("span", {}, text, name === "seeds" ? range : null);
    return h("th", { role: "columnheader", scope: "col", class: name,
      "aria-sort": sortable ? direction ?? "none" : null }, content);
  });
}

function sortBy(column, draw) {
  // Of a metric the best comes first, of a gain the largest.
  const first = column === "value" ? !state.experiment.tables[state.metric].higher_is_better
    : !["xavier", "baseline"].includes(column);
  const before = sorting();
  const ascending = before.column === column ? !before.ascending : first;
  changeView({ sort: `${column} ${ascending ? "ascending" : "descending"}` });
  draw();
  document.querySelector(`#results th.${column} button`).focus();
}

const gainFields = (name, found) => ({ [`gain_${name}`]: found?.mean, [`p_holm_${name}`]: found?.p,
  [`outcome_${name}`]: found?.outcome, [`rival_${name}`]: found?.rival });

function records() {
  const { experiment, metric } = state;
  const spec = experiment.tables[metric];
  return sorted(chosenPlaces()).map((place) => ({
    experiment: experiment.name, metric: spec.label, cell: experiment.cells[place.cell].name,
    condition: experiment.conditions[place.condition], initializer: experiment.rows[place.row].label,
    outside_definition: place.outside, mean: place.entries[metric].mean,
    seeds: place.runs.map((run) => {
      const value = run[VALUES + metric];
      return `${run[SEED]}=${typeof value === "number" ? Number((value * spec.scale).toPrecision(6)) : value ?? STATUSES[run[STATUS]]}`;
    }).join(" "),
    ...gainFields("xavier", place.gains[metric][0]), ...gainFields("best_baseline", place.gains[metric][1]),
  }));
}

export function resultsSection() {
  const body = h("tbody", { role: "rowgroup" });
  const head = h("thead", { role: "rowgroup" });
  const count = h("p", { class: "note", role: "status" });
  const caption = h("p", { class: "note" });
  const title = h("h3", {});
  const metrics = h("div", { class: "fields" });
  const draw = () => {
    const { experiment, metric } = state;
    const places = chosenPlaces();
    const scale = scaleOf(places, metric);
    title.textContent = experiment.title;
    caption.textContent = experiment.caption;
    metrics.replaceChildren(select("Metric", experiment.tables.map((t, i) => [String(i), t.label]),
      String(metric), (value) => change({ metric: Number(value) })), download(`results ${experiment.name}`, records));
    head.replaceChildren(h("tr", { role: "row" }, headings(scale, draw)));
    body.replaceChildren(...sorted(places).map((place) => row(place, scale)));
    const better = experiment.tables[metric].higher_is_better ? "higher" : "lower";
    count.textContent = `${places.length} of ${experiment.places.length} rows; ${better} is better. ` +
      "Bold: not to be told from the best of its cell and condition (paired t-test, not corrected).";
  };
  draw();
  onChange(() => {
    const back = metrics.contains(document.activeElement);
    draw();
    if (back) metrics.querySelector("select").focus();
  });
  const all = h("table", { class: "results", role: "table", "aria-labelledby": "results-title" }, head, body);
  const more = h("button", { type: "button", class: "rest", onclick: () => all.classList.add("whole") }, "Show all rows");
  return section(
    "results", "Results", title, caption, metrics, count, all, more,
    h("p", { class: "note" },
      "Mean ± half-width of the 95 % interval over seeds (Student t). A dot is a seed, the bar their mean, × at the edge: " +
      "some diverged or failed. Gains: paired seeds, exact sign-flip test, Holm's correction over the cell's table; the best " +
      "baseline is the best on validation. † defined for other cells by its source."),
  );
}
