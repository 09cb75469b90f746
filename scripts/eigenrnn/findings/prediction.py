"""Does what a network is like before training tell how it ends?"""

import dataclasses
import math
from typing import Any, Callable, Dict, List, Optional, Tuple

from eigenrnn.figures import numbers
from eigenrnn.inference import hypotheses, rank_correlation
from eigenrnn.inference.means import mean
from eigenrnn.results import Experiment
from eigenrnn.statistics.places import CEILING, CHANCE
from eigenrnn.statistics.plan import TRIVIAL, Measure, Plan
from eigenrnn.statistics.sections import p_number
from eigenrnn.statistics.values import Values, read_values
from eigenrnn.text import number

from .parts import NOTHING, signed, table

SEEDS = (0, 1, 2)  # whose networks are analysed: what a network starts from depends little on its seed
Analyses = Dict[str, Dict[str, Any]]  # by key, before training


def _capacity(analysis: Dict[str, Any]) -> Optional[float]:
    return ((analysis.get("memory") or {}).get("network") or {}).get("capacity")


def _gradient(analysis: Dict[str, Any]) -> Optional[float]:
    """log10 of the norm over the longest lag that all sequences have."""
    gradients = analysis.get("gradients")
    if not gradients:
        return None
    norms = gradients["spectral"]
    whole = max(norms["sequences"])
    value = [v for v, count in zip(norms["median"], norms["sequences"]) if count == whole][-1]
    return -math.inf if value is None else value


def _lyapunov(analysis: Dict[str, Any]) -> Optional[float]:
    exponents = (analysis.get("lyapunov") or {}).get("exponents")
    if not exponents:
        return None
    return -math.inf if exponents[0] is None else exponents[0]


def _nearness(read: Callable[[Dict[str, Any]], Optional[float]]) -> Callable[[Dict[str, Any]], Optional[float]]:
    def near(analysis: Dict[str, Any]) -> Optional[float]:
        value = read(analysis)
        return None if value is None else -abs(value)

    return near


MEASURES: Dict[str, Callable[[Dict[str, Any]], Optional[float]]] = {
    "memory capacity": _capacity,
    "gradient's norm over the longest lag": _gradient,
    "its nearness to 1, −|log₁₀|": _nearness(_gradient),
    "largest Lyapunov exponent": _lyapunov,
    "its nearness to 0, −|λ₁|": _nearness(_lyapunov),
}


@dataclasses.dataclass(frozen=True)
class Place:
    """A cell in a condition of an experiment."""

    experiment: str
    cell: str
    condition: str
    values: Values
    measure: Measure

    def runs(self, row: str) -> List[Any]:
        return list(self.values.runs[self.cell, self.condition, row].values())

    def keys(self, row: str) -> List[str]:
        """Of the runs whose networks are analysed."""
        for entry in self.values.experiment.grid.entries:
            if (entry.cell, entry.condition, entry.row) == (self.cell, self.condition, row):
                return [key for seed, key in sorted(entry.keys.items()) if seed in SEEDS]
        return []

    def result(self, row: str) -> float:
        """The mean over all seeds; more is better."""
        found = [run.value for run in self.runs(row) if run.value is not None]
        value = mean(found) if found else -math.inf
        return value if self.values.table.higher_is_better or not found else -value

    def silent(self, rows: List[str]) -> Optional[str]:
        """Why it says nothing, from the pooled runs of all rows."""
        pooled = [run for row in rows for run in self.runs(row)]
        average = mean([run.value for run in pooled if run.value is not None])
        ceiling, higher = self.measure.ceiling, self.values.table.higher_is_better
        if ceiling is not None and (average >= ceiling if higher else average <= ceiling):
            return CEILING
        if self.measure.chance == TRIVIAL and not any(run.successful for run in pooled):
            return CHANCE
        return None


def rows_of(places: List[Place]) -> List[str]:
    """The rows that every place has."""
    rows = places[0].values.experiment.grid.rows if places else []
    return [row for row in rows if all((p.cell, p.condition, row) in p.values.runs for p in places)]


def places_of(experiments: List[Experiment], plan: Plan) -> List[Place]:
    """Where the plan's experiments have all their runs; of these, experiments with every row that any of them has."""
    asked = [experiment for experiment in experiments if experiment.grid.experiment in plan.experiments]
    every_row = {row for experiment in asked for row in experiment.grid.rows}
    found = []
    for experiment in asked:
        if set(experiment.grid.rows) != every_row:
            continue
        measure = plan.experiments[experiment.grid.experiment]
        tables = [table for table in experiment.grid.tables if table.metric == measure.metric]
        if not tables:
            continue
        values = read_values(experiment, tables[0])
        names = [cell.name for cell in experiment.grid.cells]
        for cell in names:
            for condition in experiment.grid.conditions:
                runs = [r for place, by_seed in values.runs.items() if place[:2] == (cell, condition)
                        for r in by_seed.values()]  # fmt: skip
                if runs and all(run.status not in ("missing", "failed") for run in runs):
                    found.append(Place(experiment.grid.experiment, cell, condition, values, measure))
    return found


def telling(places: List[Place]) -> List[Place]:
    rows = rows_of(places)
    return [place for place in places if place.silent(rows) is None]


def keys_needed(places: List[Place]) -> List[str]:
    """Of the networks whose analyses before training are read."""
    told = telling(places)
    return sorted({key for place in told for row in rows_of(places) for key in place.keys(row)})


def _measured(place: Place, row: str, read: Callable[[Any], Optional[float]], analyses: Analyses) -> Optional[float]:
    found = [read(analyses[key]) for key in place.keys(row) if key in analyses]
    known = [value for value in found if value is not None]
    return numbers.median(known) if known else None


def _association(
    places: List[Place], rows: List[str], read: Callable[[Any], Optional[float]], analyses: Analyses
) -> Tuple[int, Optional[rank_correlation.Association]]:
    usable = []
    for place in places:
        measures = [_measured(place, row, read, analyses) for row in rows]
        if None not in measures:
            usable.append(rank_correlation.Place(tuple(measures), tuple(place.result(row) for row in rows)))
    return len(usable), rank_correlation.association(usable) if usable and len(rows) > 2 else None


def from_the_start(experiments: List[Experiment], plan: Plan, analyses: Analyses) -> List[str]:
    every = places_of(experiments, plan)
    rows, places = rows_of(every), telling(every)
    made = {name: _association(places, rows, read, analyses) for name, read in MEASURES.items()}
    known = {name: found for name, (_, found) in made.items() if found is not None}
    corrected = dict(zip(known, hypotheses.holm([found.p for found in known.values()])))
    lines = [["measure before training", "correlation with the result", "95 % interval", "p (Holm)", "places"]]
    for name, (count, found) in made.items():
        if found is None:
            lines.append([name, *[NOTHING] * 3, "0"])
            continue
        interval = f"{signed(found.interval.low, 2)} to {signed(found.interval.high, 2)}"
        lines.append([name, signed(found.correlation, 2), interval, p_number(corrected[name]), str(count)])
    told = [name for name, p in corrected.items() if p <= plan.alpha]
    names = ", ".join(dict.fromkeys(place.experiment for place in places)) or "no experiment"
    return [
        f"Told from no association: {', '.join(told) or 'none of the measures'}. {len(rows)} initializers in "
        f"{len(places)} places that tell something ({names}); {len(every) - len(places)} others are at the ceiling or "
        "at chance.",
        table(lines),
        _by_row(places, rows, analyses),
    ]


def _by_row(places: List[Place], rows: List[str], analyses: Analyses) -> str:
    """Medians over places, for the eye."""
    lines = [["initializer", *MEASURES, "mean rank of the result (1 is best)"]]
    for row in rows:
        texts = []
        for read in MEASURES.values():
            found = [_measured(place, row, read, analyses) for place in places]
            known = [value for value in found if value is not None]
            texts.append(number(numbers.median(known), 2).replace("-", "−") if known else NOTHING)
        ranks = []
        for place in places:
            mine, results = place.result(row), [place.result(other) for other in rows]
            ranks.append(1 + sum(r > mine for r in results) + 0.5 * (sum(r == mine for r in results) - 1))
        lines.append([row, *texts, number(mean(ranks), 2) if ranks else NOTHING])
    return table(lines)
