"""Tests of the page's data: what the folder holds, without a browser."""

import json
import pathlib
import subprocess
import sys
import unittest

from matplotlib.figure import Figure

from collate_fixture import SCRIPTS, FolderTest, Study, result
from eigenrnn.statistics import figure as statistics_figure
from eigenrnn.statistics.document import make_document
from eigenrnn.statistics.plan import PLAN, read_plan
from eigenrnn.statistics.render import rounded
from report_fixture import ROWS, STRANGE, fill, read_script, search_of_rates, small_grid
from statistics_report import read_experiments


class DataTest(FolderTest):
    def report(self):
        bundle = pathlib.Path(self.profile.parent) / "bundle"
        bundle.mkdir(exist_ok=True)
        for name in ("index.html", "app.js", "app.css"):
            (bundle / name).write_text("made up")
        command = [sys.executable, str(SCRIPTS / "report_page.py"), str(self.profile)]
        process = subprocess.run(
            [*command, "--bundle", str(bundle)], capture_output=True, encoding="utf-8", check=False
        )
        self.assertEqual((process.returncode, process.stderr), (0, ""))
        return self.profile / "report"

    def bytes_of(self, folder):
        return {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}

    def test_the_same_results_give_the_same_bytes(self):
        small_grid(self.profile)
        first = self.bytes_of(self.report())
        self.assertEqual(first, self.bytes_of(self.report()))
        names = {str(path) for path in first}
        self.assertIn("curves/tomita.js", names)
        self.assertIn("runs/tomita-1-0.js", names)

    def test_what_is_shown_at_once(self):
        study = small_grid(self.profile)
        data = read_script(self.report() / "data.js")
        experiment = data["experiments"][0]
        self.assertEqual(len(experiment["places"]), 2 * 2 * 8)
        place = experiment["places"][16 + 2]  # LSTM, 1, irnn
        self.assertEqual((place["cell"], place["condition"], place["row"]), (1, 0, 2))
        self.assertTrue(place["outside"])
        self.assertEqual([run[2] for run in place["runs"]], [0, 0, 2])
        self.assertIsNone(place["runs"][2][3])
        self.assertIn("1 failed", place["entries"][0]["detail"])
        record = json.loads((study.folder / f"{place['runs'][0][1]}.json").read_text())
        self.assertAlmostEqual(place["runs"][0][3], record["metrics"]["accuracy"], places=6)
        rivals = data["answers"][0]["rivals"]
        self.assertEqual(sum(len(rivals[0][name]) for name in ("places", "silent")), 2 * 2)
        self.assertEqual(data["proposal"], "eigen")

    def test_the_first_picture_has_the_numbers_of_the_statistics(self):
        small_grid(self.profile)
        data = read_script(self.report() / "data.js")
        experiments, unread, _ = read_experiments(self.profile)
        plan = read_plan(PLAN)
        answer, *_ = make_document(experiments, self.profile, plan, unread).answers
        forest, *_ = data["forests"]
        shown = [
            (group["rival"], line.get("cell", ""), *(line[n] for n in ("gain", "low", "high", "outcome")))
            for group in forest
            for line in [group["all"], *group["lines"]]
            if line and line["outcome"]
        ]
        numbers = [
            (r["rival"], r["cell"], *(rounded(r[n]) for n in ("gain", "low", "high")), r["outcome"])
            for r in statistics_figure.rows(answer, plan)
        ]
        self.assertEqual(shown, numbers)
        self.assertIn(("xavier", "LSTM"), [row[:2] for row in shown])
        self.assertEqual(forest[0]["lines"][0]["conditions"], ["1", "no attention"])

    def test_conditions_that_are_numbers_are_named(self):
        conditions = {"5, 0.001": (5, 0.001), "5, 0.01": (5, 0.01), "6, 0.001": (6, 0.001)}
        study = Study(self.profile, conditions=list(conditions))
        for condition, (grammar, rate) in conditions.items():
            record = result(study.key("eigen", 0, condition))
            record["spec"]["task"]["options"] = {"grammar": grammar, "length": 5}
            record["spec"]["training"]["learning_rate"] = rate
            study.add(record)
        shown = read_script(self.report() / "data.js")["experiments"][0]["condition_labels"]
        self.assertEqual(shown[0], "grammar 5, learning rate 0.001")
        self.assertEqual(shown[2], "grammar 6, learning rate 0.001")

    def test_a_cell_that_says_nothing_says_why(self):
        study = Study(self.profile, cells=["lstm", "gru"])
        fill(study, ["xavier", "eigen"], ["lstm"], ["1"], 3)
        lines = read_script(self.report() / "data.js")["forests"][0][0]["lines"]
        silent = [(line["cell"], line["silent"]) for line in lines]
        self.assertEqual(silent, [("LSTM", []), ("GRU", [["too few runs", 1]])])
        self.assertIsNone(lines[1]["outcome"])

    def test_a_search_is_shown_last_and_not_compared(self):
        small_grid(self.profile)
        answers = read_script(self.report() / "data.js")["answers"]
        search = Study(self.profile, "learning_rates_tomita", rows=ROWS, cells=["rnn_tanh", "lstm"], seeds=9)
        fill(search, ROWS, ["rnn_tanh", "lstm"], ["1"], 9)
        later = Study(self.profile, "tomita_longer")
        later.runs("eigen", [0.5])
        data = read_script(self.report() / "data.js")
        names = [(e["name"], e["search"]) for e in data["experiments"]]
        self.assertEqual(
            names, [("tomita", False), ("tomita_longer", False), ("learning_rates_tomita", True)]
        )
        self.assertEqual(data["answers"], answers)
        self.assertEqual(data["summary"]["experiments"], ["tomita"])
        shown = data["experiments"][2]
        self.assertEqual(len(shown["places"]), 2 * len(ROWS))
        self.assertEqual({g for p in shown["places"] for g in p["gains"][0]}, {None})

    def test_result_against_rate_of_a_search(self):
        study = search_of_rates(self.profile)
        [search] = read_script(self.report() / "data.js")["experiments"]
        rates = search["rates"]
        self.assertEqual((rates["label"], rates["problem"]), ("validation accuracy, %", None))
        found = {(line["cell"], line["row"]): line for line in rates["lines"]}
        self.assertEqual(len(found), 2 * 2)
        self.assertEqual((found[0, 1]["chosen"], found[0, 1]["edge"]), (0.003, ""))
        self.assertEqual((found[0, 0]["chosen"], found[0, 0]["edge"]), (0.01, "extend the search to 0.03"))
        points = {point["rate"]: point["mean"] for point in found[1, 1]["points"]}
        self.assertEqual(points, {0.001: 70.0, 0.003: 90.0, 0.01: 70.0})
        (study.folder / f"{study.key('eigen', 0, '5, 0.01', 'gru')}.json").unlink()
        [search] = read_script(self.report() / "data.js")["experiments"]
        self.assertEqual(search["rates"]["lines"], [])
        self.assertIn("eigen, seed 0 has not been run", search["rates"]["problem"])

    def test_the_details_of_a_run(self):
        study = small_grid(self.profile)
        chunk = read_script(self.report() / "runs" / "tomita-1-1.js")
        key = study.key(STRANGE, 1, "no attention", "lstm")
        run = chunk["runs"][key]
        record = json.loads((study.folder / f"{key}.json").read_text())
        spec = {name: chunk["shared"][index] for name, index in run["spec"].items()}
        self.assertEqual(spec, record["spec"])
        self.assertEqual(chunk["shared"][run["provenance"]], record["provenance"])
        self.assertEqual(run["metrics"], record["metrics"])
        self.assertEqual(
            run["command"],
            f"make reproduce-tomita PROFILE=quick --results {self.profile.parent} --only "
            "'init=a <b>, '\"'\"'c'\"'\"' & d,cell=lstm,condition=no attention,seed=1' "
            "--kernel libtorch --force",
        )
        self.assertEqual([state["epoch"] for state in run["spectra"]], [0, 1, 2, 3, 4])
        recorded = [state["blocks"][0]["points"] is not None for state in run["spectra"]]
        self.assertEqual(recorded, [True, False, False, False, True])
        self.assertEqual(len(run["spectra"][0]["blocks"]), 4)

    def test_figures_are_copied_if_there_are_any(self):
        small_grid(self.profile)
        self.assertEqual(read_script(self.report() / "data.js")["figures"], [])
        (self.profile / "figures").mkdir()
        figure = Figure(figsize=(3, 2), dpi=100)
        for name in ("memory.png", "memory.svg", "memory.pdf", "moduli_tomita.svg"):
            figure.savefig(self.profile / "figures" / name)
        for name in ("memory.csv", "unknown.svg"):
            (self.profile / "figures" / name).write_text(name)
        figures = {f["title"]: f for f in read_script(self.report() / "data.js")["figures"]}
        memory, moduli, unknown = (figures[name] for name in (
            "Memory: what a linear readout of the state tells of earlier input",
            "Moduli of the recurrent eigenvalues by epoch: Tomita grammars",
            "Unknown",
        ))  # fmt: skip
        self.assertEqual((memory["file"], memory["size"]), ("figures/memory.png", [300, 200]))
        self.assertEqual(
            memory["further"], [f"figures/memory.{ending}" for ending in ("svg", "pdf", "csv")]
        )
        self.assertEqual(moduli["file"], "figures/moduli_tomita.svg")
        self.assertEqual(moduli["size"], [216, 144])  # points
        self.assertEqual((moduli["further"], unknown["size"]), ([], None))
        for path in [memory["file"], *memory["further"], moduli["file"]]:
            self.assertTrue((self.profile / "report" / path).is_file())

    def test_results_of_earlier_versions(self):
        study = small_grid(self.profile)
        path = study.folder / f"{study.key('eigen', 0, '1', 'lstm')}.json"
        record = json.loads(path.read_text())
        for name in ("samples", "weights"):
            record.pop(name)
        record["spectra"] = {name: record["spectra"][name] for name in ("start", "end")}
        record["spec"].pop("recording")
        study.add(record)
        run = read_script(self.report() / "runs" / "tomita-1-0.js")["runs"][record["key"]]
        self.assertEqual([state["epoch"] for state in run["spectra"]], [0, 4])


if __name__ == "__main__":
    unittest.main()
