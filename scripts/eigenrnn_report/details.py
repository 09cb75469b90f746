"""What the page loads on demand: learning curves per experiment, and runs per cell and condition."""

import json
import shlex
from typing import Any, Dict, List, Optional

from eigenrnn_tables.results import Experiment

from .overview import chunk_name


def short(value: Optional[float], digits: int) -> Optional[float]:
    return None if value is None else float(f"{value:.{digits}g}")


def curves(experiment: Experiment) -> Dict[str, Dict[str, List[Optional[float]]]]:
    """Per key and quantity a number per epoch."""
    series: Dict[str, Dict[str, List[Optional[float]]]] = {}
    for key, result in sorted(experiment.results.items()):
        epochs = result["epochs"]
        names = list(epochs[0]["validation"]) if epochs else []
        mine = {f"validation {n}": [short(e["validation"].get(n), 4) for e in epochs] for n in names}
        mine["training loss"] = [short(e["train_loss"], 4) for e in epochs]
        mine["gradient norm"] = [short(e["gradient_norm"], 4) for e in epochs]
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


def rerun_command(experiment: Experiment, result: Dict[str, Any]) -> str:
    spec = result["spec"]
    only = (
        f"init={spec['initializer']['label']},cell={spec['cell']},"
        f"condition={spec['condition']},seed={spec['seed']}"
    )
    return f"{experiment.grid.command} --only {shlex.quote(only)} --force"


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


def _run(experiment: Experiment, result: Dict[str, Any], shared: _Interned) -> Dict[str, Any]:
    spec = {name: shared.index(part) for name, part in result["spec"].items()}
    blocks = [[block["layer"], block["gate"]] for block in result["spectra"]["start"]]
    return {
        "spec": spec,
        "provenance": shared.index(result["provenance"]),
        "command": rerun_command(experiment, result),
        "status": result["status"],
        "metrics": result["metrics"],
        "divergence": result["divergence"],
        "failure": result["failure"],
        "samples": result.get("samples"),
        "timing": result["timing"],
        "blocks": shared.index(blocks),
        "spectra": _spectra(result),
    }


def run_chunks(experiment: Experiment) -> Dict[str, Any]:
    """By the chunk's name: the runs that have ended, by key, and what they share."""
    chunks: Dict[str, Any] = {}
    for entry in experiment.grid.entries:
        name = chunk_name(experiment, entry.cell, entry.condition)
        shared, runs = chunks.setdefault(name, (_Interned(), {}))
        for _, key in sorted(entry.keys.items()):
            result = experiment.results.get(key)
            if result is not None:
                runs[key] = _run(experiment, result, shared)
    return {
        name: {"shared": shared.values, "runs": runs} for name, (shared, runs) in chunks.items()
    }
