"""The pictures of a profile's folder figures: copied beside the page, and what they are called in words."""

import pathlib
import re
import shutil
import struct
from typing import Any, Dict, List, Optional, Tuple

from eigenrnn.results import Experiment

# By the start of a file's name; what follows it is a task, a cell, or an initializer.
TITLES = {
    "verdicts": "Gain of the proposal over each rival",
    "comparison": "Recurrent spectra after training: regression against classification",
    "fixed_points": "Fixed points and slow points",
    "gradients": "Gradients through time",
    "learning_rates": "Result against learning rate",
    "linearity": "The linear model against the network",
    "lyapunov_largest": "Largest Lyapunov exponent",
    "lyapunov": "Lyapunov spectra",
    "memory": "Memory: what a linear readout of the state tells of earlier input",
    "modes": "Modes of the linear model",
    "moduli": "Moduli of the recurrent eigenvalues by epoch",
    "separability": "What the state holds of the label and the input",
    "spectra": "Eigenvalues of the recurrent weights",
}


def _subjects(experiments: List[Experiment]) -> Dict[str, str]:
    """What tasks, experiments and cells are called, by name."""
    found: Dict[str, str] = {}
    for experiment in experiments:
        grid = experiment.grid
        found.update({cell.name: cell.label for cell in grid.cells})
        if grid.task:
            found[grid.task.name] = grid.task.label
            found[grid.experiment] = grid.task.label
    return found


def title(stem: str, subjects: Dict[str, str]) -> str:
    """In words, as far as the name is known."""
    starts = [start for start in TITLES if stem == start or stem.startswith(f"{start}_")]
    if not starts:
        words = stem.replace("_", " ").replace("-", " ")
        return words[:1].upper() + words[1:]
    start = max(starts, key=len)
    rest = stem[len(start) + 1 :]
    if not rest:
        return TITLES[start]
    named = [name for name in subjects if rest == name or rest.startswith(f"{name}_")]
    name = max(named, key=len, default="")
    further = rest[len(name) :].strip("_").replace("_", " ")
    return f"{TITLES[start]}: {', '.join(filter(None, [subjects.get(name, ''), further]))}"


def _size(picture: pathlib.Path) -> Optional[Tuple[int, int]]:
    """Width and height, of which the page takes the ratio; None if the file does not say."""
    head = picture.read_bytes()[:2000]
    if picture.suffix == ".png" and head.startswith(b"\x89PNG"):
        return struct.unpack(">II", head[16:24])
    view = re.search(rb'<svg[^>]* viewBox="0 0 ([\d.]+) ([\d.]+)"', head, re.S)
    return (round(float(view[1])), round(float(view[2]))) if view else None


def copy_pictures(profile: pathlib.Path, report: pathlib.Path, experiments: List[Experiment]) -> List[Dict[str, Any]]:
    """With the numbers behind them. Shown are PNGs, where there are any: an SVG of thousands of eigenvalues would keep
    the page busy for longer than all else."""
    found: Dict[str, pathlib.Path] = {}
    for ending in (".svg", ".png"):
        for path in sorted((profile / "figures").glob(f"*{ending}")):
            found[path.stem] = path
    subjects, pictures = _subjects(experiments), []
    for stem, path in sorted(found.items()):
        (report / "figures").mkdir(exist_ok=True)
        further = [path.with_suffix(ending) for ending in (".svg", ".pdf", ".csv")]
        files = [path, *(other for other in further if other.is_file() and other != path)]
        for file in files:
            shutil.copyfile(file, report / "figures" / file.name)
        pictures.append(
            {
                "file": f"figures/{path.name}",
                "title": title(stem, subjects),
                "size": _size(path),
                "further": [f"figures/{file.name}" for file in files[1:]],
            }
        )
    return pictures
