"""Tests of scripts/figures.py: the numbers behind the pictures, and that they are drawn."""

import csv
import io
import json
import math
import subprocess
import sys
import unittest

from matplotlib.figure import Figure

from collate_fixture import SCRIPTS, Study
from eigenrnn.figures import (
    automaton,
    comparison,
    curves,
    fixed_points,
    gradients,
    linearity,
    lyapunov,
    memory,
    modes,
    moduli,
    numbers,
    separability,
    spectra,
    style,
)  # fmt: skip
from eigenrnn.figures.study import read_study
from figures_fixture import CONDITIONS, EIGENVALUES, KINDS, GridTest, block


class NumbersTest(unittest.TestCase):
    def test_quantiles_are_linear_between_neighbours(self):
        self.assertEqual(numbers.quantile([4, 1, 3, 2], 0.5), 2.5)
        self.assertAlmostEqual(numbers.quantile([1, 2, 3, 4], 0.05), 1.15, places=12)
        self.assertEqual(numbers.quantile([7], 0.95), 7)
        self.assertEqual(numbers.quantile([math.inf, math.inf, 1], 0.75), math.inf)

    def test_the_median_mixes_no_infinity(self):
        self.assertEqual(numbers.median([-math.inf, 2.0]), -math.inf)
        self.assertEqual(numbers.median([3.0, -math.inf, 2.0]), 2.0)

    def test_mean_and_interval(self):
        self.assertIsNone(numbers.mean([None, math.nan]))
        self.assertEqual(numbers.mean([None, 1.0, 3.0]), 2.0)
        mean, half = numbers.interval([1.0, 2.0, 3.0])  # t(0.975, 2) = 4.30265, over √3
        self.assertEqual(mean, 2.0)
        self.assertAlmostEqual(half, 2.48413771, places=7)
        self.assertEqual(numbers.interval([5.0]), (5.0, None))

    def test_measures_of_a_spectrum(self):
        measures = numbers.spectrum_measures(block("h"))
        self.assertEqual(measures["fraction_outside"], 0.25)  # a modulus of 1 is on the circle
        self.assertEqual(measures["spectral_radius"], 2.0)
        # phases ±atan2(0.8, 0.6) = ±0.9272952, 0 and π
        self.assertAlmostEqual(measures["mean_phase"], (2 * 0.92729522 + math.pi) / 4, places=7)
        self.assertEqual(measures["fraction_real"], 0.5)
        self.assertEqual(measures["relative_departure"], 0.4)
        self.assertIsNone(numbers.spectrum_measures({**block("h"), "eigenvalues": []}))


class CurveTest(unittest.TestCase):
    def test_a_curve_without_a_finite_point_is_left_out(self):
        """All Lyapunov exponents of a dead ReLU network are minus infinity."""
        axes = Figure().add_subplot()
        points = [(x, -math.inf, -math.inf, -math.inf) for x in (0.0, 1.0)]
        curves._draw(axes, curves.Curve("before", "rnn_relu", "xavier", 1, points), ["xavier"])
        axes.figure.canvas.draw()
        self.assertEqual(len(axes.lines), 0)


class DataTest(GridTest):
    """The data of each figure. Two seeds, whose numbers the fixture shifts."""

    def setUp(self):
        super().setUp()
        self.write_grid()
        self.study = read_study(self.profile)
        self.task = {task.name: task for task in self.study.tasks()}

    def test_the_study_is_whole(self):
        self.assertEqual(self.study.problems, [])
        self.assertEqual(len(self.study.runs), len(CONDITIONS) * 2 * 2 * 2)
        self.assertEqual(list(self.study.cells.values()), ["RNN (tanh)", "GRU"])
        self.assertEqual({name: task.kind for name, task in self.task.items()}, KINDS)

    def test_a_cell_is_shown_by_what_is_measured_on_it_not_by_its_name(self):
        self.study.cells = {{"rnn_tanh": "affine"}.get(cell, cell): cell for cell in self.study.cells}
        for run in self.study.select(cell="rnn_tanh"):
            run.cell = "affine"
            for blocks in run.result["spectra"].values():
                for one in blocks:
                    one.update({"gate": "u"} if "gate" in one else {})
        names = [picture.name for figure in (modes, linearity) for picture in figure.pictures(self.study)]
        self.assertEqual(names, ["modes_affine", "linearity_affine"])
        shown = comparison.shown_rows(comparison.rows_of(self.study))
        self.assertEqual({(row["cell"], row["gate"]) for row in shown},
                         {("affine", "u"), ("gru", comparison.ALL_GATES)})  # fmt: skip

    def test_tasks_look_like_their_kind_and_unlike_one_another(self):
        looks = style.task_styles(self.study.tasks())
        self.assertEqual(len(set(looks.values())), len(CONDITIONS))
        self.assertEqual(looks["adding"][0], style.KINDS["regression"][0])
        self.assertEqual(looks["tomita"][0], style.KINDS["classification"][0])

    def test_spectra_show_the_start_once_and_every_trained_network(self):
        rows = spectra.eigenvalue_rows(self.study, "eigen")
        start = [row for row in rows if row["moment"] == "start" and row["gate"] == "h"]
        self.assertEqual([[row["real"], row["imaginary"]] for row in start], 2 * EIGENVALUES)
        trained = [row for row in rows if row["moment"] == "trained" and row["gate"] == "h"]
        self.assertEqual(len(trained), len(CONDITIONS) * 2 * len(EIGENVALUES))
        self.assertEqual({row["real"] for row in trained if row["seed"] == 1}, {1.2, 4.0, -1.0})

    def test_moduli_begin_with_the_initialization(self):
        rows = moduli.rows_of(self.study, self.task["tomita"])
        mine = [row for row in rows if (row["gate"], row["initializer"]) == ("z", "eigen")]
        self.assertEqual([row["epoch"] for row in mine], [0, 1])
        # moduli 0.5, 1, 1, 2: the quantile 0.95 lies 0.85 of the way from 1 to 2
        self.assertAlmostEqual(mine[0]["q95"], 1.85, places=12)
        self.assertEqual((mine[0]["q50"], mine[0]["radius"], mine[0]["runs"]), (1.0, 2.0, 2))
        self.assertEqual((mine[1]["q25"], mine[1]["radius"]), (0.9, 2.5))  # radii 2 and 3

    def test_the_comparison_is_over_seeds(self):
        rows = [
            row
            for row in comparison.rows_of(self.study)
            if (row["cell"], row["initializer"], row["kind"], row["measure"], row["gate"])
            == ("rnn_tanh", "eigen", "regression", "spectral_radius", "h")
        ]
        self.assertEqual([row["moment"] for row in rows], ["before training", "after training"])
        before, after = rows
        self.assertEqual((before["mean"], before["half_width_95"], before["seeds"]), (2.0, 0.0, 2))
        # seeds give 2 and 4 in both tasks: t(0.975, 1) = 12.70620 · √2 / √2
        self.assertEqual(after["mean"], 3.0)
        self.assertAlmostEqual(after["half_width_95"], 12.7062047, places=6)
        self.assertIn("| 3.000 ± 12.706 (2.000) |", comparison.markdown(self.study, rows))

    def test_a_seed_without_all_conditions_is_not_compared(self):
        gone = self.study.select(cell="gru", initializer="eigen", seed=1)[0]
        self.study.runs.remove(gone)
        seeds = comparison.per_seed(self.study, gone.task.kind, "gru", "eigen")
        self.assertEqual(list(seeds), [0])

    def test_curves_are_median_and_range_over_runs(self):
        found = curves.before_and_after(self.study, self.task["adding"], memory.memory_points)
        curve = next(c for c in found if (c.cell, c.initializer) == ("gru", "eigen"))
        self.assertEqual(curve.points, [(0, 1.0, 1.0, 1.0), (1, 0.5, 0.5, 0.6), (2, 0, 0, 0)])
        self.assertEqual(curve.runs, 2)

    def test_gradients_of_zero_stay_zero(self):
        runs = self.study.select(task=self.task["adding"], cell="gru", initializer="eigen")
        count, points = gradients.over_runs(runs, "best")
        self.assertEqual(count, 2)
        zero = -math.inf
        self.assertEqual(points, [(0, 0, 0, 0), (1, -2.0, -2.0, -0.5), (2, zero, zero, -3.0)])

    def test_lyapunov_exponents(self):
        row = lyapunov.largest_rows(self.study)[0]
        self.assertAlmostEqual(row["mean"], -0.2, places=12)  # −0.1 and −0.3
        self.assertEqual((row["runs"], row["lost"], row["low"]), (2, 0, -0.1 - 0.2))
        self.assertEqual(lyapunov.summary([-math.inf, -1.0])["lost"], 1)
        self.assertIsNone(lyapunov.summary([-math.inf])["mean"])
        points = lyapunov.spectrum_points(self.study.runs[0].analyses["best"])
        self.assertEqual(points, [(0, -0.1), (0.5, -1.0), (1, -math.inf)])

    def test_readouts_and_linearity(self):
        tomita = self.study.select(task=self.task["tomita"], cell="rnn_tanh")[1].analyses["best"]
        pixels = self.study.select(task=self.task["pixel_mnist"])[0].analyses["best"]
        information = separability.readout_points("label", "information")
        self.assertEqual(information(tomita), [(0, 0.5), (5, 0.25)])
        self.assertEqual(separability.readout_points("input", "r2")(pixels), [(0, 0.8)])
        self.assertIsNone(separability.readout_points("input", "r2")(tomita))
        self.assertEqual(linearity.linearity_points("saturated")(tomita), [(0.1, 0.0), (1, 0.5)])
        self.assertEqual(linearity.linearity_points("relative_error")(tomita), [(0.1, 0.02)])

    def test_modes_by_number_and_by_energy(self):
        found = modes.shares(self.study.select(cell="rnn_tanh"), "best")
        decaying = modes.LABELS.index("1 to 1.78")
        self.assertEqual(found["modes"][decaying], 0.5)
        self.assertEqual(found["modes"][modes.LABELS.index("growing")], 0.5)
        self.assertEqual(found["energy"][modes.LABELS.index("growing")], 0.75)
        self.assertAlmostEqual(sum(found["energy"]), 1.0, places=12)
        for constant, label in ((None, "longer"), (-1e9, "longer"), (-5.0, "growing"),
                                (0.0, "shorter"), (1e4, "longer")):  # fmt: skip
            self.assertEqual(modes.LABELS[modes.bin_of({"time_constant": constant})], label)

    def test_the_best_network_shows_its_fixed_points(self):
        run = fixed_points.best_run(self.study, self.task["tomita"], "3", "gru")
        self.assertEqual((run.initializer, run.seed), ("xavier", 1))
        rows = fixed_points.point_rows(run)
        self.assertEqual([row["dfa_state"] for row in rows if row["what"] == "visited"], [0, 1, 0])
        cycle = [(row["x"], row["y"]) for row in rows if row["period"] == 2]
        self.assertEqual(cycle, [(0.0, 1.0), (1.0, 0.0)])

    def test_arrows_of_an_automaton_carry_all_their_symbols(self):
        arrows = automaton.transitions({"next": [[1, 1], [1, 0]]})
        self.assertEqual(arrows, {(0, 1): "0, 1", (1, 1): "0", (1, 0): "1"})

    def test_csv_leaves_out_what_is_not_there(self):
        text = style.csv_text([{"a": 1 / 3, "b": None}, {"a": 2, "b": "x"}])
        self.assertEqual(text, "a,b\n0.333333,\n2,x\n")


class ProgramTest(GridTest):
    """scripts/figures.py as a user runs it."""

    def figures(self, *arguments):
        command = [sys.executable, "-B", str(SCRIPTS / "figures.py"), *map(str, arguments)]
        return subprocess.run(command, capture_output=True, encoding="utf-8", check=False)

    def files(self, pattern):
        return {p.name: p.read_bytes() for p in (self.profile / "figures").glob(pattern)}

    def test_a_label_in_a_name_makes_no_folder(self):
        figure = style.pyplot.figure()
        for path in style.save(style.Picture("spectra_../../up/a b", figure, []), self.profile / "figures"):
            self.assertEqual(path.parent, self.profile / "figures")
            self.assertTrue(path.exists())

    def test_every_figure_is_drawn_with_its_data(self):
        self.write_grid(tasks=("adding", "tomita"))
        done = self.figures(self.profile)
        self.assertEqual(len(done.stderr.splitlines()), 3, done.stderr)  # three tasks are missing
        listed = self.figures("--list").stdout.split("\n")
        names = [line.split()[0] for line in listed if line]
        self.assertEqual(len(names), 10)
        tables = self.files("*.csv")
        for name in names:
            self.assertTrue(any(file.startswith(name) for file in tables), name)
        for file, text in tables.items():
            rows = list(csv.DictReader(io.StringIO(text.decode("utf-8"))))
            self.assertTrue(rows, file)
            base = self.profile / "figures" / file[:-4]
            self.assertTrue(base.with_suffix(".png").read_bytes().startswith(b"\x89PNG"), file)
            self.assertTrue(base.with_suffix(".pdf").read_bytes().startswith(b"%PDF-"), file)
            self.assertIn(b"<svg", base.with_suffix(".svg").read_bytes()[:1000], file)
        self.assertEqual(self.files("*.tmp"), {})

    def test_the_same_input_gives_the_same_bytes(self):
        self.write_grid(seeds=1, tasks=("tomita",))
        names = ("memory", "lyapunov", "fixed_points", "moduli")
        self.figures(self.profile, "--jobs", 1, *(f"--figure={name}" for name in names))
        first = self.files("*")
        self.assertEqual(len(first), 4 * (1 + 2 + 1 + 1))  # SVG, PDF, PNG, CSV
        for name in reversed(names):  # whatever was drawn before
            self.figures(self.profile, f"--figure={name}")
        again = self.files("*")
        self.assertEqual([name for name in first if again[name] != first[name]], [])

    def test_missing_results_are_named_and_the_rest_is_drawn(self):
        self.write_grid(seeds=1, tasks=("adding",))
        done = self.figures(self.profile, "--figure", "separability", "--figure", "linearity")
        self.assertEqual(done.returncode, 1)
        self.assertIn("dynamics_tomita: no results; make them with: build/eigenrnn run "
                      "experiments/dynamics_tomita.yaml --profile quick", done.stderr)  # fmt: skip
        self.assertIn("separability is not drawn", done.stderr)
        self.assertEqual(set(self.files("*.svg")), {"linearity_rnn_tanh.svg"})

    def test_a_table_of_an_older_program_is_named(self):
        self.write_grid(seeds=1, with_analyses=False)
        path = self.profile / "dynamics_adding" / "table.json"
        table = json.loads(path.read_text(encoding="utf-8"))
        del table["task"]
        path.write_text(json.dumps(table), encoding="utf-8")
        done = self.figures(self.profile, "--figure", "comparison")
        self.assertEqual(done.returncode, 1)
        self.assertIn(f"{path}: lacks task, as an older program wrote it; write it again with: "
                      "make reproduce-dynamics_adding PROFILE=quick", done.stderr)  # fmt: skip
        self.assertEqual(set(self.files("*.svg")), {"comparison.svg"})

    def test_missing_analyses_and_runs_are_counted(self):
        self.write_grid(seeds=1, with_analyses=False)
        key = Study.key("eigen", 0, CONDITIONS["adding"], "gru")
        (self.profile / "dynamics_adding" / f"{key}.json").unlink()
        done = self.figures(self.profile, "--figure", "memory", "--figure", "comparison")
        self.assertEqual(done.returncode, 1)
        self.assertIn("dynamics_adding: 1 of 4 results are missing", done.stderr)
        self.assertIn(f"38 of 38 analyses are missing; make them with: build/eigenrnn analyze "
                      f"{self.profile}/dynamics_*", done.stderr)  # fmt: skip
        self.assertIn("memory is not drawn", done.stderr)
        self.assertEqual(set(self.files("*.svg")), {"comparison.svg"})

    def test_bad_usage(self):
        self.assertEqual(self.figures(self.profile, "--figure", "nonsense").returncode, 2)
        self.assertEqual(self.figures().returncode, 2)
        self.assertEqual(self.figures(self.profile / "none").returncode, 1)


if __name__ == "__main__":
    unittest.main()
