// The verdict on top: what the plan's tests say of the proposal, against each rival.
import { breakable, h, section, table } from "./dom.js";
import { DIGITS, forestFigure, ICONS } from "./forest.js";
import { capital, fixed, pText, signed } from "./format.js";

const NOTHING = "nothing to compare";

function badge(outcome) {
  const name = outcome.replaceAll(" ", "-");
  return h("span", { class: `badge ${name}` },
    h("span", { "aria-hidden": "true" }, ICONS[outcome] ?? "–"), ` ${capital(outcome)}`);
}

const range = (interval, unit, digits) =>
  interval ? interval.map((end) => signed(end * unit, digits)).join(" to ") : "–";

function solved(found) {
  if (!found) return null;
  const share = ([count, of]) => `${count}/${of}`;
  return `solved by ${share(found.proposal)} runs against ${share(found.rival)}, ${pText(found.p)}`;
}

function card(data, answer, rival) {
  const told = rival.outcome !== null;
  const places = rival.places.length + rival.silent.length;
  return h(
    "article",
    { class: "card" },
    badge(rival.outcome ?? NOTHING),
    h("h3", {}, `${capital(data.proposal)} against ${rival.rival}, ${answer.comparison}`),
    told ? h("p", {}, `Gain ${signed(rival.gain, DIGITS)} (${range(rival.interval, 1, DIGITS)}), ${pText(rival.p_holm)}` +
      `, from ${rival.places.length} of ${places} places.`) : h("p", {}, `None of ${places} places says anything.`),
    told && rival.detectable !== null
      ? h("p", {}, `A gain of ${fixed(rival.detectable, DIGITS)} could have been detected.`) : null,
    rival.solved ? h("p", {}, `${capital(solved(rival.solved))}.`) : null,
  );
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
    h("small", {}, `${place.outcome}${detectable}`, place.solved ? `, ${solved(place.solved)}` : ""),
  );
}

/** A row per place: every cell in every condition of the experiments, in their order. */
function secondLook(data, answer) {
  const rows = [];
  for (const name of answer.experiments) {
    const experiment = data.experiments.find((e) => e.name === name);
    if (!experiment) continue;
    for (const cell of experiment.cells) for (const condition of experiment.conditions) {
      const mine = answer.rivals.map((rival) => [...rival.places, ...rival.silent].find((place) =>
        place.experiment === name && place.cell === cell.name && place.condition === condition));
      const some = mine.find((place) => place);
      if (!some) continue;
      const spec = experiment.tables.find((t) => t.metric === some.metric);
      rows.push([h("span", {}, breakable(name), h("small", {}, `${cell.label}, ${condition}`)), spec.label,
        ...mine.map((place) => look(place, spec.digits))]);
    }
  }
  if (!rows.length) return null;
  const header = ["Place", "Metric", ...answer.rivals.map((rival) => `Gain over ${rival.rival}`)];
  return h("details", {}, h("summary", {}, `Each of ${rows.length} places: ${answer.comparison}`),
    table(`A second look at each place: ${answer.comparison}`, header, rows, "verdicts"));
}

export function verdictSection(data) {
  const absent = [...new Set(data.answers.flatMap((answer) => answer.absent))];
  return section(
    "verdict",
    "Verdict",
    h("p", { class: "lead" }, `${data.question} This is what the runs of profile ${data.profile} say.`),
    data.answers.map((answer, i) => forestFigure(data, answer, data.forests[i])),
    h("div", { class: "cards" }, data.answers.flatMap((answer) => answer.rivals.map((rival) => card(data, answer, rival)))),
    data.answers.map((answer) => secondLook(data, answer)),
    absent.length ? h("p", { class: "note" }, `Not run yet: ${absent.join(", ")}.`) : null,
    h("p", { class: "note" },
      "Gain: how much better the proposal is, positive also where less is better, in units of the smallest difference that matters, with " +
      `its ${Math.round(100 * (1 - data.alpha))} % interval; of one place in the metric's unit. p: permutation test within places, corrected by ` +
      "Holm's method over the rivals. Places at the ceiling, at chance or outside a definition claim nothing, and no claim rests " +
      "on one place alone."),
  );
}
