"""`eigenrnn analyze` as a user runs it. $EIGENRNN is the program."""

import json
import math
import os
import pathlib
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import unittest
from typing import Any, Dict, List

from grid_fixture import PATIENCE, SOURCE, manifest

PROGRAM = os.environ.get("EIGENRNN", "build/eigenrnn")
KEY = "0123456789abcdef"


def result(cell: str = "gru") -> Dict[str, Any]:
    """What analyze needs of a result."""
    return {
        "key": KEY,
        "status": "finished",
        "timing": {"started": "2000-01-01T00:00:00Z", "seconds": 1.0},
        "provenance": {"device": "cpu", "commit": "unknown"},
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
        self.assertIn(f"{KEY}.safetensors", done.stderr)
        self.assertIn("recording.keep_weights=true", done.stderr)
        self.assertRegex(  # by its key: a label may be another one by now
            done.stderr,
            "eigenrnn run experiments/tomita.yaml --profile quick --only key=[0-9a-f]{16} "
            "--results [^ ]+ --set recording.keep_weights=true",
        )
        self.assertIn("--at start", done.stderr)

    def weights_file(self, name: str, shapes: Dict[str, List[int]]) -> pathlib.Path:
        """A safetensors file of small weights, by the format's description."""
        header, data = {}, b""
        for tensor, shape in shapes.items():
            count = math.prod(shape)
            content = struct.pack(f"<{count}f", *(0.3 * math.sin(i) for i in range(count)))
            header[tensor] = {"dtype": "F32", "shape": shape, "data_offsets": [len(data), len(data) + len(content)]}
            data += content
        text = json.dumps(header).encode()
        path = self.root / name
        path.write_bytes(struct.pack("<Q", len(text)) + text + data)
        return path

    def test_a_network_of_another_program_is_driven_by_noise(self) -> None:
        shapes = {"enc.weight_ih_l0": [12, 3], "enc.weight_hh_l0": [12, 4], "enc.bias_ih_l0": [12],
                  "enc.weight_ih_l1": [12, 4], "enc.weight_hh_l1": [12, 4], "head.weight": [2, 4]}  # fmt: skip
        path = self.weights_file("gru.safetensors", shapes)
        done = self.analyze(path, "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        found = json.loads(done.stdout)
        self.assertEqual([(s["layer"], s["gate"]) for s in found["spectra"]],
                         [(f"recurrent.layer{layer}", gate) for layer in (0, 1) for gate in "rzn"])  # fmt: skip
        self.assertEqual(found["layer"]["cell"], "gru")
        self.assertIn("along white noise", self.analyze(path).stdout)
        square = self.weights_file("rnn.safetensors", {"weight_ih_l0": [4, 3], "weight_hh_l0": [4, 4]})
        self.assertEqual(json.loads(self.analyze(square, "--json").stdout)["layer"]["cell"], "rnn_tanh")
        relu = self.analyze(square, "--json", "--cell", "rnn_relu")
        self.assertEqual(json.loads(relu.stdout)["layer"]["cell"], "rnn_relu")

    def test_a_file_of_weights_that_does_not_fit_is_explained(self) -> None:
        shapes = {"a.weight_ih_l0": [8, 3], "a.weight_hh_l0": [8, 4]}
        text = self.root / "text.pt"
        text.write_text("nothing", encoding="utf-8")
        for path, options, words in (
            (self.weights_file("two.safetensors", shapes), [], "is [8, 4], which fits no cell"),
            (self.weights_file("none.safetensors", {"head": [2]}), [], "it has: head"),
            (self.weights_file("gru.safetensors", {"weight_ih_l0": [12, 1], "weight_hh_l0": [12, 4]}),
             ["--cell", "lstm"], "which fits gru, and no lstm"),
            (self.weights_file("half.safetensors", {"weight_hh_l0": [4, 4]}), [], "has no weight_ih_l0"),
            (self.weights_file("ok.safetensors", {"weight_ih_l0": [4, 1], "weight_hh_l0": [4, 4]}),
             ["--at", "start"], "--at: of a run's result"),
            (text, [], "is no TorchScript file"),
        ):  # fmt: skip
            done = self.analyze(path, *options)
            self.assertEqual(done.returncode, 2, path)
            self.assertIn(words, done.stderr)

    def test_bad_input_is_explained(self) -> None:
        wrong = self.root / "wrong.json"
        wrong.write_text("[1, 2]", encoding="utf-8")
        (self.path.with_suffix(".safetensors")).write_bytes(b"no archive")
        for arguments, words in (
            ([wrong], "not the result of a run"),
            (["fedcba9876543210", "--results", self.root], "no result has the key"),
            ([self.root / "none.json"], "there is no file"),
            ([KEY, "--results", self.root / "none"], "no folder"),
            ([self.path], "safetensors"),
            ([self.path, "--at", "end"], "--at"),
        ):
            done = self.analyze(*arguments)
            self.assertEqual(done.returncode, 2, arguments)
            self.assertIn(words, done.stderr + done.stdout)


class GridTest(unittest.TestCase):
    """Of several results: a grid of two small networks, trained once and copied for each test."""

    @classmethod
    def setUpClass(cls) -> None:
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.trained = pathlib.Path(folder.name) / "results"
        path = pathlib.Path(folder.name) / "small.yaml"
        keep = "recording: {keep_weights: true}\n"
        path.write_text(
            manifest(cells="gru", initializers="xavier", grammars=(1,), epochs=1, more=keep),
            encoding="utf-8",
        )
        command = [PROGRAM, "run", path, "--results", cls.trained]
        subprocess.run(command, check=True, capture_output=True)

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.profile = pathlib.Path(folder.name) / "cpu"
        shutil.copytree(self.trained / "cpu", self.profile)
        self.results = self.profile / "small"
        self.keys = sorted(path.stem for path in self.results.glob("*.json") if len(path.stem) == 16)
        self.assertEqual(len(self.keys), 2)

    def command(self, *arguments: object, jobs: int = 2) -> List[str]:
        return [PROGRAM, "analyze", str(self.results), "--jobs", str(jobs), *map(str, arguments)]

    def analyze(self, *arguments: object, jobs: int = 2) -> subprocess.CompletedProcess:
        command = self.command(*arguments, jobs=jobs)
        return subprocess.run(command, capture_output=True, encoding="utf-8", check=False)

    def written(self) -> List[str]:
        return sorted(path.name for path in (self.profile / "analysis").glob("*"))

    def weights(self, key: str) -> pathlib.Path:
        return self.results / f"{key}.safetensors"

    def test_every_network_at_both_moments_and_what_is_up_to_date_is_skipped(self) -> None:
        done = self.analyze()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(
            self.written(), [f"{key}.{at}.json" for key in self.keys for at in ("best", "start")]
        )
        self.assertIn("4 analyses, of which 0 are up to date", done.stderr)
        self.assertIn("4 of 4 analyses, about 0 s left", done.stderr)
        start = json.loads((self.profile / "analysis" / f"{self.keys[1]}.start.json").read_text())
        self.assertEqual(start["at"], "start")
        alone = [PROGRAM, "analyze", self.results / f"{self.keys[1]}.json", "--at", "start", "--json"]
        expected = json.loads(subprocess.run(alone, capture_output=True, check=True).stdout)
        del start["seconds"], expected["seconds"]
        self.assertEqual(start, expected)

        later = self.weights(self.keys[1]).stat().st_mtime + 1000
        for path in (self.profile / "analysis").glob(f"{self.keys[0]}.*"):
            os.utime(path, (later, later))
        os.utime(self.weights(self.keys[1]), (later, later))
        again = self.analyze("--at", "best")
        self.assertIn("2 analyses, of which 1 are up to date", again.stderr)
        self.assertIn("1 of 1 analyses", again.stderr)
        self.assertIn("2 of 2 analyses", self.analyze("--at", "start", "--force").stderr)

    def test_a_failure_is_reported_and_the_rest_goes_on(self) -> None:
        self.weights(self.keys[1]).write_bytes(b"no archive")
        done = self.analyze()
        self.assertEqual(done.returncode, 1)
        self.assertIn(f"{self.keys[1]}.json at best: it ended with exit code 2: ", done.stderr)
        self.assertIn("1 of 4 analyses failed; the others are there", done.stderr)
        self.assertEqual(len(self.written()), 3)

    def test_runs_without_weights_are_left_out_but_before_training(self) -> None:
        self.weights(self.keys[0]).unlink()
        (self.results / "0123456789abcdef.json").write_text("[", encoding="utf-8")
        done = self.analyze("--at", "best")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("1 of 2 finished results have no weights beside them", done.stderr)
        self.assertIn("recording.keep_weights=true", done.stderr)
        self.assertIn("0123456789abcdef.json is no result and is left out", done.stderr)
        self.assertEqual(self.written(), [f"{self.keys[1]}.best.json"])
        for said in ("2 analyses, of which 0 are up to date", "2 analyses, of which 2 are up to date"):
            done = self.analyze("--at", "start")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn(said, done.stderr)
        self.assertEqual(len(self.written()), 3)

    def test_packed_results_are_analysed_before_training(self) -> None:
        for key in self.keys:
            self.weights(key).unlink()
        archive = SOURCE / "scripts" / "archive.py"
        subprocess.run([sys.executable, archive, "pack", self.results.parent], check=True, stdout=subprocess.DEVNULL)
        for said in ("2 analyses, of which 0 are up to date", "2 analyses, of which 2 are up to date"):
            command = [PROGRAM, "analyze", *self.keys, "--results", self.results.parents[1], "--at", "start"]
            done = subprocess.run(command, capture_output=True, encoding="utf-8")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn(said, done.stderr)

    def test_an_interrupted_call_ends_what_it_started(self) -> None:
        process = subprocess.Popen(
            self.command(jobs=1), stderr=subprocess.PIPE, encoding="utf-8"
        )
        process.stderr.readline()
        children = f"/proc/{process.pid}/task/{process.pid}/children"
        while not (running := pathlib.Path(children).read_text().split()):
            self.assertIsNone(process.poll())
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=PATIENCE)
        self.assertEqual(process.returncode, 130)
        self.assertIn("interrupted; the same command goes on", errors)
        self.assertFalse(any(pathlib.Path(f"/proc/{pid}").exists() for pid in running))

    def test_bad_usage_and_nothing_to_do(self) -> None:
        for option in (("--output", "x.json"), ("--json",), ("--sequences", 60)):
            done = self.analyze(*option)
            self.assertEqual(done.returncode, 2)
            self.assertIn(f"{option[0]}: only with one result", done.stderr)
        self.assertEqual(self.analyze(jobs=0).returncode, 2)
        for key in self.keys:
            self.weights(key).unlink()
        done = self.analyze()
        self.assertEqual(done.returncode, 1)
        self.assertIn("no network to analyse", done.stderr)
        self.assertEqual(self.written(), [])


if __name__ == "__main__":
    unittest.main()
