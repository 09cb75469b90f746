"""The answers, drawn: the proposal's gain over each rival, by experiment and cell and over all."""

import re
from typing import Any, Dict, List, Tuple, Union

from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from eigenrnn.figures import style
from eigenrnn.inference.equivalence import BENEFIT, CANNOT_TELL, EQUIVALENT, HARM, OUTCOMES

from .document import Document
from .places import Place
from .plan import Plan
from .verdicts import Answer, Group, Verdict, second_looks

ALL = "all places"
_TOO_SMALL = "#EDEDED"
_LOOKS = {  # colour, filled
    BENEFIT: (style.BLUE, True),
    EQUIVALENT: (style.GREY, True),
    HARM: (style.VERMILLION, True),
    CANNOT_TELL: (style.GREY, False),
}


def groups(verdict: Verdict, plan: Plan) -> List[Group]:
    """Of each experiment and cell the places that tell something."""
    places: Dict[Tuple[str, str], List[Place]] = {}
    for look in verdict.looks:
        places.setdefault((look.place.experiment, look.place.cell), []).append(look.place)
    return second_looks(list(places.values()), plan)


def _row(rival: str, experiment: str, cell: str, count: int, tested: Union[Verdict, Group]) -> Dict[str, Any]:
    judged = tested.judgement
    low, high = (judged.interval.low, judged.interval.high) if judged.interval else (None, None)
    return {
        "rival": rival, "experiment": experiment, "cell": cell, "places": count,
        "gain": tested.estimate.gain, "low": low, "high": high, "outcome": judged.outcome,
    }  # fmt: skip


def rows(answer: Answer, plan: Plan) -> List[Dict[str, Any]]:
    """The numbers behind the picture; of each rival the verdict comes first."""
    found = []
    for verdict in answer.verdicts:
        if verdict.estimate is None:
            continue
        found.append(_row(verdict.rival, ALL, "", len(verdict.looks), verdict))
        found += [
            _row(verdict.rival, group.places[0].experiment, group.places[0].cell_label, len(group.places), group)
            for group in groups(verdict, plan)
        ]
    return found


def _draw(axes: Any, row: Dict[str, Any], height: float) -> None:
    color, is_filled = _LOOKS[row["outcome"]]
    if row["low"] is not None:
        axes.plot([row["low"], row["high"]], [height, height], color=color, linewidth=1.6, solid_capstyle="butt")
    shape = ("D", 6.5) if row["experiment"] == ALL else ("o", 4.5)
    face = color if is_filled else "white"
    axes.plot([row["gain"]], [height], shape[0], markersize=shape[1], mfc=face, mec=color, mew=1.3)


def picture(document: Document, answer: Answer) -> style.Picture:
    """A panel per rival, a line per experiment and cell. `verdicts` is the plan's first comparison."""
    plan, all_rows = document.plan, rows(answer, document.plan)
    rivals = list(dict.fromkeys(row["rival"] for row in all_rows))
    by_experiment = [e for e in answer.experiments if any(row["experiment"] == e for row in all_rows)]
    lines = [(ALL, "")]
    for experiment in by_experiment:
        lines += dict.fromkeys((experiment, row["cell"]) for row in all_rows if row["experiment"] == experiment)
    handles = [
        Line2D([], [], color=c, marker="o", mfc=c if filled else "white", mec=c, linewidth=1.6, label=outcome)
        for outcome in OUTCOMES
        for c, filled in [_LOOKS[outcome]]
    ]
    handles.append(Patch(color=_TOO_SMALL, label="too small"))
    figure, axes = style.frame(
        (1, len(rivals)),
        (1.7, 0.5 + 0.19 * len(lines)),
        f"Gain of {plan.proposal} over each rival, {answer.comparison}",
        "In smallest differences that matter, with 95 % intervals; only places that tell something. The diamond is the "
        "verdict; what lies below it is a second look.",
        handles,
        sharey=True,
    )
    for panel, rival in zip(axes[0], rivals):
        panel.set_title(f"over {rival}")
        panel.axvspan(-1, 1, color=_TOO_SMALL, linewidth=0)
        panel.axvline(0, color=style.BLACK, linewidth=0.6)
        for row in all_rows:
            if row["rival"] == rival:
                _draw(panel, row, -lines.index((row["experiment"], row["cell"])))
        panel.set_xlabel("gain")
    axes[0][0].set_yticks([-i for i in range(len(lines))])
    axes[0][0].set_yticklabels([", ".join(filter(None, line)) for line in lines])
    axes[0][0].set_ylim(-len(lines) + 0.4, 0.6)
    is_first = answer.comparison == next(iter(plan.comparisons))
    name = "verdicts" if is_first else "verdicts_" + re.sub(r"\W+", "_", answer.comparison)
    return style.Picture(name, figure, all_rows)
