"""What the program makes of odd words, streams, terminals and signals.

The program is given by $EIGENRNN.
"""

import csv
import io
import json
import os
import pathlib
import pty
import shlex
import signal
import subprocess
import time
import unittest

from grid_fixture import EIGENRNN, PATIENCE, SOURCE, GridTest, manifest

ONE_RUN = ("--only", "condition=1,cell=gru,init=xavier,seed=0")


def program(*arguments, **how):
    how = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **how}
    return subprocess.run([EIGENRNN, *map(str, arguments)], text=True, timeout=PATIENCE, **how)


class Output(GridTest):
    def test_lost_output_is_no_success(self):
        sentence = self.folder / "sentence"
        sentence.write_text("a b c d\n")
        with open("/dev/full", "w", encoding="utf-8") as full:
            for words in (("list", "initializers"), ("--help",), ("--version",), ("list", "--help"),
                          ("bleu", sentence, sentence), ("validate", self.manifest),
                          ("run", self.manifest, "--results", self.results, *ONE_RUN)):
                done = program(*words, stdout=full)
                self.assertEqual(done.returncode, 1, words)
                self.assertIn("standard output cannot be written", done.stderr)
        self.assertEqual(len(self.keys()), 1)  # the run itself was carried out

    def test_a_closed_output_is_not_the_next_file(self):
        done = subprocess.run(["bash", "-c", '"$@" >&-', "bash",
                               *self.command("--dry-run", *ONE_RUN)], text=True, stderr=subprocess.PIPE)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("standard output cannot be written", done.stderr)
        done = subprocess.run(["bash", "-c", '"$@" >&-', "bash", *self.command(*ONE_RUN)], text=True,
                              stderr=subprocess.PIPE)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assert_log_is_its_own()

    def assert_log_is_its_own(self):
        for line in (self.results / "runner.log").read_text().splitlines():
            self.assertRegex(line, r"^\d{4}-\d\d-\d\d ")

    def test_output_that_goes_to_standard_output_does_not_overwrite_it(self):
        self.assertEqual(self.run_grid(*ONE_RUN).returncode, 0)
        words = ("verify", self.results, "--output", "/dev/stdout")
        for said in (program(*words).stdout, self.said_to_a_file(words)):
            self.assertIn("1 result: 1 same bits", said)
            before, _, report = said.partition("{")
            self.assertIn("repeating 1 of 1", before)
            (verdict,) = json.loads("{" + report)["results"]
            self.assertEqual(verdict["verdict"], "same bits")

    def said_to_a_file(self, words):
        path = self.folder / "said"
        with open(path, "w", encoding="utf-8") as file:
            self.assertEqual(program(*words, stdout=file).returncode, 0)
        return path.read_text()


class Words(GridTest):
    def setUp(self):
        super().setUp()
        folder = self.folder / "it's my folder"
        folder.mkdir()
        self.manifest = self.manifest.rename(folder / self.manifest.name)
        self.results = folder / "results"

    def test_what_is_shown_is_what_a_shell_takes(self):
        flags = ("--kernel", "libtorch", *ONE_RUN)
        self.assertEqual(self.run_grid(*flags).returncode, 0)
        table = json.loads((self.results / "cpu/small/table.json").read_text())
        self.assertEqual(shlex.split(table["command"]), [
            "build/eigenrnn", "run", str(self.manifest), "--profile", "cpu", "--results",
            str(self.results), "--kernel", "libtorch"])

    def test_settings_are_laid_over_the_manifest(self):
        flags = ("--set", "training.epochs=1", "--set", "recording.keep_weights=true")
        self.assertEqual(self.run_grid(*flags, *ONE_RUN).returncode, 0)
        ((_, path),) = self.keys().items()
        self.assertEqual(len(json.loads(path.read_text())["epochs"]), 1)
        self.assertTrue(path.with_suffix(".safetensors").is_file())
        table = json.loads((self.results / "cpu/small/table.json").read_text())
        self.assertIn(shlex.join(flags), table["command"])
        for words, mistake in ((("--set", "training.lr=1"), "did you mean 'learning_rate'?"),
                               (("training.lr=1",), "a setting is written as --set training.lr=1")):
            done = self.run_grid(*words)
            self.assertNotEqual(done.returncode, 0)
            self.assertIn(mistake, done.stdout)

    def test_to_go_on_it_says_the_words_that_it_was_given(self):
        self.write_manifest(train=2000, epochs=50)
        flags = ("--jobs", "1", "--checkpoint-seconds", "0.5", "--lease", "7", "--begin-at", "1/2",
                 "--no-wait", "--device", "cpu")
        for more, words in (((), "To go on where this stopped: "), (("--force",), "To do it all again: ")):
            process = self.start_grid(*flags, *more)
            self.wait_for_workers(process, 1)
            time.sleep(1)
            process.send_signal(signal.SIGINT)
            said, _ = process.communicate(timeout=PATIENCE)
            self.assertEqual(process.returncode, 130, said)
            (line,) = [line for line in said.splitlines() if line.startswith(words)]
            again = shlex.split(line[len(words):])
            self.assertEqual(again[:3], [EIGENRNN, "run", str(self.manifest)])
            self.assertEqual(again[3:5], ["--profile", "cpu"])
            self.assertIn(("--results", str(self.results)), list(zip(again, again[1:])))
            given = list(zip(flags, flags[1:]))[::2][:4] + [("--device", "cpu")]
            for pair in given:
                self.assertIn(pair, list(zip(again, again[1:])))
            self.assertIn("--no-wait", again)
            self.assertEqual("--force" in again, bool(more))

    def test_words_for_sbatch_stay_whole(self):
        fake = self.folder / "fake"
        fake.write_text('#!/bin/sh\nprintf "<%s>" "$@"\n')
        fake.chmod(0o755)
        done = subprocess.run(
            ["make", "-s", "-C", SOURCE, "-o", "build", "reproduce-tomita", "LAUNCHER=slurm",
             f"EIGENRNN={fake}", "TASKS=2", """SLURM_ARGS=--comment="two words" --time=60 --qos='a b'"""],
            text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn("<--sbatch-arg=--comment=two words><--sbatch-arg=--time=60><--sbatch-arg=--qos=a b>",
                      done.stdout)
        dry = subprocess.run(self.command("--launcher", "slurm", "--dry-run",
                                          "--sbatch-arg=--comment=two words"), text=True, cwd=SOURCE,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.assertEqual(dry.returncode, 0, dry.stdout)
        self.assertIn("sbatch --parsable '--comment=two words' ", dry.stdout)

    def test_bad_words_are_refused(self):
        results = program("run", self.manifest, "--results", "")
        self.assertEqual(results.returncode, 2)
        self.assertIn("--results: it must not be empty", results.stderr)
        for words in (("run", self.manifest, "--checkpoint-seconds"), ("verify", self.folder, "--max-seconds"),
                      ("plan", self.manifest, "--price"), ("plan", self.manifest, "--probe-seconds")):
            for number in ("nan", "-1", "inf", "x"):
                done = program(*words, number)
                self.assertEqual(done.returncode, 2, (words, number))
                self.assertIn(f"{words[-1]}: '{number}' must be a number ", done.stderr)

    def test_a_manifest_may_be_a_pipe(self):
        text = manifest()
        done = subprocess.run(["bash", "-c", f"{shlex.quote(EIGENRNN)} validate <(printf %s \"$1\")", "bash",
                               text], text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.assertEqual(done.stdout,
                         "small quick: 16 runs\nsmall cpu: 16 runs\nsmall paper: 16 runs\n")

    def test_a_condition_with_a_comma_is_chosen(self):
        text = manifest().replace('label: "1"', 'label: "a, b=1,c"')
        self.manifest.write_text(text)
        done = self.run_grid("--dry-run", "--only", "condition=a, b=1,c,seed=0")
        self.assertIn("4 of 4 runs are left", done.stdout)


class Names(unittest.TestCase):
    """CLI11 of Debian 12 lets a positional argument have an option's name; later ones end the program."""

    @staticmethod
    def named(command):
        section, names = "", {"Positionals:": [], "Options:": [], "Subcommands:": []}
        for line in program(*command, "--help").stdout.splitlines():
            if line in names:
                section = line
            elif line and not line.startswith(" "):
                section = ""
            elif section and line.startswith("  ") and not line.startswith("   "):
                names[section] += line.split()[0].split(",")
        return names

    def test_no_argument_has_the_name_of_an_option(self):
        commands = [[name] for name in self.named([])["Subcommands:"]]
        self.assertIn(["analyze"], commands)
        for command in commands:
            names = self.named(command)
            self.assertIn("--help", names["Options:"], command)
            options = {option.lstrip("-") for option in names["Options:"]}
            self.assertEqual(options & set(names["Positionals:"]), set(), command)


class Surroundings(GridTest):
    def on_terminal(self, *more, **environment):
        """What a run writes to a terminal of 40 columns."""
        ours, theirs = pty.openpty()
        subprocess.run(["stty", "cols", "40", "rows", "20"], stdin=theirs, check=True)
        process = subprocess.Popen(self.command(*more), stdin=theirs, stdout=theirs, stderr=theirs,
                                   env={**os.environ, **environment})
        os.close(theirs)
        said = b""
        while True:
            try:
                part = os.read(ours, 65536)
            except OSError:  # its end
                break
            if not part:
                break
            said += part
        os.close(ours)
        self.assertEqual(process.wait(timeout=PATIENCE), 0, said)
        return said.decode()

    def test_a_dumb_terminal_gets_no_escape_codes(self):
        self.write_manifest(train=2000, epochs=10, grammars=[1], cells="gru", initializers="xavier", seeds=1)
        self.assertIn("\x1b[", self.on_terminal(TERM="xterm"))
        self.assertNotIn("\x1b", self.on_terminal("--force", TERM="dumb"))

    def test_data_that_cannot_be_reached_is_missing_data(self):
        data = self.folder / "data"
        data.mkdir()
        (data / "mnist").symlink_to("mnist")  # a folder that nobody can enter, root neither
        self.manifest.write_text(
            manifest().replace("tomita, options: {train_size: 100, validation_size: 60, test_size: 60}",
                               "pixel_mnist").replace("grammar: 1", "order: scanline")
            .replace("grammar: 5", "order: permuted"))
        done = subprocess.run(self.command("--jobs", "1"), text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, env={**os.environ, "EIGENRNN_DATASETS": str(data)})
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn("0 failed", done.stdout)
        self.assertIn("16 left out: cannot read ", done.stdout)
        self.assertIn("datasets/fetch_mnist.sh", done.stdout)
        self.assertEqual(self.keys(), {})

    def test_a_signal_that_was_ignored_stays_ignored(self):
        def ignore():
            signal.signal(signal.SIGINT, signal.SIG_IGN)

        self.write_manifest(train=1000, epochs=4)
        process = subprocess.Popen(self.command("--jobs", "1", *ONE_RUN), text=True,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, preexec_fn=ignore)
        self.wait_for_workers(process, 1)
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=PATIENCE)
        self.assertEqual(process.returncode, 0, said)

    def test_a_result_with_a_byte_order_mark_is_one_for_all(self):
        self.assertEqual(self.run_grid(*ONE_RUN).returncode, 0)
        (path,) = self.keys().values()
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
        self.assertIn("0 finished now, 1 were finished before", self.run_grid(*ONE_RUN).stdout)
        status = program("status", self.manifest, "--results", self.results, *ONE_RUN)
        self.assertIn("1 runs: 1 finished", status.stdout)
        self.assertIn("1 result: 1 same bits", program("verify", self.results).stdout)
        self.assertEqual(program("analyze", path, "--at", "start", "--sequences", "8").returncode, 0)

    def runs(self, *arguments):
        done = program("runs", self.manifest, "--results", self.results, *arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_the_runs_with_their_keys_and_results(self):
        self.assertEqual(self.run_grid(*ONE_RUN).returncode, 0)
        (key,) = self.keys()
        lines = self.runs().splitlines()
        self.assertEqual(len(lines), 16)
        self.assertEqual(sum(line.endswith("not yet") for line in lines), 15)
        (done,) = (line for line in lines if line.startswith(key))
        self.assertRegex(done, r"finished +[0-9.]+ accuracy, %$")
        rows = list(csv.DictReader(io.StringIO(self.runs("--format", "csv"))))
        self.assertEqual(len(rows), 16)
        (row,) = (row for row in rows if row["key"] == key)
        (record,) = json.loads(self.runs("--format", "json", "--only", f"key={key}"))
        self.assertEqual((row["status"], row["cell"]), (record["status"], record["cell"]))
        self.assertEqual(float(row["accuracy"]), record["metrics"]["accuracy"])
        self.assertEqual(pathlib.Path(record["path"]).name, f"{key}.json")
        self.assertEqual({r["accuracy"] for r in rows if r["key"] != key}, {""})

    def test_a_command_that_there_is_not(self):
        done = program("satus")
        self.assertEqual(done.returncode, 2)
        self.assertIn("unknown command 'satus'; there are: run, plan, status,", done.stderr)
        self.assertIn("(did you mean 'status'?)", done.stderr)
        self.assertNotIn("worker", done.stderr)

    def test_a_tab_in_a_manifest(self):
        self.manifest.write_text("experiment: small\ntask:\n\tname: tomita\n")
        done = program("validate", self.manifest)
        self.assertEqual(done.returncode, 2)
        self.assertIn("3: not YAML: it is indented with a tab, and must be with spaces", done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
