"""What the conditions of an experiment are called where they stand alone: "grammar 5" rather than "5"."""

import collections
from typing import Any, Dict, List, Optional

from eigenrnn.results import Experiment


def _settings(result: Dict[str, Any]) -> Dict[str, Any]:
    return {**result["spec"]["training"], **result["spec"]["task"]["options"]}


def _number(text: str) -> Optional[float]:
    try:
        return float(text)
    except ValueError:
        return None


def _setting_behind(numbers: Dict[str, float], settings: Dict[str, List[Dict[str, Any]]]) -> Optional[str]:
    """The one setting that has, in every run of each condition, the condition's number."""
    known = [(numbers[condition], run) for condition, runs in settings.items() for run in runs]
    names = [name for name in known[0][1] if all(run.get(name) == number for number, run in known)] if known else []
    return names[0] if len(names) == 1 else None


def condition_labels(experiment: Experiment) -> List[str]:
    """In the order of the grid's conditions; a part that is a number is named by the setting that it is."""
    grid = experiment.grid
    settings: Dict[str, List[Dict[str, Any]]] = collections.defaultdict(list)
    for entry in grid.entries:
        found = (experiment.results.get(key) for key in entry.keys.values())
        settings[entry.condition] += [_settings(result) for result in found if result]
    parts = {condition: condition.split(", ") for condition in grid.conditions}
    columns = list(zip(*parts.values()))
    if any(len(part) != len(columns) for part in parts.values()):
        return grid.conditions
    labels = [list(part) for part in parts.values()]
    for place, column in enumerate(columns):
        numbers = [_number(text) for text in column]
        if None in numbers or len(set(numbers)) == 1:  # one number alone may be that of any setting
            continue
        name = _setting_behind(dict(zip(parts, numbers)), settings)
        if name:
            for label in labels:
                label[place] = f"{name.replace('_', ' ')} {label[place]}"
    return [", ".join(label) for label in labels]
