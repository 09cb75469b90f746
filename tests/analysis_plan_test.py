"""Tests of scripts/eigenrnn/statistics/plan.py: what a plan of the analysis may say."""

import pathlib
import unittest

from collate_fixture import ROOT, FolderTest
from eigenrnn.results import Broken
from eigenrnn.statistics.plan import NO_RULE, TRIVIAL, Measure, read_plan

COMMITTED = ROOT / "experiments" / "analysis.yaml"
GOOD = """\
question: Is it better?
proposal: eigen
rivals: {xavier: all, irnn: [rnn_relu]}
comparisons: {as defined: [tomita, adding]}
experiments:
  tomita: {metric: accuracy, smallest_difference: 2, ceiling: 99.5, chance: trivial_predictor, solved: 99}
  adding: {metric: mse, smallest_difference: 0.0167, chance: none}
alpha: 0.05
power: 0.8
correction: holm
"""


class PlanTest(FolderTest):
    def read(self, text):
        path = self.profile / "analysis.yaml"
        path.write_text(text, encoding="utf-8")
        return read_plan(path)

    def mistakes(self, *changes):
        text = GOOD
        for old, new in changes:
            self.assertIn(old, text)
            text = text.replace(old, new)
        with self.assertRaises(Broken) as caught:
            self.read(text)
        return str(caught.exception).splitlines()

    def mistake(self, old, new):
        found = self.mistakes((old, new))
        self.assertEqual(len(found), 1, found)
        path, _, rest = found[0].partition(": ")
        self.assertEqual(pathlib.Path(path).name, "analysis.yaml")
        return rest

    def test_a_good_one(self):
        plan = self.read(GOOD)
        self.assertEqual((plan.question, plan.proposal), ("Is it better?", "eigen"))
        self.assertEqual(plan.rivals, {"xavier": None, "irnn": ("rnn_relu",)})
        self.assertEqual(plan.comparisons, {"as defined": {"tomita": None, "adding": None}})
        self.assertEqual(plan.experiments["tomita"], Measure("accuracy", 2.0, 99.5, TRIVIAL, 99.0))
        self.assertEqual(plan.experiments["adding"], Measure("mse", 0.0167, None, NO_RULE, None))
        self.assertEqual((plan.alpha, plan.power, plan.correction), (0.05, 0.8, "holm"))

    def test_each_mistake_names_key_value_and_rule(self):
        for old, new, expected in (
            ("alpha: 0.05", "alpha: 5", "alpha is 5; it must be a number between 0 and 0.5"),
            ("alpha: 0.05", "alpha: true", "alpha is True; it must be a number between 0 and 0.5"),
            ("power: 0.8", "power: .nan", "power is nan; it must be a number from 0.5 to below 1"),
            ("correction: holm", "correction: none", "correction is 'none'; it must be holm"),
            ("xavier: all", "xavier: some", "rivals/xavier is 'some'; it must be all or a list of cells"),
            ("xavier: all", "eigen: all", "a rival is 'eigen'; it must be another row than the proposal"),
            ("[rnn_relu]", "[]", "rivals/irnn is []; it must be a list of names"),
            ("[rnn_relu]", "[gru, gru]", "rivals/irnn is ['gru', 'gru']; no name may stand there twice"),
            ("difference: 2", "difference: 0", "experiments/tomita/smallest_difference is 0; it must be a number "
             "above 0, in the units of the experiment's table"),
            ("difference: 2", "difference: 1e-3", "experiments/tomita/smallest_difference is '1e-3'; it must be a "
             "number above 0, in the units of the experiment's table"),
            ("99.5", "high", "experiments/tomita/ceiling is 'high'; it must be a number"),
            ("chance: none", "chance: 0.1", "experiments/adding/chance is 0.1; it must be trivial_predictor or none"),
            ("metric: mse, ", "", "experiments/adding lacks metric"),
            ("solved:", "sovled:", "a key of experiments/tomita is 'sovled'; it must be one of metric, "
             "smallest_difference, chance, ceiling, solved"),
            ("[tomita, adding]", "[tomita]", "an experiment is 'adding'; a comparison must name it"),
            ("rivals: {xavier: all, irnn: [rnn_relu]}", "rivals: {}",
             "rivals is {}; it must be a mapping from names, not empty"),
            ("question: Is it better?", "question:", "question is None; it must be a text"),
            ("power: 0.8\n", "", "the file lacks power"),
            ("power:", "pwer: 1\npower:", "a key of the file is 'pwer'; it must be one of question, proposal, "
             "rivals, comparisons, experiments, alpha, power, correction"),
        ):
            with self.subTest(new=new):
                if "pwer" in new:  # a key too many
                    self.assertIn(expected, self.mistake(old, new))
                else:
                    self.assertEqual(self.mistake(old, new), expected)

    def test_an_experiment_that_is_compared_but_not_described(self):
        self.assertEqual(
            self.mistake("[tomita, adding]", "[tomita, adding, mnist]"),
            "comparisons/as defined is 'mnist'; it must be one of the experiments below: tomita, adding",
        )

    def test_a_comparison_of_some_cells(self):
        old, new = "{as defined: [tomita, adding]}", "{gated: {tomita: [lstm, gru], adding: all}}"
        plan = self.read(GOOD.replace(old, new))
        self.assertEqual(plan.comparisons, {"gated": {"tomita": ("lstm", "gru"), "adding": None}})
        for cells, rule in (
            ("some", "'some'; it must be all or a list of cells"), ("[]", "[]; it must be a list of names")
        ):  # fmt: skip
            self.assertEqual(
                self.mistake(old, f"{{gated: {{tomita: {cells}, adding: all}}}}"), f"comparisons/gated/tomita is {rule}"
            )

    def test_every_mistake_is_said_at_once(self):
        self.assertEqual(len(self.mistakes(("0.05", "x"), ("0.8", "y"), ("holm", "z"), ("99.5", "w"))), 4)

    def test_what_is_no_plan(self):
        for text, words in (
            ("[1, 2]", "the file is \\[1, 2\\]; it must be a mapping"),
            ("", "the file is None; it must be a mapping"),
            ("a: [", "not valid YAML"),
            (GOOD + "alpha: 0.1\n", "the key 'alpha' stands there twice.* line 11"),
        ):
            with self.assertRaisesRegex(Broken, words):
                self.read(text)
        with self.assertRaisesRegex(Broken, "no_plan.yaml: No such file"):
            read_plan(self.profile / "no_plan.yaml")

    def test_the_committed_plan_speaks_of_manifests_that_there_are(self):
        plan = read_plan(COMMITTED)
        for experiment in plan.experiments:
            self.assertTrue((COMMITTED.parent / f"{experiment}.yaml").is_file(), experiment)
        self.assertIn("orthogonal", plan.rivals)


if __name__ == "__main__":
    unittest.main()
