"""Tests of comparisons, summaries, verdicts, and of the files that statistics_report.py writes."""

import csv
import io
import json
import subprocess
import sys
import unittest

from collate_fixture import ACCURACY, EPOCHS, SCRIPTS, FolderTest, Study, result
from eigenrnn.results import read_experiment
from eigenrnn.statistics import comparisons, summary
from eigenrnn.statistics.comparisons import ALL_CONDITIONS, BETTER, NO_DIFFERENCE, UNDECIDABLE, WORSE
from eigenrnn.statistics.values import read_values

ROWS = ["xavier", "kaiming", "irnn", "sp_rnn", "eigen"]
PERPLEXITY = {
    "metric": "loss",
    "label": "test loss",
    "higher_is_better": False,
    "scale": 1,
    "digits": 2,
}
FILES = ("statistics.md", "statistics.tex", "statistics.csv", "verdicts.json")


def rising(start, n, step=0.001):
    return [start + step * i for i in range(n)]


class StatisticsTest(FolderTest):
    def values(self, study, table=0):
        experiment = read_experiment(study.folder)
        self.assertEqual(experiment.problems, [])
        return read_values(experiment, experiment.grid.tables[table])

    def compare(self, study, row="eigen", rival="xavier", condition=ALL_CONDITIONS, cell="lstm"):
        made = comparisons.compare(self.values(study), cell, row, rival, condition)
        comparisons.correct([made])
        return made

    def report(self, *arguments):
        command = [sys.executable, str(SCRIPTS / "statistics_report.py"), str(self.profile)]
        return subprocess.run(
            [*command, *arguments], capture_output=True, encoding="utf-8", check=False
        )

    def written(self, name):
        return (self.profile / "tables" / name).read_text(encoding="utf-8")


class ComparisonTest(StatisticsTest):
    def test_paired_gain_in_the_tables_units(self):
        study = Study(self.profile)
        study.runs("xavier", [0.50, 0.60, 0.70])
        study.runs("eigen", [0.51, 0.62, 0.73])
        made = self.compare(study)
        self.assertEqual({s: round(g, 9) for s, g in made.gains.items()}, {0: 1, 1: 2, 2: 3})
        self.assertAlmostEqual(made.mean, 2.0, places=9)
        self.assertAlmostEqual(made.interval.low, 2 - 2.48413771, places=6)
        self.assertEqual(made.p, 0.25)
        self.assertEqual((made.outcome, made.needed), (UNDECIDABLE, 6))

    def test_lower_is_better(self):
        study = Study(self.profile, seeds=6, tables=[PERPLEXITY])
        for seed in range(6):
            for row, loss in (("xavier", 2.0 + seed), ("eigen", 1.0 + 1.1 * seed)):
                study.add(result(study.key(row, seed), metrics={"loss": loss}))
        made = self.compare(study)
        self.assertAlmostEqual(made.gains[5], 7.0 - 6.5)
        self.assertEqual((made.p, made.outcome), (2 / 64, BETTER))
        self.assertEqual(self.compare(study, "xavier", "eigen").outcome, WORSE)

    def test_conditions_are_averaged_within_a_seed(self):
        study = Study(self.profile, conditions=["1", "2"])
        study.runs("xavier", [0.5, 0.5, 0.5])
        study.runs("eigen", [0.6, 0.5, 0.7])
        study.runs("xavier", [0.5, 0.5, 0.5], at=("2", "lstm"))
        study.runs("eigen", [0.4, 0.7, None], at=("2", "lstm"))
        made = self.compare(study)
        self.assertEqual({s: round(g, 9) for s, g in made.gains.items()}, {0: 0, 1: 10})
        self.assertEqual(made.left_out, {"missing": 1})

    def test_conditions_without_any_run_are_no_part_of_the_mean(self):
        study = Study(self.profile, conditions=["1", "2"])
        study.runs("xavier", [0.5, 0.5, 0.5])
        study.runs("eigen", [0.6, 0.6, 0.6])
        self.assertEqual(self.compare(study).n, 3)
        self.assertEqual(self.compare(study, condition="2").left_out, {"missing": 3})

    def test_a_run_that_diverged_counts_as_one_that_learned_nothing(self):
        study = Study(self.profile)
        study.runs("xavier", [0.9, 0.9, 0.9])
        study.runs("eigen", [1.0, "diverged", "failed"])
        made = self.compare(study)
        self.assertEqual({s: round(g, 9) for s, g in made.gains.items()}, {0: 10, 1: -40})
        self.assertEqual(made.left_out, {"failed": 1})

    def test_without_a_trivial_predictor_a_diverged_pair_decides_nothing(self):
        study = Study(self.profile, seeds=8, tables=[PERPLEXITY])
        for seed in range(8):
            study.add(result(study.key("xavier", seed), metrics={"loss": 2.0}))
            study.add(result(study.key("eigen", seed), metrics={"loss": 1.0}))
        self.assertEqual(self.compare(study).outcome, BETTER)
        study.run("eigen", 7, "diverged")
        made = self.compare(study)
        self.assertEqual((made.n, made.left_out, made.outcome), (7, {"diverged": 1}, UNDECIDABLE))

    def test_equal_runs_are_no_difference(self):
        study = Study(self.profile, seeds=6)
        study.runs("xavier", [1.0] * 6)
        study.runs("eigen", [1.0] * 6)
        made = self.compare(study)
        self.assertEqual((made.mean, made.p, made.outcome), (0.0, 1.0, NO_DIFFERENCE))

    def test_the_correction_is_over_the_table(self):
        study = Study(self.profile, rows=ROWS, seeds=6)
        for i, row in enumerate(ROWS):
            study.runs(row, rising(0.5 + 0.1 * i, 6))
        family = comparisons.make_family(self.values(study), ["lstm"], [ALL_CONDITIONS], False)
        self.assertEqual([c.row for c in family.comparisons], ROWS[1:])
        for made in family.comparisons:
            self.assertEqual((made.p, made.p_holm), (2 / 64, 8 / 64))
            self.assertEqual((made.needed, made.outcome), (8, UNDECIDABLE))

    def test_the_best_baseline_is_no_variant_of_eigen(self):
        study = Study(self.profile, rows=[*ROWS, "ring"])
        for row, level in zip([*ROWS, "ring"], (0.5, 0.7, 0.7, 0.2, 0.9, 0.95)):
            study.runs(row, [level] * 3)
        record = json.loads((study.folder / f"{study.key('ring', 0)}.json").read_text())
        record["spec"]["initializer"] = {"name": "eigen", "label": "ring", "options": {}}
        study.add(record)
        values = self.values(study)
        self.assertEqual(comparisons.best_baseline(values, "lstm"), "kaiming")  # the first of two
        family = comparisons.make_family(values, ["lstm"], [ALL_CONDITIONS], True)
        self.assertEqual(family.rivals, {("lstm", ALL_CONDITIONS): "kaiming"})

    def test_the_best_baseline_is_chosen_without_test_results(self):
        study = Study(self.profile, rows=["xavier", "kaiming", "irnn"])
        for row, validation, test in (("xavier", 0.6, 0.9), ("kaiming", 0.8, 0.5), ("irnn", 0.9, None)):
            for seed in range(3):
                study.run(row, seed, test if test else "diverged")
                if test:
                    record = json.loads((study.folder / f"{study.key(row, seed)}.json").read_text())
                    record["epochs"][0]["validation"]["accuracy"] = validation
                    study.add(record)
        # irnn diverged after a good epoch: it counts as one that only guesses.
        self.assertEqual(comparisons.best_baseline(self.values(study), "lstm"), "kaiming")


class SummaryTest(StatisticsTest):
    def test_ranks_records_and_ties(self):
        study = Study(self.profile, rows=ROWS, conditions=["1", "2", "3"])
        for condition, levels in (
            ("1", (0.5, 0.6, 0.7, 0.8, 0.9)),  # ranks 5 4 3 2 1
            ("2", (0.9, 0.8, 0.8, 0.5, 0.8)),  # ranks 1 3 3 5 3
        ):
            for row, level in zip(ROWS, levels):
                study.runs(row, rising(level, 3), at=(condition, "lstm"))
        grids = summary.whole_grids([self.values(study)])
        ranks = summary.mean_ranks(grids)
        self.assertEqual(list(ranks.means.values()), [3.0, 3.5, 3.0, 3.5, 2.0])
        self.assertEqual((ranks.blocks, ranks.left_out), (2, 1))
        record = summary.records(grids)
        self.assertEqual((record["xavier"].wins, record["xavier"].losses), (1, 1))
        self.assertEqual((record["kaiming"].wins, record["kaiming"].ties), (1, 1))
        self.assertEqual((record["kaiming"].ahead, record["kaiming"].behind), (1, 0))

    def test_experiments_with_other_rows_are_no_part_of_it(self):
        study = Study(self.profile, rows=["xavier", "orthogonal", "eigen"])
        self.assertEqual(summary.whole_grids([self.values(study)]), [])

    def test_successful_runs(self):
        study = Study(self.profile, seeds=5)
        study.runs("xavier", [0.5, 0.549, 0.6, "diverged", "failed"])
        study.runs("eigen", [0.548, None, None, None, None])
        study.tested_on(1000)
        values = self.values(study)
        # P(X ≥ 549) = 0.00107 and P(X ≥ 550) = 0.00087 for X ~ B(1000, 0.5)
        share = summary.successful_runs(values, "xavier")
        self.assertEqual((share.count, share.of), (1, 4))
        self.assertEqual(summary.successful_runs(values, "eigen").of, 1)

    def test_losses_must_stay_below_a_share_of_the_trivial_predictor(self):
        study = Study(self.profile, seeds=3, tables=[PERPLEXITY])
        loss = next(metric for metric in study.table["metrics"] if metric["name"] == "loss")
        loss["trivial"] = {"value": 2.0, "why": "always answering 0", "margin": 0.9}
        study.write("table.json", study.table)
        for seed, value in enumerate((1.79, 1.8, 2.5)):
            run = result(study.key("xavier", seed))
            run["metrics"]["loss"] = value
            study.add(run)
        share = summary.successful_runs(self.values(study), "xavier")
        self.assertEqual((share.count, share.of), (1, 3))

    def test_never_is_infinitely_many_epochs(self):
        study = Study(self.profile, seeds=4, tables=[ACCURACY, EPOCHS])
        for seed, (some, few) in enumerate(((3, None), (5, None), (4, 2), (None, 7))):
            study.run("xavier", seed, 0.9, epochs=some)
            study.run("eigen", seed, 0.9, epochs=few)
        values = self.values(study, table=1)
        some = summary.epochs_to_threshold(values, "lstm", "xavier")
        few = summary.epochs_to_threshold(values, "lstm", "eigen")
        self.assertEqual((some.median, some.reached.count, some.reached.of), (4.5, 3, 4))
        self.assertEqual((few.median, few.reached.count), (None, 2))


class FilesTest(StatisticsTest):
    def study(self):
        study = Study(
            self.profile,
            rows=ROWS,
            conditions=["1", "a|b_c"],
            cells=["rnn_tanh", "lstm"],
            seeds=4,
            tables=[ACCURACY, EPOCHS],
            outside=[("irnn", "lstm")],
        )
        for cell in ("rnn_tanh", "lstm"):
            for i, row in enumerate(ROWS):
                study.runs(row, rising(0.5 + 0.1 * i, 4), at=("1", cell))
        study.tested_on(1000)
        study.runs("eigen", ["diverged", "failed"], at=("a|b_c", "lstm"))
        return study

    def test_files_are_deterministic_and_checked(self):
        self.study()
        self.assertEqual(self.report("--check").returncode, 1)
        process = self.report()
        self.assertEqual((process.returncode, process.stderr), (0, ""))
        self.assertIn("as defined, against xavier: benefit", process.stdout)
        first = {name: self.written(name) for name in FILES}
        self.assertEqual(self.report().returncode, 0)
        self.assertEqual(first, {name: self.written(name) for name in FILES})
        self.assertEqual(self.report("--check").returncode, 0)
        (self.profile / "tables" / "statistics.md").write_text("other")
        process = self.report("--check")
        self.assertEqual(process.returncode, 1)
        self.assertIn("statistics.md does not agree with the results", process.stderr)

    def test_collate_takes_them_for_no_orphans(self):
        self.study()
        self.assertEqual(self.report().returncode, 0)
        self.assertEqual(self.collate(self.profile).returncode, 0)
        process = self.collate(self.profile, "--check")
        self.assertEqual((process.returncode, process.stderr), (0, ""))

    def test_a_study_that_the_plan_does_not_ask_about_gets_no_verdict(self):
        study = Study(self.profile, "elsewhere", rows=ROWS, seeds=4)
        for i, row in enumerate(ROWS):
            study.runs(row, rising(0.5 + 0.1 * i, 4))
        said = self.report().stdout
        self.assertIn("No verdict: the plan of the analysis asks about ", said)
        self.assertNotIn("nothing to compare", said + self.written("statistics.md"))
        self.assertIn("scripts/evaluate.py --plan FILE", self.written("statistics.md"))

    def test_a_search_for_settings_decides_nothing(self):
        self.study()
        self.report()
        before = {name: self.written(name) for name in FILES}
        search = Study(self.profile, "learning_rates_tomita", rows=ROWS, cells=["rnn_tanh", "lstm"], seeds=9)
        for i, row in enumerate(ROWS):
            search.runs(row, rising(0.5 + 0.1 * i, 9))
        process = self.report()
        self.assertEqual((process.returncode, process.stderr), (0, ""))
        for name in set(FILES) - {"statistics.md", "statistics.tex"}:
            self.assertEqual(self.written(name), before[name])
        note = "- Left out, since they are searches for settings and compare nothing: "
        after = self.written("statistics.md").splitlines()
        self.assertEqual(
            [line for line in after if line and line not in before["statistics.md"]],
            [note + "learning_rates_tomita."],
        )

    def test_a_row_whose_rate_was_not_searched_like_others_is_in_no_verdict(self):
        self.study()
        Study(self.profile, "learning_rates_tomita", rows=ROWS, cells=["lstm"], seeds=3)
        Study(self.profile, "learning_rates_tomita_more", rows=["xavier", "kaiming"], cells=["rnn_tanh"], seeds=3)
        self.assertEqual(self.report().returncode, 0)
        places = {
            (place["cell"], place["condition"], verdict["rival"]): place["silent"]
            for answer in json.loads(self.written("verdicts.json"))["answers"]
            for verdict in answer["rivals"]
            for place in verdict["silent"]
        }
        # eigen with rnn_tanh was in neither search; with lstm all were searched.
        self.assertEqual(places["rnn_tanh", "1", "xavier"], "at an unsearched rate")
        self.assertNotIn(("lstm", "1", "xavier"), places)

    def test_what_is_said(self):
        self.study()
        self.report()
        text = self.written("statistics.md")
        self.assertIn("Nothing here can be decided with 4 seeds", text)
        self.assertIn("+20.0 ± 0.0 † (undecidable)", text)
        self.assertIn("| xavier (as defined)  | **benefit**", text)
        self.assertNotIn("irnn (as defined)", text)  # without a cell where the plan compares it
        self.assertIn("**as defined** (tomita): **benefit over** xavier +20.0 (", text)
        self.assertNotIn("orthogonal (as defined)", text)  # no row of that name in these experiments
        self.assertIn("**tuned**: not run yet: pixel_mnist_tuned, adding_tuned.", text)
        self.assertNotIn("(tuned)", text)
        self.assertIn("+40.0 [+39.8 to +40.2] (cannot tell, too few runs to detect any, ", text)
        self.assertIn("xavier: places that say nothing and enter no verdict: ", text)
        self.assertIn("a\\|b_c", text)
        rows = list(csv.DictReader(io.StringIO(self.written("statistics.csv"))))
        mine = [
            r
            for r in rows
            if (r["cell"], r["condition"], r["initializer"], r["against"])
            == ("rnn_tanh", "1", "eigen", "xavier")
        ]
        self.assertEqual(len(mine), 1)
        self.assertEqual((mine[0]["gain"], mine[0]["n"], mine[0]["p"]), ("40.0", "4", "0.125"))
        record = json.loads(self.written("verdicts.json"))
        rivals = {rival["rival"]: rival for rival in record["answers"][0]["rivals"]}
        places = [(place["cell"], place["condition"]) for place in rivals["xavier"]["places"]]
        self.assertEqual(places, [("rnn_tanh", "1"), ("lstm", "1")])
        outcomes = {name: rival["outcome"] for name, rival in rivals.items()}
        self.assertEqual(outcomes, {"xavier": "benefit", "kaiming": "benefit"})
        self.assertEqual(rivals["xavier"]["gain"], 20)  # 40 points, of which 2 matter

    def test_a_line_of_the_summary_says_where_places_disagree(self):
        study = Study(self.profile, rows=["xavier", "kaiming", "eigen"], cells=["rnn_tanh", "lstm"], seeds=8)
        for cell, mine in (("rnn_tanh", 0.9), ("lstm", 0.6)):
            study.runs("xavier", rising(0.7, 8), at=("1", cell))
            study.runs("eigen", rising(mine, 8), at=("1", cell))
        study.tested_on(1000)
        self.report()
        line = self.written("statistics.md").split("**as defined**")[1].splitlines()[0]
        self.assertIn(
            "**cannot be told from** xavier +2.5 (+2.4 to +2.6; benefit in 1 and harm in 1 of 2 places); "
            "nothing to compare with kaiming.",  # without runs
            line,
        )

    def test_verdicts_are_written_between_the_marks_of_a_page(self):
        self.study()
        page = self.profile / "README.md"
        marks = ("<!-- verdicts of quick: written by scripts/statistics_report.py --readme -->\n",
                 "<!-- end of the verdicts -->\n")
        page.write_text("before\n" + "stale\n".join(marks) + "after\n", encoding="utf-8")
        check = ("--check", "--readme", str(page))
        self.report()
        stale = self.report(*check)
        self.assertEqual(stale.returncode, 1)
        self.assertIn("README.md does not agree", stale.stderr)
        self.assertEqual(self.report("--readme", str(page)).returncode, 0)
        self.assertEqual(self.report(*check).returncode, 0)
        text = page.read_text(encoding="utf-8")
        self.assertTrue(text.startswith("before\n" + marks[0] + "Does eigen give better networks"), text)
        self.assertIn("\n- **as defined** (tomita): **benefit over** xavier +20.0 (", text)
        self.assertTrue(text.endswith(".\n" + marks[1] + "after\n"), text)
        self.assertNotIn("stale", text)
        page.write_text("no marks\n", encoding="utf-8")
        broken = self.report("--readme", str(page))
        self.assertEqual(broken.returncode, 1)
        self.assertIn("README.md: it has no '<!-- verdicts of quick", broken.stderr)

    def test_broken_input_is_an_error(self):
        self.assertEqual(self.report().returncode, 1)
        study = self.study()
        study.write(f"{study.key('eigen', 0)}.json", {"schema": 1})
        process = self.report()
        self.assertEqual(process.returncode, 1)
        self.assertIn("its key is None", process.stderr)


if __name__ == "__main__":
    unittest.main()
