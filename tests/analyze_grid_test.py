"""Tests of scripts/analyze_grid.py with a program that only pretends to analyse."""

import os
import subprocess
import sys
import unittest

from collate_fixture import SCRIPTS, FolderTest, Study, diverged, result

# Writes "<result> <moment>" into the output; fails for the seed whose weights say so.
PROGRAM = """#!/bin/sh
[ "$1 $3 $5" = "analyze --at --output" ] || exit 2
if grep -q broken "${2%.json}.weights.pt" && [ "$4" = best ]; then
  echo "a first line" >&2; echo "the weights are broken" >&2; exit 2
fi
echo "$2 $4" > "$6"
"""


class AnalyzeGridTest(FolderTest):
    def setUp(self):
        super().setUp()
        self.program = self.profile.parent / "program"
        self.program.write_text(PROGRAM, encoding="utf-8")
        self.program.chmod(0o755)
        self.study = Study(self.profile, "dynamics_tomita", rows=["eigen"])
        self.keys = [self.study.key("eigen", seed) for seed in range(3)]
        for key in self.keys:
            self.study.add(result(key))
            self.weights(key).write_text("good", encoding="utf-8")

    def weights(self, key):
        return self.study.folder / f"{key}.weights.pt"

    def run_script(self, *arguments):
        command = [sys.executable, "-B", str(SCRIPTS / "analyze_grid.py"), str(self.profile),
                   "--eigenrnn", str(self.program), "--jobs", "2", *arguments]  # fmt: skip
        return subprocess.run(command, capture_output=True, encoding="utf-8", check=False)

    def written(self):
        return sorted(path.name for path in (self.profile / "analysis").glob("*"))

    def test_every_network_at_both_moments(self):
        done = self.run_script()
        self.assertEqual(done.returncode, 0, done.stderr)
        expected = sorted(f"{k}.{m}.json" for k in self.keys for m in ("best", "start"))
        self.assertEqual(self.written(), expected)
        self.assertIn("6 of 6 analyses, about 0 s left", done.stderr)
        text = (self.profile / "analysis" / f"{self.keys[0]}.start.json").read_text()
        self.assertEqual(text, f"{self.study.folder / self.keys[0]}.json start\n")

    def test_what_is_up_to_date_is_skipped(self):
        self.run_script()
        self.assertIn("6 analyses, of which 6 are up to date", self.run_script().stderr)
        later = self.weights(self.keys[1]).stat().st_mtime + 10
        os.utime(self.weights(self.keys[1]), (later, later))
        self.assertIn("6 analyses, of which 4 are up to date", self.run_script().stderr)
        self.assertIn("6 of 6 analyses", self.run_script("--force").stderr)

    def test_a_failure_is_reported_and_the_rest_goes_on(self):
        self.weights(self.keys[1]).write_text("broken", encoding="utf-8")
        done = self.run_script()
        self.assertEqual(done.returncode, 1)
        broken = f"{self.keys[1]}.json at best: exit code 2: the weights are broken"
        self.assertIn(broken, done.stderr)
        self.assertIn("1 of 6 analyses failed", done.stderr)
        self.assertEqual(len(self.written()), 5)

    def test_runs_without_weights_are_left_out(self):
        self.weights(self.keys[0]).unlink()
        self.study.add(diverged(self.keys[1]))
        done = self.run_script()
        self.assertEqual(done.returncode, 0)
        self.assertIn("1 results", done.stderr)
        self.assertIn("keep_weights: true", done.stderr)
        self.assertEqual(len(self.written()), 2)

    def test_bad_usage_and_nothing_to_do(self):
        self.assertEqual(self.run_script("--eigenrnn", "none").returncode, 2)
        self.assertEqual(self.run_script("--jobs", "0").returncode, 2)
        self.assertEqual(self.run_script("--experiment", "none").returncode, 2)
        for key in self.keys:
            self.weights(key).unlink()
        done = self.run_script()
        self.assertEqual(done.returncode, 1)
        self.assertIn("no network to analyse", done.stderr)

    def test_the_tables_do_not_take_analyses_for_results(self):
        self.run_script()
        done = self.collate(self.profile)
        self.assertEqual(done.returncode, 0, done.stderr)
        (self.profile / "analysis" / "x.best.json").write_text("{}", encoding="utf-8")
        self.assertEqual(self.validate(self.profile).returncode, 0)


if __name__ == "__main__":
    unittest.main()
