"""The folder that opens from the disk: page, program, data and figures."""

import json
import pathlib
import re
import shutil
import struct
from typing import Any, Dict, List, Optional, Tuple

from eigenrnn.output import write_atomically
from eigenrnn.results import Experiment
from eigenrnn.statistics import document as statistics

from . import details
from .overview import overview

BUNDLE = ("index.html", "app.js", "app.css")


def _script(call: str, value: Any) -> str:
    """A page from the disk may load scripts, but no JSON."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    # JSON.parse reads a string faster than the browser reads the same as a program.
    quoted = json.dumps(text, ensure_ascii=False).replace("</", "<\\/")
    return f"{call}JSON.parse({quoted}));\n"


def _size(picture: pathlib.Path) -> Optional[Tuple[int, int]]:
    """Width and height, of which the page takes the ratio; None if the file does not say."""
    head = picture.read_bytes()[:2000]
    if picture.suffix == ".png" and head.startswith(b"\x89PNG"):
        return struct.unpack(">II", head[16:24])
    view = re.search(rb'<svg[^>]* viewBox="0 0 ([\d.]+) ([\d.]+)"', head, re.S)
    return (round(float(view[1])), round(float(view[2]))) if view else None


def _figures(profile: pathlib.Path, report: pathlib.Path) -> List[Dict[str, Any]]:
    """Copies the pictures and the numbers behind them. Shown are PNGs, where there are any: an SVG of
    thousands of eigenvalues would keep the page busy for longer than all else."""
    found: Dict[str, pathlib.Path] = {}
    for ending in (".svg", ".png"):
        for path in sorted((profile / "figures").glob(f"*{ending}")):
            found[path.stem] = path
    figures = []
    for stem, path in sorted(found.items()):
        (report / "figures").mkdir(exist_ok=True)
        further = [path.with_suffix(ending) for ending in (".svg", ".pdf", ".csv")]
        files = [path, *(other for other in further if other.is_file() and other != path)]
        for file in files:
            shutil.copyfile(file, report / "figures" / file.name)
        title = stem.replace("_", " ").replace("-", " ")
        figures.append(
            {
                "file": f"figures/{path.name}",
                "title": title[:1].upper() + title[1:],
                "size": _size(path),
                "further": [f"figures/{file.name}" for file in files[1:]],
            }
        )
    return figures


def write_report(
    profile: pathlib.Path,
    experiments: List[Experiment],
    document: statistics.Document,
    bundle: pathlib.Path,
) -> pathlib.Path:
    """Replaces profile/report. Returns the page's path."""
    report = profile / "report"
    fresh = profile / "report.tmp"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    for name in BUNDLE:
        shutil.copyfile(bundle / name, fresh / name)
    record = {**overview(experiments, document), "figures": _figures(profile, fresh)}
    write_atomically(fresh / "data.js", _script("EIGENRNN.start(", record))
    for experiment in experiments:
        name = experiment.grid.experiment
        call = f"EIGENRNN.loaded({json.dumps(f'curves/{name}')},"
        write_atomically(fresh / "curves" / f"{name}.js", _script(call, details.curves(experiment)))
        for chunk, value in details.run_chunks(experiment, profile.parent).items():
            call = f"EIGENRNN.loaded({json.dumps(f'runs/{chunk}')},"
            write_atomically(fresh / "runs" / f"{chunk}.js", _script(call, value))
    shutil.rmtree(report, ignore_errors=True)
    fresh.rename(report)
    return report / "index.html"
