"""What the plan's tests say of the proposal, against each rival in each comparison."""

import dataclasses
from typing import Dict, List, NamedTuple, Optional, Tuple

from eigenrnn.inference import equivalence, hypotheses, stratified
from eigenrnn.inference.equivalence import Judgement
from eigenrnn.inference.stratified import Estimate, Stratum
from eigenrnn.results import Broken

from .places import Place, place_of
from .plan import TRIVIAL, Cells, Plan
from .values import Values

NOTHING_TO_COMPARE = "nothing to compare"  # no place says anything


@dataclasses.dataclass
class Solved:
    """Runs that solve their task, where results are all or nothing."""

    proposal: Tuple[int, int]  # so many of so many
    rival: Tuple[int, int]
    p: float  # by exchanging labels within places; of one place it is Fisher's exact test


@dataclasses.dataclass
class Look:
    """A place alone: a second look, corrected over the places of the verdict, which claims nothing."""

    place: Place
    estimate: Estimate
    p: float
    p_holm: float
    judgement: Judgement
    solved: Optional[Solved]


@dataclasses.dataclass
class Verdict:
    """The primary test: one per comparison and rival, corrected over the rivals of its comparison."""

    rival: str
    looks: List[Look]
    silent: List[Place]
    estimate: Optional[Estimate]  # in smallest differences that matter; None: nothing to compare
    p: Optional[float]
    p_holm: Optional[float]
    judgement: Optional[Judgement]
    solved: Optional[Solved]

    @property
    def outcome(self) -> str:
        return self.judgement.outcome if self.judgement else NOTHING_TO_COMPARE

    @property
    def missing(self) -> int:
        return sum(look.place.missing for look in self.looks)


@dataclasses.dataclass
class Answer:
    comparison: str
    experiments: List[str]
    absent: List[str]  # without results so far
    verdicts: List[Verdict]

    @property
    def has_results(self) -> bool:
        return len(self.absent) < len(self.experiments)


def _solved(places: List[Place]) -> Optional[Solved]:
    strata, counts = [], [[0, 0], [0, 0]]
    for place in places:
        pair = [place.solved(runs) for runs in (place.proposals, place.rivals)]
        if not all(pair):
            continue
        strata.append(Stratum(*(tuple(map(float, solved)) for solved in pair), 1.0))
        for count, solved in zip(counts, pair):
            count[0] += sum(solved)
            count[1] += len(solved)
    if not strata:
        return None
    alone = len(strata) == 1
    p = hypotheses.shares_p(*counts[0], *counts[1]) if alone else stratified.permutation_p(strata)
    return Solved(tuple(counts[0]), tuple(counts[1]), p)


class Group(NamedTuple):
    """Places taken together."""

    places: List[Place]
    estimate: Estimate
    p: float
    p_holm: float
    judgement: Judgement


def second_looks(groups: List[List[Place]], plan: Plan) -> List[Group]:
    """Each tested alone, and corrected by Holm's method over all of them."""
    strata = [[place.stratum for place in places] for places in groups]
    estimates = [stratified.estimate(group) for group in strata]
    ps = [stratified.permutation_p(group) for group in strata]
    return [
        Group(places, estimate, p, p_holm, _judge(places, estimate, p_holm, plan, len(ps)))
        for places, estimate, p, p_holm in zip(groups, estimates, ps, hypotheses.holm(ps))
    ]


def _looks(places: List[Place], plan: Plan) -> List[Look]:
    return [
        Look(place, group.estimate, group.p, group.p_holm, group.judgement, _solved([place]))
        for place, group in zip(places, second_looks([[place] for place in places], plan))
    ]


def _judge(places: List[Place], estimate: Estimate, p_holm: float, plan: Plan, tests: int) -> Judgement:
    smallest = stratified.smallest_p([place.stratum for place in places])
    return equivalence.judge(
        estimate, p_holm, alpha=plan.alpha, power=plan.power, tests=tests, smallest_p=smallest
    )


class _Part(NamedTuple):
    """An experiment's part in a comparison."""

    values: Values
    cells: List[str]

    @property
    def has_results(self) -> bool:
        return any(self.values.started(cell) for cell in self.cells)

    def places(self, plan: Plan, rival: str) -> List[Place]:
        conditions = self.values.experiment.grid.conditions
        found = [
            place_of(self.values, plan, cell, condition, rival) for cell in self.cells for condition in conditions
        ]
        return [place for place in found if place]


def _part(values: Values, cells: Cells) -> _Part:
    """Of those cells that the experiment has."""
    known = [cell.name for cell in values.experiment.grid.cells]
    return _Part(values, [cell for cell in known if cells is None or cell in cells])


def _verdict(rival: str, found: List[Place], plan: Plan) -> Verdict:
    """Not corrected and not judged yet."""
    telling = [place for place in found if not place.silent]
    silent = [place for place in found if place.silent]
    if not telling:
        return Verdict(rival, [], silent, None, None, None, None, None)
    strata = [place.stratum for place in telling]
    estimate, p = stratified.estimate(strata), stratified.permutation_p(strata)
    return Verdict(rival, _looks(telling, plan), silent, estimate, p, None, None, _solved(telling))


def _check(values: Values, plan: Plan) -> None:
    """Throws Broken."""
    name = values.experiment.grid.experiment
    measure = plan.experiments[name]
    if measure.chance == TRIVIAL and values.trivial is None:
        raise Broken(
            f"the plan's experiments/{name}/chance is {TRIVIAL!r}, and the results declare no such predictor "
            f"for {measure.metric!r}; it must be none"
        )


def answer(comparison: str, plan: Plan, by_experiment: Dict[str, Values]) -> Answer:
    """Of each rival that the comparison has a row of, in a cell where the plan compares it. `by_experiment`: values of
    the plan's metric. Throws Broken where results and plan disagree.
    """
    asked = plan.comparisons[comparison]
    parts = {name: _part(by_experiment[name], cells) for name, cells in asked.items() if name in by_experiment}
    for part in parts.values():
        _check(part.values, plan)
    places = {rival: [place for part in parts.values() for place in part.places(plan, rival)] for rival in plan.rivals}
    verdicts = [_verdict(rival, found, plan) for rival, found in places.items() if found or not parts]
    tested = [verdict for verdict in verdicts if verdict.p is not None]
    for verdict, p_holm in zip(tested, hypotheses.holm([verdict.p for verdict in tested])):
        verdict.p_holm = p_holm
        verdict.judgement = _judge([look.place for look in verdict.looks], verdict.estimate, p_holm, plan, len(tested))
    absent = [name for name in asked if name not in parts or not parts[name].has_results]
    return Answer(comparison, list(asked), absent, verdicts)
