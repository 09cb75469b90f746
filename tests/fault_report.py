"""What tests/fault_test.py says at the end: of a grid that was disturbed, what must hold and what it cost."""

import re

from fault_fixture import WORKERS, ResultWatch
from grid_fixture import complaints, outcome, promised_weights, result_files


def readable(grid):
    """The path of each result that is JSON, by key."""
    return {key: path for key, path in grid.result_files().items() if ResultWatch.status_of(path) != "unreadable"}


def books(grid):
    """The figures, from the folder and from what was seen to appear in it."""
    files = readable(grid)
    lost = [key for key in grid.undisturbed
            if key not in files or ResultWatch.status_of(files[key]) == "failed"]
    done = {key: grid.watch.times_done(key) for key in grid.undisturbed}
    return {
        "runs": len(grid.undisturbed),
        "launches": len(grid.launches) + grid.submitted,
        "faults injected": grid.injected,
        "kills of workers": dict(grid.kills),
        "of them while at a run": grid.kills_at_runs,
        "runs lost": len(lost),
        "runs done twice": sum(count > 1 + grid.broken[key] for key, count in done.items()),
        "runs that differ": sum(key in files and outcome(files[key]) != expected
                                for key, expected in grid.undisturbed.items()),
        "made again after the test cut their results": sum(grid.broken.values()),
        "recorded as failed, tried anew": sum(s.count("failed") for s in grid.watch.statuses.values()),
    }


def check(grid, figures):
    for name in ("runs lost", "runs done twice", "runs that differ"):
        grid.expect(figures[name] == 0, f"{name}: {figures[name]}")
    if readable(grid) != grid.result_files():
        return  # what follows reads every result
    lasting = [name for name in grid.watch.other_names
               if not re.fullmatch(r"[0-9a-f]{16}\.safetensors|table\.json|.*\.tmp", name)]
    grid.expect(not lasting, f"would stay if its writer were killed: {sorted(lasting)}")
    unknown = set(result_files(grid.results)) - set(grid.undisturbed)
    grid.expect(not unknown, f"results of no run of the grid: {sorted(unknown)}")
    grid.expect(not grid.watch.has_missed, "inotify lost events: what was done twice is not known")
    unseen = set(grid.undisturbed) - grid.watch.done()
    grid.expect(not unseen, f"results that were not seen to appear: {sorted(unseen)}")
    grid.expect(complaints(grid.results) == "", complaints(grid.results))
    left = {path for path in grid.results.rglob("*")
            if path.is_file() and path.suffix not in (".json", ".log") and not {".slurm", "tables"} & set(path.parts)}
    left -= promised_weights(grid.results)
    grid.expect(not left, f"left behind: {sorted(str(path.relative_to(grid.results)) for path in left)}")
    for launch in grid.launches:
        for line in re.findall(r"the worker ended .*", launch.output()):
            grid.expect(re.match(r"the worker ended by signal (9|11|15) ", line),
                        f"a worker ended as nobody told it to, in {launch.log.name}: {line}")


def table(rows):
    widths = [max(len(str(row[column])) for row in rows) for column in range(2)]
    return "\n".join(f"{fault:<{widths[0]}}  {times:>{widths[1]}}  {seen}" for fault, times, seen in rows)


def report(grid, figures, undisturbed_seconds):
    # What a run takes undisturbed is measured before the faults and after them: other load may change.
    before, after = (undisturbed_seconds, figures["runs"]), grid.times[-1][1:]
    per_run = sum(seconds for seconds, _ in (before, after)) / sum(done for _, done in (before, after))
    lost = {name: WORKERS * (seconds - done * per_run) for name, seconds, done in grid.times[:-1]}
    figures["worker-seconds of a run, undisturbed"] = round(WORKERS * per_run, 2)
    figures["worker-seconds lost"] = round(sum(lost.values()), 1)
    print(f"\n{table([('fault', 'injected', 'what was seen'), *grid.rows])}\n")
    print(f"time lost, in seconds of {WORKERS} workers, by what they were given beyond what the same runs took"
          " undisturbed\n(waits of the test itself included):\n"
          + "\n".join(f"  {name:<24}{seconds:8.1f}" for name, seconds in lost.items()) + "\n")
    for name, value in figures.items():
        print(f"{name}: {value}")
    return {"faults": [dict(zip(("fault", "injected", "seen"), row)) for row in grid.rows],
            "time lost": {name: round(seconds, 1) for name, seconds in lost.items()}, **figures}
