#!/usr/bin/env python3
"""What `collate.py --brief` prints: no more than a screen has room for, and nothing that is not there."""

import unittest

from collate_fixture import ACCURACY, EPOCHS, FolderTest, Study
from eigenrnn.tables.brief import LINES

CELLS = ["rnn_tanh", "rnn_relu", "lstm", "gru"]


class BriefTest(FolderTest):
    def study(self, name, cells=("rnn_tanh", "lstm"), **options):
        return Study(self.profile, experiment=name, cells=list(cells), **options)

    def brief(self, *names):
        done = self.collate(self.profile, "--brief", *names)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout.splitlines()

    def fill(self, study, cells):
        for cell in cells:
            for row in study.table["rows"]:
                study.runs(row, [0.96, 0.97, 0.98], at=("1", cell))

    def test_shows_the_first_metric_and_says_how_much_more_there_is(self):
        study = self.study("tomita", tables=[ACCURACY, EPOCHS])
        self.fill(study, ["rnn_tanh", "lstm"])
        lines = self.brief("tomita")
        self.assertEqual(
            lines[0], "tomita: test accuracy, % (higher is better); 2 more in tables/tomita.md"
        )
        self.assertEqual([line.split()[0] for line in lines if line.startswith(("RNN", "LSTM"))], ["RNN", "LSTM"])
        self.assertIn("97.0 ± 2.5", "\n".join(lines))
        self.assertNotIn("epochs to", "\n".join(lines))
        self.assertTrue((self.profile / "tables" / "tomita.tex").exists())

    def test_many_experiments_fit_on_a_screen_and_none_is_silent(self):
        names = [f"task{i}" for i in range(6)]
        for name in names:
            self.fill(self.study(name, CELLS), CELLS)
        lines = self.brief(*names)
        self.assertLessEqual(len(lines), LINES)
        self.assertGreater(len(lines), len(names))
        for name in names:
            self.assertEqual(len([line for line in lines if line.startswith(name + ":")]), 1)

    def test_what_has_no_result_is_a_line(self):
        self.study("multi30k")
        study = self.study("tomita")
        self.fill(study, ["lstm"])
        lines = self.brief("tomita", "multi30k")
        self.assertEqual(lines[-1], "multi30k: no results yet")
        self.assertNotIn("RNN (tanh)", "\n".join(lines))  # none of its runs has ended
        self.assertNotIn("…", "\n".join(lines))
        whole = self.collate(self.profile).stdout
        self.assertIn("multi30k: no results yet", whole)
        self.assertNotIn("Rerun: `make reproduce-multi30k", whole)

    def test_others_are_written_and_not_shown(self):
        for name in ("tomita", "other"):
            self.fill(self.study(name), ["lstm"])
        self.assertNotIn("other", "\n".join(self.brief("tomita")))
        self.assertTrue((self.profile / "tables" / "other.md").exists())


if __name__ == "__main__":
    unittest.main(verbosity=2)
