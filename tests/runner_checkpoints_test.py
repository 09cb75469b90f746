"""Drives the program as a user does whose runs are cut: they go on from checkpoints, to the same bits.

The program is given by $EIGENRNN; the schema check of results by scripts/validate_results.py.
"""

import json
import os
import re
import signal
import time
import unittest

from grid_fixture import (
    PATIENCE,
    GridTest,
    complaints,
    kill_all,
    outcomes,
    wait_until,
    workers_of,
)


class Checkpoints(GridTest):
    """Runs that are cut and go on: long enough to be cut, and to be told from runs done anew."""

    PART = ("--only", "init=xavier,seed=0,condition=1", "--jobs", "2")  # two runs
    EPOCHS = 300  # of 10 ms: seconds pass before either run could end while the other starts
    undisturbed = None  # the outcomes, once they are known

    def setUp(self):
        super().setUp()
        self.write_manifest(train=200, epochs=self.EPOCHS)

    def checkpoints(self):
        return sorted(self.results.rglob("*.checkpoint"))

    def start_and_wait_for_checkpoints(self, *more):
        """A grid in which each of two runs has finished an epoch or more since it was started."""
        start = time.time_ns()
        process = self.start_grid(*self.PART, "--checkpoint-seconds", "0", *more)

        def written():
            both = sum(self.time_of(path) > start for path in self.checkpoints()) >= 2
            self.assertTrue(both or process.poll() is None,
                            "a run ended before the other had a checkpoint")
            return both

        wait_until(written, "no two checkpoints were written")
        return process

    @staticmethod
    def time_of(path):
        try:
            return path.stat().st_mtime_ns
        except FileNotFoundError:  # makes room for a newer one
            return 0

    def places_gone_on_at(self, output):
        """Epoch, and steps that were done in it."""
        return [(int(epoch), int(steps)) for epoch, steps in
                re.findall(r"goes on in epoch (\d+) of \d+, after (\d+) of its steps", output)]

    def assert_as_undisturbed(self):
        if Checkpoints.undisturbed is None:
            alone = self.folder / "alone"
            self.assertEqual(self.run_grid(*self.PART, results=alone).returncode, 0)
            Checkpoints.undisturbed = outcomes(alone)
        self.assertEqual(len(self.keys()), 2)
        self.assertEqual(outcomes(self.results), self.undisturbed)
        self.assertEqual(list(self.results.rglob(".checkpoints/*")), [])
        self.assertEqual(complaints(self.results), "")

    def times_resumed(self):
        return sum(json.loads(path.read_text())["timing"].get("resumed", 0)
                   for path in self.keys().values())

    def test_a_grid_that_is_killed_goes_on_to_the_same_results(self):
        for _ in range(2):
            process = self.start_and_wait_for_checkpoints()
            kill_all(process)
            process.communicate(timeout=PATIENCE)
        rest = self.run_grid(*self.PART)
        self.assertEqual(rest.returncode, 0, rest.stdout)
        places = self.places_gone_on_at(rest.stdout)
        self.assertEqual(len(places), 2, rest.stdout)
        for epoch, steps in places:
            self.assertGreaterEqual(epoch, 3)  # at least one was finished each time, and kept
            self.assertEqual(steps, 0)
        self.assertEqual(self.times_resumed(), 4)
        self.assert_as_undisturbed()

    def test_a_killed_worker_goes_on_from_its_checkpoint(self):
        process = self.start_and_wait_for_checkpoints()
        os.kill(workers_of(process)[0], signal.SIGKILL)
        output, _ = process.communicate(timeout=PATIENCE)
        self.assertEqual(process.returncode, 0, output)
        self.assertIn("trying once more", output)
        self.assertEqual(len(self.places_gone_on_at(output)), 1, output)
        self.assert_as_undisturbed()

    def test_asked_to_stop_it_keeps_what_was_done(self):
        for number in (signal.SIGUSR1, signal.SIGTERM):
            process = self.start_and_wait_for_checkpoints()
            process.send_signal(number)
            output, _ = process.communicate(timeout=PATIENCE)
            self.assertEqual(process.returncode, 130, output)
        self.assertIn("2 of 2 runs are left (2 of them will go on from a checkpoint)",
                      self.run_grid(*self.PART, "--dry-run").stdout)
        rest = self.run_grid(*self.PART)
        self.assertEqual(rest.returncode, 0, rest.stdout)
        places = self.places_gone_on_at(rest.stdout)
        self.assertEqual(len(places), 2, rest.stdout)
        for epoch, steps in places:
            self.assertGreaterEqual(epoch, 3)
            self.assertGreater(steps, 0)  # of the epoch in which the signal came
        self.assertEqual(self.times_resumed(), 4)
        self.assert_as_undisturbed()

    def test_damaged_ones_are_named_and_force_begins_anew(self):
        process = self.start_and_wait_for_checkpoints()
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=PATIENCE)
        damaged, _ = self.checkpoints()
        damaged.with_name(damaged.name + ".previous").unlink()
        content = bytearray(damaged.read_bytes())
        content[len(content) // 2] ^= 1
        damaged.write_bytes(content)
        rest = self.run_grid(*self.PART)
        self.assertEqual(rest.returncode, 0, rest.stdout)
        self.assertIn(f"the checkpoint {damaged} is not used: it is cut short or damaged",
                      rest.stdout)
        self.assertIn("starts afresh", rest.stdout)
        self.assertEqual(len(self.places_gone_on_at(rest.stdout)), 1, rest.stdout)
        self.assert_as_undisturbed()

        process = self.start_and_wait_for_checkpoints("--force")
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=PATIENCE)
        self.assertTrue(self.checkpoints())
        forced = self.run_grid(*self.PART, "--force")
        self.assertEqual(forced.returncode, 0, forced.stdout)
        self.assertNotIn("goes on", forced.stdout)
        self.assert_as_undisturbed()


if __name__ == "__main__":
    unittest.main(verbosity=2)
