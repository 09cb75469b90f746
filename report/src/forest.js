// The picture on top: the proposal's gain over each rival with its interval, by task and cell and over all.
import { markPath } from "./colors.js";
import { conditionLabels } from "./data.js";
import { h, s } from "./dom.js";
import { download } from "./download.js";
import { signed } from "./format.js";

/** What an outcome looks like; a shape of its own, so that colour is not needed. */
const LOOKS = {
  benefit: { mark: "up", color: "var(--good)", filled: true, icon: "✓" },
  equivalent: { mark: "square", color: "var(--text)", filled: true, icon: "=" },
  harm: { mark: "down", color: "var(--bad)", filled: true, icon: "✗" },
  "cannot tell": { mark: "circle", color: "var(--muted)", filled: false, icon: "?" },
};
export const ICONS = Object.fromEntries(Object.entries(LOOKS).map(([outcome, { icon }]) => [outcome, icon]));
export const DIGITS = 2; // of gains in smallest differences that matter

const LINE = 22;
const HEAD = 46; // a rival's name and verdict
const FOOT = 34;
const GAP = 16;
const PANEL = 190; // the least width at which a panel is read beside others
/** The first have their place first. */
const TICKS = [0, -1, 1, -5, 5, 20, -20, 50, -50, 10, -10, 2, -2, 100, -100, 500, -500];

export function markOf(outcome, radius) {
  const { mark, color, filled } = LOOKS[outcome];
  return s("path", { d: markPath(mark, radius), "stroke-width": 1.6,
    style: `fill:${filled ? color : "var(--page)"};stroke:${color}` });
}

/** Linear up to about 1, logarithmic beyond: gains of 1 and of 40 are both read. */
const bend = (value) => Math.sign(value) * Math.log1p(Math.abs(value));

function scaleOf(forest, width, even) {
  const all = forest.flatMap(({ all: total, lines }) => [total, ...lines])
    .flatMap((line) => (line?.outcome ? [line.gain, line.low ?? line.gain, line.high ?? line.gain] : []));
  const form = even ? (value) => value : bend;
  const [low, high] = [form(Math.min(-1.5, ...all)), form(Math.max(1.5, ...all))];
  const x = (value) => 8 + ((form(value) - low) / (high - low)) * (width - 16);
  const ticks = [];
  for (const tick of TICKS) {
    const there = form(tick) >= low && form(tick) <= high;
    if (there && ticks.every((other) => Math.abs(x(other) - x(tick)) > 21)) ticks.push(tick);
  }
  return { x, ticks };
}

const places = (count) => `${count} place${count === 1 ? "" : "s"}`;
const silence = (line, more = "") => (line.silent ?? []).map(([reason, count]) => `${count}${more} ${reason}`).join("; ");

function conditionsOf(data, { experiment, conditions }) {
  const found = data.experiments.find((e) => e.name === experiment);
  return conditionLabels(found, conditions);
}

/** A line in words: what a tooltip and a screen reader say. */
function words(data, rival, line, names) {
  const where = line.experiment ? `${names[line.experiment]}, ${line.cell}` : "all places";
  const start = `${data.proposal} over ${rival}, ${where}`;
  const range = line.low === null ? "no interval" :
    `${Math.round(100 * (1 - data.alpha))} % interval ${signed(line.low, DIGITS)} to ${signed(line.high, DIGITS)}`;
  const from = line.experiment ? `${places(line.conditions.length)}: ${conditionsOf(data, line)}` : places(line.places);
  const rest = line.silent?.length ? `; ${silence(line, " more")}` : "";
  return `${start}: ${line.outcome}. Gain ${signed(line.gain, DIGITS)} smallest differences that matter, ${range}. ` +
    `From ${from}${rest}.`;
}

/** The lines of all rivals: per experiment a heading, below it its cells. */
function layout(forest, experiments) {
  const rows = [{ all: true }];
  for (const experiment of experiments) {
    const cells = [...new Set(forest.flatMap(({ lines }) =>
      lines.filter((line) => line.experiment === experiment).map((line) => line.cell)))];
    if (cells.length) rows.push({ heading: experiment }, ...cells.map((cell) => ({ experiment, cell })));
  }
  return rows;
}

const lineAt = (group, row) => row.all ? group.all
  : group.lines.find((line) => line.experiment === row.experiment && line.cell === row.cell);

class Forest {
  constructor(data, forest, answer) {
    Object.assign(this, { data, forest, answer, even: false });
    this.names = Object.fromEntries(data.experiments.map((e) => [e.name, e.label]));
    this.tip = h("div", { class: "tip", hidden: true, "aria-hidden": "true" }); // the mark's name says the same
    this.holder = h("div", { class: "forest", onkeydown: (event) => this.key(event) });
    this.draw();
    let drawn = this.width();
    addEventListener("resize", () => {
      if (this.width() !== drawn) this.draw();
      drawn = this.width();
    });
  }

  width() {
    return Math.min(document.documentElement.clientWidth, 84 * 16) - 32; // as .wide
  }

  draw() {
    const width = this.width();
    const label = width < 600 ? 104 : 132;
    const columns = Math.max(1, Math.min(this.forest.length, Math.floor((width - label) / (PANEL + GAP))));
    const panel = (width - label - columns * GAP) / columns;
    const rows = layout(this.forest, this.answer.experiments);
    this.scale = scaleOf(this.forest, panel, this.even);
    const parts = [];
    let top = 0;
    for (let i = 0; i < this.forest.length; i += columns) {
      const groups = this.forest.slice(i, i + columns);
      const shown = rows.filter((row) => groups.some((group) => row.heading // no lines where none of them is compared
        ? group.lines.some((line) => line.experiment === row.heading) : row.all || lineAt(group, row)));
      const height = HEAD + shown.length * LINE + FOOT;
      parts.push(s("g", { transform: `translate(0 ${top})` }, this.labels(shown),
        groups.map((group, k) => s("g", { transform: `translate(${label + GAP + k * (panel + GAP)} 0)` },
          this.panel(group, shown, panel)))));
      top += height;
    }
    const name = `Gain of ${this.data.proposal} over each rival; arrow keys go from mark to mark`;
    this.holder.replaceChildren(s("svg", { viewBox: `0 0 ${width} ${top}`, width, height: top, role: "group",
      "aria-label": name }, parts), this.tip);
    this.marks = [...this.holder.querySelectorAll(".effect")];
    this.marks[0]?.setAttribute("tabindex", "0");
  }

  labels(rows) {
    return rows.map((row, i) => {
      const text = row.all ? "all places" : row.heading ? this.names[row.heading] : row.cell;
      return s("text", { x: row.heading || row.all ? 0 : 10, y: HEAD + (i + 0.5) * LINE + 4,
        class: row.heading || row.all ? "strong" : null }, text);
    });
  }

  panel(group, rows, width) {
    const { x, ticks } = this.scale;
    const bottom = HEAD + rows.length * LINE;
    const outcome = group.all?.outcome;
    const verdict = outcome ? `${LOOKS[outcome].icon} ${outcome}` : "– nothing to compare";
    return [
      s("text", { x: 8, y: 16, class: "strong" }, `over ${group.rival}`),
      s("text", { x: 8, y: 34, style: outcome ? `fill:${LOOKS[outcome].color}` : null, class: "strong" }, verdict),
      s("rect", { class: "small-zone", x: x(-1), width: x(1) - x(-1), y: HEAD, height: bottom - HEAD }),
      s("line", { class: "zero", x1: x(0), x2: x(0), y1: HEAD, y2: bottom }),
      s("line", { class: "axis", x1: 0, x2: width, y1: bottom, y2: bottom }),
      ticks.map((tick) => s("text", { class: "tick", x: x(tick), y: bottom + 16 }, String(tick).replace("-", "−"))),
      rows.map((row, i) => {
        const line = row.heading ? null : lineAt(group, row);
        if (!line) return null;
        return line.outcome ? this.effect(group.rival, line, HEAD + (i + 0.5) * LINE, width)
          : s("text", { class: "silent", x: x(1) + 5, y: HEAD + (i + 0.5) * LINE + 4 },
            line.silent.map(([reason]) => reason).join(", "));
      }),
    ];
  }

  effect(rival, line, y, width) {
    const { x } = this.scale;
    const { color } = LOOKS[line.outcome];
    const text = words(this.data, rival, line, this.names);
    const total = !line.experiment;
    const show = () => this.show(text, mark);
    const mark = s("g", { class: "effect", role: "img", "aria-label": text, tabindex: "-1", "data-outcome": line.outcome,
      onmouseenter: show, onfocus: show, onclick: show, onmouseleave: () => this.hide(), onblur: () => this.hide() },
      s("rect", { class: "reach", x: 0, width, y: y - LINE / 2, height: LINE }),
      line.low === null ? null : s("line", { x1: x(line.low), x2: x(line.high), y1: y, y2: y,
        "stroke-width": total ? 4 : 2, style: `stroke:${color}` }),
      s("g", { transform: `translate(${x(line.gain)} ${y})` }, markOf(line.outcome, total ? 7 : 5)));
    return mark;
  }

  show(text, mark) {
    this.tip.textContent = text;
    this.tip.hidden = false;
    const [own, at] = [this.holder.getBoundingClientRect(), mark.lastChild.getBoundingClientRect()];
    const left = at.left + at.width / 2 - own.left - this.tip.offsetWidth / 2;
    this.tip.style.left = `${Math.max(0, Math.min(left, own.width - this.tip.offsetWidth))}px`;
    this.tip.style.top = `${at.bottom - own.top + 8}px`;
  }

  hide() {
    this.tip.hidden = true;
  }

  key(event) {
    const steps = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
    if (event.key === "Escape") this.hide();
    const at = this.marks.indexOf(document.activeElement);
    const next = this.marks[at + (steps[event.key] ?? 0)];
    if (!(event.key in steps) || at < 0 || !next) return;
    event.preventDefault();
    this.marks[at].setAttribute("tabindex", "-1");
    next.setAttribute("tabindex", "0");
    next.focus();
  }

  records() {
    return this.forest.flatMap(({ rival, all, lines }) => [{ ...all, experiment: "", cell: "" }, ...lines].map((line) => ({
      comparison: this.answer.comparison, rival, experiment: line.experiment, cell: line.cell,
      places: line.places ?? line.conditions?.length ?? 0, conditions: (line.conditions ?? []).join("; "),
      gain: line.gain, low: line.low, high: line.high, outcome: line.outcome,
      silent: silence(line),
    })));
  }
}

function legend() {
  const sample = (content) => s("svg", { viewBox: "-9 -9 18 18", width: 18, height: 18, "aria-hidden": "true" }, content);
  return h("p", { class: "legend" },
    Object.keys(LOOKS).map((outcome) => h("span", {}, sample(markOf(outcome, 5.5)), outcome)),
    h("span", {}, sample(s("rect", { class: "small-zone", x: -9, y: -9, width: 18, height: 18 })), "smaller than what matters"));
}

const SCALES = ["The scale is logarithmic beyond the shade.", "The scale is even."];

/** The figure of one comparison. */
export function forestFigure(data, answer, forest) {
  const drawn = new Forest(data, forest, answer);
  const even = h("input", { type: "checkbox", onchange: (event) => {
    drawn.even = event.target.checked;
    drawn.draw();
    scale.textContent = SCALES[Number(drawn.even)];
  } });
  const scale = h("span", {}, SCALES[0]);
  const interval = `${Math.round(100 * (1 - data.alpha))} %`;
  return h("figure", { class: "first" },
    h("figcaption", {}, `Gain of ${data.proposal} over each rival, ${answer.comparison}: right of the shade is better`),
    legend(), drawn.holder,
    h("p", { class: "note" },
      `In smallest differences that matter, with ${interval} intervals. The thick line over all places is the ` +
      "verdict; what lies below it is a second look. ", scale, " Where every place is at the ceiling or at chance, or has " +
      "too few runs, nothing is claimed. Point at a mark for its numbers."),
    h("div", { class: "fields" }, h("label", { class: "check" }, even, "even scale"),
      download(`gains ${answer.comparison}`, () => drawn.records())));
}
