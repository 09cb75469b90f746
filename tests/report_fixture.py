"""A made-up grid for the tests of the page."""

import json
import math
import random
import re
import shutil
from typing import Any, Dict, List

from matplotlib.figure import Figure

from collate_fixture import ACCURACY, EPOCHS, Study, failed, result

ROWS = ["xavier", "kaiming", "irnn", "sp_rnn", "torch_default", "orthogonal", "eigen"]
CELLS = ["rnn_tanh", "rnn_relu", "lstm", "gru"]
PERPLEXITY = {
    "metric": "perplexity",
    "label": "test perplexity, teacher-forced",
    "higher_is_better": False,
    "scale": 1,
    "digits": 2,
}
BLEU = {"metric": "bleu", "label": "test BLEU-4", "higher_is_better": True, "scale": 100, "digits": 1}
SAMPLES = 20 * [{"source": "ein Hund .", "reference": "a dog .", "output": "a dog runs ."}]
STRANGE = "a <b>, 'c' & d"  # a label that must be shown as it is, and quoted in a command


def read_script(path):
    """The value that a data file hands over."""
    text = path.read_text(encoding="utf-8")
    quoted = re.fullmatch(r"EIGENRNN\.\w+\((?:\"[^\"]*\",)?JSON\.parse\((.*)\)\);\n", text, re.S)
    return json.loads(json.loads(quoted.group(1)))


def _block(gate: str, size: int, radius: float, generator: random.Random) -> Dict[str, Any]:
    angles = [generator.uniform(0, 2 * math.pi) for _ in range(size)]
    return {
        "layer": "recurrent.layer0",
        "gate": gate,
        "eigenvalues": [[radius * math.cos(a), radius * math.sin(a)] for a in angles],
        "spectral_radius": radius,
        "spectral_norm": radius,
        "fraction_outside": 0.0,
        "departure_from_normality": 0.0,
        "relative_departure": 0.0,
        "eigenvector_condition": 1.0,
        "warning": None,
    }


def _summary(gate: str, radius: float) -> Dict[str, Any]:
    return {
        "layer": "recurrent.layer0",
        "gate": gate,
        "spectral_radius": radius,
        "spectral_norm": radius,
        "fraction_outside": 0.0,
        "relative_departure": 0.0,
        "eigenvector_condition": 1.0,
        "fraction_real": 0.0,
        "mean_modulus": radius,
        "modulus_quantiles": [0.8 * radius, 0.85 * radius, 0.9 * radius, 0.95 * radius, radius],
    }


def add_run(
    study: Study, row: str, seed: int, at: tuple, accuracy: Any, epochs: int = 4, size: int = 8,
    epoch_spectra: bool = True, task: str = "tomita",
) -> Dict[str, Any]:  # fmt: skip
    """A run whose specification says what it is; the spectral radius is 0.5 + epoch / 10."""
    condition, cell = at
    key = study.key(row, seed, condition, cell)
    generator = random.Random(key)
    record = failed(key) if accuracy == "failed" else result(key)
    record["spec"].update(
        experiment=study.folder.name, condition=condition, cell=cell, seed=seed,
        initializer={"name": row, "label": row, "options": {}},
    )  # fmt: skip
    record["spec"]["task"]["name"] = task
    record["spec"]["task"]["options"]["test_size"] = 1000
    record["spec"]["recording"]["epoch_spectra"] = "summary" if epoch_spectra else "none"
    if accuracy != "failed":
        gates = {"lstm": "ifgo", "gru": "rzn"}.get(cell, "h")
        record["metrics"] = {"accuracy": accuracy, "loss": 0.5, "epochs_to_threshold": 3}
        if task == "multi30k":
            record["metrics"].update(bleu=accuracy / 3, perplexity=10 / accuracy)
            record["samples"] = SAMPLES
        record["epochs"] = [
            {
                "epoch": e,
                "train_loss": 1 / e,
                "gradient_norm": 0.1,
                "seconds": 1.0,
                "validation": {"accuracy": accuracy * e / epochs, "loss": 1 / e},
            }
            for e in range(1, epochs + 1)
        ]
        record["spectra"] = {
            "start": [_block(g, size, 0.5, generator) for g in gates],
            "epochs": [
                {"epoch": e, "blocks": [_summary(g, 0.5 + e / 10) for g in gates]}
                for e in range(1, epochs + 1 if epoch_spectra else 1)
            ],
            "best": None,
            "end": [_block(g, size, 0.5 + epochs / 10, generator) for g in gates],
        }
    study.add(record)
    return record


def fill(
    study: Study, rows: List[str], cells: List[str], conditions: List[str], seeds: int, **how: Any
) -> None:
    """Accuracies that rise with the row, fall with the cell, and differ by seed. `how`: more
    arguments of add_run."""
    for c, cell in enumerate(cells):
        for k, condition in enumerate(conditions):
            for r, row in enumerate(rows):
                for seed in range(seeds):
                    noise = random.Random(f"{cell}/{condition}/{row}/{seed}").uniform(0, 0.02)
                    accuracy = 0.6 + 0.04 * r - 0.02 * c + 0.01 * k + noise
                    add_run(study, row, seed, (condition, cell), accuracy, **how)


def small_grid(profile) -> Study:
    """Two cells, two conditions, three seeds, a failed run, and a strange label."""
    rows = [*ROWS, STRANGE]
    study = Study(
        profile, rows=rows, conditions=["1", "no attention"], cells=["rnn_tanh", "lstm"],
        seeds=3, tables=[ACCURACY, EPOCHS], outside=[("irnn", "lstm")],
    )  # fmt: skip
    fill(study, rows, ["rnn_tanh", "lstm"], ["1", "no attention"], 3)
    add_run(study, "irnn", 2, ("1", "lstm"), "failed")
    return study


RATES = (0.001, 0.003, 0.01)


def search_of_rates(profile) -> Study:
    """Of eigen the middle rate is the best, of xavier the last."""
    study = Study(
        profile, "learning_rates_tomita", rows=["xavier", "eigen"], cells=["lstm", "gru"], seeds=2,
        conditions=[f"5, {rate:g}" for rate in RATES],
    )  # fmt: skip
    for cell in ("lstm", "gru"):
        for place, rate in enumerate(RATES):
            for seed in range(2):
                for row, accuracy in (("xavier", 0.6 + 0.1 * place), ("eigen", 0.9 - 0.2 * abs(place - 1))):
                    record = add_run(study, row, seed, (f"5, {rate:g}", cell), accuracy)
                    record["spec"]["training"]["learning_rate"] = rate
                    record["metrics"]["best_epoch"] = 4
                    study.add(record)
    return study


def draw_figures(profile, count: int) -> None:
    """As many equal pictures of thousands of points, like those of the spectra."""
    figure = Figure(figsize=(8, 6))
    generator = random.Random(0)
    figure.subplots().plot([generator.gauss(0, 1) for _ in range(5000)], ".")
    folder = profile / "figures"
    folder.mkdir()
    for ending in ("svg", "png", "pdf"):
        figure.savefig(folder / f"spectra_0.{ending}")
        for i in range(1, count):
            shutil.copyfile(folder / f"spectra_0.{ending}", folder / f"spectra_{i}.{ending}")


def large_grid(profile) -> int:
    """All of the paper's tasks, in the sizes of the profile cpu, with spectra of start and end, and
    figures. Returns how many runs it has."""
    grids = {
        "tomita": ([str(i) for i in range(1, 8)], 10, [ACCURACY, EPOCHS], 30, 32),
        "pixel_mnist": (["scanline", "permuted"], 3, [ACCURACY], 8, 64),
        "multi30k": (["no attention"], 3, [PERPLEXITY, BLEU], 8, 128),
    }
    for task, (conditions, seeds, tables, epochs, size) in grids.items():
        study = Study(
            profile, task, rows=ROWS, conditions=conditions, cells=CELLS, seeds=seeds, tables=tables
        )
        how = {"epochs": epochs, "size": size, "epoch_spectra": False, "task": task}
        fill(study, ROWS, CELLS, conditions, seeds, **how)
    draw_figures(profile, 9)
    return len(ROWS) * len(CELLS) * sum(len(g[0]) * g[1] for g in grids.values())
