"""Drives `eigenrnn verify` as a user does, on a small grid and on records that are changed afterwards.

The program is given by $EIGENRNN.
"""

import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import unittest

from grid_fixture import EIGENRNN, PATIENCE, SOURCE, interruptible, manifest, result_files, wait_until


class VerifyTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="eigenrnn-verify-test-"))
        self.results = self.folder / "results"
        self.temporary = self.folder / "tmp"
        self.temporary.mkdir()

    def tearDown(self):
        shutil.rmtree(self.folder)

    def run_program(self, *arguments):
        return subprocess.run([EIGENRNN, *map(str, arguments)], text=True, timeout=PATIENCE,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              env={**os.environ, "TMPDIR": str(self.temporary)})

    def make_grid(self, only="cell=gru,cell=rnn_relu", seeds=1, initializers="xavier", **what):
        path = self.folder / "small.yaml"
        path.write_text(manifest(grammars=[1], cells="rnn_relu, gru", seeds=seeds,
                                 initializers=initializers, **what))
        made = self.run_program("run", path, "--results", self.results, "--only", only)
        self.assertEqual(made.returncode, 0, made.stdout)

    def files(self):
        return sorted(result_files(self.results).values())

    def change(self, path, change):
        result = json.loads(path.read_text())
        change(result)
        path.write_text(json.dumps(result))

    def verify(self, *arguments, expect=0):
        done = self.run_program("verify", *(arguments or [self.results]), "--sample", "0")
        self.assertEqual(done.returncode, expect, done.stdout)
        self.assertEqual(list(self.temporary.iterdir()), [])
        return done.stdout

    def differences_of(self, path):
        """What is said of a result that differs, and every place where it does."""
        report = self.folder / "report.json"
        said = self.verify(path, "--output", report, expect=1)
        (verdict,) = json.loads(report.read_text())["results"]
        self.assertEqual(verdict["verdict"], "DIFFERS")
        return said, {difference["where"] for difference in verdict["differences"]}


class SameMachine(VerifyTest):
    def test_what_is_untouched_has_the_same_bits_by_whatever_path(self):
        self.make_grid(seeds=2, more="recording: {keep_weights: true, epoch_spectra: all}\n")
        for path in (self.results, self.results / "cpu", self.results / "cpu/small"):
            self.assertIn("4 results: 4 same bits", self.verify(path))
        first = self.files()[0]
        self.assertIn("1 result: 1 same bits", self.verify(first))
        self.assertIn("4 results: 4 same bits", self.verify(first, self.results, first))
        self.assertIn("2 results: 2 same bits", self.verify(self.results, "--only", "cell=gru"))

    def test_a_changed_number_is_named(self):
        self.make_grid()
        gru = next(p for p in self.files() if '"cell":"gru"' in p.read_text().replace(" ", ""))
        tampered = json.loads(gru.read_text())["metrics"]["accuracy"] + 1e-9
        self.change(gru, lambda result: result["metrics"].update(accuracy=tampered))
        said = self.verify(expect=1)
        self.assertRegex(said, rf"DIFFERS +small 1 · gru · xavier · seed 0 +{gru}")
        self.assertIn("metrics.accuracy ", said)
        self.assertIn("2 results: 1 same bits, 1 DIFFERS", said)

    def test_every_recorded_part_counts(self):
        self.make_grid(only="cell=gru", more="recording: {keep_weights: true}\n")
        (path,) = self.files()

        def tamper(result):
            result["epochs"][1]["train_loss"] = 0.123
            result["epochs"][0]["validation"]["loss"] = 0.1
            result["epochs"].append(result["epochs"][1])
            result["metrics"]["best_epoch"] = 17
            result["spectra"]["start"][0]["eigenvalues"][0][0] = 3.0
            result["spectra"]["end"][2]["spectral_norm"] = 0.5
            result["spectra"]["epochs"][1]["blocks"][0]["mean_modulus"] = 0.5
            result["weights"]["sha256"] = "0" * 64
            result["samples"] = [{"source": "a"}]
            result["status"] = "diverged"

        self.change(path, tamper)
        said, differences = self.differences_of(path)
        self.assertEqual(differences, {
            "epochs[1].train_loss", "epochs[0].validation.loss", "epochs.length",
            "metrics.best_epoch", "spectra.start[0].eigenvalues[0][0]",
            "spectra.end[2].spectral_norm", "spectra.epochs[1].blocks[0].mean_modulus",
            "weights.sha256", "samples", "status"})
        self.assertIn("and 7 more", said)

    def test_another_commit_owes_the_same_bits_and_is_named(self):
        self.make_grid(only="cell=gru")
        (path,) = self.files()
        self.change(path, lambda r: r["provenance"].update(commit="0123456789abcdef", dirty=False))
        self.assertIn("1 same bits", self.verify())
        self.change(path, lambda r: r["epochs"][1].update(train_loss=0.123))
        self.assertIn("made by another commit: 0123456789ab, here ", self.verify(expect=1))

    def test_results_of_earlier_versions(self):
        self.make_grid(only="cell=gru")
        (path,) = self.files()

        def age(result):
            del result["spec"]["recording"], result["spectra"]["epochs"], result["spectra"]["best"]
            del result["weights"], result["provenance"]["instructions"], result["provenance"]["rounding"]
            for block in result["spectra"]["start"] + result["spectra"]["end"]:
                del block["eigenvector_condition"], block["warning"]
            result["epochs"][0]["train_loss"] *= 1 + 1e-9  # was not rounded

        self.change(path, age)
        self.assertIn("1 same bits", self.verify())

    def test_a_run_that_diverged(self):
        self.make_grid(only="cell=rnn_relu", train=400,
                       training=", optimizer: sgd, learning_rate: 1000, clip_norm: 0")
        (path,) = self.files()
        self.assertEqual(json.loads(path.read_text())["status"], "diverged")
        self.assertIn("1 same bits", self.verify())
        self.change(path, lambda r: r["divergence"].update(step=1000))
        self.assertIn("divergence.step 1000 → ", self.verify(expect=1))


class Elsewhere(VerifyTest):
    def setUp(self):
        super().setUp()
        self.make_grid(only="cell=gru", seeds=4)
        self.cpu = json.loads(self.files()[0].read_text())["provenance"]["cpu"]
        for path in self.files():
            self.change(path, lambda r: r["provenance"].update(cpu="Another One"))
        self.path = self.files()[0]

    def test_what_is_not_recorded_of_a_machine_may_have_been_another(self):
        def age(result):
            result["provenance"].update(cpu=self.cpu)
            del result["provenance"]["instructions"], result["provenance"]["rounding"]
            result["metrics"]["loss"] *= 1.0001

        self.change(self.path, age)
        said = self.verify()
        self.assertIn("1 within tolerance", said)
        self.assertIn("instructions not recorded, rounding not recorded", said)

    def test_small_changes_are_within_tolerance(self):
        def round_otherwise(result):
            result["epochs"][0]["train_loss"] *= 1.001
            result["epochs"][1]["train_loss"] *= 2  # by then, nothing can be said
            result["metrics"]["loss"] *= 1.0001
            for block in result["spectra"]["start"]:
                block["eigenvalues"].reverse()  # moduli that are alike come in any order
                block["eigenvalues"][0][0] += 1e-6

        self.change(self.path, round_otherwise)
        said = self.verify()
        self.assertIn("4 results: 3 same bits, 1 within tolerance", said)
        self.assertRegex(said, "cpu Another One → .*; largest difference, as a part of its "
                               "tolerance: 0.0")
        self.assertIn("1 DIFFERS", self.verify(self.path, "--compare", "bits", expect=1))

    def test_large_changes_are_not(self):
        def tamper(result):
            result["epochs"][0]["train_loss"] *= 1.2
            result["metrics"]["loss"] = 100.0
            result["spectra"]["start"][1]["eigenvalues"][0][0] += 1e-2
            result["spectra"]["start"][0]["spectral_norm"] *= 1.001
            result["status"] = "diverged"

        self.change(self.path, tamper)
        said, differences = self.differences_of(self.path)
        self.assertEqual(differences, {"epochs[0].train_loss", "metrics.loss", "status",
                                       "spectra.start[1].eigenvalues",
                                       "spectra.start[0].spectral_norm"})
        self.assertIn("cpu Another One → ", said)

    def test_few_seeds_decide_nothing(self):
        self.files()[1].unlink()  # two others are left
        self.change(self.path, lambda r: r["metrics"].update(loss=100.0))
        said = self.verify(self.path)
        self.assertIn("1 within tolerance", said)
        self.assertIn("test metrics not judged: fewer than 3 other seeds", said)

    def test_tolerance_can_be_asked_for_on_the_same_machine(self):
        def change(result):
            result["provenance"]["cpu"] = self.cpu
            result["epochs"][1]["train_loss"] = 0.5

        self.change(self.path, change)
        self.assertIn("1 DIFFERS", self.verify(self.path, expect=1))
        self.assertIn("1 within tolerance", self.verify(self.path, "--compare", "tolerance"))


class Broken(VerifyTest):
    def test_a_spec_that_is_not_its_keys_is_found_though_not_chosen(self):
        self.make_grid(seeds=2)
        path = self.files()[2]
        self.change(path, lambda r: r["spec"]["training"].update(learning_rate=0.5))
        done = self.run_program("verify", self.results, "--sample", "1")
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertRegex(done.stdout, rf"BROKEN .*{path}\n +its spec has the key [0-9a-f]{{16}}: it")
        self.assertIn("2 results: 1 same bits, 1 BROKEN", done.stdout)

    def test_files_that_are_no_whole_results(self):
        self.make_grid(only="cell=gru")
        (path,) = self.files()
        whole = path.read_text()
        path.with_name("0123456789abcdef.json").write_text(whole)
        path.write_text(whole[: len(whole) // 2])
        said = self.verify(expect=1)
        self.assertIn("it is not the result of a run", said)
        self.assertIn(f"its key is {path.stem}, and must be the name of the file", said)
        self.assertIn("2 results: 2 BROKEN", said)

    def test_what_cannot_be_run_here_is_said(self):
        observed = self.folder / "observed.json"
        shutil.copy(SOURCE / "results/cpu/observed_spectra.json", observed)
        self.make_grid(only="cell=gru", initializers="{name: eigen, label: observed, options: "
                       f"{{spectrum: observed, observed_file: {observed}}}}}")
        self.assertIn("1 same bits", self.verify())
        observed.write_text(observed.read_text() + "\n")
        said = self.verify(expect=1)
        self.assertIn("1 result: 1 cannot be run here", said)
        self.assertIn("option 'observed_file'", said)

    def test_runs_that_failed_are_counted_only(self):
        self.make_grid()
        first, second = self.files()
        self.change(first, lambda r: r.update(status="failed"))
        said = self.verify()
        self.assertIn("2 results, 1 of runs that failed; repeating 1 of 1", said)
        self.change(second, lambda r: r.update(status="failed"))
        self.assertIn("nothing to compare with", self.verify(expect=2))


class Choice(VerifyTest):
    def chosen(self, *arguments):
        done = self.run_program("verify", self.results, *arguments)
        self.assertEqual(done.returncode, 0, done.stdout)
        return re.findall(r"[0-9a-f]{16}\.json", done.stdout), done.stdout

    def test_a_seed_repeats_the_choice(self):
        self.make_grid(train=40, epochs=1, seeds=8)
        first, said = self.chosen("--sample", "2", "--seed", "1")
        self.assertEqual(len(first), 2)
        self.assertIn("repeating 2 of 16, chosen with --seed 1;", said)
        self.assertEqual(self.chosen("--sample", "2", "--seed", "1")[0], first)
        others = [self.chosen("--sample", "2", "--seed", str(seed))[0] for seed in (2, 3)]
        self.assertNotEqual([first, first], others)

        by_chance, said = self.chosen("--sample", "2")
        seed = re.search(r"--seed (\d+)", said).group(1)
        self.assertEqual(self.chosen("--sample", "2", "--seed", seed)[0], by_chance)
        self.assertEqual(len(self.chosen()[0]), 5)

    def test_max_seconds(self):
        self.make_grid(seeds=2)
        for path in self.files()[1:]:
            self.change(path, lambda r: r["timing"].update(seconds=1000))
        self.assertEqual(self.chosen("--max-seconds", "900")[0], [self.files()[0].name])

    def test_nothing_to_verify_is_explained(self):
        self.results.mkdir()
        self.assertIn("no results in", self.verify(expect=2))
        self.assertIn("there is no file or folder", self.verify(self.folder / "no", expect=2))
        self.make_grid(only="cell=gru")
        for arguments, complaint in (
                (("--only", "init=nothing"), "no run has init=nothing; there are: xavier"),
                (("--max-seconds", "1e-6"), "--max-seconds 1e-06: the shortest of 1 runs took"),
                (("--device", "tpu"), "unknown device 'tpu'"),
                (("--compare", "nothing"), "--compare"),
                (("--sample", "-1"), "--sample")):
            done = self.run_program("verify", self.results, *arguments)
            self.assertEqual(done.returncode, 2, done.stdout)
            self.assertIn(complaint, done.stdout)

    def test_an_interrupt_ends_in_order(self):
        self.make_grid(train=4000, epochs=8)
        process = subprocess.Popen([EIGENRNN, "verify", str(self.results), "--jobs", "1"], text=True,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                   preexec_fn=interruptible,
                                   env={**os.environ, "TMPDIR": str(self.temporary)})
        wait_until(lambda: list(self.temporary.glob("*/cpu/small/.claims/*")), "no run was started")
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=PATIENCE)
        self.assertEqual(process.returncode, 130, said)
        self.assertRegex(said, "not done +small 1 ")
        self.assertEqual(list(self.temporary.iterdir()), [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
