// The verdict on top: the abstract's claims, as far as this grid can judge them.
import { breakable, h, section, table } from "./dom.js";
import { capital, fixed, pText } from "./format.js";

const ICONS = { supported: "✓", "not supported": "✗", undecided: "?" };

export function badge(verdict) {
  const name = verdict.replace(" ", "-");
  return h("span", { class: `badge ${name}` },
    h("span", { "aria-hidden": "true" }, ICONS[verdict]), ` ${capital(verdict)}`);
}

function claimCard(claim) {
  const counts = Object.entries(claim.cells).filter(([, count]) => count > 0);
  const total = counts.reduce((sum, [, count]) => sum + count, 0);
  const cells = counts.map(([kind, count]) => `${count} ${kind}`).join(", ");
  return h(
    "article",
    { class: "card" },
    badge(claim.verdict),
    h("h3", {}, capital(claim.text)),
    h("p", {}, total
      ? `Of ${total} cells in the abstract's tasks that have results: ${cells}.`
      : "No task of the abstract has results yet."),
  );
}

/** "+3.1 ± 1.2, p 0.03" with what it means. */
function gain(rival, digits) {
  if (!rival) return "–";
  if (rival.gain === null) return "no pair of runs";
  const size = fixed(rival.gain, digits);
  const half = rival.interval ? ` ± ${fixed((rival.interval[1] - rival.interval[0]) / 2, digits)}` : "";
  const dagger = rival.outside_definition ? " †" : "";
  const known = rival.outcome !== "undecidable";
  const left = Object.entries(rival.left_out).map(([why, count]) => `, ${count} ${why}`).join("");
  return h(
    "span",
    { class: `gain ${rival.outcome.replace(" ", "-")}` },
    h("span", { class: "number" }, `${size.startsWith("−") ? "" : "+"}${size}${half}${dagger}`),
    h("small", {}, known
      ? `${rival.outcome}, ${pText(rival.p_holm)}${left}`
      : `n = ${rival.n}: too few to decide${left}`),
  );
}

/** The verdicts of each experiment's cells, in the experiments' order. */
function places(data) {
  const found = new Map();
  const order = (verdict) => data.experiments.findIndex((e) => e.name === verdict.experiment);
  for (const verdict of [...data.verdicts].sort((a, b) => order(a) - order(b))) {
    const name = `${verdict.experiment}/${verdict.cell}`;
    found.set(name, [...(found.get(name) ?? []), verdict]);
  }
  return [...found.values()];
}

function row(data, rivals, mine) {
  const experiment = data.experiments.find((e) => e.name === mine[0].experiment);
  const spec = experiment.tables.find((t) => t.metric === mine[0].metric);
  const found = mine.flatMap((verdict) => verdict.rivals);
  return [
    h("span", {}, breakable(experiment.name), h("small", {}, spec.label,
      experiment.abstract ? "" : "; not a task of the abstract")),
    experiment.cells.find((c) => c.name === mine[0].cell).label,
    ...data.claims.map((claim) => {
      const verdict = mine.find((v) => v.claim === claim.claim);
      return verdict
        ? h("span", {}, badge(verdict.verdict),
          verdict.absent.length ? h("small", {}, `without ${verdict.absent.join(", ")}`) : null)
        : "–";
    }),
    ...rivals.map((rival) => gain(found.find((r) => r.rival === rival), spec.digits)),
  ];
}

/** A row per experiment and cell; those that count for no claim are folded. */
function tables(data) {
  const all = places(data);
  if (!all.length) return h("p", {}, "No experiment has eigen and its rivals.");
  const rivals = [...new Set(all.flat().flatMap((v) => v.rivals.map((r) => r.rival)))];
  const header = ["Experiment", "Cell", "Better than Xavier and Kaiming?", "Better than IRNN and sp-RNN?",
    ...rivals.map((rival) => `Gain on ${rival}`)];
  const made = (caption, chosen) =>
    table(caption, header, chosen.map((mine) => row(data, rivals, mine)), "verdicts");
  const counting = all.filter((mine) => mine.some((verdict) => verdict.counts));
  const others = all.filter((mine) => !counting.includes(mine));
  return [
    counting.length ? made("Verdict per experiment and cell, with the gains behind it", counting) : null,
    others.length ? h("details", {},
      h("summary", {}, `${others.length} more, of other tasks or without all rivals, which count for no claim`),
      made("Verdicts that count for no claim", others)) : null,
  ];
}

export function verdictSection(data) {
  return section(
    "verdict",
    "Verdict",
    h("p", { class: "lead" },
      "Does an eigen initializer help, as the abstract of Dou & Principe 2023 says? This is what the runs of " +
      `profile ${data.profile} say about our reading of it.`),
    h("div", { class: "cards" }, data.claims.map(claimCard)),
    tables(data),
    h("p", { class: "note" },
      "Gain: how much better eigen is than the initializer, in the metric's unit, positive also where less is better; mean ± half-width of the " +
      "95 % interval over paired seeds. p: exact sign-flip test, corrected by Holm's method over all cells and rivals " +
      "of the experiment. † defined for other cells by its source."),
  );
}
