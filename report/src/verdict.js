// The verdict on top: the abstract's claims, as far as this grid can judge them.
import { h, section, table } from "./dom.js";
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
  const sign = rival.gain >= 0 ? "+" : "";
  const half = rival.interval ? ` ± ${fixed((rival.interval[1] - rival.interval[0]) / 2, digits)}` : "";
  const dagger = rival.outside_definition ? " †" : "";
  const known = rival.outcome !== "undecidable";
  const left = Object.entries(rival.left_out).map(([why, count]) => `, ${count} ${why}`).join("");
  return h(
    "span",
    { class: `gain ${rival.outcome.replace(" ", "-")}` },
    h("span", { class: "number" }, `${sign}${fixed(rival.gain, digits)}${half}${dagger}`),
    h("small", {}, known
      ? `${rival.outcome}, ${pText(rival.p_holm)}${left}`
      : `n = ${rival.n}: too few to decide${left}`),
  );
}

function rows(data) {
  const places = new Map();
  const order = (verdict) => data.experiments.findIndex((e) => e.name === verdict.experiment);
  for (const verdict of [...data.verdicts].sort((a, b) => order(a) - order(b))) {
    const name = `${verdict.experiment}/${verdict.cell}`;
    if (!places.has(name)) places.set(name, []);
    places.get(name).push(verdict);
  }
  const rivals = [...new Set([...places.values()].flat().flatMap((v) => v.rivals.map((r) => r.rival)))];
  const lines = [...places.values()].map((mine) => {
    const experiment = data.experiments.find((e) => e.name === mine[0].experiment);
    const spec = experiment.tables.find((t) => t.metric === mine[0].metric);
    const cell = experiment.cells.find((c) => c.name === mine[0].cell);
    const found = mine.flatMap((verdict) => verdict.rivals);
    return [
      h("span", {}, experiment.name, h("small", {}, spec.label,
        experiment.abstract ? "" : "; not a task of the abstract")),
      cell.label,
      ...data.claims.map((claim) => {
        const verdict = mine.find((v) => v.claim === claim.claim);
        return verdict
          ? h("span", {}, badge(verdict.verdict),
            verdict.absent.length ? h("small", {}, `without ${verdict.absent.join(", ")}`) : null)
          : "–";
      }),
      ...rivals.map((rival) => gain(found.find((r) => r.rival === rival), spec.digits)),
    ];
  });
  return { rivals, lines };
}

export function verdictSection(data) {
  const { rivals, lines } = rows(data);
  const header = ["Experiment", "Cell", "Better than Xavier and Kaiming?", "Better than IRNN and sp-RNN?",
    ...rivals.map((rival) => `Gain on ${rival}`)];
  return section(
    "verdict",
    "Verdict",
    h("p", { class: "lead" },
      "Does an eigen initializer help, as the abstract of Dou & Principe 2023 says? This is what the runs of " +
      `profile ${data.profile} say about our reading of it.`),
    h("div", { class: "cards" }, data.claims.map(claimCard)),
    lines.length ? table("Verdict per experiment and cell, with the gains behind it", header, lines, "verdicts")
      : h("p", {}, "No experiment has eigen and its rivals."),
    h("p", { class: "note" },
      "Gain: how much better eigen is than the initializer, in the metric's unit, positive also where less is better; mean ± half-width of the " +
      "95 % interval over paired seeds. p: exact sign-flip test, corrected by Holm's method over all cells and rivals " +
      "of the experiment. † defined for other cells by its source."),
  );
}
