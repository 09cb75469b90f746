"""Small results folders for the tests of the table scripts. The numbers are made up."""

import copy
import hashlib
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest
from typing import Any, Dict, List, Optional

ROOT = pathlib.Path(__file__).resolve().parent.parent
SCRIPTS = ROOT / "scripts"
sys.path.insert(0, str(SCRIPTS))

from eigenrnn.results import read_experiment
from eigenrnn.tables import markdown
from eigenrnn.tables.layout import make_document

ACCURACY = {
    "metric": "accuracy",
    "label": "test accuracy, %",
    "higher_is_better": True,
    "scale": 100,
    "digits": 1,
}
EPOCHS = {
    "metric": "epochs_to_threshold",
    "label": "epochs to 99 % validation accuracy",
    "higher_is_better": False,
    "scale": 1,
    "digits": 1,
}
TOMITA = {
    "name": "tomita",
    "label": "Tomita grammars",
    "phrase": "the Tomita grammars",
    "kind": "classification",
}
CELL_LABELS = {"rnn_tanh": "RNN (tanh)", "rnn_relu": "RNN (ReLU)", "lstm": "LSTM", "gru": "GRU"}
_GATES = {
    "lstm": {"g": "candidate", "f": "forget gate", "i": "input gate", "o": "output gate"},
    "gru": {"n": "candidate", "z": "update gate", "r": "reset gate"},
}
_GUESSING = {"value": 0.5, "why": "guessing", "margin": None}
_LOSS = {"metric": "loss", "label": "test loss", "higher_is_better": False, "scale": 1}
_CURVES = [
    {"name": "train_loss", "label": "training loss", "logarithmic": True},
    {"name": "gradient_norm", "label": "gradient norm", "logarithmic": True},
]


def metrics_of(tables: List[Dict[str, Any]]) -> List[Dict[str, Any]]:
    """What a task says of the metrics in these tables, and of its loss."""
    shown = {table["metric"]: table for table in [_LOSS, *tables]}
    return [
        {
            "name": name,
            "label": table["label"].removeprefix("test "),
            "higher_is_better": table["higher_is_better"],
            "scale": table["scale"],
            "logarithmic": name in ("loss", "perplexity"),
            "null_is_never": name == "epochs_to_threshold",
            "trivial": _GUESSING if name == "accuracy" else None,
        }
        for name, table in shown.items()
    ]


def cell_of(name: str) -> Dict[str, Any]:
    gates = _GATES.get(name, {"h": ""})
    labels = [{"name": gate, "label": label} for gate, label in gates.items()]
    return {"name": name, "label": CELL_LABELS[name], "gates": labels}


_BLOCK = {
    "layer": "recurrent.layer0",
    "gate": "h",
    "eigenvalues": [[0.5, 0.25], [0.5, -0.25]],
    "spectral_radius": 0.559,
    "spectral_norm": 0.7,
    "fraction_outside": 0.0,
    "departure_from_normality": 0.3,
    "relative_departure": 0.35,
    "eigenvector_condition": 1.7,
    "warning": None,
}

_SUMMARY = {
    "layer": "recurrent.layer0",
    "gate": "h",
    "spectral_radius": 0.559,
    "spectral_norm": 0.7,
    "fraction_outside": 0.0,
    "relative_departure": 0.35,
    "eigenvector_condition": 1.7,
    "fraction_real": 0.0,
    "mean_modulus": 0.559,
    "modulus_quantiles": [0.559, 0.559, 0.559, 0.559, 0.559],
}

_RESULT = {
    "schema": 1,
    "key": "",
    "status": "finished",
    "spec": {
        "experiment": "tomita",
        "profile": "quick",
        "condition": "1",
        "task": {"name": "tomita", "options": {"grammar": 1}},
        "cell": "lstm",
        "initializer": {"name": "xavier", "label": "xavier", "options": {}},
        "seed": 0,
        "model": {
            "hidden_size": 32,
            "layers": 1,
            "input_weight": "xavier",
            "bias": "zeros",
            "forget_bias": 1.0,
            "kernel": "libtorch",
        },
        "training": {
            "optimizer": "adam",
            "learning_rate": 0.001,
            "momentum": 0.0,
            "weight_decay": 0.0,
            "clip_norm": 1.0,
            "epochs": 5,
            "batch_size": 64,
        },
        "recording": {"keep_weights": False, "epoch_spectra": "summary"},
    },
    "metrics": {"accuracy": 0.98, "loss": 0.05, "epochs_to_threshold": 3, "best_epoch": 1},
    "epochs": [
        {
            "epoch": 1,
            "train_loss": 0.6,
            "gradient_norm": 0.4,
            "seconds": 1.5,
            "validation": {"accuracy": 0.9, "loss": 0.3},
        }
    ],
    "samples": None,
    "divergence": None,
    "failure": None,
    "spectra": {
        "start": [_BLOCK],
        "epochs": [{"epoch": 1, "blocks": [_SUMMARY]}],
        "best": None,
        "end": [_BLOCK],
    },
    "weights": None,
    "timing": {"started": "2024-01-31T12:00:00Z", "seconds": 60.0, "training_seconds": 55.0},
    "provenance": {
        "commit": "0123456789abcdef0123456789abcdef01234567",
        "dirty": False,
        "compiler": "GCC 12.2.0",
        "libtorch": "1.13.1",
        "device": "cpu",
        "cpu": "Some CPU",
        "threads": 1,
        "data": {"train_size": 1000},
    },
}


def result(key: str = "0" * 16, **changes: Any) -> Dict[str, Any]:
    """A valid result of a finished run, with some of its fields replaced."""
    return {**copy.deepcopy(_RESULT), "key": key, **changes}


def diverged(key: str, **changes: Any) -> Dict[str, Any]:
    divergence = {"epoch": 2, "step": 40, "last_finite_loss": 7.5, "reason": "the loss is NaN"}
    return result(key, **{"status": "diverged", "divergence": divergence, **changes})


def failed(key: str, **changes: Any) -> Dict[str, Any]:
    spectra = {"start": [], "epochs": [], "best": None, "end": []}
    nothing = {"metrics": {}, "epochs": [], "spectra": spectra}
    failure = {"reason": "killed by signal 9", "attempts": 2}
    return result(key, **{"status": "failed", "failure": failure, **nothing, **changes})


def reference(**changes: Any) -> Dict[str, Any]:
    fields = {
        "metric": "accuracy",
        "condition": "1",
        "cell": "lstm",
        "row": "xavier",
        "label": "LSTM",
        "value": 97.0,
        "citation": "Somebody 2015",
        "note": "100 units",
    }
    return {**fields, **changes}


class Study:
    """An experiment's folder that tests fill run by run."""

    def __init__(
        self,
        profile: pathlib.Path,
        experiment: str = "tomita",
        rows: Optional[List[str]] = None,
        conditions: Optional[List[str]] = None,
        cells: Optional[List[str]] = None,
        seeds: int = 3,
        tables: Optional[List[Dict[str, Any]]] = None,
        references: Optional[List[Dict[str, Any]]] = None,
        outside: Optional[List[tuple]] = None,  # (row, cell)
        task: Optional[Dict[str, Any]] = None,
    ) -> None:
        self.folder = profile / experiment
        self.folder.mkdir(parents=True)
        rows, conditions, cells = (
            rows or ["xavier", "eigen"],
            conditions or ["1"],
            cells or ["lstm"],
        )
        entries = [
            {
                "row": row,
                "condition": condition,
                "cell": cell,
                "outside_definition": (row, cell) in (outside or []),
                "runs": [
                    {"seed": s, "key": self.key(row, s, condition, cell)} for s in range(seeds)
                ],
            }
            for cell in cells
            for condition in conditions
            for row in rows
        ]
        self.table = {
            "schema": 1,
            "experiment": experiment,
            "profile": profile.name,
            "title": "Tomita grammars",
            "caption": "1,000 strings of up to 30 symbols.",
            "command": f"make reproduce-{experiment} PROFILE={profile.name}",
            "task": task or TOMITA,
            "tables": tables or [ACCURACY],
            "metrics": metrics_of(tables or [ACCURACY]),
            "curves": _CURVES,
            "cells": [cell_of(cell) for cell in cells],
            "conditions": conditions,
            "rows": rows,
            "entries": entries,
            "references": references or [],
        }
        self.write("table.json", self.table)

    @staticmethod
    def key(row: str, seed: int, condition: str = "1", cell: str = "lstm") -> str:
        return hashlib.sha256(f"{row}/{seed}/{condition}/{cell}".encode()).hexdigest()[:16]

    def write(self, name: str, value: Any) -> pathlib.Path:
        path = self.folder / name
        path.write_text(json.dumps(value), encoding="utf-8")
        return path

    def add(self, record: Dict[str, Any]) -> pathlib.Path:
        return self.write(f"{record['key']}.json", record)

    def run(
        self, row: str, seed: int, accuracy: Any, at: tuple = ("1", "lstm"), epochs: Any = 3
    ) -> None:
        """Adds a run: `accuracy`, of test and validation, is a fraction, or "diverged" or "failed"."""
        key = self.key(row, seed, *at)
        if accuracy == "diverged":
            self.add(diverged(key))
        elif accuracy == "failed":
            self.add(failed(key))
        else:
            record = result(key)
            record["metrics"].update(accuracy=accuracy, epochs_to_threshold=epochs)
            record["epochs"][0]["validation"]["accuracy"] = accuracy
            self.add(record)

    def runs(self, row: str, accuracies: List[Any], **where: Any) -> None:
        for seed, accuracy in enumerate(accuracies):
            if accuracy is not None:
                self.run(row, seed, accuracy, **where)

    def tested_on(self, items: int) -> None:
        """Says of all runs that are there how large their test set was."""
        for path in self.folder.glob("*.json"):
            record = json.loads(path.read_text(encoding="utf-8"))
            if "spec" in record:
                record["spec"]["task"]["options"]["test_size"] = items
                self.add(record)


class FolderTest(unittest.TestCase):
    """Gives each test an empty results/quick."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.profile = pathlib.Path(folder.name) / "results" / "quick"
        self.profile.mkdir(parents=True)

    def document(self, study):
        return make_document(read_experiment(study.folder))

    def entries(self, study, section=0):
        blocks = self.document(study).sections[section].blocks
        return {(e.cell, e.condition, e.row): e for block in blocks for e in block.entries}

    def shown(self, study, section=0, block=0):
        """A block's places by initializer, in Markdown's notation."""
        rows = self.document(study).sections[section].blocks[block].rows
        return {row[0].main: [markdown.place(text) for text in row[1:]] for row in rows}

    def bold(self, study, section=0):
        return {row for (_, _, row), entry in self.entries(study, section).items() if entry.bold}

    def collate(self, *arguments):
        command = [sys.executable, str(SCRIPTS / "collate.py"), *map(str, arguments)]
        return subprocess.run(
            command,
            capture_output=True,
            encoding="utf-8",
            cwd=self.profile.parent.parent,
            check=False,
        )

    def validate(self, *arguments):
        command = [sys.executable, str(SCRIPTS / "validate_results.py"), *map(str, arguments)]
        return subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
