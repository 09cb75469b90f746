"""Fails if the networks of a small grid have learned nothing: that would be a bug, not a result.

usage: check_learning.py RESULTS_OF_A_PROFILE
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "scripts"))

from eigenrnn.results import experiment_folders, read_experiment

# What the best run of a condition must reach on the test split. Chance is an accuracy of 0.5 and 0.1;
# the perplexity of a model that knows only how often each word occurs is 139 at this size.
BOUNDS = {
    ("tomita", "1"): ("accuracy", "above", 0.7),
    ("tomita", "3"): ("accuracy", "above", 0.6),
    ("pixel_mnist", "scanline"): ("accuracy", "above", 0.3),
    ("multi30k", "no attention"): ("perplexity", "below", 70),
}

reached = {}
for folder in experiment_folders(pathlib.Path(sys.argv[1])):
    for result in read_experiment(folder).results.values():
        if result["status"] == "finished":
            condition = (result["spec"]["experiment"], result["spec"]["condition"])
            reached.setdefault(condition, []).append(result["metrics"])
for condition, (metric, side, bound) in BOUNDS.items():
    found = [metrics[metric] for metrics in reached.get(condition, [])]
    values = [value for value in found if isinstance(value, (int, float))]  # and not "overflow"
    if not values:
        sys.exit(f"{' '.join(condition)}: no run is finished with a number")
    best = max(values) if side == "above" else min(values)
    print(f"{' '.join(condition)}: best {metric} {best:.3f}, must be {side} {bound}")
    if best <= bound if side == "above" else best >= bound:
        sys.exit("no run learned anything here")
