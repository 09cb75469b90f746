"""The document's numbers, between their marks; all other words in it are written by hand."""

from typing import Any, Dict, List

from eigenrnn.figures.study import Study
from eigenrnn.marks import between_marks
from eigenrnn.results import Experiment
from eigenrnn.statistics.document import Document
from eigenrnn.statistics.render import verdict_lines
from eigenrnn.tables import markdown

from . import dynamics, prediction

START = "<!-- {name}: written by scripts/findings.py -->"
END = "<!-- end of {name} -->"


def _verdicts(statistics: Document) -> List[str]:
    verdict = statistics.sections[0]
    rows = [[markdown.place(text) for text in row] for row in verdict.table]
    return [verdict_lines(statistics), *(["\n".join(markdown.aligned(rows))] if rows else [])]


def with_numbers(
    page: str, study: Study, experiments: List[Experiment], starts: Dict[str, Dict[str, Any]], statistics: Document
) -> str:
    """`starts`: analyses before training, by key. Throws ValueError if marks are missing in the page."""
    parts = {
        "linear model": dynamics.linear_model(study),
        "what is kept": dynamics.what_is_kept(study),
        "from the start": prediction.from_the_start(experiments, statistics.plan, starts),
        "regression and classification": dynamics.regression_and_classification(study),
        "spectra": dynamics.spectra(study),
        "verdicts": _verdicts(statistics),
    }
    for name, texts in parts.items():
        page = between_marks(page, START.format(name=name), END.format(name=name), "\n\n".join(texts))
    return page
