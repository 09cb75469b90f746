"""The page of a folder of tables: which experiments there are, and what they took."""

from typing import List, Set

from eigenrnn.results import Experiment
from eigenrnn.text import duration

from . import markdown

NAME = "README.md"


def _seconds(experiment: Experiment) -> float:
    return sum(result["timing"]["seconds"] for result in experiment.results.values())


def _runs(experiment: Experiment) -> str:
    expected = sum(len(entry.keys) for entry in experiment.grid.entries)
    there = len(experiment.results)
    counts = [str(there) if there == expected else f"{there} of {expected}"]
    for status in ("diverged", "failed"):
        number = sum(result["status"] == status for result in experiment.results.values())
        counts += [f"{number} {status}"] if number else []
    return ", ".join(counts)


def _made_by(experiments: List[Experiment]) -> Set[str]:
    """Commits; a star marks one with uncommitted changes."""
    found = set()
    for experiment in experiments:
        for result in experiment.results.values():
            provenance = result["provenance"]
            found.add(provenance["commit"][:7] + ("*" if provenance["dirty"] else ""))
    return found


def render(profile: str, experiments: List[Experiment]) -> str:
    rows = [["experiment", "what", "runs", "time of one core", "made by"]]
    for experiment in experiments:
        name = experiment.grid.experiment
        rows.append(
            [
                f"[{markdown.escape(name)}]({name}.md)",
                markdown.escape(experiment.grid.title),
                _runs(experiment),
                duration(_seconds(experiment)),
                markdown.escape(", ".join(sorted(_made_by([experiment])))),
            ]
        )
    number = sum(len(experiment.results) for experiment in experiments)
    total = duration(sum(map(_seconds, experiments)))
    return "\n".join(
        [
            f"# Tables of the profile {markdown.escape(profile)}",
            "",
            f"{number:,} runs, {total} of one core. Times are sums over runs, and upper bounds where there was other "
            "work on the same cores. A star marks a commit with uncommitted changes.",
            "",
            *markdown.aligned(rows),
            "",
        ]
    )
