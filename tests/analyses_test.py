"""Tests of analyses of networks in their archive: packed, and read as if they lay in their folder."""

import gzip
import json
import subprocess
import sys
import unittest

from collate_fixture import SCRIPTS
from eigenrnn.figures.study import read_study
from eigenrnn.results import Broken, analyses
from figures_fixture import GridTest


class Archive(GridTest):
    def setUp(self):
        super().setUp()
        self.write_grid(tasks=("adding", "tomita"))
        self.archive = analyses.archive_of(self.profile)
        self.loose = analyses.loose(self.profile)

    def remove_loose(self):
        for path in self.loose.values():
            path.unlink()

    def of_runs(self):
        return {(run.key, moment): analysis for run in read_study(self.profile).runs
                for moment, analysis in run.analyses.items()}  # fmt: skip

    def test_packed_ones_are_read_like_loose_ones_but_for_fixed_points(self):
        before = self.of_runs()
        self.assertEqual(len(before), len(self.loose))
        self.assertEqual(analyses.pack(self.profile), len(before))
        self.remove_loose()
        for analysis in before.values():
            del analysis["fixed_points"]
        self.assertEqual(self.of_runs(), before)
        self.assertEqual(read_study(self.profile).problems[3:], [])  # the three tasks that have no run

    def test_the_same_analyses_give_the_same_bytes(self):
        analyses.pack(self.profile)
        before = self.archive.read_bytes()
        self.assertEqual(analyses.pack(self.profile), len(self.loose))
        self.remove_loose()
        self.assertEqual(analyses.pack(self.profile), 0)
        self.assertEqual(self.archive.read_bytes(), before)

    def test_a_loose_one_wins_and_is_packed_in_its_place(self):
        analyses.pack(self.profile)
        (key, moment), path = next(iter(self.loose.items()))
        path.write_text(json.dumps({"schema": 1, "key": key, "at": moment, "memory": None}), encoding="utf-8")
        for _ in range(2):
            found, problems = analyses.read(self.profile, {key})
            self.assertEqual((found[key, moment]["memory"], problems), (None, []))
            analyses.pack(self.profile)

    def test_what_cannot_be_used_is_named_and_nothing_is_packed(self):
        (key, _), path = next(iter(self.loose.items()))
        path.write_text("{", encoding="utf-8")
        self.assertRaisesRegex(Broken, key, analyses.pack, self.profile)
        self.assertFalse(self.archive.exists())
        found, problems = analyses.read(self.profile, {key})
        self.assertEqual((len(found), len(problems)), (1, 1))
        path.write_text(json.dumps({"schema": 1, "key": "0" * 16, "at": "best"}), encoding="utf-8")
        self.assertRaisesRegex(Broken, "not its file's name", analyses.pack, self.profile)

    def test_a_broken_archive_is_named(self):
        for content, word in ((b"no archive", "is no archive"), (gzip.compress(b'{"key": 1}\n'), "line 1")):
            self.archive.write_bytes(content)
            _, problems = analyses.read(self.profile, set())
            self.assertEqual(len(problems), 1)
            self.assertIn(word, problems[0])

    def test_the_program_packs_them_beside_the_results(self):
        words = [sys.executable, str(SCRIPTS / "archive.py"), "pack", str(self.profile)]
        done = subprocess.run(words, capture_output=True, encoding="utf-8", check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn(f"{len(self.loose)} analyses packed", done.stdout)
        self.assertEqual(analyses.loose(self.profile), self.loose)


if __name__ == "__main__":
    unittest.main()
