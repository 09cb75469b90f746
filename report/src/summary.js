// Over the whole grid: mean ranks with intervals, wins and losses, successful runs; gains over conditions.
import { look, swatch } from "./colors.js";
import { h, s, section, table } from "./dom.js";
import { download } from "./download.js";
import { fixed, percent, pText, significant } from "./format.js";

const WIDTH = 200;

/** A mean rank on a line from 1 to the number of initializers, with its interval. */
function rankStrip(rank, half, count, color) {
  const x = (value) => 6 + ((Math.min(Math.max(value, 1), count) - 1) / (count - 1)) * (WIDTH - 12);
  return s(
    "svg",
    { class: "strip", viewBox: `0 0 ${WIDTH} 22`, width: WIDTH, height: 22, "aria-hidden": "true" },
    s("line", { class: "axis", x1: 6, x2: WIDTH - 6, y1: 11, y2: 11 }),
    s("line", { x1: x(rank - half), x2: x(rank + half), y1: 11, y2: 11, style: `stroke:${color}`, "stroke-width": 3 }),
    s("circle", { cx: x(rank), cy: 11, r: 5, style: `fill:${color}` }),
  );
}

function success(summary, row) {
  const shares = Object.values(summary.successful_runs).map((shares) => shares[row]).filter(Boolean);
  const of = shares.reduce((sum, share) => sum + share.of, 0);
  if (!of) return "–";
  const count = shares.reduce((sum, share) => sum + share.successful, 0);
  return h("span", {}, h("span", { class: "number" }, percent(count / of)), h("small", {}, `${count} of ${of}`));
}

function rankTable(data) {
  const { summary } = data;
  const experiment = data.experiments.find((e) => e.name === summary.experiments[0]);
  const ranks = Object.entries(summary.mean_ranks).sort((a, b) => a[1] - b[1]);
  const half = summary.critical_difference / 2;
  const rows = ranks.map(([row, rank]) => {
    const record = summary.eigen_against[row];
    return [
      h("span", { class: "name" }, swatch(row, experiment.rows), row),
      h("span", { class: "number" }, `${fixed(rank, 2)} ± ${fixed(half, 2)}`),
      rankStrip(rank, half, ranks.length, look(row, experiment.rows).color),
      record ? `${record.wins} / ${record.ties} / ${record.losses}` : "·",
      record ? `${record.ahead} / ${record.behind}` : "·",
      success(summary, row),
    ];
  });
  const header = ["Initializer", "Mean rank", `From 1 (best) to ${ranks.length}`, "eigen wins / ties / losses",
    "eigen ahead / behind", "Runs that learned"];
  return table("Mean ranks, and eigen against each initializer", header, rows, "ranks");
}

function records({ summary }) {
  return Object.entries(summary.mean_ranks).map(([initializer, rank]) => {
    const shares = Object.entries(summary.successful_runs).map(([name, rows]) => [name, rows[initializer]]);
    return { initializer, mean_rank: rank, critical_difference: summary.critical_difference,
      wins: null, ties: null, losses: null, ahead: null, behind: null, ...summary.eigen_against[initializer],
      ...Object.fromEntries(shares.map(([name, share]) => [`learned_${name}`, share && `${share.successful} of ${share.of}`])) };
  });
}

export function summarySection(data) {
  const { summary } = data;
  if (!Object.keys(summary.mean_ranks).length) {
    return section("summary", "Over the whole grid",
      h("p", {}, "No cell and condition has results of all initializers yet."));
  }
  const friedman = summary.friedman_p === null ? "" :
    ` Friedman's test that all rank alike: ${pText(summary.friedman_p)}.`;
  return section(
    "summary",
    "Over the whole grid",
    rankTable(data),
    download("ranks", () => records(data)),
    h("p", { class: "note" },
      `Over ${summary.places} places (a cell in a condition) of ${summary.experiments.join(", ")}` +
      (summary.places_left_out ? `; ${summary.places_left_out} where an initializer has no value are left out` : "") +
      ". Intervals that do not overlap differ at 5 % (Nemenyi; critical difference " +
      `${significant(summary.critical_difference)}).${friedman} Wins, ties, losses: does the 95 % interval of eigen's ` +
      "gain in a place lie above 0, around it or below, not corrected; ahead, behind: the sign of the mean gain. Runs " +
      "that learned: finished, and clearly better than a predictor that has learned nothing, where one is declared."),
  );
}

