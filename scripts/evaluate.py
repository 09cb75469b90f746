#!/usr/bin/env python3
"""Makes all that is said about a profile's results, in order: the tables of every experiment, the
statistics, with a picture where matplotlib is there, the ranking of eigen's variants where there are runs of
them, and the page where its program is built. `make tables`, the end of every `make reproduce-*` and the job
that ends a grid on a cluster call it.

What each step writes depends on the results alone. A step that fails does not keep the others from being
made.
"""

import argparse
import importlib.util
import pathlib
import subprocess
import sys
from typing import Iterator, List, NamedTuple, Optional

from eigenrnn import command
from eigenrnn.results import experiment_folders
from eigenrnn.statistics import rules

SCRIPTS = pathlib.Path(__file__).resolve().parent
ROOT = SCRIPTS.parent
PAGE_PROGRAM = ROOT / "report" / "dist" / "app.js"
VARIANTS = ("eigen_ablation_tomita", "eigen_ablation_mnist")
GIVE_UP = (2, 130, command.BROKEN_PIPE)  # bad usage, interrupted, nobody reads

EXAMPLES = """\
examples:
  scripts/evaluate.py results/quick                        tables, statistics, page
  scripts/evaluate.py results/quick --brief tomita         the same, and prints what fits on a screen
  scripts/evaluate.py results/cpu --check --readme README.md
                                                           does all that is committed follow from the
                                                           results, chosen learning rates too?

exit codes: 0 done; 1 a file is broken or missing, or --check found a difference; 2 bad usage
"""


class Step(NamedTuple):
    script: str
    arguments: List[str]
    shown: bool = True  # on standard output


def searches(profile: pathlib.Path, names: List[str]) -> Iterator[Step]:
    """Of learning rates and options, whose choice is committed."""
    for name in names:
        choice = ROOT / "experiments" / "include" / f"{name}_{profile.name}.yaml"
        if choice.exists():
            words = [str(profile / name), "--write", str(choice.relative_to(ROOT))]
            families = ["--families"] if rules.chooses_options(name) else []
            yield Step("choose_learning_rates.py", words + families)


def steps(profile: pathlib.Path, arguments: argparse.Namespace) -> Iterator[Step]:
    check = ["--check"] if arguments.check else []
    brief: Optional[List[str]] = arguments.brief
    names = [folder.name for folder in experiment_folders(profile)]
    readme = ["--readme", arguments.readme] if arguments.readme else []
    yield Step("collate.py", [str(profile), *check, *readme, *(["--brief", *brief] if brief else [])])
    can_draw = not arguments.check and importlib.util.find_spec("matplotlib") is not None  # no table needs it
    figure = ["--figure", str(profile / "figures")] if can_draw else []
    plan = ["--plan", arguments.plan] if arguments.plan else []
    yield Step("statistics_report.py", [str(profile), *check, *readme, *figure, *plan])
    if all(name in names for name in VARIANTS):
        title = "Variants of the eigen initializer, ranked by validation results"
        words = [str(profile), *VARIANTS, "--choose", "eigen", "--name", "eigen_variants", "--title", title]
        yield Step("rank_initializers.py", words + check, brief is None or set(brief) & set(VARIANTS) != set())
    if arguments.check:
        for step in searches(profile, names):
            yield step._replace(arguments=step.arguments + check)
    elif arguments.page and PAGE_PROGRAM.exists():
        yield Step("report_page.py", [str(profile)], shown=False)


def run(step: Step) -> int:
    sys.stdout.flush()
    words = [sys.executable, "-B", str(SCRIPTS / step.script), *step.arguments]
    return subprocess.run(words, stdout=None if step.shown else subprocess.DEVNULL, check=False).returncode


def say_where(profile: pathlib.Path) -> None:
    page = profile / "report" / "index.html"
    variables = [f"PROFILE={profile.name}"]
    if profile.parent != pathlib.Path("results"):
        variables.append(f"RESULTS={profile.parent}")
    print(f"tables: {profile / 'tables'}/ (all of them here: {command.shown('make', 'tables', *variables)})")
    if page.exists():
        print(f"page: {page}")
    else:
        print(f"page: none yet; {command.shown('make', 'report', *variables)} writes {page}")


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "profile", type=pathlib.Path, metavar="RESULTS_PROFILE_DIR", help="such as results/quick"
    )
    parser.add_argument(
        "--brief", nargs="+", metavar="NAME", help="print no more than fits on a screen, of these experiments"
    )
    parser.add_argument("--check", action="store_true", help="write nothing; is all as it should be?")
    parser.add_argument("--readme", metavar="FILE", help="that holds the verdicts, too")
    parser.add_argument(
        "--plan", metavar="FILE", help="of the analysis: proposal, rivals, tests (default: experiments/analysis.yaml)"
    )
    parser.add_argument(
        "--no-page", dest="page", action="store_false", help="leave the page out, though it could be made"
    )
    arguments = parser.parse_args()
    if not arguments.profile.is_dir():
        print(f"evaluate.py: no folder {arguments.profile}; run an experiment first, "
              "for instance make reproduce-all", file=sys.stderr)  # fmt: skip
        return 1
    code = 0
    for step in steps(arguments.profile, arguments):
        now = run(step)
        if now in GIVE_UP:
            return now
        code = code or now
    if not arguments.check:
        say_where(arguments.profile)
    return code


if __name__ == "__main__":
    command.run(main)
