"""Tests of the numbers in docs/findings.md: each part on numbers that are known, and the script's marks."""

import pathlib
import subprocess
import sys
import unittest

from collate_fixture import SCRIPTS, FolderTest, Study
from eigenrnn.figures.study import read_study
from eigenrnn.findings import dynamics, prediction
from eigenrnn.findings.document import END, START
from eigenrnn.marks import between_marks
from eigenrnn.results import read_experiment
from eigenrnn.statistics.plan import PLAN, read_plan
from figures_fixture import GridTest

PARTS = ["linear model", "what is kept", "from the start", "regression and classification", "spectra", "verdicts"]
INITIALIZERS = ["xavier", "kaiming", "irnn", "orthogonal", "eigen"]


def row_of(table, *start):
    """The places after `start` of the table's row that begins with it."""
    rows = [[place.strip() for place in line.strip("|").split("|")] for line in table.splitlines()]
    found = [row[len(start) :] for row in rows if row[: len(start)] == list(start)]
    assert len(found) == 1, (start, table)
    return found[0]


class Dynamics(GridTest):
    """Two seeds, whose numbers the fixture shifts."""

    def setUp(self):
        super().setUp()
        self.write_grid()
        self.study = read_study(self.profile)

    def test_the_linear_model(self):
        text, table = dynamics.linear_model(self.study)
        self.assertIn("in 20 of 20 trained networks", text)  # at 1× the fixture's left all bounds
        self.assertEqual(row_of(table, "RNN (tanh)", "tomita!"),
                         ["—", "0.01", "overflow", "—", "0.01", "overflow", "50 %"])  # fmt: skip

    def test_what_is_kept(self):
        (table,) = dynamics.what_is_kept(self.study)
        self.assertEqual(row_of(table, "GRU", "eigen"), ["1.5", "—", "1.5", "0.80", "0.80", "—", "—"])

    def test_spectra(self):
        (table,) = dynamics.spectra(self.study)
        # moduli 1, 1, 2, 0.5; trained by seed 1 they are twice that
        self.assertEqual(row_of(table, "RNN (tanh)", "xavier")[:4], ["50 %", "38 %", "25 %", "50 %"])

    def test_regression_and_classification_are_compared_in_pairs(self):
        text, table, growths = dynamics.regression_and_classification(self.study)
        self.assertEqual(row_of(table, "spectral radius"), ["+0.000 ± 0.000"] * 2)
        self.assertIn("0 of 10 differences, each over up to 4 pairs", text)
        self.assertIn("adding! 1.00 (regression)", growths)
        for run in self.study.runs:
            if run.task.name == "adding_threshold":
                for block in run.result["spectra"]["best"]:
                    block["eigenvalues"] = [[2 * re, 2 * im] for re, im in block["eigenvalues"]]
        text, table, _ = dynamics.regression_and_classification(self.study)
        # the radius is 2 and 4 after training; twice that is a difference of 2 and 4 for two initializers
        self.assertTrue(row_of(table, "spectral radius")[0].startswith("+3.000 ± 1.8"), table)

    def test_a_network_without_its_pair_is_left_out(self):
        self.study.runs = [r for r in self.study.runs if (r.task.name, r.seed) != ("adding", 1)]
        self.assertIn("up to 2 pairs", dynamics.regression_and_classification(self.study)[0])


class Prediction(FolderTest):
    """Five initializers, three of ten seeds analysed; results as the place has them."""

    def experiment(self, results, seeds=4):
        study = Study(self.profile, rows=INITIALIZERS, seeds=seeds, cells=["rnn_tanh", "gru"])
        for cell in ("rnn_tanh", "gru"):
            for row, result in zip(INITIALIZERS, results):
                study.runs(row, [result] * seeds, at=("1", cell))
        study.tested_on(1000)
        return read_experiment(study.folder)

    def analyses(self, experiment, capacities):
        by_row = dict(zip(INITIALIZERS, capacities))
        norms = {"sequences": [8, 8, 3], "median": [0.0, -1.0, None]}
        return {
            key: {"memory": {"network": {"capacity": by_row[entry.row]}},
                  "gradients": {"lags": [0, 1, 2], "spectral": norms}}
            for entry in experiment.grid.entries for seed, key in entry.keys.items() if seed in prediction.SEEDS
        }  # fmt: skip

    def test_what_goes_with_the_result_is_told(self):
        experiment = self.experiment([0.6, 0.7, 0.8, 0.9, 0.95])
        found = self.analyses(experiment, [1, 2, 3, 4, 5])
        text, table, rows = prediction.from_the_start([experiment], read_plan(PLAN), found)
        correlation, _, p, places = row_of(table, "memory capacity")
        self.assertEqual((correlation, p, places), ("+1.00", "0.05", "2"))  # 2/120, three times by Holm
        self.assertEqual(row_of(table, "gradient's norm over the longest lag")[0], "+0.00")  # equal for all
        self.assertEqual(row_of(table, "largest Lyapunov exponent"), ["—", "—", "—", "0"])
        self.assertIn("Told from no association: memory capacity. 5 initializers in 2 places", text)
        self.assertEqual(row_of(rows, "eigen")[::6], ["5.00"])
        self.assertEqual(row_of(rows, "eigen")[-1], "1.00")

    def test_the_networks_needed_are_of_three_seeds(self):
        experiment = self.experiment([0.6, 0.7, 0.8, 0.9, 0.95])
        places = prediction.places_of([experiment], read_plan(PLAN))
        self.assertEqual(prediction.keys_needed(places), sorted(self.analyses(experiment, range(5))))

    def test_an_experiment_without_a_row_of_the_others_is_left_out(self):
        tuned = Study(self.profile, experiment="pixel_mnist", rows=INITIALIZERS[1:], seeds=4)
        for row in INITIALIZERS[1:]:
            tuned.runs(row, [0.5] * 4)
        experiments = [self.experiment([0.6, 0.7, 0.8, 0.9, 0.95]), read_experiment(tuned.folder)]
        places = prediction.places_of(experiments, read_plan(PLAN))
        self.assertEqual({place.experiment for place in places}, {"tomita"})

    def test_places_at_the_ceiling_and_at_chance_tell_nothing(self):
        for accuracy in (1.0, 0.5):
            with self.subTest(accuracy):
                self.setUp()
                places = prediction.places_of([self.experiment([accuracy] * 5)], read_plan(PLAN))
                self.assertEqual((len(places), prediction.telling(places)), (2, []))

    def test_a_place_that_lacks_runs_is_left_out(self):
        experiment = self.experiment([0.6, 0.7, 0.8, 0.9, 0.95])
        del experiment.results[Study.key("eigen", 3, "1", "gru")]
        places = prediction.places_of([experiment], read_plan(PLAN))
        self.assertEqual([place.cell for place in places], ["rnn_tanh"])


class Script(GridTest):
    def findings(self, *arguments):
        words = [sys.executable, "-B", str(SCRIPTS / "findings.py"), str(self.profile), *map(str, arguments)]
        done = subprocess.run(words, capture_output=True, encoding="utf-8", check=False)
        self.assertNotIn("Traceback", done.stderr)
        return done

    def test_numbers_stand_between_the_marks_and_are_checked(self):
        self.write_grid(seeds=1)
        page = pathlib.Path(self.profile) / "page.md"
        page.write_text("".join(f"{START}\n{END}\n".replace("{name}", name) for name in PARTS), encoding="utf-8")
        done = self.findings("--document", page)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(self.findings("--document", page, "--check").returncode, 0)
        written = page.read_text(encoding="utf-8")
        self.assertIn("trained networks.", written)
        page.write_text(written.replace("50 %", "51 %"), encoding="utf-8")
        done = self.findings("--document", page, "--check")
        self.assertEqual(done.returncode, 1)
        self.assertIn("write it with", done.stderr)
        page.write_text("without marks", encoding="utf-8")
        done = self.findings("--document", page)
        self.assertEqual(done.returncode, 1)
        self.assertIn("it has no '<!-- linear model", done.stderr)

    def test_bad_usage(self):
        self.assertEqual(self.findings("--nonsense").returncode, 2)

    def test_between_marks(self):
        self.assertEqual(between_marks("a [x] old [y] b", "[x]", "[y]", "new"), "a [x]\nnew\n[y] b")
        self.assertRaises(ValueError, between_marks, "[y] [x]", "[x]", "[y]", "new")


if __name__ == "__main__":
    unittest.main()
