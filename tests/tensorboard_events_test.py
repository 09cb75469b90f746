"""What is written for TensorBoard, read by TensorBoard's own reader. Skipped (77) where there is none: it is in
.tensorboard/ once `make tensorboard` or `make test-tensorboard` put it there."""

import json
import math
import subprocess
import sys
import unittest

from collate_fixture import ROOT, SCRIPTS, FolderTest, Study

PYTHON = ROOT / ".tensorboard" / "bin" / "python3"

# Prints what a run's folder has, as JSON.
READER = """
import json, sys
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams import metadata
from tensorboard.util import tensor_util
from google.protobuf.json_format import MessageToDict
events = EventAccumulator(sys.argv[1]).Reload()
tags = events.Tags()
plugin = events.PluginTagToContent(metadata.PLUGIN_NAME)
parsers = {metadata.EXPERIMENT_TAG: metadata.parse_experiment_plugin_data,
           metadata.SESSION_START_INFO_TAG: metadata.parse_session_start_info_plugin_data,
           metadata.SESSION_END_INFO_TAG: metadata.parse_session_end_info_plugin_data}
print(json.dumps({
    "begin": events.FirstEventTimestamp(),
    "scalars": {tag: [(e.wall_time, e.step, e.value) for e in events.Scalars(tag)] for tag in tags["scalars"]},
    "histograms": {tag: [(e.step, tensor_util.make_ndarray(e.tensor_proto).tolist()) for e in events.Tensors(tag)]
                   for tag in tags["tensors"] if tag.startswith("moduli/")},
    "settings": {tag: MessageToDict(parsers[tag](content)) for tag, content in plugin.items()},
}))
"""


class Events(FolderTest):
    def setUp(self):
        super().setUp()
        self.study = Study(self.profile, seeds=4)
        self.study.runs("xavier", [0.5, "diverged", "failed", None])
        self.study.runs("eigen", [0.75, 0.875, "diverged"])
        self.out = self.profile / "tensorboard"

    def python(self, *words):
        done = subprocess.run([PYTHON, "-B", *words], capture_output=True, encoding="utf-8", check=False)
        self.assertNotIn("Traceback", done.stderr)
        return done

    def command(self, *arguments):
        return self.python(SCRIPTS / "tensorboard_events.py", self.profile, *arguments)

    def write(self, *arguments):
        done = self.command(*arguments)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout

    def read(self, run):
        return json.loads(self.python("-c", READER, self.out / run).stdout)

    def files(self):
        return {path: path.read_bytes() for path in self.out.rglob("*") if path.is_file()}

    def test_scalars_and_histograms(self):
        self.assertIn("6 runs", self.write())
        events = self.read("tomita/1/lstm/eigen/seed1")
        [(time, step, value)] = events["scalars"]["validation/accuracy"]
        self.assertEqual((time - events["begin"], step, value), (1.5, 1, 0.875))
        self.assertEqual(events["scalars"]["test/accuracy"][0][2], 0.875)
        radii = [(step, round(value, 3)) for _, step, value in events["scalars"]["spectral_radius/layer0.h"]]
        self.assertEqual(radii, [(0, 0.559), (1, 0.559)])
        histograms = events["histograms"]["moduli/layer0.h"]
        self.assertEqual([step for step, _ in histograms], [0, 1])
        buckets = histograms[0][1]
        self.assertEqual(sum(count for _, _, count in buckets), 2)
        self.assertTrue(math.isclose(buckets[0][0], math.hypot(0.5, 0.25)))

    def test_settings_without_the_seed_and_what_became_of_a_run(self):
        self.write()
        groups = set()
        for run, status in (("seed0", "SUCCESS"), ("seed1", "FAILURE"), ("seed2", "FAILURE")):
            settings = self.read(f"tomita/1/lstm/xavier/{run}")["settings"]
            start, end = settings["_hparams_/session_start_info"], settings["_hparams_/session_end_info"]
            self.assertEqual(start["hparams"]["initializer"], "xavier")
            self.assertEqual(start["hparams"]["learning_rate"], 0.001)
            self.assertEqual(end["status"], f"STATUS_{status}", run)
            groups.add(start["groupName"])
        self.assertEqual(len(groups), 1)
        experiment = self.read(".")["settings"]["_hparams_/experiment"]
        self.assertEqual([info["name"]["tag"] for info in experiment["metricInfos"]], ["test/accuracy", "test/loss"])

    def test_the_same_results_give_the_same_bytes_and_a_part_leaves_no_other_runs(self):
        self.write()
        before = self.files()
        self.write()
        self.assertEqual(self.files(), before)
        own = self.out / "note.txt"
        own.write_text("the user's")
        self.write("--only", "init=eigen,seed=0")
        self.assertEqual(len(self.files()), 3)
        self.assertEqual(own.read_text(), "the user's")

    def test_a_result_that_is_not_as_it_should_be_costs_itself_alone(self):
        path = self.study.folder / f"{self.study.key('eigen', 0)}.json"
        path.write_text(path.read_text().replace('"train_loss"', '"loss_of_training"'))
        done = self.command()
        self.assertEqual(done.returncode, 1)
        self.assertIn("tomita/1/lstm/eigen/seed0 is left out: KeyError", done.stderr)
        self.assertIn("5 runs", done.stdout)


if __name__ == "__main__":
    if not PYTHON.exists():
        print(f"skipped: no TensorBoard in {PYTHON.parents[1]}; make test-tensorboard puts it there, and runs this")
        sys.exit(77)
    unittest.main()
