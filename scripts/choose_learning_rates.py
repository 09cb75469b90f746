#!/usr/bin/env python3
"""Chooses a learning rate for every cell and initializer from a search, by validation results.

The search is an experiment whose conditions differ in the task's options, in the learning rate, or in
both (experiments/learning_rates_*.yaml); cells may have rates of their own. Chosen is the rate with the best
mean, over problems (the task's options) and seeds, of the task's first metric on validation at the best
epoch; of equal means the one with the lower mean validation loss, and then the smaller rate. A run that
diverged, or failed, or never finished an epoch counts as the worst that any run of the search came to on its
problem. Test results play no part.

With --families the rows that one initializer fills, its variants, compete too: chosen is a row with its rate
for every cell and initializer, and written are the options in which those rows differ. All initializers must
have been tried with the same number of configurations.

Writes the overrides of a profile, the one that the search was run at, for the experiment to include:
beside the choice stands the mean of every rate that was tried. Beside that file it writes the whole curve
of result against rate as .csv and .md. It says which choices lie at the edge of the search, and to which
rate the search must be extended.
"""

import argparse
import json
import pathlib
import sys
from typing import Dict, List, Optional

from eigenrnn import command

command.need("numpy", "scipy", "yaml")

import yaml

from eigenrnn.output import stale, write_atomically
from eigenrnn.results import Broken, Experiment, read_experiment
from eigenrnn.search import curve
from eigenrnn.search.choice import Choice, best_of_families, choose_all, options_that_differ
from eigenrnn.text import number, one_line

EXAMPLES = """\
example:
  scripts/choose_learning_rates.py results/cpu/learning_rates_tomita \\
      --write experiments/include/learning_rates_tomita_cpu.yaml --figure results/cpu/figures

exit codes: 0 written, or with --check as it should be; 1 a run is missing, or a file cannot be used;
2 bad usage
"""


def _facts(choice: Choice, scale: float) -> str:
    return ", ".join(
        f"{rate!r}: {number(mean * scale, 1)}"
        + (f" ({choice.lost[rate]} lost)" if choice.lost[rate] else "")
        for rate, mean in choice.means.items()
    ) + (f"; at the edge: {curve.edge_text(choice)}" if choice.at_edge else "")


def _override(choice: Choice, differing: Optional[Dict[str, List[str]]]) -> str:
    name, changes = choice.row, f"training: {{learning_rate: {choice.rate!r}}}"
    if differing is not None:
        name = choice.initializer
        options = {option: choice.options[option] for option in differing[name]}
        changes = (f"options: {json.dumps(options, ensure_ascii=False)}, " if options else "") + changes
    return f"{{cells: [{choice.cell}], initializers: [{json.dumps(name, ensure_ascii=False)}], {changes}}}"


def manifest_text(
    experiment: Experiment, chosen: List[Choice], differing: Optional[Dict[str, List[str]]]
) -> str:
    """`differing`: where rows of an initializer competed, the options that an override must set."""
    metric = experiment.grid.tables[0]
    lines = [
        f"# Written by scripts/choose_learning_rates.py from the results of {experiment.grid.experiment},",
        f"# profile {experiment.grid.profile}; do not edit. Under each choice: every learning rate that was",
        f"# tried, with the mean {curve.label_of(experiment)}.",
        "profiles:",
        f"  {experiment.grid.profile}:",
        "    overrides:",
    ]
    for choice in chosen:
        of_row = "" if differing is None else f"{one_line(choice.row)}: "
        lines += [
            f"      - {_override(choice, differing)}",
            f"        # {of_row}{_facts(choice, metric.scale)}",
        ]
    return "\n".join(lines) + "\n"


def curves_of(experiment: Experiment, choices: List[Choice], beside: pathlib.Path) -> Dict[pathlib.Path, str]:
    return {
        beside.with_suffix(".csv"): curve.csv_text(experiment, choices),
        beside.with_suffix(".md"): curve.markdown_text(experiment, choices),
    }


def draw(experiment: Experiment, choices: List[Choice], folder: Optional[pathlib.Path]) -> None:
    if folder is None:
        return
    from eigenrnn.figures import style
    from eigenrnn.search import figure

    style.save(figure.picture(experiment, choices), folder)


def _includes(manifest: pathlib.Path) -> List[str]:
    """As they stand there; none of a file that is no mapping. A comment that names a file includes nothing."""
    try:
        record = yaml.safe_load(manifest.read_text(encoding="utf-8"))
    except yaml.YAMLError:
        return []
    included = record.get("include") if isinstance(record, dict) else None
    return [included] if isinstance(included, str) else included or []


def where_it_is_used(choice: pathlib.Path) -> str:
    """Which manifests include the choice, or how one does; they include that of the profile cpu from the start."""
    folder = choice.parent.parent if choice.parent.name == "include" else choice.parent
    include = choice.relative_to(folder).as_posix()
    users = [path.name for path in sorted(folder.glob("*.yaml")) if include in _includes(path)]
    if users:
        return f"{choice}: taken up by {', '.join(users)}"
    return f"{choice}: no manifest in {folder} takes it up; one does with {include} in its `include`"


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("search", type=pathlib.Path, help="such as results/cpu/learning_rates_tomita")
    parser.add_argument("--write", type=pathlib.Path, required=True, metavar="FILE", help="of overrides")
    parser.add_argument(
        "--families",
        action="store_true",
        help="choose among the rows that an initializer fills, too: its options with the rate, under its name",
    )
    parser.add_argument("--figure", type=pathlib.Path, metavar="FOLDER", help="draw the curves, too, into it")
    parser.add_argument("--check", action="store_true", help="write nothing; is FILE as it should be?")
    arguments = parser.parse_args()
    if arguments.figure and not arguments.check:
        command.need("matplotlib")
    try:
        experiment = read_experiment(arguments.search)
        choices = choose_all(experiment)
        chosen = best_of_families(experiment, choices) if arguments.families else choices
        differing = options_that_differ(choices) if arguments.families else None
        files = {
            arguments.write: manifest_text(experiment, chosen, differing),
            **curves_of(experiment, choices, arguments.write),
        }
        problems = stale(files) if arguments.check else []
        if not arguments.check:
            for path, text in files.items():
                write_atomically(path, text)
            draw(experiment, choices, arguments.figure)
    except (Broken, OSError) as error:
        print(f"choose_learning_rates.py: {error}", file=sys.stderr)
        return 1
    for problem in problems:
        print(f"choose_learning_rates.py: {problem}", file=sys.stderr)
    if not arguments.check:
        print(where_it_is_used(arguments.write))
    edge = [choice for choice in chosen if choice.at_edge]
    print(f"{arguments.write}: {len(chosen)} choices, {len(edge)} at the edge of the search")
    for choice in edge if not arguments.check else []:
        print(f"  {choice.cell}, {one_line(choice.row)}: {choice.rate!r}; {curve.edge_text(choice)}")
    return 1 if problems else 0


if __name__ == "__main__":
    command.run(main)
