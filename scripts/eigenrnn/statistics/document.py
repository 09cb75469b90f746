"""What the statistics say, in headings, tables and notes, whatever they are written in."""

import dataclasses
import pathlib
from typing import Dict, List, Optional, Sequence, Tuple

from eigenrnn.inference import stratified
from eigenrnn.results import Broken, Experiment
from eigenrnn.tables.layout import NOTHING, Text
from eigenrnn.text import number

from . import comparisons, rules, summary
from .answers import answer_sections
from .comparisons import ALL_CONDITIONS, BETTER, UNDECIDABLE, WORSE, Comparison, Family
from .plan import Plan
from .searches import unsearched_rows
from .sections import Section, p_text
from .values import Values, read_values
from .verdicts import Answer, answer


@dataclasses.dataclass
class Document:
    profile: str
    values: List[Values]  # the first metric of each experiment, which the summary is about
    plan: Plan
    answers: List[Answer]
    families: List[Tuple[Values, str, Family]]  # with what it is compared against
    sections: List[Section]


def gain_text(comparison: Optional[Comparison], digits: int, usual_n: int) -> Text:
    if comparison is None:
        return Text("")
    left_out = [f"{count} {reason}" for reason, count in comparison.left_out.items()]
    if comparison.mean is None:
        return Text(NOTHING, detail=", ".join(left_out))
    main = number(comparison.mean, digits)
    main = main if main.startswith("-") else f"+{main}"
    interval = comparison.interval
    if interval:
        main += f" ± {number((interval.high - interval.low) / 2, digits)}"
    detail = [f"n={comparison.n}"] if comparison.n != usual_n else []
    detail += left_out
    if comparison.outcome == UNDECIDABLE:
        detail.append("undecidable")
    else:
        detail.append(p_text(comparison.p_holm))
    if comparison.outcome in (BETTER, WORSE):
        detail.append(comparison.outcome)
    return Text(main.replace("-", "−"), comparison.outcome == BETTER, detail=", ".join(detail))


def _usual_n(values: Values) -> int:
    return max((len(runs) for runs in values.runs.values()), default=0)


def undecidable_note(made: List[Comparison]) -> List[str]:
    """Which seeds are too few for the comparisons of a table, and how many would do."""
    tested = [c for c in made if c.p is not None]
    few = sorted({c.n for c in tested if c.n < c.needed})
    if not few:
        return []
    seeds = " or ".join(map(str, few))
    everything = all(c.n < c.needed for c in tested)
    return [
        f"{'Nothing here' if everything else 'What is called undecidable'} can be decided with "
        f"{seeds} seed{'s' if few != [1] else ''}: with n seeds the smallest p is 2/2ⁿ, and among "
        f"{len(tested)} comparison(s) the first must be at most {rules.ALPHA / len(tested):.2g}, "
        f"which takes {tested[0].needed} seeds."
    ]


def _family_section(
    values: Values, family: Family, heading: str, columns: List[Tuple[str, str, str]], level: int
) -> Section:
    """`columns` are cells and conditions, with their titles."""
    columns = [c for c in columns if (c[0], c[1]) in family.rivals]
    several = len(set(family.rivals.values())) > 1
    header = [Text("initializer")]
    for cell, condition, title in columns:
        rival = family.rivals[cell, condition]
        header.append(Text(title, detail=f"against {rival}" if several else ""))
    rows = []
    for row in values.experiment.grid.rows:
        texts = []
        for cell, condition, _ in columns:
            if row == family.rivals[cell, condition]:
                texts.append(Text("·"))
                continue
            found = family.find(cell, condition, row)
            text = gain_text(found, values.table.digits, _usual_n(values))
            text.dagger = bool(found) and values.outside.get((cell, row), False)
            texts.append(text)
        if any(text.main not in ("", "·") for text in texts):
            rows.append([Text(row), *texts])
    notes = undecidable_note(family.comparisons)
    return Section(heading, level, [], [header, *rows] if rows else [], notes)


def _not_started(values: Values) -> List[str]:
    """Conditions that are no part of the mean, because no run of theirs has ended."""
    notes = []
    for cell in values.experiment.grid.cells:
        started = values.started(cell.name)
        missing = [c for c in values.experiment.grid.conditions if c not in started]
        if started and missing:
            notes.append(f"{cell.label}: without {', '.join(missing)}, not run yet.")
    return notes


def _comparison_sections(
    values: Values, families: List[Tuple[Values, str, Family]]
) -> List[Section]:
    grid = values.experiment.grid
    better = "higher" if values.table.higher_is_better else "lower"
    title = f"{grid.title}: {values.table.label} ({better} is better)"
    sections = [Section(title, 2, [grid.caption], [], [])]
    cells = [cell.name for cell in grid.cells]
    kinds = ((rules.REFERENCE, False), ("best baseline", True))
    for against, best in kinds:
        family = comparisons.make_family(values, cells, [ALL_CONDITIONS], best)
        families.append((values, against, family))
        columns = [(cell.name, ALL_CONDITIONS, cell.label) for cell in grid.cells]
        over = ", mean over the conditions" if len(grid.conditions) > 1 else ""
        section = _family_section(values, family, f"Gain on {against}{over}", columns, 3)
        section.notes += _not_started(values)
        sections.append(section)
    for cell in grid.cells if len(grid.conditions) > 1 else []:
        for against, best in kinds:
            family = comparisons.make_family(values, [cell.name], grid.conditions, best)
            families.append((values, against, family))
            columns = [(cell.name, condition, condition) for condition in grid.conditions]
            heading = f"{cell.label}, each condition: gain on {against}"
            sections.append(_family_section(values, family, heading, columns, 4))
    return [section for section in sections if section.table or section.level == 2]


def _share_text(share: summary.Share) -> Text:
    if not share.of:
        return Text(NOTHING)
    return Text(f"{share.count}/{share.of}", detail=f"{100 * share.count / share.of:.0f} %")


def _grid_section(all_values: List[Values]) -> Section:
    grids = summary.whole_grids(all_values)
    if not grids:
        return Section("Over the whole grid", 2, ["No experiment has all initializers."], [], [])
    ranks, records = summary.mean_ranks(grids), summary.records(grids)
    header = ["initializer", "mean rank", "eigen wins / ties / losses", "eigen ahead / behind"]
    table = [[Text(title) for title in header]]
    for row in summary.common_rows(grids):
        rank = Text(NOTHING)
        if row in ranks.means:
            rank = Text(f"{ranks.means[row]:.2f} ± {ranks.difference / 2:.2f}")
        record = records.get(row)
        wins, ahead = Text("·"), Text("·")
        if record:
            wins = Text(f"{record.wins} / {record.ties} / {record.losses}")
            ahead = Text(f"{record.ahead} / {record.behind}")
        table.append([Text(row), rank, wins, ahead])
    notes = [
        "Over " + ", ".join(v.experiment.grid.experiment for v in grids) + f": {ranks.blocks} "
        "places (a cell in a condition), with one rank per initializer by its mean over seeds; 1 is "
        "the best."
    ]
    if ranks.left_out:
        notes.append(f"Without rank: {ranks.left_out} place(s) where an initializer has no value.")
    if ranks.friedman_p is not None:
        notes.append(
            "Intervals: half of Nemenyi's critical difference on either side, so that initializers "
            "whose intervals do not overlap differ at 5 % (Demšar 2006, JMLR 7). Friedman's test "
            f"that all rank alike: {p_text(ranks.friedman_p)}. Both take the places as independent, "
            "which those of one task are not quite: the intervals are rather too short."
        )
    notes.append(
        "Wins, ties, losses: does the 95 % interval of eigen's gain over the initializer in a place "
        "lie above 0, around it or below? Not corrected for the number of places. Ahead, behind: "
        "the sign of the mean gain."
    )
    return Section("Over the whole grid", 2, [], table, notes)


def _success_section(all_values: List[Values]) -> Section:
    judged = [v for v in all_values if v.trivial is not None]
    rows = list(dict.fromkeys(row for v in judged for row in v.experiment.grid.rows))
    table = [[Text("initializer"), *(Text(v.experiment.grid.experiment) for v in judged)]]
    table += [[Text(row), *(_share_text(summary.successful_runs(v, row)) for v in judged)]
              for row in rows]
    notes = [
        "A run is successful if it finished and clearly beats a predictor that has learned nothing: "
        "a share of right answers that guessing reaches in one of "
        f"{1 / rules.LUCK:,.0f} runs at most (binomial law), a loss at least 10 % below."
    ]
    for values in judged:
        trivial = number(values.trivial.value * values.table.scale, values.table.digits + 1)
        name = values.experiment.grid.experiment
        notes.append(f"{name}: {values.table.label} {trivial}, {values.trivial.why}.")
    unknown = [v.experiment.grid.experiment for v in all_values if v.trivial is None]
    if unknown:
        notes.append(f"No such predictor is declared for {', '.join(unknown)}.")
    return Section("Runs that learned something", 2, [], table if judged else [], notes)


def _threshold_sections(experiments: List[Experiment]) -> List[Section]:
    sections = []
    for experiment in experiments:
        for table in experiment.grid.tables:
            if not table.null_is_never:
                continue
            values = read_values(experiment, table)
            header = [Text("initializer"), *(Text(c.label) for c in experiment.grid.cells)]
            rows = [
                [Text(row), *(_threshold_text(values, c.name, row) for c in experiment.grid.cells)]
                for row in experiment.grid.rows
            ]
            notes = [
                "Median over the runs of all conditions that finished or diverged, in which "
                "never counts as infinite (∞: half of them or more never got there); and how many did."
            ]
            heading = f"{experiment.grid.title}: {table.label}"
            sections.append(Section(heading, 3, [], [header, *rows], notes))
    return [Section("How soon", 2, [], [], []), *sections] if sections else []


def _threshold_text(values: Values, cell: str, row: str) -> Text:
    threshold = summary.epochs_to_threshold(values, cell, row)
    if not threshold.reached.of:
        return Text(NOTHING)
    median = "∞" if threshold.median is None else f"{threshold.median:g}"
    return Text(median, detail=f"{threshold.reached.count}/{threshold.reached.of}")


def method(plan: Plan) -> List[str]:
    narrow, wide = (f"{100 * (1 - share):g} %" for share in (2 * plan.alpha, plan.alpha))
    return [
        "Verdict: what the plan of the analysis, experiments/analysis.yaml, asks. A place is a cell "
        "in a condition of an experiment. The gain against a rival is the mean over places of the difference of "
        "means over runs, which are not paired, in units of the smallest difference that matters in the experiment; "
        f"its {wide} interval is Welch's and Satterthwaite's. p: the permutation test that exchanges the two labels "
        f"within places, two-sided, exact up to {stratified.EXACT_UP_TO:,} exchanges and otherwise of "
        f"{stratified.RANDOM_PERMUTATIONS:,} random ones, corrected by Holm's method over the rivals.",
        f"Equivalent: the {narrow} interval lies within ±1, the smallest difference that matters (two one-sided "
        f"tests, Schuirmann 1987). Otherwise benefit or harm, if the {wide} interval lies above or below 0 and the "
        f"corrected p is at most {100 * plan.alpha:g} %. Otherwise it cannot be told, and beside it stands the "
        f"smallest gain that such a test would have detected in {100 * plan.power:g} % of such studies, also at the "
        "first step of Holm's correction, where there are runs enough for any.",
        "A place says nothing, and enters no verdict, if the mean of all runs of the pair is at the ceiling or "
        "beyond, if none of them beats the predictor that has learned nothing, if a row is outside its definition "
        "(†), if its learning rate was not searched though others' were, if one has fewer than two runs, or if a "
        "run diverged where no such predictor is declared.",
        "Comparisons of one experiment: a gain is by how much an initializer is better than what it is compared "
        "with, in the table's unit, positive where it is better, also for a loss; mean ± half-width of the 95 % "
        "interval (Student t) over paired seeds: same data, same order, same seed. Over several conditions a "
        "seed's gain is its mean over them.",
        "p: the exact sign-flip permutation test, two-sided (every one of the 2ⁿ choices of signs), "
        "corrected by Holm's method over the table that it stands in. Bold: better at 5 % after it.",
        "Best baseline: the best mean of the metric on validation, at each run's best epoch, among the "
        "initializers that are no variant of eigen. Test results play no part in the choice.",
        "A run that diverged, or whose number overflowed, counts with the value of the predictor that has "
        "learned nothing, where one is declared; otherwise its pair is left out, and the comparison is "
        "undecidable. Runs that failed or are missing are left out with their pair, and counted.",
        "† The rival's or the initializer's source defines it for other cells.",
    ]


def _searches_note(experiments: List[Experiment]) -> List[str]:
    names = [e.grid.experiment for e in experiments if rules.is_search(e.grid.experiment)]
    if not names:
        return []
    return [f"Left out, since they are searches for settings and compare nothing: {', '.join(names)}."]


def _unread_note(unread: Sequence[str]) -> List[str]:
    return [f"Left out, since they cannot be read: {', '.join(unread)}."] if unread else []


def _measured(everything: List[Experiment], plan: Plan) -> Dict[str, Values]:
    """Of the plan's experiments that have results, the plan's metric. Throws Broken."""
    found, unsearched = {}, unsearched_rows(everything)
    experiments = [e for e in everything if not rules.is_search(e.grid.experiment)]
    for experiment in experiments:
        name, tables = experiment.grid.experiment, experiment.grid.tables
        if name not in plan.experiments:
            continue
        metric = plan.experiments[name].metric
        table = next((table for table in tables if table.metric == metric), None)
        if table is None:
            known = ", ".join(table.metric for table in tables)
            raise Broken(f"the plan's experiments/{name}/metric is {metric!r}; the results have {known}")
        found[name] = read_values(experiment, table, unsearched.get(name, frozenset()))
    return found


def make_document(
    everything: List[Experiment], profile: pathlib.Path, plan: Plan, unread: Sequence[str] = ()
) -> Document:
    """Of all experiments of a profile; searches are named, and left out, and so are those that could
    not be read. Throws Broken where the results are not what the plan speaks of."""
    experiments = [e for e in everything if not rules.is_search(e.grid.experiment)]
    primary = [read_values(e, e.grid.tables[0]) for e in experiments]
    primary = [v for v in primary if not v.table.null_is_never]
    measured = _measured(everything, plan)
    answers = [answer(comparison, plan, measured) for comparison in plan.comparisons]
    families: List[Tuple[Values, str, Family]] = []
    sections = answer_sections(plan, answers)
    sections += [_grid_section(primary), _success_section(primary)]
    sections += _threshold_sections(experiments)
    for experiment in experiments:
        for table in experiment.grid.tables:
            if not table.null_is_never:
                sections += _comparison_sections(read_values(experiment, table), families)
    notes = method(plan) + _searches_note(everything) + _unread_note(unread)
    sections.append(Section("How to read this", 2, [], [], notes))
    return Document(profile.name, primary, plan, answers, families, sections)
