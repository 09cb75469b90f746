"""The note of a table on what its runs were trained by."""

import json
import unittest

from collate_fixture import FolderTest, Study
from eigenrnn.results import read_experiment
from eigenrnn.tables.training import training_note


class Note(FolderTest):
    def study(self, **rates):
        """One condition and cell, two seeds of each row; `rates` are those of the rows."""
        study = Study(self.profile, rows=list(rates), cells=["gru"], conditions=["1"], seeds=2)
        for row, rate in rates.items():
            study.runs(row, [0.5, 0.6], at=("1", "gru"))
            for seed in range(2):
                self.set(study, row, seed, learning_rate=rate)
        return study

    def set(self, study, row, seed, **training):
        path = study.folder / f"{study.key(row, seed, '1', 'gru')}.json"
        record = json.loads(path.read_text())
        record["spec"]["training"].update(training)
        path.write_text(json.dumps(record))

    def note(self, study):
        return training_note(read_experiment(study.folder))

    def test_one_rate_is_said_once(self):
        self.assertEqual(self.note(self.study(xavier=0.001, eigen=0.001)),
                         "Trained by adam at a learning rate of 0.001.")

    def test_rates_of_rows_are_said_by_cell(self):
        self.assertEqual(self.note(self.study(xavier=0.003, eigen=0.0001)),
                         "Trained by adam; learning rates, GRU: xavier 0.003, eigen 0.0001.")

    def test_a_weight_decay_is_named(self):
        study = self.study(xavier=0.001)
        for seed in range(2):
            self.set(study, "xavier", seed, weight_decay=0.01, optimizer="sgd")
        self.assertIn("Trained by sgd with weight decay 0.01 at", self.note(study))

    def test_a_search_has_no_note(self):
        study = self.study(xavier=0.001)
        self.set(study, "xavier", 1, learning_rate=0.01)
        self.assertIsNone(self.note(study))


if __name__ == "__main__":
    unittest.main()
