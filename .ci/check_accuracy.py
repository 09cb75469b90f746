"""Fails if the networks of a small grid have learned nothing: that would be a bug, not a result.

usage: check_accuracy.py RESULTS_OF_A_PROFILE
"""

import json
import pathlib
import sys

# Test accuracy that the best run of a condition must exceed; chance is 0.5 and 0.1.
FLOORS = {("tomita", "1"): 0.7, ("tomita", "3"): 0.6, ("pixel_mnist", "scanline"): 0.3}

best = {}
for path in pathlib.Path(sys.argv[1]).glob("*/*.json"):
    result = json.loads(path.read_text())
    if path.name != "table.json" and result["status"] == "finished":
        condition = (result["spec"]["experiment"], result["spec"]["condition"])
        best[condition] = max(best.get(condition, 0), result["metrics"]["accuracy"])
for condition, floor in FLOORS.items():
    reached = best.get(condition, 0)
    print(f"{' '.join(condition)}: best accuracy {reached:.3f}, floor {floor}")
    if reached <= floor:
        sys.exit("no run learned anything here")
