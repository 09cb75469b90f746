"""The picture that the page opens with: the proposal's gain over each rival, by experiment and cell and over all.

The same groups of places and the same tests as in the picture of scripts/eigenrnn/statistics/figure.py, which needs
matplotlib; tests/report_data_test.py compares the two.
"""

import collections
from typing import Any, Dict, List, Tuple, Union

from eigenrnn.statistics.document import Document
from eigenrnn.statistics.places import Place
from eigenrnn.statistics.plan import Plan
from eigenrnn.statistics.render import rounded
from eigenrnn.statistics.verdicts import Answer, Group, Verdict, second_looks


def _by_cell(places: List[Place]) -> Dict[Tuple[str, str], List[Place]]:
    found: Dict[Tuple[str, str], List[Place]] = collections.defaultdict(list)
    for place in places:
        found[place.experiment, place.cell].append(place)
    return found


def _judged(tested: Union[Verdict, Group]) -> Dict[str, Any]:
    """In smallest differences that matter."""
    judged = tested.judgement
    low, high = (judged.interval.low, judged.interval.high) if judged.interval else (None, None)
    return {
        "gain": rounded(tested.estimate.gain), "low": rounded(low), "high": rounded(high), "outcome": judged.outcome,
    }  # fmt: skip


def _line(places: List[Place], silent: List[Place]) -> Dict[str, Any]:
    """`places` are those that tell something; why the `silent` ones do not, in the order of the first of each."""
    some = (places or silent)[0]
    reasons = collections.Counter(place.silent for place in silent)
    return {
        "experiment": some.experiment,
        "cell": some.cell_label,
        "conditions": [place.condition for place in places],
        "silent": list(map(list, reasons.items())),
    }


def _lines(verdict: Verdict, plan: Plan) -> List[Dict[str, Any]]:
    told, silent = _by_cell([look.place for look in verdict.looks]), _by_cell(verdict.silent)
    groups = {at: _judged(group) for at, group in zip(told, second_looks(list(told.values()), plan))}
    # The order of the plan and of the grid, whichever of the two says something.
    order = [*told, *(at for at in silent if at not in told)]
    return [{**_line(told.get(at, []), silent.get(at, [])), **groups.get(at, {"outcome": None})} for at in order]


def forest(document: Document, answer: Answer) -> List[Dict[str, Any]]:
    """Of each rival the verdict, and below it a line per experiment and cell."""
    return [
        {
            "rival": verdict.rival,
            "all": {**_judged(verdict), "places": len(verdict.looks)} if verdict.estimate else None,
            "lines": _lines(verdict, document.plan),
        }
        for verdict in answer.verdicts
    ]
