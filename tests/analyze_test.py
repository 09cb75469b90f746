"""`eigenrnn analyze` as a user runs it. $EIGENRNN is the program."""

import json
import os
import pathlib
import subprocess
import tempfile
import unittest
from typing import Any, Dict

PROGRAM = os.environ.get("EIGENRNN", "build/eigenrnn")
KEY = "0123456789abcdef"


def result(cell: str = "gru") -> Dict[str, Any]:
    """What analyze needs of a result."""
    return {
        "spec": {
            "experiment": "tomita",
            "profile": "quick",
            "condition": "3",
            "task": {"name": "tomita", "options": {"grammar": 3, "test_size": 100}},
            "cell": cell,
            "initializer": {"name": "eigen", "label": "eigen, ring", "options": {}},
            "seed": 4,
            "model": {"hidden_size": 6},
            "training": {},
        }
    }


class AnalyzeTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        self.path = self.root / "quick" / "tomita" / f"{KEY}.json"
        self.path.parent.mkdir(parents=True)
        self.path.write_text(json.dumps(result()), encoding="utf-8")

    def analyze(self, *arguments: object) -> subprocess.CompletedProcess:
        command = [PROGRAM, "analyze", *map(str, arguments)]
        return subprocess.run(command, capture_output=True, encoding="utf-8", check=False)

    def test_a_path_and_a_key_mean_the_same(self) -> None:
        small = ["--at", "start", "--sequences", 60, "--json"]
        by_path = self.analyze(self.path, *small)
        by_key = self.analyze(KEY, "--results", self.root, *small)
        self.assertEqual(by_path.returncode, 0, by_path.stderr)
        found, other = json.loads(by_path.stdout), json.loads(by_key.stdout)
        self.assertEqual(found["at"], "start")
        self.assertEqual(found["spec"]["seed"], 4)
        self.assertEqual(len(found["spectra"]), 3)
        del found["seconds"], other["seconds"]
        self.assertEqual(found, other)
        self.assertIn("lyapunov", by_path.stderr)

    def test_the_summary_is_for_people_and_the_file_for_programs(self) -> None:
        output = self.root / "analysis.json"
        done = self.analyze(
            self.path, "--at", "start", "--sequences", 60, "--split", "train", "--output", output
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        for words in ("before training", "train split", "capacity", "Fixed points"):
            self.assertIn(words, done.stdout)
        self.assertNotIn("nan", done.stdout)
        self.assertEqual(json.loads(output.read_text(encoding="utf-8"))["split"], "train")

    def test_without_weights_it_says_how_to_get_them(self) -> None:
        done = self.analyze(self.path)
        self.assertEqual(done.returncode, 2)
        self.assertIn(f"{KEY}.weights.pt", done.stderr)
        self.assertIn("keep_weights: true", done.stderr)
        self.assertRegex(  # by its key: a label may be another one by now
            done.stderr,
            "eigenrnn run experiments/tomita.yaml --profile quick --only key=[0-9a-f]{16} "
            "--results [^ ]+ --force",
        )
        self.assertIn("--at start", done.stderr)

    def test_bad_input_is_explained(self) -> None:
        wrong = self.root / "wrong.json"
        wrong.write_text("[1, 2]", encoding="utf-8")
        (self.path.with_suffix(".weights.pt")).write_bytes(b"no archive")
        for arguments, words in (
            ([wrong], "not the result of a run"),
            (["fedcba9876543210", "--results", self.root], "no result has the key"),
            ([self.root / "none.json"], "there is no file"),
            ([KEY, "--results", self.root / "none"], "no folder"),
            ([self.path], "weights.pt"),
            ([self.path, "--at", "end"], "--at"),
        ):
            done = self.analyze(*arguments)
            self.assertEqual(done.returncode, 2, arguments)
            self.assertIn(words, done.stderr + done.stdout)


if __name__ == "__main__":
    unittest.main()
