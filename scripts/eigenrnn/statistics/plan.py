"""The plan of the analysis, experiments/analysis.yaml: what is decided before the runs."""

import dataclasses
import math
import pathlib
from typing import Any, Callable, Dict, List, Optional, Tuple

import yaml

from eigenrnn.results import Broken

PLAN = pathlib.Path(__file__).resolve().parents[3] / "experiments" / "analysis.yaml"
ALL_CELLS = "all"
TRIVIAL, NO_RULE = "trivial_predictor", "none"
_CORRECTIONS = ("holm",)

Cells = Optional[Tuple[str, ...]]  # None: all


@dataclasses.dataclass(frozen=True)
class Measure:
    """Of an experiment, in the units of its table."""

    metric: str
    smallest_difference: float
    ceiling: Optional[float]
    chance: str
    solved: Optional[float]


@dataclasses.dataclass(frozen=True)
class Plan:
    question: str
    proposal: str
    rivals: Dict[str, Cells]  # by label: the cells that they are defined for
    comparisons: Dict[str, Dict[str, Cells]]  # by name: the experiments, and which of their cells take part
    experiments: Dict[str, Measure]
    alpha: float
    power: float
    correction: str


class _Loader(yaml.SafeLoader):
    """Takes no key twice: YAML would keep the last in silence."""


def _mapping(loader: _Loader, node: yaml.MappingNode) -> Dict[Any, Any]:
    seen: List[Any] = []
    for key_node, _ in node.value:
        key = loader.construct_object(key_node, deep=True)
        if key in seen:
            raise yaml.constructor.ConstructorError(
                None, None, f"the key {key!r} stands there twice", key_node.start_mark
            )
        seen.append(key)
    return yaml.SafeLoader.construct_mapping(loader, node, deep=True)


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


class _Checker:
    """Collects every mistake, each with its key, the bad value and the rule."""

    def __init__(self) -> None:
        self.problems: List[str] = []

    def rule(self, holds: bool, key: str, value: Any, rule: str) -> bool:
        if not holds:
            self.problems.append(f"{key} is {value!r}; {rule}")
        return holds

    def keys(self, record: Any, at: str, required: Tuple[str, ...], optional: Tuple[str, ...] = ()) -> bool:
        """Is it a mapping with all of these keys and no other?"""
        where = at or "the file"
        if not self.rule(isinstance(record, dict), where, record, "it must be a mapping"):
            return False
        known = required + optional
        for key in record:
            self.rule(key in known, f"a key of {where}", key, f"it must be one of {', '.join(known)}")
        absent = [key for key in required if key not in record]
        self.problems += [f"{where} lacks {key}" for key in absent]
        return not absent

    def number(self, value: Any, key: str, holds: Callable[[float], bool], rule: str) -> float:
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
        self.rule(is_number and holds(value), key, value, rule)
        return float(value) if is_number else math.nan

    def text(self, value: Any, key: str) -> str:
        self.rule(isinstance(value, str) and value.strip() != "", key, value, "it must be a text")
        return str(value)

    def names(self, value: Any, key: str) -> Tuple[str, ...]:
        good = isinstance(value, list) and value and all(isinstance(name, str) and name for name in value)
        if not self.rule(bool(good), key, value, "it must be a list of names"):
            return ()
        self.rule(len(set(value)) == len(value), key, value, "no name may stand there twice")
        return tuple(value)

    def named(self, value: Any, key: str) -> Dict[str, Any]:
        """A mapping from names to something, with at least one."""
        good = isinstance(value, dict) and value and all(isinstance(name, str) and name for name in value)
        return value if self.rule(bool(good), key, value, "it must be a mapping from names, not empty") else {}


def _measure(check: _Checker, record: Any, key: str) -> Optional[Measure]:
    if not check.keys(record, key, ("metric", "smallest_difference", "chance"), ("ceiling", "solved")):
        return None
    chances = (TRIVIAL, NO_RULE)
    check.rule(record["chance"] in chances, f"{key}/chance", record["chance"], f"it must be {' or '.join(chances)}")
    optional = {
        name: check.number(record[name], f"{key}/{name}", lambda value: True, "it must be a number")
        for name in ("ceiling", "solved")
        if name in record
    }
    smallest = check.number(
        record["smallest_difference"],
        f"{key}/smallest_difference",
        lambda value: value > 0.0,
        "it must be a number above 0, in the units of the experiment's table",
    )
    metric = check.text(record["metric"], f"{key}/metric")
    return Measure(metric, smallest, optional.get("ceiling"), str(record["chance"]), optional.get("solved"))


def _cells(check: _Checker, value: Any, key: str) -> Cells:
    if isinstance(value, str):
        check.rule(value == ALL_CELLS, key, value, f"it must be {ALL_CELLS} or a list of cells")
        return None
    return check.names(value, key)


def _rivals(check: _Checker, record: Any, proposal: Any) -> Dict[str, Cells]:
    rivals = check.named(record, "rivals")
    for name in rivals:
        check.rule(name != proposal, "a rival", name, "it must be another row than the proposal")
    return {name: _cells(check, cells, f"rivals/{name}") for name, cells in rivals.items()}


def _compared(check: _Checker, value: Any, key: str) -> Dict[str, Cells]:
    """A list of experiments, or a mapping from experiments to cells."""
    if isinstance(value, dict):
        return {name: _cells(check, cells, f"{key}/{name}") for name, cells in check.named(value, key).items()}
    return dict.fromkeys(check.names(value, key))


def _comparisons(check: _Checker, record: Any, experiments: Dict[str, Any]) -> Dict[str, Dict[str, Cells]]:
    comparisons = {
        name: _compared(check, value, f"comparisons/{name}")
        for name, value in check.named(record, "comparisons").items()
    }
    for name, compared in comparisons.items():
        for experiment in compared:
            known = f"it must be one of the experiments below: {', '.join(map(str, experiments))}"
            check.rule(experiment in experiments, f"comparisons/{name}", experiment, known)
    used = {experiment for compared in comparisons.values() for experiment in compared}
    for experiment in experiments:
        check.rule(experiment in used, "an experiment", experiment, "a comparison must name it")
    return comparisons


def make_plan(record: Any) -> Tuple[Optional[Plan], List[str]]:
    """The plan, or everything that is wrong with it."""
    check = _Checker()
    if not check.keys(record, "", tuple(field.name for field in dataclasses.fields(Plan))):
        return None, check.problems
    experiments = check.named(record["experiments"], "experiments")
    measures = {name: _measure(check, value, f"experiments/{name}") for name, value in experiments.items()}
    plan = Plan(
        question=check.text(record["question"], "question").strip(),
        proposal=check.text(record["proposal"], "proposal"),
        rivals=_rivals(check, record["rivals"], record["proposal"]),
        comparisons=_comparisons(check, record["comparisons"], experiments),
        experiments={name: measure for name, measure in measures.items() if measure},
        alpha=check.number(
            record["alpha"], "alpha", lambda value: 0.0 < value < 0.5, "it must be a number between 0 and 0.5"
        ),
        power=check.number(
            record["power"], "power", lambda value: 0.5 <= value < 1.0, "it must be a number from 0.5 to below 1"
        ),
        correction=str(record["correction"]),
    )
    rule = f"it must be {' or '.join(_CORRECTIONS)}"
    check.rule(record["correction"] in _CORRECTIONS, "correction", record["correction"], rule)
    return (None if check.problems else plan), check.problems


def read_plan(path: pathlib.Path) -> Plan:
    """Throws Broken with a line for each mistake."""
    try:
        record = yaml.load(path.read_text(encoding="utf-8"), _Loader)  # a SafeLoader
    except OSError as error:
        raise Broken(f"{path}: {error.strerror or error}") from error
    except (yaml.YAMLError, ValueError) as error:
        raise Broken(f"{path}: not valid YAML: {' '.join(str(error).split())}") from error
    plan, problems = make_plan(record)
    if plan is None:
        raise Broken("\n".join(f"{path}: {problem}" for problem in problems))
    return plan
