"""Does the grid support what the abstract claims? One verdict per claim, experiment and cell."""

import dataclasses
from typing import Dict, List

from . import comparisons, rules
from .comparisons import BETTER, UNDECIDABLE, WORSE, Comparison
from .values import Values

SUPPORTED, NOT_SUPPORTED, UNDECIDED = "supported", "not supported", "undecided"


@dataclasses.dataclass
class Verdict:
    claim: rules.Claim
    values: Values
    cell: str
    verdict: str
    rivals: List[Comparison]
    absent: List[str]  # rivals that the experiment does not have

    @property
    def counts(self) -> bool:
        """Is the task one of the abstract's, and are all rivals there?"""
        return self.values.task in rules.ABSTRACT_TASKS and not self.absent


def _no_benefit_seen(comparison: Comparison) -> bool:
    """Enough seeds, and not even the uncorrected interval lies on the proposal's side."""
    interval = comparison.interval
    return comparison.decidable and (interval is None or interval.low <= 0.0)


def judge(rivals: List[Comparison]) -> str:
    """Supported: better than every rival. Not supported: worse than one, or there were seeds
    enough and no benefit was seen against one. Undecided: everything else.
    """
    if any(c.outcome == WORSE or _no_benefit_seen(c) for c in rivals):
        return NOT_SUPPORTED
    if rivals and all(c.outcome == BETTER for c in rivals):
        return SUPPORTED
    return UNDECIDED


def claim_verdicts(values: Values) -> List[Verdict]:
    """One per claim and cell, corrected over all of them; none if there is no such row."""
    verdicts = []
    for cell in [cell.name for cell in values.experiment.grid.cells]:
        if rules.PROPOSAL not in values.rows(cell):
            continue
        for claim in rules.CLAIMS:
            there = [rival for rival in claim.rivals if rival in values.rows(cell)]
            if not there:
                continue
            made = [comparisons.compare(values, cell, rules.PROPOSAL, r) for r in there]
            absent = [rival for rival in claim.rivals if rival not in there]
            rivals = [comparison for comparison in made if comparison]
            verdicts.append(Verdict(claim, values, cell, UNDECIDED, rivals, absent))
    comparisons.correct([c for verdict in verdicts for c in verdict.rivals])
    for verdict in verdicts:
        verdict.verdict = judge(verdict.rivals)
        if verdict.absent and verdict.verdict == SUPPORTED:
            verdict.verdict = UNDECIDED  # of the others nothing is known
    return verdicts


def cannot_be_decided(verdict: Verdict) -> bool:
    return all(c.outcome == UNDECIDABLE for c in verdict.rivals)


@dataclasses.dataclass
class Overall:
    """A claim over the abstract's tasks."""

    claim: rules.Claim
    verdict: str
    counts: Dict[str, int]  # verdict → cells of experiments
    tasks: List[str]  # that have results
    supported_tasks: List[str]  # in which it is supported for some cell


def overall_verdict(claim: rules.Claim, verdicts: List[Verdict]) -> Overall:
    """A claim for all tasks is supported if it is in every task and cell, and not supported if it
    is not in one. A claim for several tasks is supported if so many have a cell that supports it,
    and not supported if the undecided cells could not bring it there.
    """
    mine = [v for v in verdicts if v.claim.name == claim.name and v.counts]
    counts = dict.fromkeys((SUPPORTED, NOT_SUPPORTED, UNDECIDED), 0)
    by_task: Dict[str, List[str]] = {task: [] for task in rules.ABSTRACT_TASKS}
    for verdict in mine:
        counts[verdict.verdict] += 1
        by_task[verdict.values.task].append(verdict.verdict)
    supported = [task for task, kinds in by_task.items() if SUPPORTED in kinds]
    # A task that has no results yet is open, too.
    still_open = [task for task, kinds in by_task.items() if not kinds or UNDECIDED in kinds]
    if claim.tasks is None:
        complete = all(by_task.values()) and counts[SUPPORTED] == len(mine)
        verdict = NOT_SUPPORTED if counts[NOT_SUPPORTED] else UNDECIDED
        verdict = SUPPORTED if complete else verdict
    elif len(supported) >= claim.tasks:
        verdict = SUPPORTED
    else:
        possible = set(supported) | set(still_open)
        verdict = NOT_SUPPORTED if len(possible) < claim.tasks else UNDECIDED
    return Overall(claim, verdict, counts, [t for t, kinds in by_task.items() if kinds], supported)
