"""What the networks of the experiments dynamics_* and their analyses say."""

import math
from typing import Any, Callable, Dict, List, Optional, Sequence

from eigenrnn.figures import comparison, numbers
from eigenrnn.figures.study import CLASSIFICATION, MOMENTS, REGRESSION, Run, Study
from eigenrnn.inference import hypotheses, student
from eigenrnn.inference.means import mean
from eigenrnn.text import number

from .parts import NOTHING, short, signed, table

SAME_INPUTS = ("adding", "adding_threshold")  # tasks: regression, classification
_SCALES = (0.01, 0.1, 1.0)  # of the input; 1 is the task's own
_LAGS = (0, 10)
_HALF = 0.5  # of the state's norm
_LEVEL = 0.05


def _median(values: Sequence[Optional[float]], digits: int) -> str:
    known = [math.inf if value is None else value for value in values]
    return short(numbers.median(known), digits) if known else NOTHING


def _percent(values: Sequence[float]) -> str:
    return f"{100 * mean(list(values)):.0f} %" if values else NOTHING


def _vanilla(study: Study) -> List[str]:
    """Cells that have the linear model: those whose analyses have one."""
    having = {run.cell for run in study.runs for a in run.analyses.values() if a.get("linearity")}
    return [cell for cell in study.cells if cell in having]


def _linear_errors(runs: List[Run], moment: str, scale: float, field: str) -> List[Optional[float]]:
    found = []
    for run in runs:
        for entry in (run.analyses.get(moment) or {}).get("linearity") or []:
            if entry["scale"] == scale:
                found.append(entry[field])
    return found


def linear_model(study: Study) -> List[str]:
    scales = [f"{scale:g}×" for scale in _SCALES]
    before, after = ([f"{word}, {scale}" for scale in scales] for word in ("error before", "after"))
    rows = [["cell", "task", *before, *after, "saturated after"]]
    own: List[Optional[float]] = []
    for cell in _vanilla(study):
        for task in study.tasks():
            runs = study.select(cell=cell, task=task)
            row = [study.cells[cell], task.label]
            for moment in MOMENTS:
                row += [_median(_linear_errors(runs, moment, scale, "relative_error"), 2) for scale in _SCALES]
            own += _linear_errors(runs, "best", 1.0, "relative_error")
            saturated = [v for v in _linear_errors(runs, "best", 1.0, "saturated") if v is not None]
            rows.append([*row, _percent(saturated)])
    off = sum(value is None or value > _HALF for value in own)
    return [
        f"At the tasks' own inputs the linear model is off by more than half of the state in {off} of {len(own)} "
        "trained networks.",
        table(rows),
    ]


def _memory(run: Run, moment: str) -> Dict[str, Any]:
    return (run.analyses.get(moment) or {}).get("memory") or {}


def _capacity(run: Run, moment: str) -> Optional[float]:
    return (_memory(run, moment).get("network") or {}).get("capacity")


def _linear_capacity(run: Run, moment: str) -> Optional[float]:
    return (_memory(run, moment).get("linear") or {}).get("capacity")


def _readout(lag: int) -> Callable[[Run, str], Optional[float]]:
    def read(run: Run, moment: str) -> Optional[float]:
        readouts = (run.analyses.get(moment) or {}).get("separability") or {}
        for entry in readouts.get("input") or []:
            if entry["lag"] == lag:
                return entry.get("r2")
        return None

    return read


def what_is_kept(study: Study) -> List[str]:
    columns = {
        "memory before": (_capacity, "start"),
        "linear model's": (_linear_capacity, "start"),
        "memory after": (_capacity, "best"),
    }
    for lag in _LAGS:
        for moment, word in (("start", "before"), ("best", "after")):
            columns[f"input {lag} steps ago, {word}"] = (_readout(lag), moment)
    rows = [["cell", "initializer", *columns]]
    for cell in study.cells:
        for name in study.initializers:
            runs = study.select(cell=cell, initializer=name)
            found = [[read(run, moment) for run in runs] for read, moment in columns.values()]
            digits = [2 if "input" in column else 1 for column in columns]
            texts = [_median(numbers.finite(values), n) for values, n in zip(found, digits)]
            rows.append([study.cells[cell], name, *texts])
    return [table(rows)]


def _differences(study: Study, cell: str, measure: str, moment: str) -> List[float]:
    """Classification minus regression on the same inputs, a pair for each initializer and seed."""
    found: List[Dict[Any, float]] = []
    for name in SAME_INPUTS:
        values = {}
        for run in (run for run in study.select(cell=cell) if run.task.name == name):
            gates = comparison.measures_of(run, moment)
            gate = gates.get(comparison.ALL_GATES) or (next(iter(gates.values())) if gates else None)
            if gate and gate[measure] is not None:
                values[run.initializer, run.seed] = gate[measure]
        found.append(values)
    both = sorted(set(found[0]) & set(found[1]))
    return [found[1][place] - found[0][place] for place in both]


def regression_and_classification(study: Study) -> List[str]:
    places = [(cell, measure) for cell in study.cells for measure in comparison.MEASURES]
    differences = {place: _differences(study, *place, "best") for place in places}
    tested = [place for place in places if len(differences[place]) > 1]
    ps = hypotheses.holm([student.paired_p(differences[place]) for place in tested])
    corrected = dict(zip(tested, ps))
    rows = [["classification minus regression", *study.cells.values()]]
    for measure, (label, _) in comparison.MEASURES.items():
        texts = []
        for cell in study.cells:
            if (cell, measure) not in corrected:
                texts.append(NOTHING)
                continue
            values = differences[cell, measure]
            text = f"{signed(mean(values), 3)} ± {number(student.half_width(values), 3)}"
            texts.append(f"**{text}**" if corrected[cell, measure] <= _LEVEL else text)
        rows.append([label.replace("\n", " "), *texts])
    pairs = max((len(values) for values in differences.values()), default=0)
    told = sum(p <= _LEVEL for p in ps)
    return [
        f"Told from 0 after Holm's correction: {told} of {len(ps)} differences, each over up to {pairs} pairs.",
        table(rows),
        f"By what factor training makes the spectral radius grow, over all tasks: {_growths(study)}.",
    ]


def _growth(run: Run) -> List[float]:
    """Of the spectral radius of each gate."""
    before, after = (comparison.measures_of(run, moment) for moment in MOMENTS)
    gates = [gate for gate in before if gate in after and gate != comparison.ALL_GATES]
    sizes = [(before[gate]["spectral_radius"], after[gate]["spectral_radius"]) for gate in gates]
    return [end / start for start, end in sizes if start > 0.0]


def _growths(study: Study) -> str:
    """By kind of task, medians over networks and gates."""
    parts = []
    for kind in (REGRESSION, CLASSIFICATION):
        for task in (task for task in study.tasks() if task.kind == kind):
            growths = [growth for run in study.select(task=task) for growth in _growth(run)]
            if growths:
                parts.append(f"{task.label} {number(numbers.median(growths), 2)} ({kind})")
    return ", ".join(parts)


def _near_circle(eigenvalues: List[List[float]]) -> float:
    sizes = numbers.moduli(eigenvalues)
    return sum(0.9 <= size <= 1.1 for size in sizes) / len(sizes)


def spectra(study: Study) -> List[str]:
    names = ("within 0.9 to 1.1", "outside the circle", "mean phase, rad")
    rows = [["cell", "initializer", *(f"{name}: {word}" for name in names for word in ("before", "after"))]]
    for cell in study.cells:
        for name in study.initializers:
            runs = study.select(cell=cell, initializer=name)
            near, outside, phase = [], [], []
            for moment in MOMENTS:
                blocks = [b for run in runs for b in run.blocks(moment) if b["eigenvalues"]]
                found = [numbers.spectrum_measures(block) for block in blocks]
                near.append(_percent([_near_circle(block["eigenvalues"]) for block in blocks]))
                outside.append(_percent([measures["fraction_outside"] for measures in found]))
                phase.append(number(mean([measures["mean_phase"] for measures in found]), 2) if found else NOTHING)
            rows.append([study.cells[cell], name, *near, *outside, *phase])
    return [table(rows)]
