// Two runs, or two initializers, side by side.
import { swatch } from "./colors.js";
import { conditionLabels, KEY, load, runDetails, SEED, STATUS, STATUSES } from "./data.js";
import { breakable, h, select, table } from "./dom.js";
import { download } from "./download.js";
import { capital, significant } from "./format.js";
import { band, lowSize, mainQuantity, plot, seriesOf } from "./plot.js";
import { flat, metricsOf } from "./run_words.js";
import { change, changeView, onChange, state } from "./state.js";
import { scaleOf, strip } from "./strip.js";

const STYLES = [{ color: "var(--blue)", dash: "" }, { color: "var(--vermillion)", dash: "7 3" }];
const redraws = [];

/** The keys that are compared, of which there are at most two. */
export const compared = () => [state.view.left, state.view.right].filter(Boolean);

function put(keys) {
  changeView({ left: keys[0] ?? "", right: keys[1] ?? "" });
  redraws.forEach((redraw) => redraw());
}

/** A third run takes the place of the first. */
export function addToComparison(key) {
  if (!compared().includes(key)) put([...compared(), key].slice(-2));
}

export const removeFromComparison = (key) => put(compared().filter((other) => other !== key));

export const onComparison = (redraw) => redraws.push(redraw);

function locate(data, key) {
  for (const experiment of data.experiments) for (const place of experiment.places) {
    const run = place.runs.find((one) => one[KEY] === key);
    if (run) return { experiment, place, run };
  }
  return null;
}

async function factsOf({ experiment, place, run }) {
  const found = await runDetails(experiment, place, run[KEY]);
  const settings = found ? [...flat(found.spec), ...flat(found.provenance, "provenance")] : [];
  return {
    plain: [["Task", experiment.name], ["Initializer", experiment.rows[place.row].label],
      ["Cell", experiment.cells[place.cell].label],
      ["Condition", conditionLabels(experiment, [experiment.conditions[place.condition]])],
      ["Seed", String(run[SEED])], ["Outcome", STATUSES[run[STATUS]]], ["Took", found?.duration ?? "–"]],
    metrics: metricsOf(experiment, found?.metrics).map(([, label, value]) => [capital(label), value]),
    settings,
  };
}

/** Lines of name and two values; `differ`: only those whose values differ. */
function lines(left, right, differ) {
  const [mine, other] = [new Map(left), new Map(right)];
  return [...new Set([...mine.keys(), ...other.keys()])]
    .map((name) => [name, mine.get(name) ?? "–", other.get(name) ?? "–"])
    .filter(([, one, two]) => !differ || one !== two);
}

async function curveOf(pair) {
  const quantity = mainQuantity(pair[0].experiment);
  const drawn = await Promise.all(pair.map(async ({ experiment, run }, i) => {
    const own = experiment.quantities.find(({ name }) => name === quantity.name);
    const curves = await load(`curves/${experiment.name}`);
    const points = own ? band([seriesOf(curves, run[KEY], own) ?? []]) : [];
    return { label: `run ${i + 1}`, points, style: STYLES[i] };
  }));
  const shown = drawn.filter(({ points }) => points.length);
  if (!shown.length) return null;
  const ends = shown.map(({ label, points }) => `${label} ${significant(points.at(-1).mean, 4)}`).join(", ");
  const chart = plot(shown, { ...lowSize(), y: quantity.label,
    scale: quantity.logarithmic ? "logarithmic" : "linear", words: `${quantity.label} by epoch; at the end: ${ends}` });
  return h("figure", { class: "panel" }, h("figcaption", {}, `${quantity.label}: run 1 drawn through, run 2 dashed`),
    h("div", { class: "plot low" }, chart));
}

/** Two runs: what they reached, and every setting in which they differ. */
export function comparedRuns(data) {
  const holder = h("div", { class: "compared" });
  const draw = async () => {
    const keys = compared();
    const pair = keys.map((key) => locate(data, key)).filter(Boolean);
    if (pair.length < 2) {
      holder.replaceChildren(h("p", { class: "muted" }, pair.length
        ? `Run ${keys[0]} waits for a second one.` : "Choose two runs above to see them side by side."));
      return;
    }
    const [left, right] = await Promise.all(pair.map(factsOf));
    const figure = await curveOf(pair);
    if (keys.join() !== compared().join()) return; // others were chosen meanwhile
    const all = [...lines(left.plain, right.plain), ...lines(left.metrics, right.metrics)];
    const differing = lines(left.settings, right.settings, true);
    const header = ["Fact", `Run 1: ${keys[0]}`, `Run 2: ${keys[1]}`];
    holder.replaceChildren(...[
      table("Two runs", header, all, "pair"),
      figure,
      h("h4", {}, differing.length ? "Settings and facts that differ" : "All settings are the same."),
      differing.length ? table("Settings that differ", header,
        differing.map(([name, ...values]) => [h("span", {}, breakable(name)), ...values]), "pair settings") : null,
      h("div", { class: "fields" },
        download("two runs", () => [...all, ...differing]
          .map(([name, one, two]) => ({ name, [keys[0]]: one, [keys[1]]: two }))),
        h("button", { type: "button", class: "plain", onclick: () => put([]) }, "Clear")),
    ].filter(Boolean));
  };
  const safely = () => draw().catch((error) => holder.replaceChildren(h("p", {}, error.message)));
  safely();
  onComparison(safely);
  return holder;
}

/** The two initializers that are compared: those of the address, else the proposal and the first other. */
function pairOf(proposal) {
  const labels = state.experiment.rows.map((row) => row.label);
  const one = labels.includes(state.view.one) ? state.view.one : labels.find((label) => label === proposal) ?? labels[0];
  const other = labels.find((label) => label === state.view.other && label !== one) ?? labels.find((label) => label !== one);
  return [one, other];
}

function rowsOf(pair) {
  const { experiment, metric, cell, condition } = state;
  const labels = new Set(pair);
  const places = experiment.places.filter((place) => labels.has(experiment.rows[place.row].label) &&
    (!cell || experiment.cells[place.cell].name === cell) && (!condition || experiment.conditions[place.condition] === condition));
  const scale = scaleOf(places, metric);
  const at = (label, c, k) => places.find((p) => p.cell === c && p.condition === k && experiment.rows[p.row].label === label);
  const entry = (place) => place ? h("span", {}, h("span", { class: "number" }, place.entries[metric].text),
    place.entries[metric].detail ? h("small", {}, place.entries[metric].detail) : null,
    scale ? strip(place, experiment, metric, scale) : null) : "–";
  const found = [...new Set(places.map((p) => `${p.cell}/${p.condition}`))].map((name) => name.split("/").map(Number));
  return found.map(([c, k]) => [`${experiment.cells[c].label}, ${experiment.condition_labels[k]}`,
    ...pair.map((label) => entry(at(label, c, k)))]);
}

/** Two initializers of the chosen task: their tables' entries, on one scale. */
export function comparedInitializers(proposal) {
  const holder = h("div");
  const draw = () => {
    const { experiment, metric } = state;
    const [one, other] = pairOf(proposal);
    if (!other) {
      holder.replaceChildren(h("p", { class: "muted" }, "This task has one initializer alone."));
      return;
    }
    const options = experiment.rows.map(({ label }) => [label, label]);
    const pick = (name, kept) => (value) => {
      changeView({ ...kept, [name]: value });
      draw();
      holder.querySelectorAll("select")[name === "one" ? 0 : 1].focus();
    };
    const header = ["Place", ...[one, other].map((label) => h("span", { class: "name" }, swatch(label, experiment.rows), label))];
    holder.replaceChildren(
      h("div", { class: "fields" },
        select("Initializer", options, one, pick("one", { other })),
        select("beside", options, other, pick("other", { one })),
        h("button", { type: "button", class: "plain", onclick: () => change({ rows: new Set([one, other]) }) },
          "Show only these two everywhere")),
      table(`${one} beside ${other}: ${experiment.tables[metric].label}`, header, rowsOf([one, other]), "pair"));
  };
  draw();
  onChange(draw);
  return holder;
}
