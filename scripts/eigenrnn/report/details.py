"""What the page loads on demand: learning curves per experiment, and runs per cell and condition."""

import json
import pathlib
from typing import Any, Dict, List, Optional

from eigenrnn.command import shown
from eigenrnn.results import OVERFLOW, Experiment, GridEntry
from eigenrnn.text import duration

from .overview import chunk_name


def short(value: Any, digits: int) -> Optional[float]:
    """A gap in a curve where the value is no number, or overflowed."""
    return None if value in (None, OVERFLOW) else float(f"{value:.{digits}g}")


def curves(experiment: Experiment) -> Dict[str, Dict[str, List[Optional[float]]]]:
    """Per key and quantity a number per epoch."""
    series: Dict[str, Dict[str, List[Optional[float]]]] = {}
    for key, result in sorted(experiment.results.items()):
        epochs = result["epochs"]
        names = list(epochs[0]["validation"]) if epochs else []
        mine = {f"validation {n}": [short(e["validation"].get(n), 4) for e in epochs] for n in names}
        for curve in experiment.grid.curves:
            mine[curve.label] = [short(e[curve.name], 4) for e in epochs]
        series[key] = mine
    return series


def _points(eigenvalues: Optional[List[List[float]]]) -> Optional[List[float]]:
    """Real and imaginary parts in turn."""
    if eigenvalues is None:
        return None
    return [round(part, 3) + 0.0 for eigenvalue in eigenvalues for part in eigenvalue]


def _block(block: Dict[str, Any]) -> Dict[str, Any]:
    facts = ("spectral_radius", "fraction_outside", "relative_departure")
    packed = {name: short(block.get(name), 4) for name in facts}
    packed["points"] = _points(block.get("eigenvalues"))
    if packed["points"] is None:
        packed["quantiles"] = [short(q, 4) for q in block["modulus_quantiles"]]
    return packed


def _spectra(result: Dict[str, Any]) -> List[Dict[str, Any]]:
    """The blocks as initialized (epoch 0) and after each epoch; the last has all eigenvalues."""
    spectra = result["spectra"]
    states = [{"epoch": 0, "blocks": spectra["start"]}, *spectra.get("epochs", [])]
    last = len(result["epochs"])
    if states[-1]["epoch"] == last and last and "eigenvalues" not in states[-1]["blocks"][0]:
        states.pop()
    if states[-1]["epoch"] != last or last == 0:
        states.append({"epoch": max(last, 1), "blocks": spectra["end"]})
    return [
        {"epoch": state["epoch"], "blocks": [_block(block) for block in state["blocks"]]}
        for state in states
        if state["blocks"]
    ]


def rerun_command(
    experiment: Experiment, place: GridEntry, seed: int, result: Dict[str, Any], results: pathlib.Path
) -> str:
    """With the row's label of today: the run may have been made under an older one."""
    only = f"init={place.row},cell={place.cell},condition={place.condition},seed={seed}"
    words = ["--only", only, "--kernel", result["spec"]["model"]["kernel"], "--force"]
    if "--results" not in experiment.grid.command and results != pathlib.Path("results"):
        words = ["--results", results, *words]
    return f"{experiment.grid.command} {shown(*words)}"


class _Interned:
    """Values that many runs share are written once."""

    def __init__(self) -> None:
        self.values: List[Any] = []
        self._index: Dict[str, int] = {}

    def index(self, value: Any) -> int:
        text = json.dumps(value, sort_keys=True)
        if text not in self._index:
            self._index[text] = len(self.values)
            self.values.append(value)
        return self._index[text]


def _run(result: Dict[str, Any], command: str, shared: _Interned) -> Dict[str, Any]:
    spec = {name: shared.index(part) for name, part in result["spec"].items()}
    blocks = [[block["layer"], block["gate"]] for block in result["spectra"]["start"]]
    return {
        "spec": spec,
        "provenance": shared.index(result["provenance"]),
        "command": command,
        "status": result["status"],
        "metrics": result["metrics"],
        "divergence": result["divergence"],
        "failure": result["failure"],
        "samples": result.get("samples"),
        "started": result["timing"]["started"],
        "duration": duration(result["timing"]["seconds"]),
        "blocks": shared.index(blocks),
        "spectra": _spectra(result),
    }


def run_chunks(experiment: Experiment, results: pathlib.Path) -> Dict[str, Any]:
    """By the chunk's name: the runs that have ended, by key, and what they share. `results` is the
    folder of all profiles."""
    chunks: Dict[str, Any] = {}
    for entry in experiment.grid.entries:
        name = chunk_name(experiment, entry.cell, entry.condition)
        shared, runs = chunks.setdefault(name, (_Interned(), {}))
        for seed, key in sorted(entry.keys.items()):
            result = experiment.results.get(key)
            if result is not None:
                command = rerun_command(experiment, entry, seed, result, results)
                runs[key] = _run(result, command, shared)
    return {
        name: {"shared": shared.values, "runs": runs} for name, (shared, runs) in chunks.items()
    }
