"""What the statistics say, in headings, tables and notes, whatever they are written in."""

import dataclasses
import pathlib
from typing import List, Optional, Sequence, Tuple

from eigenrnn.results import Experiment
from eigenrnn.tables.layout import NOTHING, Text
from eigenrnn.text import number

from . import comparisons, rules, summary, verdicts
from .comparisons import ALL_CONDITIONS, BETTER, UNDECIDABLE, WORSE, Comparison, Family
from .values import Values, read_values


@dataclasses.dataclass
class Section:
    heading: str
    level: int
    texts: List[str]
    table: List[List[Text]]  # the first row is its header; empty: none
    notes: List[str]


@dataclasses.dataclass
class Document:
    profile: str
    values: List[Values]  # the first metric of each experiment, which the summary is about
    verdicts: List[verdicts.Verdict]
    overall: List[verdicts.Overall]
    families: List[Tuple[Values, str, Family]]  # with what it is compared against
    sections: List[Section]


def p_text(p: float) -> str:
    return f"p {p:.2g}" if p >= 0.001 else "p < 0.001"


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


def _claim_sections(
    all_verdicts: List[verdicts.Verdict], overall: List[verdicts.Overall]
) -> List[Section]:
    partial = [v.values.experiment.grid.experiment for v in all_verdicts if v.absent]
    all_verdicts = [v for v in all_verdicts if not v.absent]
    texts = []
    for each in overall:
        counts = ", ".join(f"{count} {kind}" for kind, count in each.counts.items())
        texts.append(
            f"**{each.claim.text}**: {each.verdict} "
            f"(cells of the abstract's tasks: {counts})."
        )
    header = [Text("experiment"), Text("cell"), *(Text(c.short) for c in rules.CLAIMS)]
    rivals = list(dict.fromkeys(rival for claim in rules.CLAIMS for rival in claim.rivals))
    numbers_header = [Text("experiment"), Text("cell"), *(Text(f"over {r}") for r in rivals)]
    rows, numbers = [], []
    places = dict.fromkeys((id(v.values), v.cell) for v in all_verdicts)
    for place in places:
        mine = [v for v in all_verdicts if (id(v.values), v.cell) == place]
        values = mine[0].values
        grid = values.experiment.grid
        label = next(cell.label for cell in grid.cells if cell.name == mine[0].cell)
        ours = "" if values.task in rules.ABSTRACT_TASKS else "not a task of the abstract"
        row = [Text(grid.experiment, detail=ours), Text(label)]
        for claim in rules.CLAIMS:
            verdict = next((v for v in mine if v.claim is claim), None)
            row.append(_verdict_text(verdict))
        rows.append(row)
        found = {c.rival: c for v in mine for c in v.rivals}
        texts_of_rivals = []
        for rival in rivals:
            text = gain_text(found.get(rival), values.table.digits, _usual_n(values))
            text.dagger = rival in found and values.outside.get((mine[0].cell, rival), False)
            texts_of_rivals.append(text)
        numbers.append([Text(f"{grid.experiment}, {values.table.label}"), Text(label)]
                       + texts_of_rivals)
    notes = []
    if partial:
        names = ", ".join(dict.fromkeys(partial))
        notes.append(f"Without a verdict, since they lack a rival: {names}.")
    for values in {id(v.values): v.values for v in all_verdicts}.values():
        made = [c for v in all_verdicts if v.values is values for c in v.rivals]
        experiment = values.experiment.grid.experiment
        notes += [f"{experiment}: {note}" for note in undecidable_note(made)]
    return [
        Section("Verdict", 2, texts, [header, *rows] if rows else [], []),
        Section("The gains of eigen behind it", 3, [], [numbers_header, *numbers], notes)
        if numbers
        else Section("No experiment has eigen and its rivals", 3, [], [], notes),
    ]


def _verdict_text(verdict: Optional[verdicts.Verdict]) -> Text:
    if verdict is None:
        return Text(NOTHING)
    detail = ""
    if verdict.verdict == verdicts.UNDECIDED and verdicts.cannot_be_decided(verdict):
        seeds = " or ".join(map(str, sorted({c.n for c in verdict.rivals}))) or "0"
        detail = f"cannot be decided with {seeds} seed{'s' if seeds != '1' else ''}"
    return Text(verdict.verdict, verdict.verdict == verdicts.SUPPORTED, detail=detail)


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


METHOD = [
    "Gain: by how much an initializer is better than what it is compared with, in the table's unit, "
    "positive where it is better, also for a loss; mean ± half-width of the 95 % interval (Student "
    "t) over paired seeds: same data, same order, same seed. Over several conditions a seed's gain "
    "is its mean over them.",
    "p: the exact sign-flip permutation test, two-sided (every one of the 2ⁿ choices of signs), "
    "corrected by Holm's method over the table that it stands in. Bold: better at 5 % after it.",
    "Best baseline: the best mean of the metric on validation, at each run's best epoch, among the "
    "initializers that are no variant of eigen. Test results play no part in the choice.",
    "A run that diverged, or whose number overflowed, counts with the value of the predictor that has "
    "learned nothing, where one is declared; otherwise its pair is left out, and the comparison is "
    "undecidable. Runs that failed or are missing are left out with their pair, and counted.",
    "Verdict, corrected by Holm's method over all cells and rivals of an experiment: supported, if "
    "eigen is better than every rival named; not supported, if it is worse than one, or if there "
    "were seeds enough and for some rival not even the uncorrected interval lies above 0; undecided "
    "otherwise. A claim about all tasks is supported if it is so everywhere, and a claim about "
    "several if it is so in a cell of at least two.",
    "† The rival's or the initializer's source defines it for other cells.",
]


def _searches_note(experiments: List[Experiment]) -> List[str]:
    names = [e.grid.experiment for e in experiments if rules.is_search(e.grid.experiment)]
    if not names:
        return []
    return [f"Left out, since they are searches for settings and compare nothing: {', '.join(names)}."]


def _unread_note(unread: Sequence[str]) -> List[str]:
    return [f"Left out, since they cannot be read: {', '.join(unread)}."] if unread else []


def make_document(
    everything: List[Experiment], profile: pathlib.Path, unread: Sequence[str] = ()
) -> Document:
    """Of all experiments of a profile; searches are named, and left out, and so are those that could
    not be read."""
    experiments = [e for e in everything if not rules.is_search(e.grid.experiment)]
    primary = [read_values(e, e.grid.tables[0]) for e in experiments]
    primary = [v for v in primary if not v.table.null_is_never]
    found = [verdict for values in primary for verdict in verdicts.claim_verdicts(values)]
    overall = [verdicts.overall_verdict(claim, found) for claim in rules.CLAIMS]
    families: List[Tuple[Values, str, Family]] = []
    sections = _claim_sections(found, overall)
    sections += [_grid_section(primary), _success_section(primary)]
    sections += _threshold_sections(experiments)
    for experiment in experiments:
        for table in experiment.grid.tables:
            if not table.null_is_never:
                sections += _comparison_sections(read_values(experiment, table), families)
    notes = METHOD + _searches_note(everything) + _unread_note(unread)
    sections.append(Section("How to read this", 2, [], [], notes))
    return Document(profile.name, primary, found, overall, families, sections)
