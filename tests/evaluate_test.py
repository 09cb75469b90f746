"""Tests of scripts/evaluate.py: all that is said about a profile, in one command."""

import subprocess
import sys
import unittest

from collate_fixture import ROOT, SCRIPTS, FolderTest, Study, result

VARIANTS = ("eigen_ablation_tomita", "eigen_ablation_mnist")


class Evaluate(FolderTest):
    def study(self, name):
        study = Study(self.profile, name)
        for row in ("xavier", "eigen"):
            for seed in range(3):
                record = result(study.key(row, seed))
                record["spec"]["initializer"] = {"name": row, "label": row, "options": {}}
                study.add(record)
        return study

    def evaluate(self, *arguments):
        done = subprocess.run(
            [sys.executable, str(SCRIPTS / "evaluate.py"), str(self.profile), "--no-page", *arguments],
            capture_output=True,
            encoding="utf-8",
            cwd=ROOT,
            check=False,
        )
        self.assertNotIn("Traceback", done.stderr)
        return done

    def tables(self):
        return {path.name for path in (self.profile / "tables").glob("*.md")}

    def test_everything_is_made_in_order_and_then_found_as_it_should_be(self):
        for name in ("tomita", *VARIANTS):
            self.study(name)
        self.assertEqual(self.evaluate("--check").returncode, 1)
        self.assertFalse((self.profile / "tables").exists())
        done = self.evaluate()
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        names = {f"{name}.md" for name in ("tomita", *VARIANTS, "statistics", "eigen_variants", "README")}
        self.assertEqual(self.tables(), names)
        parts = ("# Tomita", "as defined, against xavier: ", "# Variants", "tables: ")
        places = [done.stdout.index(text) for text in parts]
        self.assertEqual(places, sorted(places))
        checked = self.evaluate("--check")
        self.assertEqual((checked.returncode, checked.stdout, checked.stderr), (0, "", ""))
        (self.profile / "tables" / "eigen_variants.md").write_text("old")
        self.assertIn("eigen_variants.md", self.evaluate("--check").stderr)

    def test_briefly(self):
        for name in ("tomita", *VARIANTS):
            self.study(name)
        done = self.evaluate("--brief", "tomita")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertLess(len(done.stdout.splitlines()), 15)
        self.assertNotIn("# Variants", done.stdout)
        self.assertIn("eigen_variants.md", self.tables())
        self.assertIn("# Variants", self.evaluate("--brief", *VARIANTS).stdout)

    def test_a_broken_experiment_costs_itself_only(self):
        self.study("tomita")
        self.study("other").write("table.json", {})
        done = self.evaluate()
        self.assertEqual(done.returncode, 1)
        self.assertIn("other/table.json", done.stderr)
        self.assertEqual(self.tables(), {"tomita.md", "statistics.md", "README.md"})

    def test_a_profile_that_is_not_there(self):
        self.profile.rmdir()
        self.assertEqual(self.evaluate().returncode, 1)


if __name__ == "__main__":
    unittest.main()
