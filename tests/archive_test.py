"""Tests of results in archives: packed, unpacked, read as if they lay in their folder."""

import gzip
import json
import shutil
import subprocess
import sys
import unittest

from collate_fixture import SCRIPTS, FolderTest, Study, result
from eigenrnn.results import Broken, archive, read_experiment

STRANGE = '{\n "a": 1e-05, "b": [1.0, -0.0, 12345678901234567890, 0.1000],\t"c  d": "x \\" \\\\ : é\\u0000 "\r\n}'


class Text(unittest.TestCase):
    def test_only_white_space_between_tokens_goes(self):
        self.assertEqual(
            archive.one_line(STRANGE),
            '{"a":1e-05,"b":[1.0,-0.0,12345678901234567890,0.1000],"c  d":"x \\" \\\\ : é\\u0000 "}',
        )
        self.assertEqual(json.loads(archive.one_line(STRANGE)), json.loads(STRANGE))


class Archives(FolderTest):
    def setUp(self):
        super().setUp()
        self.study = Study(self.profile)
        self.study.runs("xavier", [0.5, 0.6, 0.7])
        self.study.runs("eigen", [0.7, "diverged", "failed"])
        self.folder = self.study.folder
        self.archive = self.profile / "tomita.jsonl.gz"

    def command(self, *arguments):
        done = subprocess.run(
            [sys.executable, str(SCRIPTS / "archive.py"), *map(str, arguments)],
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        self.assertNotIn("Traceback", done.stderr)
        return done

    def pack(self):
        done = self.command("pack", self.profile)
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def names(self):
        return sorted(path.name for path in self.folder.iterdir())

    def test_an_archive_is_read_like_a_folder(self):
        before = read_experiment(self.folder)
        tables = self.collate(self.profile).stdout
        self.pack()
        self.assertEqual(self.names(), ["table.json"])
        self.assertEqual(read_experiment(self.folder), before)
        self.assertEqual(self.collate(self.profile, "--check").returncode, 0)
        self.assertEqual(self.collate(self.profile).stdout, tables)
        valid = self.validate(self.profile)
        self.assertEqual(valid.returncode, 0, valid.stderr)
        self.assertIn("7 of 7 files are valid", valid.stdout)

    def test_the_same_results_give_the_same_bytes(self):
        self.pack()
        content = self.archive.read_bytes()
        keys = [json.loads(line)["key"] for line in gzip.decompress(content).splitlines()]
        self.assertEqual(keys, sorted(keys))
        self.assertEqual(content[4:8], bytes(4))  # no time
        self.assertEqual(content[3] & 8, 0)  # no name
        self.assertEqual(self.command("unpack", self.profile).returncode, 0)
        self.archive.unlink()
        for path in sorted(self.folder.glob("*.json"), reverse=True):
            if path.name != "table.json":  # another order, another spelling
                path.write_text(json.dumps(json.loads(path.read_text()), indent=3))
        self.pack()
        self.assertEqual(self.archive.read_bytes(), content)

    def test_what_is_unpacked_is_what_was_packed(self):
        before = read_experiment(self.folder)
        self.pack()
        self.command("unpack", self.profile)
        self.archive.unlink()
        self.assertEqual(read_experiment(self.folder), before)

    def test_a_loose_result_wins_and_is_packed_in_its_place(self):
        self.pack()
        self.study.run("xavier", 0, 0.9)
        for _ in range(2):
            accuracy = read_experiment(self.folder).results[Study.key("xavier", 0)]["metrics"]["accuracy"]
            self.assertEqual(accuracy, 0.9)
            self.pack()
        self.assertEqual(len(read_experiment(self.folder).results), 6)

    def test_an_archive_alone_is_an_experiment_that_lacks_its_grid(self):
        self.pack()
        shutil.rmtree(self.folder)
        done = self.collate(self.profile)
        self.assertEqual(done.returncode, 1)
        self.assertIn("tomita/table.json: No such file or directory", done.stderr)

    def test_a_cut_archive_is_named_and_what_is_there_is_used(self):
        self.pack()
        whole = gzip.decompress(self.archive.read_bytes())
        lines = whole.splitlines(keepends=True)
        cut = gzip.compress(b"".join(lines[:3]), mtime=0)[:-8]  # without its checksum
        self.archive.write_bytes(cut)
        experiment = read_experiment(self.folder)
        self.assertEqual(len(experiment.problems), 1)
        self.assertIn(f"{self.archive}: it ends early", experiment.problems[0])
        self.assertEqual(len(experiment.results), 3)
        self.assertEqual(self.validate(self.archive).returncode, 1)

    def test_a_broken_line_is_named_by_its_number(self):
        self.pack()
        lines = gzip.decompress(self.archive.read_bytes()).splitlines(keepends=True)
        for broken, reason in [(b"{\n", "not valid JSON"), (b'{"key": "../up"}\n', "its key is '../up'"),
                               (lines[0], "a second result")]:
            self.archive.write_bytes(gzip.compress(b"".join([*lines[:2], broken, *lines[2:]])))
            experiment = read_experiment(self.folder)
            self.assertEqual(len(experiment.results), 6)
            self.assertIn(f"{self.archive}, line 3: {reason}", "".join(experiment.problems))
            self.assertEqual(len(experiment.problems), 1)
        self.archive.write_text("no archive")
        self.assertIn("is no archive", read_experiment(self.folder).problems[0])

    def test_what_cannot_be_used_is_not_packed_nor_removed(self):
        for name, content in [("0" * 16, "{"), ("1" * 16, json.dumps(result("2" * 16))), ("notes", "{}")]:
            path = self.folder / f"{name}.json"
            path.write_text(content)
            before = self.names()
            done = self.command("pack", self.profile)
            self.assertEqual(done.returncode, 1)
            self.assertIn(str(path), done.stderr)
            self.assertEqual(self.names(), before)
            self.assertFalse(self.archive.exists())
            path.unlink()
        self.archive.write_text("no archive")
        with self.assertRaises(Broken):
            archive.pack(self.folder)
        self.assertEqual(self.archive.read_text(), "no archive")

    def test_results_of_other_grids_are_packed_too(self):
        self.study.add(result("0" * 16))
        self.pack()
        self.assertEqual(read_experiment(self.folder).ignored, 1)

    def test_prune_drops_what_the_grid_does_not_expect(self):
        self.pack()
        before = self.archive.read_bytes()
        self.study.add(result("0" * 16))
        self.pack()
        self.assertNotEqual(self.archive.read_bytes(), before)
        done = self.command("prune", self.profile)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("1 results dropped", done.stdout)
        self.assertEqual(self.archive.read_bytes(), before)
        self.assertEqual(self.command("prune", self.profile).stdout, "")

    def test_prune_drops_nothing_without_a_grid(self):
        self.pack()
        before = self.archive.read_bytes()
        (self.folder / "table.json").unlink()
        self.assertEqual(self.command("prune", self.profile).returncode, 1)
        self.assertEqual(self.archive.read_bytes(), before)


if __name__ == "__main__":
    unittest.main()
