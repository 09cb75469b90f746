"""The folder that opens from the disk: page, program, data and figures."""

import json
import pathlib
import shutil
from typing import Any, Dict, List

from eigenrnn_statistics import document as statistics
from eigenrnn_tables.output import write_atomically
from eigenrnn_tables.results import Experiment

from . import details
from .overview import overview

BUNDLE = ("index.html", "app.js", "app.css")


def _script(call: str, value: Any) -> str:
    """A page from the disk may load scripts, but no JSON."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    # JSON.parse reads a string faster than the browser reads the same as a program.
    quoted = json.dumps(text, ensure_ascii=False).replace("</", "<\\/")
    return f"{call}JSON.parse({quoted}));\n"


def _figures(profile: pathlib.Path, report: pathlib.Path) -> List[Dict[str, str]]:
    """Copies the pictures and the numbers behind them; an SVG stands for a PNG of its name."""
    found: Dict[str, pathlib.Path] = {}
    for ending in (".png", ".svg"):
        for path in sorted((profile / "figures").glob(f"*{ending}")):
            found[path.stem] = path
    figures = []
    for stem, path in sorted(found.items()):
        (report / "figures").mkdir(exist_ok=True)
        shutil.copyfile(path, report / "figures" / path.name)
        title = stem.replace("_", " ").replace("-", " ")
        figure = {"file": f"figures/{path.name}", "title": title[:1].upper() + title[1:]}
        numbers = path.with_suffix(".csv")
        if numbers.is_file():
            shutil.copyfile(numbers, report / "figures" / numbers.name)
            figure["numbers"] = f"figures/{numbers.name}"
        figures.append(figure)
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
        for chunk, value in details.run_chunks(experiment).items():
            call = f"EIGENRNN.loaded({json.dumps(f'runs/{chunk}')},"
            write_atomically(fresh / "runs" / f"{chunk}.js", _script(call, value))
    shutil.rmtree(report, ignore_errors=True)
    fresh.rename(report)
    return report / "index.html"
