// The verdict on top: what the plan's tests say of the proposal, against each rival.
import { h, section } from "./dom.js";
import { DIGITS, forestFigure, ICONS } from "./forest.js";
import { capital, fixed, pText, signed } from "./format.js";
import { range, secondLook, solved } from "./second_look.js";

const NOTHING = "nothing to compare";

function badge(outcome) {
  const name = outcome.replaceAll(" ", "-");
  return h("span", { class: `badge ${name}` },
    h("span", { "aria-hidden": "true" }, ICONS[outcome] ?? "–"), ` ${capital(outcome)}`);
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

export function verdictSection(data) {
  const run = data.answers
    .map((answer, i) => ({ answer, forest: data.forests[i] }))
    .filter(({ answer }) => answer.absent.length < answer.experiments.length);
  const absent = [...new Set(data.answers.flatMap((answer) => answer.absent))];
  return section(
    "verdict",
    "Verdict",
    h("p", { class: "lead" }, `${data.question} This is what the runs of profile ${data.profile} say.`),
    run.map(({ answer, forest }) => forestFigure(data, answer, forest)),
    h("div", { class: "cards" }, run.flatMap(({ answer }) => answer.rivals.map((rival) => card(data, answer, rival)))),
    run.map(({ answer }) => secondLook(data, answer)),
    absent.length ? h("p", { class: "note" }, `Not run yet: ${absent.join(", ")}.`) : null,
    h("p", { class: "note" },
      "Gain: how much better the proposal is, positive also where less is better, in units of the smallest difference that matters, with " +
      `its ${Math.round(100 * (1 - data.alpha))} % interval; of one place in the metric's unit. p: permutation test within places, corrected by ` +
      "Holm's method over the rivals. Places at the ceiling, at chance or outside a definition claim nothing, and no claim rests " +
      "on one place alone."),
  );
}
