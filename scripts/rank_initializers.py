#!/usr/bin/env python3
"""Ranks the rows of several experiments by their validation results, in one table.

In each column (an experiment's condition and a cell) and for each seed the rows are ranked by the
task's first metric on validation at the best epoch: 1 is best, equal values share the mean of their
ranks, and a run that diverged, or failed, or never finished an epoch comes last. A row's rank in an
experiment is the mean over its seeds and columns. Test results play no part, so what is chosen here
can still be judged by them.

The rule by which a default is chosen, of the rows of one initializer (--choose): the row whose worst
experiment is best, that is, whose largest rank over the experiments is the smallest. A default is used
on tasks that nobody has tried: it must not fail anywhere. Every experiment weighs the same, however many
columns it has. What a paired t-test over the columns does not tell from the chosen row is named.

Writes <profile>/tables/NAME.md and NAME.csv, and prints the Markdown.
"""

import argparse
import csv
import io
import pathlib
import sys
from typing import Dict, List, NamedTuple, Optional, Tuple

from eigenrnn import command

command.need("numpy", "scipy")

from eigenrnn.inference import means, student
from eigenrnn.output import stale, write_atomically
from eigenrnn.results import Broken, Experiment, read_experiment, validation_value
from eigenrnn.tables.markdown import aligned, escape
from eigenrnn.text import number

LEVEL = 0.05

EXAMPLES = """\
example:
  scripts/rank_initializers.py results/cpu eigen_ablation_tomita eigen_ablation_mnist \\
      --choose eigen --name eigen_variants

exit codes: 0 written, or with --check as it should be; 1 a run is missing, or a file cannot be used;
2 bad usage
"""


class Column(NamedTuple):
    """A condition and a cell of an experiment."""

    experiment: str
    condition: str
    cell: str


class Ranking(NamedTuple):
    rows: List[str]
    columns: List[Column]
    values: Dict[Tuple[str, Column], List[Optional[float]]]  # by seed; None comes last
    ranks: Dict[Tuple[str, Column], float]  # mean over seeds
    scales: Dict[str, float]  # of an experiment's metric, and its label
    labels: Dict[str, str]
    initializers: Dict[str, str]  # the registered name behind a row

    def mean_rank(self, row: str, experiment: str) -> float:
        return means.mean(
            [self.ranks[row, column] for column in self.columns if column.experiment == experiment]
        )

    def worst_rank(self, row: str) -> float:
        return max(self.mean_rank(row, experiment) for experiment in self.labels)


def ranks_of(values: List[Optional[float]], higher_is_better: bool) -> List[float]:
    """1 for the best; equal values share the mean of their ranks, None is worse than any."""

    def key(value: Optional[float]) -> float:
        if value is None:
            return float("inf")
        return -value if higher_is_better else value

    keys = [key(value) for value in values]
    return [sum(k < mine for k in keys) + (keys.count(mine) + 1) / 2 for mine in keys]


def rank(experiments: List[Experiment]) -> Ranking:
    """Throws Broken if the experiments have different rows, or a run is missing."""
    rows = experiments[0].grid.rows
    ranking = Ranking(rows, [], {}, {}, {}, {}, {})
    for experiment in experiments:
        grid = experiment.grid
        if grid.rows != rows:
            raise Broken(f"{grid.experiment} has other rows than {experiments[0].grid.experiment}")
        metric = grid.tables[0]
        ranking.scales[grid.experiment] = metric.scale
        ranking.labels[grid.experiment] = metric.label.replace("test ", "validation ")
        entries = {(entry.condition, entry.cell, entry.row): entry for entry in grid.entries}
        for condition in grid.conditions:
            for cell in grid.cells:
                column = Column(grid.experiment, condition, cell.label)
                keys = {row: entries[condition, cell.name, row].keys for row in rows}
                _rank_column(ranking, experiment, column, keys)
    return ranking


def _rank_column(
    ranking: Ranking, experiment: Experiment, column: Column, keys: Dict[str, Dict[int, str]]
) -> None:
    metric = experiment.grid.tables[0]
    by_seed: Dict[str, List[float]] = {row: [] for row in keys}
    for seed in sorted(next(iter(keys.values()))):
        values = []
        for row in keys:
            result = experiment.results.get(keys[row][seed])
            if result is None:
                raise Broken(f"{'/'.join(column)}: {row}, seed {seed} has not been run")
            ranking.initializers[row] = result["spec"]["initializer"]["name"]
            values.append(validation_value(result, metric.metric))
            ranking.values.setdefault((row, column), []).append(values[-1])
        for row, place in zip(keys, ranks_of(values, metric.higher_is_better)):
            by_seed[row].append(place)
    for row, places in by_seed.items():
        ranking.ranks[row, column] = means.mean(places)
    ranking.columns.append(column)


def choose(ranking: Ranking, initializer: str) -> Tuple[str, List[str]]:
    """The chosen row, and the others that cannot be told from it."""
    rows = [row for row in ranking.rows if ranking.initializers[row] == initializer]
    if not rows:
        raise Broken(f"no row is of the initializer {initializer!r}")
    chosen = min(rows, key=ranking.worst_rank)
    ranks = {row: [ranking.ranks[row, column] for column in ranking.columns] for row in rows}
    return chosen, [row for row in rows if row != chosen and _equal(ranks[row], ranks[chosen])]


def _equal(a: List[float], b: List[float]) -> bool:
    """With a single column nothing can be told."""
    return len(a) < 2 or student.paired_p([x - y for x, y in zip(a, b)]) > LEVEL


def _value_text(ranking: Ranking, row: str, column: Column) -> str:
    values = [value for value in ranking.values[row, column] if value is not None]
    if not values:
        return "—"
    text = number(means.mean(values) * ranking.scales[column.experiment], 1)
    lost = len(ranking.values[row, column]) - len(values)
    return text + (f" ({lost} lost)" if lost else "")


def markdown(ranking: Ranking, title: str, chosen: Optional[Tuple[str, List[str]]]) -> str:
    seeds = len(next(iter(ranking.values.values())))
    experiments = list(ranking.labels)
    header = ["row", "worst rank", *(f"rank, {escape(name)}" for name in experiments)]
    header += [escape(f"{c.condition}, {c.cell}") for c in ranking.columns]
    body = [
        [escape(row), f"{ranking.worst_rank(row):.2f}"]
        + [f"{ranking.mean_rank(row, name):.2f}" for name in experiments]
        + [_value_text(ranking, row, column) for column in ranking.columns]
        for row in sorted(ranking.rows, key=ranking.worst_rank)
    ]
    lines = [f"# {escape(title)}", "", *aligned([header, *body]), "", "## Notes", ""]
    for name, label in ranking.labels.items():
        conditions = dict.fromkeys(c.condition for c in ranking.columns if c.experiment == name)
        what = f"{name} ({', '.join(conditions)}): mean {label} over {seeds} seeds."
        lines.append(f"- {escape(what)}")
    lines.append(
        f"- Ranks among {len(ranking.rows)} rows by validation results only, mean over seeds and "
        "columns; 1 is best. The worst rank is the largest over the experiments."
    )
    if chosen:
        lines.append(
            f"- Chosen: {escape(chosen[0])}, whose worst rank is the smallest. A paired t-test over the "
            "columns does not tell it, at the 5 % level, from: "
            f"{escape('; '.join(chosen[1]) or 'none')}."
        )
    return "\n".join(lines) + "\n"


def csv_text(ranking: Ranking) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["row", "experiment", "condition", "cell", "mean_rank", "validation_by_seed"])
    for row in ranking.rows:
        for column in ranking.columns:
            values = ["" if v is None else f"{v:.6g}" for v in ranking.values[row, column]]
            rank_text = f"{ranking.ranks[row, column]:.4g}"
            writer.writerow([row, *column, rank_text, " ".join(values)])
    return stream.getvalue()


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("profile", type=pathlib.Path, help="such as results/cpu")
    parser.add_argument("experiments", nargs="+", help="with the same rows")
    parser.add_argument("--choose", metavar="INITIALIZER", help="choose among its rows by the rule")
    parser.add_argument("--name", default="ranking", help="of the files (default: ranking)")
    parser.add_argument("--title", default="Rows ranked by validation results")
    parser.add_argument(
        "--check", action="store_true", help="exit 1 if the files on disk differ; write nothing"
    )
    arguments = parser.parse_args()
    try:
        experiments = [read_experiment(arguments.profile / name) for name in arguments.experiments]
        ranking = rank(experiments)
        chosen = choose(ranking, arguments.choose) if arguments.choose else None
        text = markdown(ranking, arguments.title, chosen)
        base = arguments.profile / "tables" / arguments.name
        files = {base.with_suffix(".md"): text, base.with_suffix(".csv"): csv_text(ranking)}
        if arguments.check:
            differences = stale(files)
            for difference in differences:
                print(f"rank_initializers.py: {difference}", file=sys.stderr)
            return 1 if differences else 0
        for path, content in files.items():
            write_atomically(path, content)
    except (Broken, OSError) as error:
        print(f"rank_initializers.py: {error}", file=sys.stderr)
        return 1
    print(text)
    return 0


if __name__ == "__main__":
    command.run(main)
