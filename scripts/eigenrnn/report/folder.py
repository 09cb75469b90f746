"""The folder that opens from the disk: page, program, data and figures."""

import json
import pathlib
import shutil
from typing import Any, List

from eigenrnn.output import write_atomically
from eigenrnn.results import Experiment
from eigenrnn.statistics import document as statistics

from . import details
from .overview import overview
from .pictures import copy_pictures

BUNDLE = ("index.html", "app.js", "app.css")


def _script(call: str, value: Any) -> str:
    """A page from the disk may load scripts, but no JSON."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    # JSON.parse reads a string faster than the browser reads the same as a program.
    quoted = json.dumps(text, ensure_ascii=False).replace("</", "<\\/")
    return f"{call}JSON.parse({quoted}));\n"


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
    record = {**overview(experiments, document), "figures": copy_pictures(profile, fresh, experiments)}
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
