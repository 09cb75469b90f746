"""What was measured on each machine: one JSON file each, put together from what the benchmarks wrote."""

import json
import pathlib
import re
from typing import Any, Dict, List

from eigenrnn.results import Broken

Machine = Dict[str, Any]  # "processor", and what the benchmarks wrote: "kernels", "steps", "translation"
_PARTS = ("kernels", "steps", "translation")
_REQUIRED = ("kernels", "steps")


def processor(cpuinfo: pathlib.Path = pathlib.Path("/proc/cpuinfo")) -> Dict[str, Any]:
    """Name, family and model of the first processor of this machine, as far as Linux tells."""
    facts = {}
    for line in cpuinfo.read_text(encoding="utf-8").splitlines():
        key, _, value = line.partition(":")
        facts.setdefault(key.strip(), value.strip())
    found: Dict[str, Any] = {"name": facts.get("model name", "unknown")}
    found.update({key: int(facts[of]) for key, of in (("family", "cpu family"), ("model", "model")) if of in facts})
    return found


def _read(path: pathlib.Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Broken(f"{path}: {error.strerror}") from error
    except ValueError as error:
        raise Broken(f"{path}: no JSON: {error}") from error


def collect(folder: pathlib.Path) -> Machine:
    """Of what the benchmarks left in `folder`. Throws Broken if one that is required is not there."""
    machine: Machine = {"processor": processor()}
    for part in _PARTS:
        path = folder / f"{part}.json"
        if path.exists() or part in _REQUIRED:
            machine[part] = _read(path)
    return machine


def name_of(machine: Machine) -> str:
    """As a file's name: the same for the same kind of processor, instruction set and LibTorch."""
    facts = machine["processor"]
    words = [facts["name"], facts.get("family", ""), facts.get("model", "")]
    words += [machine["kernels"]["instructions"], "libtorch", machine["kernels"]["libtorch"]]
    text = re.sub(r"\((r|tm)\)", "", " ".join(str(word) for word in words).lower())
    return re.sub(r"[^a-z0-9.]+", "-", text).strip("-")


def read_all(folder: pathlib.Path) -> List[Machine]:
    """In the order of their files' names. Throws Broken."""
    return [{"file": path.name, **_read(path)} for path in sorted(folder.glob("*.json"))]
