// Eigenvalues of the recurrent weights on the complex plane, with a slider over epochs.
import { look } from "./colors.js";
import { chunkName, KEY, preload, runDetails, SEED, STATUS } from "./data.js";
import { h, s, section, select, table, whenNear } from "./dom.js";
import { download } from "./download.js";
import { percent, significant } from "./format.js";
import { onChange, state } from "./state.js";

const SIZE = 240;
const local = { cell: 0, condition: 0, seed: null, block: 0, epoch: 0 };

/** The state that is known at an epoch: that of the epoch, or the latest one before. */
export function stateAt(spectra, epoch) {
  return spectra.filter((known) => known.epoch <= epoch).at(-1) ?? spectra[0];
}

function modulus(block) {
  if (!block.points) return block.spectral_radius ?? 0;
  let largest = 0;
  for (let i = 0; i < block.points.length; i += 2) {
    largest = Math.max(largest, Math.hypot(block.points[i], block.points[i + 1]));
  }
  return largest;
}

/** Half the side of the plane: the same for all panels and epochs. Outliers stop at 3. */
function extent(runs) {
  const largest = Math.max(1.2, ...runs.flatMap(({ run }) =>
    run.spectra.map((known) => modulus(known.blocks[local.block] ?? known.blocks[0]))));
  return Math.min(1.05 * largest, 3);
}

function dots(block, scale) {
  const marks = [];
  for (let i = 0; i < block.points.length; i += 2) {
    marks.push(s("circle", { cx: scale(block.points[i]), cy: scale(-block.points[i + 1]), r: 2.8 }));
  }
  return s("g", { class: "dots" }, marks);
}

/** Where only a summary was kept: circles at the quantiles of the moduli. */
function rings(block, scale) {
  const names = ["5 %", "25 %", "50 %", "75 %", "95 %"];
  return s("g", { class: "rings" }, block.quantiles.map((q, i) =>
    q === null ? null : s("circle", { cx: scale(0), cy: scale(0), r: scale(q) - scale(0), "data-quantile": names[i] })));
}

function words(block, recorded) {
  const facts = [`spectral radius ${significant(block.spectral_radius)}`];
  if (block.fraction_outside !== null) facts.push(`${percent(block.fraction_outside)} outside the unit circle`);
  if (block.relative_departure !== null) facts.push(`departure from normality ${significant(block.relative_departure, 2)}`);
  if (!recorded) facts.push("not every eigenvalue was kept: rings at 5, 25, 50, 75 and 95 % of the moduli");
  return facts.join("; ");
}

/** An initializer's plane: its place on the page is there before its eigenvalues are. */
class Panel {
  constructor(label, experiment) {
    this.label = label;
    this.experiment = experiment;
    this.svg = s("svg", { viewBox: `0 0 ${SIZE} ${SIZE}`, class: "plane", role: "img", "aria-label": label });
    this.text = h("p", { class: "small facts-line" });
    this.element = h("figure", { class: "panel spectrum" }, h("figcaption", {}, label), this.svg, this.text);
  }

  fill(run, half) {
    const { label, experiment } = this;
    this.run = run;
    this.scale = (value) => SIZE / 2 + (value / half) * (SIZE / 2 - 8);
    const zero = this.scale(0);
    this.layer = s("g", { style: `fill:${look(label, experiment.rows).color};stroke:${look(label, experiment.rows).color}` });
    this.svg.replaceChildren(
      s("line", { class: "axis", x1: 0, x2: SIZE, y1: zero, y2: zero }),
      s("line", { class: "axis", x1: zero, x2: zero, y1: 0, y2: SIZE }),
      s("circle", { class: "unit", cx: zero, cy: zero, r: this.scale(1) - zero }),
      s("text", { x: this.scale(1) + 3, y: zero - 4 }, "1"),
      s("text", { x: zero + 4, y: this.scale(-1) - 3 }, "i"),
      this.layer);
  }

  draw() {
    const known = stateAt(this.run.spectra, local.epoch);
    const block = known.blocks[local.block] ?? known.blocks[0];
    const recorded = Boolean(block.points);
    this.block = block;
    this.epoch = known.epoch;
    this.layer.replaceChildren(recorded ? dots(block, this.scale) : rings(block, this.scale));
    const ended = known.epoch < local.epoch ? `as of epoch ${known.epoch}; ` : "";
    this.text.textContent = ended + words(block, recorded);
    this.svg.setAttribute("aria-label", `${this.label}, epoch ${known.epoch}: ${this.text.textContent}`);
  }
}

/** The places of the chosen cell and condition whose run of the chosen seed has a spectrum. */
function chosenRuns(experiment) {
  return experiment.places
    .filter((place) => place.cell === local.cell && place.condition === local.condition &&
      state.rows.has(experiment.rows[place.row].label))
    .map((place) => ({ place, run: place.runs.find((one) => one[SEED] === local.seed && one[STATUS] < 2) }))
    .filter(({ run }) => run);
}

function fitToFilter() {
  const { experiment } = state;
  const cell = experiment.cells.findIndex((c) => c.name === state.cell);
  const condition = experiment.conditions.indexOf(state.condition);
  if (cell >= 0) local.cell = cell;
  if (condition >= 0) local.condition = condition;
  const there = (place) => place.cell === local.cell && place.condition === local.condition;
  const ended = (place) => place.runs.some((run) => run[STATUS] !== 3);
  if (!experiment.places.some((place) => there(place) && ended(place))) {
    const first = experiment.places.find(ended) ?? experiment.places[0];
    [local.cell, local.condition] = [first.cell, first.condition];
  }
  const seeds = [...new Set(experiment.places.filter(there).flatMap((p) => p.runs.map((run) => run[SEED])))];
  if (!seeds.includes(local.seed)) [local.seed] = seeds;
  return seeds;
}

/** The epochs at which any of the runs has its spectra recorded: 0, and at least the last. */
function recordedEpochs(runs) {
  return [...new Set(runs.flatMap((run) => run.spectra.map((known) => known.epoch)))].sort((a, b) => a - b);
}

/** Its positions are the recorded epochs, so that every step shows something else. */
function slider(epochs, panels) {
  const output = h("output", { class: "number", for: "epoch" });
  const input = h("input", { type: "range", min: 0, max: epochs.length - 1, step: 1, id: "epoch",
    oninput: () => show(Number(input.value)) });
  const show = (position) => {
    local.epoch = epochs[position];
    const text = local.epoch === 0 ? "as initialized" : `after epoch ${local.epoch} of ${epochs.at(-1)}`;
    output.textContent = text;
    input.setAttribute("aria-valuetext", text);
    panels.forEach((panel) => panel.draw());
    numbers.replaceChildren(numbersOf(panels));
  };
  const numbers = h("div");
  input.value = Math.max(0, epochs.findLastIndex((epoch) => epoch <= local.epoch));
  show(Number(input.value));
  const kept = epochs.length === 2 ? h("small", {}, "Recorded at start and end only.") : null;
  const element = h("div", { class: "slider" }, h("label", { for: "epoch" }, "Epoch"), input, output, kept);
  return { element, numbers: h("details", {}, h("summary", {}, "Numbers"), numbers) };
}

function numbersOf(panels) {
  const rows = panels.map(({ label, block, epoch }) => [label, String(epoch), significant(block.spectral_radius, 4),
    percent(block.fraction_outside), significant(block.relative_departure)]);
  return table("Spectra at the chosen epoch",
    ["Initializer", "Epoch", "Spectral radius", "Outside the unit circle", "Relative departure from normality"], rows);
}

/** An eigenvalue a row; where only a summary was kept, a row with the quantiles of the moduli. */
function records(experiment, panels) {
  return panels.flatMap(({ label, block, epoch }) => {
    const start = { experiment: experiment.name, cell: experiment.cells[local.cell].name,
      condition: experiment.conditions[local.condition], seed: local.seed, initializer: label, epoch };
    if (!block.points) return [{ ...start, real: null, imaginary: null, modulus_quantiles: block.quantiles.join(" ") }];
    return Array.from({ length: block.points.length / 2 }, (_, i) =>
      ({ ...start, real: block.points[2 * i], imaginary: block.points[2 * i + 1], modulus_quantiles: "" }));
  });
}

function fields(experiment, seeds, blocks, redraw) {
  const pick = (name) => (value) => {
    local[name] = Number(value);
    redraw(name);
  };
  return [
    ["Cell", "cell", experiment.cells.map((c, i) => [String(i), c.label])],
    ["Condition", "condition", experiment.condition_labels.map((c, i) => [String(i), c])],
    ["Seed", "seed", seeds.map((seed) => [String(seed), String(seed)])],
    ["Weights", "block", blocks.map(([layer, gate], i) => [String(i), `${layer}, ${gate}`])],
  ].map(([label, name, options]) => {
    if (name === "block" && local.block >= options.length) local.block = 0;
    const field = select(label, options, String(local[name]), pick(name));
    field.querySelector("select").dataset.name = name;
    return field;
  });
}

export function spectraSection() {
  const controls = h("div", { class: "fields" });
  const time = h("div", { class: "time" });
  const holder = h("div", { class: "panels planes" });
  const more = h("div", { class: "more" });
  const message = h("p", { class: "note", role: "status" },
    "Eigenvalues of the recurrent weights; the circle is the unit circle.");

  const fill = async (experiment, chosen, panels) => {
    const details = await Promise.all(chosen.map(({ place, run }) => runDetails(experiment, place, run[KEY])));
    if (!panels.every((panel) => panel.element.isConnected)) return; // something else was chosen meanwhile
    const runs = details.map((run) => ({ run }));
    controls.replaceChildren(...fields(experiment, fitToFilter(), details[0]?.blocks ?? [["", ""]], draw));
    const half = extent(runs);
    panels.forEach((panel, i) => panel.fill(details[i], half));
    const made = slider(recordedEpochs(details), panels);
    time.replaceChildren(made.element);
    more.replaceChildren(made.numbers, download(`spectra ${experiment.name}`, () => records(experiment, panels)));
  };

  const draw = (focus) => {
    const { experiment } = state;
    const seeds = fitToFilter();
    const chosen = chosenRuns(experiment);
    const panels = chosen.map(({ place }) => new Panel(experiment.rows[place.row].label, experiment));
    const blocks = [["recurrent.layer0", "…"]];
    if (!controls.children.length) controls.replaceChildren(...fields(experiment, seeds, blocks, draw));
    holder.replaceChildren(...panels.map((panel) => panel.element));
    if (!panels.length) {
      time.replaceChildren(h("p", {}, "No run of this choice has a spectrum."));
      more.replaceChildren();
      return;
    }
    whenNear(holder, () => fill(experiment, chosen, panels).then(() => {
      if (focus) controls.querySelector(`select[data-name=${focus}]`)?.focus();
    }).catch((error) => { message.textContent = error.message; }));
    preload(chunkName(experiment, chosen[0].place));
  };

  draw();
  onChange(() => draw());
  return section("spectra", "Spectra", controls, message, time, holder, more);
}
