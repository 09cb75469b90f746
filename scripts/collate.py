#!/usr/bin/env python3
"""Turns the results of a grid into tables: Markdown, LaTeX and CSV.

For each experiment in results/<profile>/ it writes results/<profile>/tables/<experiment>.md,
.tex and .csv and prints the Markdown; with --brief, what fits on a screen; and tables/README.md, which lists
them. What it writes depends on the results alone, so the same results give the same bytes.
"""

import argparse
import pathlib
import re
import sys
from typing import Dict, List, Optional

from eigenrnn import command

command.need("numpy", "scipy")

from eigenrnn.marks import between_marks
from eigenrnn.output import stale, write_atomically
from eigenrnn.results import UNUSABLE, Broken, experiment_folders, read_experiment
from eigenrnn.tables import brief, contents, latex, long_csv, markdown
from eigenrnn.tables.layout import Document, make_document

# Tables of these names are those of scripts/statistics_report.py and scripts/rank_initializers.py.
OTHERS = ("statistics", "eigen_variants", "README")
QUOTE, QUOTE_END = "<!-- table of {}: written by scripts/collate.py -->", "<!-- end of the table -->"
RENDERERS = {".md": markdown.render, ".tex": latex.render, ".csv": long_csv.render}

EXAMPLES = """\
examples:
  scripts/collate.py                            all profiles in results/
  scripts/collate.py results/quick              one profile
  scripts/collate.py results/cpu --experiment tomita
                                                one table
  scripts/collate.py results/cpu --brief tomita pixel_mnist
                                                all tables are written, and of these a part printed
  scripts/collate.py results/cpu --readme README.md
                                                the same tables where a page quotes them, between
                                                <!-- table of NAME: written by scripts/collate.py -->
                                                and <!-- end of the table -->
  scripts/collate.py results/cpu --check        do the tables in results/cpu/tables
                                                agree with the results? Writes nothing.

how to read a table:
  97.1 ± 0.4                      mean ± half-width of the 95 % confidence interval over seeds
  **97.1 ± 0.4**                  the best of its column, or not to be told from it
  97.1 ± 0.4 (n=4, 1 diverged)    4 runs in the mean; a fifth diverged and is not in it
  97.1 ± 0.4 (n=4, 1 overflow)    one finished, but this number is too large to be one
  97.0 (2/5 run)                  2 of 5 runs have ended so far;  …  none has
  4.5 ± 1.0 (3/5 reached)         3 of 5 runs got to the threshold;  never  none did

exit codes: 0 done; 1 a file is broken or missing, or --check found a difference; 2 bad usage
"""


def fail(message: str) -> None:
    print(f"collate.py: {message}", file=sys.stderr)


def check(files: Dict[pathlib.Path, str], profile: pathlib.Path) -> bool:
    """Says which files on disk are not what would be written."""
    differences = stale(files)
    for difference in differences:
        fail(f"{difference}; write it with {command.shown('scripts/collate.py', profile)}")
    return not differences


def with_tables(page: str, documents: List[Document]) -> str:
    """`page` with the tables that it quotes. Throws ValueError where it names no experiment, or lacks an end."""
    by_name = {document.experiment.grid.experiment: document for document in documents}
    for name in re.findall(QUOTE.format("(.*?)"), page):
        if name not in by_name:
            raise ValueError(f"it quotes the table of {name!r}, of which there are no results")
        text = markdown.render_quote(by_name[name])
        page = between_marks(page, QUOTE.format(name), QUOTE_END, text)
    return page


def orphans(profile: pathlib.Path, known: List[str]) -> List[pathlib.Path]:
    """Tables on disk that no experiment stands behind."""
    tables = sorted((profile / "tables").glob("*"))
    known = [*known, *OTHERS]
    return [path for path in tables if path.suffix in RENDERERS and path.stem not in known]


class Screen:
    """Prints what was made: all of it, or of the experiments named a part that fits on a screen."""

    def __init__(self, only_briefly: Optional[List[str]]) -> None:
        self.names = only_briefly
        self.documents: List[Document] = []

    def show(self, document: Document, text: str) -> None:
        if self.names is None:
            print(text if document.experiment.results else brief.one_line(document))
        elif document.experiment.grid.experiment in self.names:
            self.documents.append(document)

    def finish(self) -> None:
        if self.documents:
            names = self.names or []
            self.documents.sort(key=lambda document: names.index(document.experiment.grid.experiment))
            print(brief.render(self.documents))


def collate_experiment(
    folder: pathlib.Path, only_check: bool, screen: Screen, made: List[Document]
) -> bool:
    """Writes and shows, or checks, one experiment's tables, and appends them to `made`. True if nothing was wrong."""
    base = folder.parent / "tables" / folder.name
    try:
        experiment = read_experiment(folder)
        document = make_document(experiment)
        files = {base.with_name(base.name + end): render(document) for end, render in RENDERERS.items()}
    except Broken as error:
        fail(f"{folder / 'table.json'}: {error}")
        return False
    except UNUSABLE as error:
        fail(f"{folder}: its tables cannot be made: {error!r}")
        return False
    for problem in experiment.problems:
        fail(problem)
    made.append(document)
    if only_check:
        return check(files, folder.parent) and not experiment.problems
    for path, text in files.items():
        write_atomically(path, text)
    screen.show(document, files[base.with_name(base.name + ".md")])
    return not experiment.problems


def collate_profile(
    profile: pathlib.Path, names: List[str], only_check: bool, screen: Screen, readme: Optional[pathlib.Path]
) -> bool:
    """True if nothing was wrong."""
    if not profile.is_dir():
        fail(f"no folder {profile}; run an experiment first, for instance make reproduce-all")
        return False
    folders = experiment_folders(profile)
    known = [folder.name for folder in folders]
    good = True
    for name in names:
        if name not in known:
            fail(f"{profile} has no experiment {name!r}; there are: {', '.join(known) or 'none'}")
            good = False
    if not folders:
        fail(f"no results in {profile}; run an experiment first, for instance make reproduce-all")
        return False
    made: List[Document] = []
    for folder in folders:
        if not names or folder.name in names:
            good = collate_experiment(folder, only_check, screen, made) and good
    if not names:
        experiments = [document.experiment for document in made]
        pages = {profile / "tables" / contents.NAME: contents.render(profile.name, experiments)}
        if readme:
            try:
                pages[readme] = with_tables(readme.read_text(encoding="utf-8"), made)
            except ValueError as error:
                fail(f"{readme}: {error}")
                good = False
        if only_check:
            good = check(pages, profile) and good
        else:
            for path, text in pages.items():
                write_atomically(path, text)
    if only_check and not names:
        for path in orphans(profile, known):
            fail(f"{path} has no results behind it")
            good = False
    return good


def default_profiles() -> List[pathlib.Path]:
    results = pathlib.Path("results")
    if not results.is_dir():
        return []
    return [p for p in sorted(results.iterdir()) if p.is_dir() and experiment_folders(p)]


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "profiles",
        nargs="*",
        type=pathlib.Path,
        metavar="RESULTS_PROFILE_DIR",
        help="such as results/quick (default: every profile in results/)",
    )
    parser.add_argument(
        "--experiment",
        action="append",
        default=[],
        metavar="NAME",
        help="only this one (repeatable)",
    )
    parser.add_argument(
        "--brief",
        nargs="+",
        metavar="NAME",
        help="print no more than fits on a screen, and only of these experiments",
    )
    parser.add_argument(
        "--check", action="store_true", help="exit 1 if the tables on disk differ; write nothing"
    )
    parser.add_argument("--readme", type=pathlib.Path, metavar="FILE", help="that quotes tables, between marks")
    arguments = parser.parse_args()
    profiles = arguments.profiles or default_profiles()
    if not profiles:
        fail("no results in results/; run an experiment first, for instance make reproduce-all")
        return 1
    good = True
    for profile in profiles:
        try:
            screen = Screen(arguments.brief)
            good = (
                collate_profile(profile, arguments.experiment, arguments.check, screen, arguments.readme)
                and good
            )
            screen.finish()
        except OSError as error:
            fail(f"{error.filename or profile}: {error.strerror or error}")
            good = False
    return 0 if good else 1


if __name__ == "__main__":
    command.run(main)
