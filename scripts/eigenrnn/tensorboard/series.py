"""What is shown of a run, as numbers by tag and epoch. Epoch 0 is the network as it was initialized."""

import datetime
import math
from typing import Any, Dict, Iterator, List, NamedTuple

from eigenrnn.results import OVERFLOW

from .runs import Run

_LARGEST = 3.4028234e38  # that TensorBoard can hold: a float
_FACTS = ("best_epoch", "epochs_to_threshold")  # among the metrics on test, but about training


class Scalar(NamedTuple):
    epoch: int
    tag: str
    value: float


class Moduli(NamedTuple):
    epoch: int
    tag: str
    values: List[float]


def _number(value: Any) -> float:
    """NaN for what was not finite and is not known any further."""
    if value is None:
        return math.nan
    if value == OVERFLOW or abs(value) > _LARGEST:
        return math.inf
    return float(value)


def _learning_rate(training: Dict[str, Any], epoch: int) -> float:
    """At the epoch's first step, by the formula of the training."""
    return training["learning_rate"] * (1 + math.cos(math.pi * (epoch - 1) / training["epochs"])) / 2


def _curves(run: Run) -> Iterator[Scalar]:
    training = run.result["spec"]["training"]
    for record in run.result["epochs"]:
        epoch = record["epoch"]
        for curve in run.experiment.grid.curves:
            yield Scalar(epoch, f"train/{curve.name.removeprefix('train_')}", _number(record[curve.name]))
        if training.get("schedule") == "cosine":
            yield Scalar(epoch, "train/learning_rate", _learning_rate(training, epoch))
        for name, value in record["validation"].items():
            yield Scalar(epoch, f"validation/{name}", _number(value))


def test_tags(run: Run) -> List[str]:
    """Of the metrics on test, which stand at the best epoch."""
    return [f"test/{name}" for name in run.result["metrics"] or {} if name not in _FACTS]


def _test(run: Run) -> Iterator[Scalar]:
    metrics = run.result["metrics"] or {}
    epoch = metrics.get("best_epoch") or 0
    for name, value in metrics.items():
        if value is not None:  # there is no such number
            yield Scalar(epoch, f"{'train' if name in _FACTS else 'test'}/{name}", _number(value))


def _spectra(run: Run) -> Dict[int, List[Dict[str, Any]]]:
    """Blocks by epoch, those with eigenvalues where there are both."""
    result, last = run.result, len(run.result["epochs"])
    spectra, best = result["spectra"], (result["metrics"] or {}).get("best_epoch")
    known = {record["epoch"]: record["blocks"] for record in spectra.get("epochs", [])}
    if spectra.get("best") and best:
        known[best] = spectra["best"]
    # A run that diverged ended in the epoch after the last whole one.
    ended = last + 1 if result["status"] == "diverged" else last
    if spectra["end"]:
        known[ended] = spectra["end"]
    known[0] = spectra["start"]
    return dict(sorted(known.items()))


def _block_tag(block: Dict[str, Any]) -> str:
    return f"{block['layer'].removeprefix('recurrent.')}.{block['gate']}"


def scalars(run: Run) -> List[Scalar]:
    radii = [
        Scalar(epoch, f"spectral_radius/{_block_tag(block)}", _number(block["spectral_radius"]))
        for epoch, blocks in _spectra(run).items()
        for block in blocks
    ]
    return [*_curves(run), *_test(run), *radii]


def moduli(run: Run) -> List[Moduli]:
    """Of the eigenvalues of each recurrent block, where all of them were recorded."""
    return [
        Moduli(epoch, f"moduli/{_block_tag(block)}", [math.hypot(*value) for value in block["eigenvalues"]])
        for epoch, blocks in _spectra(run).items()
        for block in blocks
        if block.get("eigenvalues")
    ]


def settings(run: Run) -> Dict[str, Any]:
    """Without the seed, so that TensorBoard averages over seeds."""
    return {
        "experiment": run.experiment.grid.experiment,
        "condition": run.condition,
        "cell": run.cell,
        "initializer": run.row,
        "learning_rate": run.result["spec"]["training"]["learning_rate"],
    }


def times(run: Run) -> Dict[int, float]:
    """Seconds since 1970 at which each epoch ended; 0 is the start."""
    started = datetime.datetime.fromisoformat(run.result["timing"]["started"].replace("Z", "+00:00"))
    ended = {0: started.timestamp()}
    for record in run.result["epochs"]:
        ended[record["epoch"]] = ended[record["epoch"] - 1] + record["seconds"]
    return ended


def account(run: Run) -> str:
    """What became of the run, in Markdown."""
    result = run.result
    lines = [f"run `{result['key']}`: {result['status']}"]
    if result["divergence"]:
        lines.append(f"epoch {result['divergence']['epoch']}: {result['divergence']['reason']}")
    if result["failure"]:
        lines.append(result["failure"]["reason"])
    return "\n\n".join(lines)
