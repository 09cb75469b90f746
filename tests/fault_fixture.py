"""What tests/fault_test.py disturbs a grid with, and how it watches what comes of it."""

import collections
import ctypes
import datetime
import glob
import json
import os
import re
import select
import signal
import struct
import subprocess
import sys
import threading
import time

from grid_fixture import EIGENRNN, kill_all, result_files, workers_of

LEASE_SECONDS = 2
OPTIONS = ("--lease", str(LEASE_SECONDS), "--checkpoint-seconds", "0.2")
WORKERS = 2  # at a time, in every phase
MOUNTS = "EIGENRNN_FAULT_TEST_MOUNTS"  # set once the test has mounts of its own
FAKETIME = next(iter(glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")), None)


class NotInjected(Exception):
    """A fault that cannot be had on this machine, and why."""


class Violation(Exception):
    """What must not happen, where going on makes no sense."""


def enter_own_mounts():
    """Starts this program anew where mounts are its own and end with it; returns if that cannot be."""
    if MOUNTS in os.environ:
        return
    for words in (["unshare", "--mount"], ["unshare", "--map-root-user", "--mount"]):
        try:
            possible = subprocess.run(words + ["mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True)
        except FileNotFoundError:
            return
        if possible.returncode == 0:
            os.environ[MOUNTS] = "yes"
            python = [sys.executable, *sys.orig_argv[1:]]
            os.execvp("unshare", words + python)


def has_mounts():
    return MOUNTS in os.environ


def mount(*words):
    subprocess.run(["mount", *map(str, words)], check=True)


class ResultWatch(threading.Thread):
    """Notes every result that is renamed to its place, as the kernel tells (inotify): evidence of
    what was done that owes nothing to what the program says."""

    MOVED_TO, OVERFLOW = 0x80, 0x4000
    HEAD = struct.Struct("iIII")  # inotify(7): watch, mask, cookie, length of the name that follows

    def __init__(self, folder):
        super().__init__(daemon=True)
        self.folder = folder
        self.statuses = collections.defaultdict(list)  # by key, in the order of appearance
        self.other_names = set()  # of what else was renamed into the folder
        self.has_missed = False
        libc = ctypes.CDLL(None, use_errno=True)
        self.descriptor = libc.inotify_init1(os.O_CLOEXEC)
        if libc.inotify_add_watch(self.descriptor, os.fsencode(folder), self.MOVED_TO) < 0:
            raise OSError(ctypes.get_errno(), "inotify", str(folder))
        self.ended = threading.Event()
        self.start()

    def run(self):
        while not self.ended.is_set():
            if select.select([self.descriptor], [], [], 0.1)[0]:
                self.take(os.read(self.descriptor, 1 << 16))

    def take(self, data):
        while data:
            _, mask, _, length = self.HEAD.unpack_from(data)
            name = data[self.HEAD.size:self.HEAD.size + length].rstrip(b"\0").decode()
            data = data[self.HEAD.size + length:]
            self.has_missed |= bool(mask & self.OVERFLOW)
            if re.fullmatch(r"[0-9a-f]{16}\.json", name):
                self.statuses[name[:16]].append(self.status_of(self.folder / name))
            else:
                self.other_names.add(name)

    @staticmethod
    def status_of(path):
        try:
            return json.loads(path.read_text())["status"]
        except (OSError, ValueError):
            return "unreadable"

    def stop(self):
        """Once nobody writes any more."""
        time.sleep(0.3)
        self.ended.set()
        self.join()

    def times_done(self, key):
        return sum(status != "failed" for status in list(self.statuses[key]))

    def done(self):
        """The keys of runs that were done at least once."""
        return {key for key in list(self.statuses) if self.times_done(key)}


class Launch:
    """`eigenrnn run` on a grid. Its output goes to a file, since disks are to be full."""

    def __init__(self, command, log, environment, jobs):
        self.log, self.jobs = log, jobs
        self.began = time.monotonic()
        with open(log, "wb") as output:
            self.process = subprocess.Popen([str(word) for word in command], stdout=output,
                                            stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                                            start_new_session=True, env=environment)

    def is_running(self):
        return self.process.poll() is None

    def workers(self):
        return workers_of(self.process)

    def output(self):
        return self.log.read_text(errors="replace")

    def wait(self, seconds=120):
        """The exit code."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired as error:
            raise Violation(f"a launch did not end within {seconds} s:\n{self.output()[-2000:]}") from error


class DisturbedGrid:
    """A folder of results through which a sequence of faults goes, and the books on that."""

    def __init__(self, home, random):
        self.home, self.random = home, random
        self.manifest = home / "small.yaml"
        self.results = home / "results"
        self.folder = self.results / "cpu" / "small"
        self.launches = []
        self.violations = []
        self.rows = []                         # (fault, times injected, what was seen)
        self.injected = 0
        self.kills = collections.Counter()     # by signal
        self.kills_at_runs = 0
        self.broken = collections.Counter()    # results that the test destroyed, by key
        self.environment = {**os.environ, "TMPDIR": str(home / "tmp"), "OMP_NUM_THREADS": "1",
                            "OPENBLAS_NUM_THREADS": "1"}
        self.undisturbed = {}                  # outcomes, by key
        self.submitted = 0                     # launches by a cluster
        self.times = []                        # (what for, seconds, runs that were done in them)
        self.watch = None                      # of `folder`, once it is there
        (home / "tmp").mkdir()
        self.results.mkdir()

    def make_folder(self, disk):
        """On a disk of its own of `disk` bytes where mounts can be had, so that it can be filled."""
        if has_mounts():
            mount("-t", "tmpfs", "-o", f"size={disk}", "eigenrnn-faults", self.results)
        self.folder.mkdir(parents=True)
        self.watch = ResultWatch(self.folder)

    def unmount(self):
        if has_mounts():
            subprocess.run(["umount", "--lazy", self.results], check=True)

    # what is carried out

    def start(self, *more, jobs=WORKERS, prefix=(), results=None, **environment):
        command = [*prefix, EIGENRNN, "run", self.manifest, "--results", results or self.results,
                   "--jobs", jobs, *OPTIONS, *more]
        log = self.home / f"launch-{len(self.launches):02d}.log"
        self.launches.append(Launch(command, log, {**self.environment, **environment}, jobs))
        return self.launches[-1]

    def end(self, *launches):
        """Asks launches to end, as a user does, once they are at work."""
        for launch in launches:
            self.wait_until("workers", lambda: launch.workers() or not launch.is_running())
            if launch.is_running():
                launch.process.terminate()
        for launch in launches:
            code = launch.wait()
            self.expect(code in (0, 1, 130, -signal.SIGKILL), f"exit code {code} of {launch.log.name}")

    def leases(self):
        """(process, key, record) of each."""
        found = []
        for path in (self.folder / ".claims").glob("*"):
            try:
                record = json.loads(path.read_text())
                found.append((record["lease"]["pid"], path.name, record))
            except (OSError, ValueError):
                pass  # given back meanwhile, or a temporary file being written
        return [lease for lease in found if re.fullmatch("[0-9a-f]{16}", lease[1])]

    def at_work(self):
        """The processes that have a lease, and have not ended."""
        return {pid for pid, _, _ in self.leases() if os.path.exists(f"/proc/{pid}")}

    def days_off(self):
        """By how many days the leases are dated ahead, rounded: the owners' clocks."""
        now = datetime.datetime.now(datetime.timezone.utc)
        dates = [datetime.datetime.fromisoformat(record["lease"]["since"].replace("Z", "+00:00"))
                 for _, _, record in self.leases()]
        return {round((date - now).total_seconds() / 86400) for date in dates}

    def strike(self, number, *launches):
        """Sends a signal to one of their workers. The process that it hit, or None."""
        victims = [pid for launch in launches for pid in launch.workers()]
        if not victims:
            return None
        victim = self.random.choice(victims)
        self.kills_at_runs += victim in self.at_work()
        try:
            os.kill(victim, number)
        except ProcessLookupError:
            return None
        self.kills[signal.Signals(number).name] += 1
        return victim

    def pause(self, least, most):
        time.sleep(self.random.uniform(least, most))

    def begin_timing(self):
        self.timed_from = time.monotonic(), len(self.watch.done())

    def end_timing(self, what_for):
        began, done = self.timed_from
        self.times.append((what_for, time.monotonic() - began, len(self.watch.done()) - done))
        print(f"  {self.times[-1][1]:.0f} s, {self.times[-1][2]} runs done, {self.left()} left", flush=True)

    # what is seen

    def left(self):
        return len(self.undisturbed) - len(self.watch.done())

    def wait_until(self, what, condition, seconds=120):
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                tail = self.launches[-1].output()[-2000:]
                raise Violation(f"not within {seconds} s: {what}. The last launch said:\n{tail}")
            time.sleep(0.05)

    def wait_for_work(self, *launches):
        """Until all the workers of each are at a run."""
        for launch in launches:
            self.wait_until("runs under way", lambda: len(self.at_work() & set(launch.workers())) == launch.jobs)

    def expect(self, condition, text):
        if not condition:
            self.violations.append(text)
            print(f"  VIOLATION: {text}", flush=True)

    def expect_message(self, launch, *texts):
        for text in texts:
            self.expect(str(text) in launch.output(), f"{launch.log.name} does not say '{text}'")

    def note(self, fault, times, seen):
        self.rows.append((fault, times, seen))
        self.injected += times
        print(f"  {fault}: {times}; {seen}", flush=True)

    def checkpoints(self):
        """Those of which the one before is there too."""
        found = (self.folder / ".checkpoints").glob("*.checkpoint")
        return sorted(path for path in found if path.with_name(path.name + ".previous").exists())

    def result_files(self):
        return result_files(self.results)

    def kill_all(self):
        """Whatever is still running of it."""
        for launch in self.launches:
            if launch.is_running():
                kill_all(launch.process)
                launch.process.wait()
