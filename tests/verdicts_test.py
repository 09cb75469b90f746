"""Tests of the plan's verdicts: which places count, what is tested, and what comes out."""

import dataclasses
import math
import random
import unittest

from collate_fixture import FolderTest, Study, result
from eigenrnn.results import Broken, read_experiment
from eigenrnn.statistics import document, figure, verdicts
from eigenrnn.statistics.places import CEILING, CHANCE, LOST, OUTSIDE, TOO_FEW
from eigenrnn.statistics.plan import make_plan
from eigenrnn.statistics.values import read_values
from eigenrnn.statistics.verdicts import NOTHING_TO_COMPARE

ROWS = ["xavier", "irnn", "eigen"]
LOSS = {"metric": "loss", "label": "test loss", "higher_is_better": False, "scale": 1, "digits": 2}


def plan(**changes):
    tomita = {"metric": "accuracy", "smallest_difference": 2, "ceiling": 99.5, "chance": "trivial_predictor"}
    made, problems = make_plan(
        {
            "question": "Is it better?",
            "proposal": "eigen",
            "rivals": {"xavier": "all", "irnn": ["rnn_relu"]},
            "comparisons": {"as defined": ["tomita"]},
            "experiments": {"tomita": {**tomita, **changes}},
            "alpha": 0.05,
            "power": 0.8,
            "correction": "holm",
        }
    )
    assert made, problems
    return made


def around(level, n, spread=0.01, seed=0):
    generator = random.Random(seed)
    return [level + generator.uniform(-spread, spread) for _ in range(n)]


class VerdictTest(FolderTest):
    def study(self, by_place, seeds=8, **more):
        """`by_place`: accuracies by (condition, cell) and row."""
        places = list(by_place)
        study = Study(
            self.profile, rows=ROWS, seeds=seeds, conditions=list(dict.fromkeys(c for c, _ in places)),
            cells=list(dict.fromkeys(cell for _, cell in places)), **more)  # fmt: skip
        for place, by_row in by_place.items():
            for row, accuracies in by_row.items():
                study.runs(row, accuracies, at=place)
        study.tested_on(1000)
        return study

    def answer(self, study, **changes):
        values = read_values(read_experiment(study.folder), read_experiment(study.folder).grid.tables[0])
        return verdicts.answer("as defined", plan(**changes), {"tomita": values})

    def verdict(self, by_place, **more):
        return self.answer(self.study(by_place), **more).verdicts[0]

    def silence(self, by_row, **more):
        found = self.verdict({("1", "lstm"): by_row}, **more)
        self.assertEqual((found.outcome, found.looks), (NOTHING_TO_COMPARE, []))
        return found.silent[0].silent

    def test_each_outcome(self):
        for gain, expected in ((0.1, "benefit"), (-0.1, "harm"), (0.0, "equivalent")):
            self.tearDown()
            self.setUp()
            pair = {"xavier": around(0.8, 8, seed=1), "eigen": around(0.8 + gain, 8, seed=2)}
            found = self.verdict({("1", "lstm"): pair, ("2", "lstm"): pair})
            self.assertEqual(found.outcome, expected)
            self.assertAlmostEqual(found.estimate.gain, 100 * gain / 2, delta=0.5)

    def test_what_cannot_be_told_has_the_difference_that_could_have_been(self):
        pair = {"xavier": around(0.7, 8, 0.15, seed=1), "eigen": around(0.72, 8, 0.15, seed=2)}
        found = self.verdict({("1", "lstm"): pair})
        self.assertEqual(found.outcome, "cannot tell")
        self.assertGreater(found.judgement.detectable, abs(found.estimate.gain))

    def test_a_place_at_the_ceiling_says_nothing(self):
        self.assertEqual(self.silence({"xavier": [1.0] * 8, "eigen": [1.0] * 7 + [0.97]}), CEILING)

    def test_it_is_the_pooled_mean_that_is_at_the_ceiling(self):
        pair = {"xavier": around(0.9, 8), "eigen": [1.0] * 8}
        self.assertEqual(self.verdict({("1", "lstm"): pair}).outcome, "benefit")

    def test_for_a_loss_the_ceiling_is_the_smallest(self):
        study = Study(self.profile, rows=ROWS, seeds=3, tables=[LOSS])
        for row in ROWS:
            for seed in range(3):
                study.add(result(study.key(row, seed), metrics={"loss": 0.001 * seed}))
        found = self.answer(study, metric="loss", ceiling=0.002, chance="none").verdicts[0]
        self.assertEqual(found.silent[0].silent, CEILING)
        self.assertEqual(self.answer(study, metric="loss", ceiling=0.0001, chance="none").verdicts[0].silent, [])

    def test_a_place_where_nobody_beats_guessing_says_nothing(self):
        self.assertEqual(self.silence({"xavier": [0.50] * 8, "eigen": [0.53] * 8}), CHANCE)

    def test_one_run_that_beats_guessing_is_enough_whoever_it_is(self):
        for row, other in (("xavier", "eigen"), ("eigen", "xavier")):
            self.tearDown()
            self.setUp()
            found = self.verdict({("1", "lstm"): {row: [0.5] * 8, other: [0.5] * 7 + [0.9]}})
            self.assertEqual(found.silent, [])

    def test_rows_outside_their_definition_never_enter(self):
        good = {row: around(0.7, 8) for row in ROWS}
        outside = [("irnn", "lstm"), ("irnn", "rnn_relu")]
        study = self.study({("1", "lstm"): good, ("1", "rnn_relu"): good}, outside=outside)
        irnn = self.answer(study).verdicts[1]
        self.assertEqual([(p.cell, p.silent) for p in irnn.silent], [("rnn_relu", OUTSIDE)])  # the plan has no lstm

    def test_too_few_runs_and_runs_that_are_missing(self):
        self.assertEqual(self.silence({"xavier": around(0.7, 8), "eigen": [0.9]}), TOO_FEW)
        self.tearDown()
        self.setUp()
        found = self.verdict({("1", "lstm"): {"xavier": around(0.7, 8), "eigen": [*around(0.9, 6), "failed"]}})
        self.assertEqual((found.outcome, found.missing), ("benefit", 2))

    def test_a_run_that_diverged_counts_as_one_that_learned_nothing(self):
        found = self.verdict({("1", "lstm"): {"xavier": [0.9] * 8, "eigen": [0.9] * 4 + ["diverged"] * 4}})
        self.assertAlmostEqual(found.estimate.gain, -20 / 2)

    def test_without_a_trivial_predictor_a_diverged_run_silences_its_place(self):
        study = Study(self.profile, rows=ROWS, seeds=3, tables=[LOSS])
        for row in ROWS:
            for seed in range(2):
                study.add(result(study.key(row, seed), metrics={"loss": 1.0 + seed}))
            study.run(row, 2, "diverged")
        found = self.answer(study, metric="loss", ceiling=0.0, chance="none").verdicts[0]
        self.assertEqual(found.silent[0].silent, LOST)
        with self.assertRaisesRegex(Broken, "experiments/tomita/chance is 'trivial_predictor'.*for 'loss'"):
            self.answer(study, metric="loss")

    def test_p_is_corrected_over_the_rivals_that_could_be_tested(self):
        pair = {"xavier": around(0.7, 4, seed=1), "irnn": around(0.75, 4, seed=3), "eigen": around(0.9, 4, seed=2)}
        both = self.answer(self.study({("1", "rnn_relu"): pair}, seeds=4)).verdicts
        self.assertEqual([(v.p, v.p_holm) for v in both], [(2 / 70, 4 / 70)] * 2)
        self.assertEqual(both[0].outcome, "cannot tell")  # 4 seeds are too few for two rivals
        self.assertEqual(both[0].judgement.detectable, math.inf)
        self.tearDown()
        self.setUp()
        one = self.answer(self.study({("1", "rnn_relu"): {**pair, "irnn": []}}, seeds=4)).verdicts
        self.assertEqual([(v.p_holm, v.outcome) for v in one], [(2 / 70, "benefit"), (None, NOTHING_TO_COMPARE)])

    def test_a_rival_without_a_row_in_a_comparison_is_not_asked_about(self):
        pair = {"xavier": around(0.7, 8, seed=1), "eigen": around(0.9, 8, seed=2)}
        experiment = read_experiment(self.study({("1", "lstm"): pair}).folder)
        asked = dataclasses.replace(plan(), rivals={"xavier": None, "kaiming": None})
        found = verdicts.answer("as defined", asked, {"tomita": read_values(experiment, experiment.grid.tables[0])})
        self.assertEqual([verdict.rival for verdict in found.verdicts], ["xavier"])

    def test_a_comparison_of_some_cells(self):
        better = {"xavier": around(0.7, 8, seed=1), "eigen": around(0.9, 8, seed=2)}
        alike = {"xavier": around(0.7, 8, seed=3), "irnn": around(0.7, 8, seed=4), "eigen": around(0.7, 8, seed=5)}
        by_place = {("1", "lstm"): better, ("1", "rnn_relu"): alike, ("1", "rnn_tanh"): {}}
        experiment = read_experiment(self.study(by_place).folder)
        by_experiment = {"tomita": read_values(experiment, experiment.grid.tables[0])}

        def answer(*cells):
            asked = dataclasses.replace(plan(), comparisons={"some": {"tomita": cells}})
            found = verdicts.answer("some", asked, by_experiment)
            return found.absent, [(verdict.rival, verdict.outcome) for verdict in found.verdicts]

        self.assertEqual(answer("lstm"), ([], [("xavier", "benefit")]))  # no cell where IRNN is asked about
        self.assertEqual(answer("rnn_relu"), ([], [("xavier", "equivalent"), ("irnn", "equivalent")]))
        self.assertEqual(answer("rnn_tanh"), (["tomita"], [("xavier", NOTHING_TO_COMPARE)]))
        self.assertEqual(answer("gru"), (["tomita"], []))  # the experiment does not have it

    def test_shares_of_runs_that_solve_the_task(self):
        pair = {"xavier": [0.99] * 2 + [0.6] * 6, "eigen": [1.0] * 7 + [0.6]}
        found = self.verdict({("1", "lstm"): pair}, solved=99)
        self.assertEqual((found.solved.proposal, found.solved.rival), ((7, 8), (2, 8)))
        # (C(9,7) C(7,1) + C(9,8) C(7,0)) / C(16,8), and the same on the other side
        self.assertAlmostEqual(found.solved.p, 2 * (36 * 7 + 9) / 12870, places=12)
        self.assertIsNone(self.answer_again().verdicts[0].solved)

    def answer_again(self):
        folder = self.profile / "tomita"
        return self.answer(type("S", (), {"folder": folder}))

    def test_an_experiment_without_the_plans_metric_is_an_error(self):
        self.study({("1", "lstm"): {row: around(0.7, 8) for row in ROWS}})
        experiments = [read_experiment(self.profile / "tomita")]
        with self.assertRaisesRegex(Broken, "experiments/tomita/metric is 'f1'; the results have accuracy"):
            document.make_document(experiments, self.profile, plan(metric="f1"))

    def test_an_experiment_that_has_not_been_run_is_named(self):
        found = verdicts.answer("as defined", plan(), {})
        self.assertEqual(found.absent, ["tomita"])
        self.assertEqual({v.outcome for v in found.verdicts}, {NOTHING_TO_COMPARE})

    def test_an_order_of_places_and_runs_plays_no_part(self):
        pair = {"xavier": around(0.7, 8, 0.1, seed=1), "eigen": around(0.75, 8, 0.1, seed=2)}
        first = self.verdict({("1", "lstm"): pair, ("2", "lstm"): {row: v[::-1] for row, v in pair.items()}})
        self.tearDown()
        self.setUp()
        turned = {row: v[::-1] for row, v in pair.items()}
        second = self.verdict({("1", "lstm"): turned, ("2", "lstm"): pair})
        self.assertAlmostEqual(first.estimate.gain, second.estimate.gain, places=12)
        self.assertAlmostEqual(first.p, second.p, delta=0.01)

    def test_the_picture_has_of_each_rival_the_verdict_and_each_cell_with_a_place_that_tells(self):
        better = {"xavier": around(0.7, 8, seed=1), "eigen": around(0.8, 8, seed=2)}
        alike = {"xavier": around(0.7, 8, seed=3), "eigen": around(0.7, 8, seed=4)}
        silent = {"xavier": [1.0] * 8, "eigen": [1.0] * 8}
        study = self.study(
            {("1", "lstm"): better, ("2", "lstm"): better, ("1", "gru"): alike, ("2", "gru"): silent}
        )
        made = document.make_document([read_experiment(study.folder)], self.profile, plan())
        drawn = figure.picture(made, made.answers[0])
        found = [(row["rival"], row["experiment"], row["cell"], row["places"], row["outcome"]) for row in drawn.rows]
        everything, lstm, gru = found
        self.assertEqual(everything[:4], ("xavier", "all places", "", 3))
        self.assertEqual(lstm, ("xavier", "tomita", "LSTM", 2, "benefit"))
        self.assertEqual(gru, ("xavier", "tomita", "GRU", 1, "equivalent"))
        self.assertAlmostEqual(drawn.rows[1]["gain"], 5.0, delta=0.5)  # 10 % in differences of 2 %
        self.assertLess(drawn.rows[1]["low"], drawn.rows[1]["gain"])
        labels = [text.get_text() for text in drawn.figure.axes[0].get_yticklabels()]
        self.assertEqual(labels, ["all places", "tomita, LSTM", "tomita, GRU"])

if __name__ == "__main__":
    unittest.main()
