"""Writes the statistics. Numbers for programs have six digits: more depend on the machine."""

import csv
import io
import json
import math
from typing import Any, Dict, List, Optional, Union

from eigenrnn.inference import hypotheses
from eigenrnn.marks import between_marks
from eigenrnn.tables import latex, markdown
from eigenrnn.text import one_line

from . import summary
from .comparisons import Comparison
from .document import Document
from .places import Place
from .sections import Section
from .verdicts import Answer, Look, Solved, Verdict

COLUMNS = [
    "experiment",
    "profile",
    "metric",
    "against",  # xavier, or best baseline
    "cell",
    "condition",  # all: the mean over them
    "initializer",
    "rival",
    "n",  # paired seeds
    "gain",  # mean, in the table's units; positive: the initializer is better
    "low",  # of the 95 % interval
    "high",
    "p",  # exact sign-flip test
    "p_holm",  # corrected over its table
    "seeds_needed",  # for anything in its table to be decidable
    "outcome",  # better, worse, not told apart, undecidable
    "left_out",
    "gains",  # seed=gain, separated by spaces
]


def rounded(value: Optional[float]) -> Optional[float]:
    """None also for what is not finite, which JSON does not know."""
    return None if value is None or not math.isfinite(value) else float(f"{value:.6g}")


def _text(value: Optional[float]) -> str:
    return "" if rounded(value) is None else repr(rounded(value))


def _without_marks(text: str) -> str:
    return text.replace("**", "")


def markdown_text(document: Document) -> str:
    lines = [f"# What the results mean (profile {markdown.escape(document.profile)})", ""]
    for section in document.sections:
        lines += [f"{'#' * section.level} {markdown.escape(section.heading)}", ""]
        for text in section.texts:
            lines += [text, ""]
        if section.table:
            rows = [[markdown.place(text) for text in row] for row in section.table]
            lines += [*markdown.aligned(rows), ""]
        if section.notes:
            lines += [f"- {markdown.escape(note)}" for note in section.notes] + [""]
    return "\n".join(lines)


BLOCK_START = "<!-- verdicts of {profile}: written by scripts/statistics_report.py --readme -->"
BLOCK_END = "<!-- end of the verdicts -->"


def verdict_lines(document: Document) -> str:
    """The question, and what each comparison says of it, as a Markdown list."""
    lead, *lines = document.sections[0].texts
    return "\n".join([lead, "", *(f"- {line}" for line in lines)] if lines else [lead])


def with_verdicts(document: Document, page: str) -> str:
    """`page`, a Markdown text, with the verdicts, a line for each comparison, between its two marks. Throws
    ValueError if they are not there.
    """
    return between_marks(page, BLOCK_START.format(profile=document.profile), BLOCK_END, verdict_lines(document))


def _latex_float(section: Section, number: int) -> List[str]:
    notes = [rf"{latex.escape(note)}\par" for note in section.notes]
    return [
        r"\begin{table}[htbp]",
        r"\centering",
        rf"\caption{{{latex.escape(section.heading)}}}",
        rf"\label{{{latex.label('statistics', str(number), section.heading)}}}",
        r"\footnotesize",
        r"\setlength{\tabcolsep}{4pt}",
        *latex.tabulars(section.table),
        *(["", r"\smallskip", r"\begin{minipage}{\linewidth}", r"\scriptsize\raggedright"]
          + notes + [r"\end{minipage}"] if notes else []),
        r"\end{table}",
        "",
    ]


def latex_text(document: Document) -> str:
    lines = [
        f"% What the results mean (profile {one_line(document.profile)})",
        r"% In the preamble: \usepackage[utf8]{inputenc} \usepackage{booktabs}",
        "",
    ]
    title = ""
    for number, section in enumerate(document.sections):
        if section.level == 2:
            title = section.heading
        for text in section.texts if section.level == 2 else []:
            lines += [latex.escape(_without_marks(text)) + r"\par", ""]
        if section.table:
            whole = section.heading if section.level == 2 else f"{title}. {section.heading}"
            lines += _latex_float(
                Section(whole, section.level, [], section.table, section.notes), number
            )
            lines += [r"\clearpage", ""] if number % 8 == 7 else []  # TeX holds 18 floats back
        elif section.notes:
            lines += [latex.escape(note) + r"\par" for note in section.notes] + [""]
    return "\n".join(lines)


def _comparison_row(comparison: Comparison) -> List[Any]:
    interval = comparison.interval
    return [
        comparison.cell,
        comparison.condition,
        comparison.row,
        comparison.rival,
        comparison.n,
        _text(comparison.mean),
        _text(interval.low if interval else None),
        _text(interval.high if interval else None),
        _text(comparison.p),
        _text(comparison.p_holm),
        "" if comparison.needed is None else comparison.needed,
        comparison.outcome,
        "; ".join(f"{count} {reason}" for reason, count in comparison.left_out.items()),
        " ".join(f"{seed}={_text(gain)}" for seed, gain in comparison.gains.items()),
    ]


def csv_text(document: Document) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    for values, against, family in document.families:
        grid = values.experiment.grid
        for comparison in family.comparisons:
            start = [grid.experiment, grid.profile, values.table.metric, against]
            writer.writerow(start + _comparison_row(comparison))
    return stream.getvalue()


def _solved_json(solved: Optional[Solved]) -> Optional[Dict[str, Any]]:
    if solved is None:
        return None
    return {"proposal": list(solved.proposal), "rival": list(solved.rival), "p": rounded(solved.p)}


def _tested_json(tested: Union[Look, Verdict]) -> Dict[str, Any]:
    """Gains are in smallest differences that matter."""
    judgement, estimate = tested.judgement, tested.estimate
    interval = judgement.interval if judgement else None
    return {
        "outcome": judgement.outcome if judgement else None,
        "gain": rounded(estimate.gain) if estimate else None,
        "interval": [rounded(interval.low), rounded(interval.high)] if interval else None,
        "detectable": rounded(judgement.detectable) if judgement else None,
        "p": rounded(tested.p),
        "p_holm": rounded(tested.p_holm),
        "solved": _solved_json(tested.solved),
    }


def _place_json(place: Place) -> Dict[str, Any]:
    return {
        "experiment": place.experiment,
        "cell": place.cell,
        "condition": place.condition,
        "metric": place.measure.metric,
        "smallest_difference": place.measure.smallest_difference,
        "runs": [len(place.proposals), len(place.rivals)],
        "missing": place.missing,
        "silent": place.silent,
    }


def _answer_json(answer: Answer) -> Dict[str, Any]:
    return {
        "comparison": answer.comparison,
        "experiments": answer.experiments,
        "absent": answer.absent,
        "rivals": [
            {
                "rival": verdict.rival,
                **_tested_json(verdict),
                "places": [{**_place_json(look.place), **_tested_json(look)} for look in verdict.looks],
                "silent": [_place_json(place) for place in verdict.silent],
            }
            for verdict in answer.verdicts
        ],
    }


def _summary_json(document: Document) -> Dict[str, Any]:
    grids = summary.whole_grids(document.values)
    ranks, records = summary.mean_ranks(grids), summary.records(grids)
    successes = {}
    for values in document.values:
        if values.trivial is None:
            continue
        shares = {}
        for row in values.experiment.grid.rows:
            share = summary.successful_runs(values, row)
            if share.of:
                interval = hypotheses.wilson_interval(share.count, share.of)
                shares[row] = {
                    "successful": share.count,
                    "of": share.of,
                    "interval": [rounded(interval.low), rounded(interval.high)],
                }
        successes[values.experiment.grid.experiment] = shares
    return {
        "experiments": [values.experiment.grid.experiment for values in grids],
        "mean_ranks": {row: rounded(mean) for row, mean in ranks.means.items()},
        "places": ranks.blocks,
        "places_left_out": ranks.left_out,
        "critical_difference": rounded(ranks.difference),
        "friedman_p": rounded(ranks.friedman_p),
        "eigen_against": {row: vars(record) for row, record in records.items()},
        "successful_runs": successes,
    }


def verdicts_record(document: Document) -> Dict[str, Any]:
    plan = document.plan
    return {
        "schema": 2,
        "profile": document.profile,
        "question": plan.question,
        "proposal": plan.proposal,
        "alpha": plan.alpha,
        "power": plan.power,
        "answers": [_answer_json(answer) for answer in document.answers],
        "summary": _summary_json(document),
    }


def verdicts_json(document: Document) -> str:
    return json.dumps(verdicts_record(document), indent=1, ensure_ascii=False) + "\n"
