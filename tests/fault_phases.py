"""The faults of tests/fault_test.py: each disturbs a grid that is under way, and looks at what it says."""

import os
import re
import signal
import subprocess
import time

from fault_fixture import FAKETIME, LEASE_SECONDS, OPTIONS, WORKERS, NotInjected, has_mounts, mount
from grid_fixture import EIGENRNN, kill_all
from slurm_fixture import MISSING, WHY_NOT, LocalSlurm


def kill_workers(grid):
    signals = [signal.SIGKILL] * 32 + [signal.SIGSEGV] * 8 + [signal.SIGTERM] * 4 + [signal.SIGSTOP] * 4
    grid.random.shuffle(signals)
    launch = grid.start()
    while signals:
        grid.pause(0.2, 1.2)
        if not launch.is_running():  # its runs all crashed twice
            grid.expect(launch.wait() == 1, f"exit code {launch.wait()} after crashes")
            launch = grid.start()
        victim = grid.strike(signals[-1], launch)
        if victim is None:
            continue
        if signals.pop() == signal.SIGSTOP:
            grid.pause(0.2, 0.8 * LEASE_SECONDS)
            os.kill(victim, signal.SIGCONT)
    grid.end(launch)
    grid.note("workers killed at random", 40, "32 × SIGKILL, 8 × SIGSEGV")
    grid.note("workers asked to end (SIGTERM)", 4, "went on from their checkpoints")
    grid.note("workers suspended, shorter than a lease", 4, "went on")


def kill_parents(grid):
    for _ in range(5):
        launch = grid.start()
        grid.wait_for_work(launch)
        grid.pause(0.2, 1.5)
        launch.process.kill()
        launch.wait()
    grid.note("the parent killed", 5, "its workers ended, the next launch went on")
    for _ in range(3):
        launch = grid.start()
        grid.wait_for_work(launch)
        grid.pause(0.2, 1.5)
        kill_all(launch.process)
        launch.wait()
    grid.note("parent and workers killed together", 3, "the next launch took over")


def suspend_a_worker(grid):
    """As a machine that sleeps: a worker loses its lease meanwhile, and learns that on waking."""
    launch = grid.start(jobs=1)
    grid.wait_for_work(launch)
    (sleeper,) = launch.workers()
    while True:
        os.kill(sleeper, signal.SIGSTOP)
        time.sleep(0.1)
        key = next((key for pid, key, _ in grid.leases() if pid == sleeper), None)
        if key is not None:
            break
        os.kill(sleeper, signal.SIGCONT)  # it was between two runs
        time.sleep(0.1)
    successor = grid.start(jobs=1)
    grid.wait_until("the suspended worker's run is taken over",
                    lambda: any(its == key and pid != sleeper for pid, its, _ in grid.leases()), 60)
    grid.expect_message(successor, "taken over, its owner is gone")
    os.kill(sleeper, signal.SIGCONT)
    grid.wait_until("the worker that woke is at another run",
                    lambda: any(its != key and pid == sleeper for pid, its, _ in grid.leases()), 60)
    grid.end(launch, successor)
    grid.note("a worker suspended past its lease", 1, "its run was taken over; it woke and left it")


def launch_twice(grid):
    launches = [grid.start(jobs=1), grid.start(jobs=1)]
    runs_of = [set(), set()]

    def each_went_on_to_another_run():
        for launch, runs in zip(launches, runs_of):
            runs.update(key for pid, key, _ in grid.leases() if pid in launch.workers())
        return all(len(runs) > 1 for runs in runs_of)

    grid.wait_until("each is at its second run", each_went_on_to_another_run)
    for number in [signal.SIGKILL] * 11 + [signal.SIGSEGV] * 3:
        grid.pause(0.3, 1.2)
        launches = [launch if launch.is_running() else grid.start(jobs=1) for launch in launches]
        grid.wait_until("a worker to kill", lambda: grid.strike(number, *launches))
    launches[0].process.kill()
    launches[0].wait()
    launches[0] = grid.start(jobs=1)
    grid.wait_for_work(launches[0])
    grid.end(*launches)
    grid.note("two launches at once", 1, "shared the work, under the kills of the next two lines")
    grid.note("their workers killed at random", 14, "11 × SIGKILL, 3 × SIGSEGV")
    grid.note("one of the two parents killed", 1, "the other went on")


def fill(path):
    """Takes all the room there is on the disk of `path`."""
    with open(path, "ab", buffering=0) as file:
        try:
            while True:
                file.write(b"\0" * 4096)
        except OSError:
            pass


def fill_disk(grid):
    if not has_mounts():
        raise NotInjected("mounting a small tmpfs needs root, or user namespaces")
    filler = grid.results / "filler"
    for _ in range(2):
        launch = grid.start()
        grid.wait_for_work(launch)
        while launch.is_running():
            fill(filler)  # again and again: what is removed makes room
            time.sleep(0.02)
        grid.expect(launch.wait() == 1, f"exit code {launch.wait()} on a full disk")
        grid.expect_message(launch, "stopped, because a result cannot be written: ", grid.folder,
                            "No space left on device", "To go on where this stopped: ")
        again = grid.start()
        grid.expect(again.wait() == 1, f"exit code {again.wait()} of a launch on a full disk")
        grid.expect_message(again, "results cannot be written: ", grid.results, "No space left on device")
        filler.unlink()
    kept = len(list((grid.home / "tmp").glob("eigenrnn-*.json")))
    grid.note("the disk full, while runs go on and at a launch", 4,
              f"exit code 1, path and reason; {kept} results kept in the temporary folder")


def make_read_only(grid):
    if not has_mounts() and os.geteuid() == 0:
        raise NotInjected("root may write everywhere, and may not mount here")
    reason = "Read-only file system" if has_mounts() else "Permission denied"
    forbid_writing(grid, grid.results)
    refused = grid.start()
    grid.expect(refused.wait() == 1, f"exit code {refused.wait()} on a read-only folder")
    grid.expect_message(refused, "results cannot be written: ", grid.results, reason)
    permit_writing(grid.results)
    launch = grid.start()
    grid.wait_for_work(launch)
    forbid_writing(grid, grid.folder)  # runner.log beside it is open, so not all of it can be
    code = launch.wait()
    grid.expect(code == 1, f"exit code {code} where the folder became read-only")
    grid.expect_message(launch, "stopped, because a result cannot be written: ", grid.folder, reason)
    permit_writing(grid.folder)
    grid.note("the folder read-only, at a launch and while runs go on", 2, "exit code 1, path and reason")


def folders(path):
    return [path, *(found for found in path.rglob("*") if found.is_dir())]


def forbid_writing(grid, path):
    if not has_mounts():
        for folder in folders(path):
            folder.chmod(0o555)
        return
    mount("--bind", path, path)
    grid.wait_until("the folder is made read-only", lambda: subprocess.run(  # not while a file is being written
        ["mount", "-o", "remount,bind,ro", str(path)], capture_output=True).returncode == 0)


def permit_writing(path):
    if has_mounts():
        subprocess.run(["umount", path], check=True)
        return
    for folder in folders(path):
        folder.chmod(0o755)


def cut_results(grid):
    launch = grid.start()
    grid.wait_until("results to cut", lambda: len(grid.watch.done()) >= 3)
    grid.end(launch)
    victims = grid.random.sample(sorted(grid.watch.done()), 3)
    before = {key: grid.watch.times_done(key) for key in victims}
    for key, part in zip(victims, (0, 0.5, 0.99)):
        path = grid.result_files()[key]
        os.truncate(path, int(part * path.stat().st_size))
        grid.broken[key] += 1
    launch = grid.start()
    grid.wait_until("results that were cut are made again",
                    lambda: all(grid.watch.times_done(key) > before[key] for key in victims))
    grid.end(launch)
    grid.note("a result cut short", 3, "empty, half, 99 %: made again")


def cut_checkpoints(grid):
    launch = grid.start()
    grid.wait_until("checkpoints of two runs", lambda: len(grid.checkpoints()) >= WORKERS)
    kill_all(launch.process)
    launch.wait()
    newest, both = grid.checkpoints()[:2]
    previous = both.with_name(both.name + ".previous")
    for path in (newest, both, previous):
        os.truncate(path, path.stat().st_size // 2)
    launch = grid.start()

    def said(*texts):
        return all(str(text) in launch.output() for text in texts)

    reason = "is not used: it is cut short or damaged"
    grid.wait_until("it tells of the checkpoints that were cut", lambda: said(
        f"{newest} {reason}", f"{both} {reason}", f"{previous} {reason}", "the run starts afresh"))
    grid.wait_until("a run goes on from the checkpoint before", lambda: "goes on in epoch" in launch.output())
    grid.end(launch)
    grid.note("a checkpoint cut short", 2, "the one before was used; with both cut, the run began afresh")


def shift_clocks(grid):
    if FAKETIME is None:
        raise NotInjected("libfaketime is not installed; scripts/setup.sh --faults installs it")
    fake = {"LD_PRELOAD": FAKETIME, "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    launches = [grid.start(jobs=1, FAKETIME=shift, **fake) for shift in ("+3d", "-3d")]
    grid.wait_until("leases dated 3 days ahead and behind", lambda: grid.days_off() >= {3, -3})
    for number in [signal.SIGKILL] * 4:
        grid.wait_until("a worker to kill", lambda: grid.strike(number, *launches))
        grid.pause(0.5, 1.5)
    grid.end(*launches)
    clock = grid.home / "clock"
    clock.write_text("+0d")
    launch = grid.start(FAKETIME_TIMESTAMP_FILE=str(clock), FAKETIME_NO_CACHE="1", **fake)
    grid.wait_until("leases dated today", lambda: grid.days_off() == {0})
    for shift, days in (("+3d", 3), ("-3d", -3), ("+0d", 0)):
        clock.write_text(shift)
        grid.wait_until(f"leases dated {shift}", lambda: days in grid.days_off())
    grid.end(launch)
    grid.note("two launches, clocks 3 days ahead and behind", 2, "shared the work, under the kills of the next line")
    grid.note("their workers killed at random", 4, "4 × SIGKILL")
    grid.note("the clock jumps while runs go on", 3, "by 3, −6 and 3 days: unnoticed")


def lose_a_machine(grid):
    """A launch with process numbers of its own is as good as on another machine: nobody sees it end."""
    if not has_mounts():
        raise NotInjected("process namespaces need root, or user namespaces")
    fake = {"LD_PRELOAD": FAKETIME, "FAKETIME_DONT_FAKE_MONOTONIC": "1", "FAKETIME": "+3d"} if FAKETIME else {}
    there = grid.start(jobs=1, prefix=["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"], **fake)
    own = os.readlink("/proc/self/ns/pid")
    grid.wait_until("it is at a run", lambda: any(
        not record["lease"]["system"].endswith(own) for _, _, record in grid.leases()))
    here = grid.start(jobs=1)
    grid.wait_for_work(here)
    time.sleep(2 * LEASE_SECONDS)
    taken_over = "taken over, its owner is gone"
    grid.expect(taken_over not in here.output(), "a run was taken over from a machine that was there")
    there.process.kill()
    there.wait()
    grid.wait_until("the run of the machine that is gone is taken over", lambda: taken_over in here.output(), 60)
    grid.end(here)
    clock = " with its clock 3 days ahead" if FAKETIME else ""
    grid.note(f"another machine{clock} gone", 1, f"taken over after {LEASE_SECONDS} s without a renewal")


def fail_a_node(grid):
    if MISSING:
        raise NotInjected(WHY_NOT)
    try:
        slurm = LocalSlurm(grid.home)
    except subprocess.CalledProcessError as error:
        raise NotInjected("scripts/slurm-local.sh does not start here") from error
    try:
        disturb_tasks(grid, slurm)
    finally:
        slurm.stop()
    grid.wait_until("all tasks have ended", lambda: not grid.at_work(), 60)


def disturb_tasks(grid, slurm):
    def runs_of(count, since):
        return lambda: len(grid.watch.done()) >= since + count

    grid.begin_timing()
    submitted = slurm.call(EIGENRNN, "run", grid.manifest, "--results", grid.results, "--launcher", "slurm",
                           "--tasks", WORKERS, "--jobs", "1", *OPTIONS, "--sbatch-arg=--mem-per-cpu=400M",
                           "--sbatch-arg=--time=20")
    grid.submitted += 1
    array = re.search(r"job (\d+) works", submitted)[1]
    grid.wait_until("two runs of the tasks", runs_of(2, len(grid.watch.done())))
    for _ in range(2):
        slurm.set_node_down()
        grid.wait_until("the tasks of the node end", lambda: not slurm.call("squeue", "-h", "-t", "running"))
        grid.wait_until("the node is up again", slurm.is_node_up_again)
        grid.wait_until("two more runs", runs_of(2, len(grid.watch.done())))
    grid.note("the node set down and up", 2, "its tasks were queued again and went on")

    slurmd = int((slurm.folder / "slurmd.pid").read_text())
    held = grid.at_work()
    os.kill(slurmd, signal.SIGKILL)
    grid.wait_until("a run more without slurmd", runs_of(1, len(grid.watch.done())))
    grid.wait_until("the node is seen to be down", slurm.is_node_down)
    grid.expect(held & grid.at_work(), "no task outlived slurmd")
    subprocess.run(["slurmd", "-N", "localhost", "-f", slurm.environment["SLURM_CONF"]], check=True,
                   env=slurm.environment)
    grid.wait_until("the tasks are started again", lambda: int(re.search(
        r"Restarts=(\d+)", slurm.call("scontrol", "show", "job", f"{array}_0"))[1]) >= 3 or not slurm.call(
            "squeue", "-h"))
    grid.wait_until("two more runs", runs_of(2, len(grid.watch.done())))
    grid.note("slurmd alone killed, started again", 1, "its tasks worked on, and their leases held")


PHASES = (kill_workers, kill_parents, suspend_a_worker, launch_twice, fill_disk, make_read_only, cut_results,
          cut_checkpoints, shift_clocks, lose_a_machine, fail_a_node)
