"""Reads the results of the experiments on dynamics and their analyses; names what is missing."""

import dataclasses
import pathlib
from typing import Any, Dict, List, Tuple

from eigenrnn.command import shown
from eigenrnn.results import (
    UNUSABLE,
    Broken,
    Experiment,
    Grid,
    TaskSpec,
    analyses,
    read_experiment,
    validation_value,
)

# In the order shown.
EXPERIMENTS = (
    "dynamics_adding",
    "dynamics_mackey_glass",
    "dynamics_tomita",
    "dynamics_pixel_mnist",
    "dynamics_adding_threshold",
)
MOMENTS = {"start": "before training", "best": "after training"}  # the analyses of a run
REGRESSION, CLASSIFICATION = "regression", "classification"

# What an analysis holds that no figure shows, and that would take memory.
_UNUSED = ("spectra", "jacobians", "seconds")


@dataclasses.dataclass
class Run:
    """A finished run of the grid."""

    task: TaskSpec
    condition: str
    cell: str
    initializer: str
    seed: int
    key: str
    result: Dict[str, Any]
    score: float  # on validation at the best epoch, in the table's first metric; more is better
    analyses: Dict[str, Dict[str, Any]] = dataclasses.field(default_factory=dict)  # by moment

    def blocks(self, moment: str) -> List[Dict[str, Any]]:
        """The recurrent blocks' spectra as initialized, or after the best validation epoch."""
        spectra = self.result["spectra"]
        if moment == "start":
            return spectra["start"]
        return spectra.get("best") or spectra["end"]


@dataclasses.dataclass
class Study:
    """All that the figures are drawn from."""

    profile: pathlib.Path
    cells: Dict[str, str] = dataclasses.field(default_factory=dict)  # label by name
    # Every cell's recurrent blocks, in the order shown, with what they are called.
    gates: Dict[str, Dict[str, str]] = dataclasses.field(default_factory=dict)
    initializers: List[str] = dataclasses.field(default_factory=list)
    runs: List[Run] = dataclasses.field(default_factory=list)
    problems: List[str] = dataclasses.field(default_factory=list)
    absent: List[str] = dataclasses.field(default_factory=list)  # experiments without a table

    def select(self, **wanted: Any) -> List[Run]:
        """The runs with these values of their fields."""
        return [r for r in self.runs if all(getattr(r, k) == v for k, v in wanted.items())]

    def blocks(self) -> List[Tuple[str, str]]:
        """Cell and gate of every recurrent block, in the order shown."""
        return [(cell, gate) for cell, gates in self.gates.items() for gate in gates]

    def tasks(self) -> List[TaskSpec]:
        """Those that there are runs of, in the order shown."""
        return list(dict.fromkeys(run.task for run in self.runs))


def run_command(profile: pathlib.Path, experiment: str) -> str:
    manifest = f"experiments/{experiment}.yaml"
    where = ["--profile", profile.name, "--results", profile.parent]
    return shown("build/eigenrnn", "run", manifest, *where)


def analyze_command(profile: pathlib.Path) -> str:
    return shown("build/eigenrnn", "analyze", profile) + "/dynamics_*"


def _score(result: Dict[str, Any], grid: Grid) -> float:
    table = grid.tables[0]
    value = validation_value(result, table.metric)
    if value is None:
        return float("-inf")
    return value if table.higher_is_better else -value


def _runs_of(experiment: Experiment) -> List[Run]:
    """Throws Broken."""
    task = experiment.grid.task
    if task is None:
        raise Broken(
            "lacks task, as an older program wrote it; "
            f"write it again with: {experiment.grid.command}"
        )
    runs = []
    for entry in experiment.grid.entries:
        for seed, key in sorted(entry.keys.items()):
            result = experiment.results.get(key)
            if result and result["status"] == "finished":
                score = _score(result, experiment.grid)
                place = (task, entry.condition, entry.cell, entry.row, seed, key)
                runs.append(Run(*place, result=result, score=score))
    return runs


def _note_unfinished(study: Study, experiment: Experiment) -> None:
    expected = {key for entry in experiment.grid.entries for key in entry.keys.values()}
    absent = len(expected) - len(experiment.results)
    if absent:
        command = run_command(study.profile, experiment.grid.experiment)
        study.problems.append(
            f"{experiment.grid.experiment}: {absent} of {len(expected)} results are missing; "
            f"make them with: {command}"
        )


def _read_experiment(study: Study, name: str) -> None:
    folder = study.profile / name
    if not (folder / "table.json").exists():
        study.absent.append(name)
        command = run_command(study.profile, name)
        study.problems.append(f"{name}: no results; make them with: {command}")
        return
    try:
        experiment = read_experiment(folder)
        runs = _runs_of(experiment)
    except Broken as error:
        study.problems.append(f"{folder / 'table.json'}: {error}")
        return
    except UNUSABLE as error:
        study.problems.append(f"{folder}: a result cannot be used: {error!r}")
        return
    study.problems += experiment.problems
    _note_unfinished(study, experiment)
    for cell in experiment.grid.cells:
        study.cells.setdefault(cell.name, cell.label)
        study.gates.setdefault(cell.name, cell.gates)
    for row in experiment.grid.rows:
        if row not in study.initializers:
            study.initializers.append(row)
    study.runs += runs


def _read_analyses(study: Study) -> None:
    found, problems = analyses.read(study.profile, {run.key for run in study.runs})
    again = analyze_command(study.profile)
    study.problems += [f"{problem}; make it again with: {again}" for problem in problems]
    absent = 0
    for run in study.runs:
        for moment in MOMENTS:
            analysis = found.get((run.key, moment))
            if analysis is None:
                absent += 1
            else:
                run.analyses[moment] = {k: v for k, v in analysis.items() if k not in _UNUSED}
    if absent:
        study.problems.append(
            f"{absent} of {len(study.runs) * len(MOMENTS)} analyses are missing; make them with: {again}"
        )


def read_study(profile: pathlib.Path, with_analyses: bool = True) -> Study:
    """What there is in results/<profile>; what is missing or broken is in `problems`."""
    study = Study(profile)
    for name in EXPERIMENTS:
        _read_experiment(study, name)
    if with_analyses:
        _read_analyses(study)
    return study
