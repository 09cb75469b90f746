"""The plan's question and what the results answer, in tables and notes."""

import math
from typing import List, Optional, Tuple

from eigenrnn.inference.equivalence import BENEFIT, CANNOT_TELL, EQUIVALENT, HARM, Judgement
from eigenrnn.inference.student import Interval
from eigenrnn.tables.layout import NOTHING, Text
from eigenrnn.text import number

from .places import CEILING, CHANCE, OUTSIDE, SILENT, UNSEARCHED, Place
from .plan import Plan
from .sections import Section, p_number, p_text
from .verdicts import NOTHING_TO_COMPARE, Answer, Look, Solved, Verdict

_DIGITS, _SUMMARY_DIGITS = 2, 1  # of gains in smallest differences that matter


def _signed(value: float, digits: int) -> str:
    text = number(value, digits)
    return (text if text.startswith("-") else f"+{text}").replace("-", "−")


def _interval(interval: Optional[Interval], unit: float, digits: int) -> str:
    if interval is None:
        return NOTHING
    return f"{_signed(interval.low * unit, digits)} to {_signed(interval.high * unit, digits)}"


def _detectable(judgement: Judgement, unit: float, digits: int) -> str:
    if judgement.detectable is None:
        return ""
    if math.isinf(judgement.detectable):
        return "too few runs to detect any"
    return f"detectable {number(judgement.detectable * unit, digits)}"


def _counts(solved: Solved) -> str:
    (mine, of_mine), (theirs, of_theirs) = solved.proposal, solved.rival
    return f"{mine}/{of_mine} against {theirs}/{of_theirs}"


def _solved(solved: Optional[Solved]) -> Text:
    return Text(_counts(solved), detail=p_text(solved.p)) if solved else Text(NOTHING)


def _verdict_row(answer: Answer, verdict: Verdict) -> List[Text]:
    start = [Text(verdict.rival, detail=answer.comparison)]
    if verdict.estimate is None:
        return [*start, Text(verdict.outcome), *[Text(NOTHING)] * 3, Text("0"), Text(NOTHING)]
    judgement = verdict.judgement
    detail = _detectable(judgement, 1.0, _DIGITS)
    return [
        *start,
        Text(verdict.outcome, verdict.outcome in (BENEFIT, HARM), detail=detail),
        Text(_signed(verdict.estimate.gain, _DIGITS)),
        Text(_interval(judgement.interval, 1.0, _DIGITS)),
        Text(p_number(verdict.p_holm)),
        Text(str(len(verdict.looks)), detail=f"of {len(verdict.looks) + len(verdict.silent)}"),
        _solved(verdict.solved),
    ]


# How a line of the summary goes on, by outcome; in this order.
_RELATIONS = {
    BENEFIT: "benefit over",
    EQUIVALENT: "equivalent to",
    HARM: "harm against",
    CANNOT_TELL: "cannot be told from",
}


def _effect(verdict: Verdict) -> str:
    """With its interval, and the places that say another thing than their mean."""
    facts = [_interval(verdict.judgement.interval, 1.0, _SUMMARY_DIGITS)]
    outcomes = [look.judgement.outcome for look in verdict.looks]
    told = [kind for kind in (BENEFIT, HARM) if kind in outcomes and kind != verdict.outcome]
    others = " and ".join(f"{kind} in {outcomes.count(kind)}" for kind in told)
    facts += [f"{others} of {len(outcomes)} places"] if others else []
    return f"{verdict.rival} {_signed(verdict.estimate.gain, _SUMMARY_DIGITS)} ({'; '.join(facts)})"


def _summary(answer: Answer) -> str:
    """What the comparison says of every rival, in a line."""
    if not answer.has_results:
        return f"**{answer.comparison}**: not run yet: {', '.join(answer.absent)}."
    clauses = []
    for outcome, relation in _RELATIONS.items():
        effects = [_effect(verdict) for verdict in answer.verdicts if verdict.outcome == outcome]
        clauses += [f"**{relation}** {', '.join(effects)}"] if effects else []
    nothing = [verdict.rival for verdict in answer.verdicts if verdict.estimate is None]
    clauses += [f"{NOTHING_TO_COMPARE} with {', '.join(nothing)}"] if nothing else []
    there = [name for name in answer.experiments if name not in answer.absent]
    text = f"**{answer.comparison}** ({', '.join(there)}): {'; '.join(clauses)}."
    return text + (f" Not run yet: {', '.join(answer.absent)}." if answer.absent else "")


def _look_text(look: Look) -> Text:
    place, unit = look.place, look.place.measure.smallest_difference
    digits = place.values.table.digits
    main = f"{_signed(look.estimate.gain * unit, digits)} [{_interval(look.judgement.interval, unit, digits)}]"
    detail = ", ".join(filter(None, (look.judgement.outcome, _detectable(look.judgement, unit, digits))))
    if look.solved:
        detail += f", solved {_counts(look.solved)}, {p_text(look.solved.p)}"
    return Text(main, look.judgement.outcome in (BENEFIT, HARM), detail=detail)


def _key(place: Place) -> Tuple[str, str, str]:
    return place.experiment, place.cell, place.condition


def _order(answer: Answer, place: Place) -> Tuple[int, int, int]:
    """As the plan and the tables have it."""
    grid = place.values.experiment.grid
    cells = [cell.name for cell in grid.cells]
    return (
        answer.experiments.index(grid.experiment), cells.index(place.cell), grid.conditions.index(place.condition)
    )  # fmt: skip


def _second_look(answer: Answer) -> Section:
    """Places by rivals."""
    rivals = [verdict.rival for verdict in answer.verdicts]
    texts, places = {}, {}
    for verdict in answer.verdicts:
        for look in verdict.looks:
            texts[_key(look.place), verdict.rival] = _look_text(look)
            places[_key(look.place)] = look.place
        for place in verdict.silent:
            texts[_key(place), verdict.rival] = Text(place.silent)
            places[_key(place)] = place
    table = [[Text(title) for title in ("place", *(f"over {rival}" for rival in rivals))]]
    for key, place in sorted(places.items(), key=lambda each: _order(answer, each[1])):
        # One column: where a table is split, the first is repeated.
        name = Text(f"{key[0]}, {place.cell_label}, {key[2]}")
        table.append([name, *(texts.get((key, rival), Text("")) for rival in rivals)])
    notes = [
        "In the table's unit: gain [95 % interval], outcome against the smallest difference that matters. A second "
        "look, corrected by Holm's method over the places of a rival: no claim rests on a place alone."
    ]
    notes += [note for note in map(_silent_note, answer.verdicts) if note]
    notes += [
        f"{verdict.rival}: {verdict.missing} run(s) failed or have not been run."
        for verdict in answer.verdicts
        if verdict.missing
    ]
    return Section(f"Each place: {answer.comparison}", 3, [], table if len(table) > 1 else [], notes)


def _silent_note(verdict: Verdict) -> str:
    counts = [(reason, sum(place.silent == reason for place in verdict.silent)) for reason in SILENT]
    said = ", ".join(f"{count} {reason}" for reason, count in counts if count)
    return f"{verdict.rival}: places that say nothing and enter no verdict: {said}." if said else ""


def no_verdict(plan: Plan, answers: List[Answer]) -> str:
    """Why there is none, where the plan asks about other experiments than those that are here; else empty."""
    if any(answer.has_results for answer in answers):
        return ""
    names = ", ".join(plan.experiments)
    return (
        f"No verdict: the plan of the analysis asks about {names}, of which nothing is here. A study of its own "
        "names its proposal and rivals in a plan of its own, like experiments/analysis.yaml: "
        "scripts/evaluate.py --plan FILE."
    )


def answer_sections(plan: Plan, answers: List[Answer]) -> List[Section]:
    nothing = no_verdict(plan, answers)
    if nothing:
        return [Section("Verdict", 2, [nothing], [], [])]
    titles = ["against", f"{plan.proposal} is", "gain", f"{100 * (1 - plan.alpha):g} % interval"]
    header = list(map(Text, [*titles, "p (Holm)", "places that tell", "runs that solve it"]))
    run = [answer for answer in answers if answer.has_results]
    table = [header, *(_verdict_row(answer, verdict) for answer in run for verdict in answer.verdicts)]
    measures = ", ".join(
        f"{name} {measure.smallest_difference:g} ({measure.metric})" for name, measure in plan.experiments.items()
    )
    notes = [
        f"Gains are in units of the smallest difference that matters: {measures}. Detectable: the smallest "
        f"gain that would have been found, also after Holm's first step, in {100 * plan.power:g} % of such studies.",
        f"Nothing is claimed from places {CEILING}, {CHANCE}, {OUTSIDE} or {UNSEARCHED}.",
    ]
    lead = (
        f"{plan.question} Its mean gain over each rival ({100 * (1 - plan.alpha):g} % interval), in units of the "
        "smallest difference that matters in each task:"
    )
    texts = [lead, *map(_summary, answers)]
    return [Section("Verdict", 2, texts, table, notes), *map(_second_look, run)]
