"""docs/performance.md and README's table, from what was measured."""

from typing import Any, Dict, List, Sequence

from eigenrnn.tables.markdown import aligned

from .machines import Machine

CELLS = {"rnn_tanh": "RNN (tanh)", "rnn_relu": "RNN (ReLU)", "lstm": "LSTM", "gru": "GRU"}
INSTRUCTIONS = {"baseline": "no vector extensions", "avx2": "AVX2", "avx512": "AVX-512"}
TASKS = {"tomita": "Tomita", "pixel_mnist": "pixel MNIST"}
START = "<!-- speed of the kernels: written by scripts/performance.py -->"
END = "<!-- end of the speed of the kernels -->"

_HEAD = """\
# Performance

Written by `scripts/performance.py` from `benchmarks/results/`, where `make bench` puts one file for each kind of
processor and version of LibTorch. One thread, medians; forward and backward with the gradients of weights. T steps, B
sequences, H units, I inputs. Times of different sections come from different machines: compare ratios.

![Speed of sequence kernels, as a part of the speed of a large matrix product](figures/performance.svg)

*Of sgemm*: the floating-point operations of the products that the cell is defined by, over the time, as a part of
what OpenBLAS reaches on a product of two matrices of 1,536 × 1,536 in the same turn. It is the limit: gates, the
store of what the backward pass needs, and the packing of weights have to fit into what is left. Of a step of
translation without attention it is the same: all of its products, over the whole step.

*A step*: batch, forward, loss, backward, clipping and Adam of a run of the grid (`cpu` profile), beside its recurrent
layer alone, and beside the same step in plain PyTorch (`benchmarks/pytorch_peer.py`: torch.nn, packed sequences, Adam
of torch.optim)."""


def _table(head: List[str], rows: List[List[str]]) -> str:
    return "\n".join(aligned([head, *rows]))


def _times(seconds: Any, ours: float) -> str:
    return f"{seconds / ours:.2f}×" if seconds else "—"


def _percent(share: Any) -> str:
    return f"{100 * share:.0f} %" if share else "—"


def _milliseconds(seconds: float) -> str:
    return f"{1e3 * seconds:.{1 if seconds >= 1e-2 else 2}f}"


def kernel_rows(kernels: Dict[str, Any]) -> List[List[str]]:
    """Shape, cell, milliseconds, against LibTorch, against oneDNN, of sgemm, two threads."""
    return [
        [
            f"{row['T']}, {row['B']}, {row['H']}, {row['I']}", CELLS[row["cell"]], _milliseconds(row["ours_s"]),
            _times(row["torch_s"], row["ours_s"]), _times(row["onednn_s"], row["ours_s"]),
            _percent(row["fraction_of_sgemm_peak"]), f"{row['two_threads_speedup']:.2f}×",
        ]
        for row in kernels["measurements"]
    ]  # fmt: skip


def _step_rows(steps: Dict[str, Any]) -> List[List[str]]:
    return [
        [
            TASKS.get(row["task"], row["task"]), CELLS[row["cell"]], f"{row['T']}, {row['B']}, {row['H']}, {row['I']}",
            f"{1e6 * row['step_s']:.0f}", f"{1e6 * row['kernels_s']:.0f}", f"{row['step_s'] / row['kernels_s']:.2f}",
            f"{1 / row['step_s']:,.0f}", _times(row.get("pytorch_step_s"), row["step_s"]),
        ]
        for row in steps["steps"]
    ]  # fmt: skip


def _translation_rows(translation: Sequence[Dict[str, Any]]) -> List[List[str]]:
    return [
        [
            CELLS[row["cell"]], row["attention"], f"{row['batch_size']}, {row['hidden_size']}",
            f"{row['ms_per_step']:.0f}", f"{row['target_tokens_per_second']:,.0f}",
            _percent(row.get("fraction_of_sgemm_peak")),
        ]
        for row in translation
    ]  # fmt: skip


def heading(machine: Machine) -> str:
    facts, kernels = machine["processor"], machine["kernels"]
    which = f" {facts['family']}-{facts['model']}" if "family" in facts else ""  # one name has several generations
    return f"{facts['name']}{which}, {INSTRUCTIONS[kernels['instructions']]}, LibTorch {kernels['libtorch']}"


def _conditions(machine: Machine) -> str:
    facts, kernels, steps = machine["processor"], machine["kernels"], machine["steps"]
    words = [f"processor family {facts['family']}, model {facts['model']}"] if "family" in facts else []
    words += [f"OpenBLAS for {kernels['blas']}"] if kernels.get("blas") else []
    words += [f"oneDNN {kernels['onednn']}"] if kernels.get("onednn") else []
    words += [f"PyTorch {steps['pytorch']}"] if "pytorch" in steps else []
    speeds = sorted(row["sgemm_gflops"] for row in kernels["measurements"])
    words.append(f"sgemm {speeds[0]:.0f} to {speeds[-1]:.0f} GFLOP/s")
    return f"{'; '.join(words)}; `benchmarks/results/{machine['file']}`"


def _section(machine: Machine) -> str:
    kernels = ["T, B, H, I", "cell", "ms", "LibTorch takes", "oneDNN takes", "of sgemm", "two threads are faster"]
    steps = [
        "task",
        "cell",
        "T, B, H, I",
        "step, µs",
        "recurrent layer, µs",
        "step / layer",
        "steps/s",
        "PyTorch takes",
    ]
    translation = ["cell", "attention", "B, H", "step, ms", "target tokens/s", "of sgemm"]
    parts = [
        f"## {heading(machine)}",
        _conditions(machine),
        _table(kernels, kernel_rows(machine["kernels"])),
        _table(steps, _step_rows(machine["steps"])),
    ]
    if machine.get("translation"):
        parts += [
            "Translation, Multi30k, a training step:",
            _table(translation, _translation_rows(machine["translation"])),
        ]
    return "\n\n".join(parts)


def document(machines: Sequence[Machine]) -> str:
    return "\n\n".join([_HEAD, *(_section(machine) for machine in machines)]) + "\n"


def for_readme(machine: Machine) -> str:
    """The table of one machine at the largest number of steps and of units there."""
    rows = machine["kernels"]["measurements"]
    of = max((row["T"], row["H"]) for row in rows)
    shown = [row for row in rows if (row["T"], row["H"]) == of]
    first = shown[0]
    kernels = machine["kernels"]
    text = (
        f"On one core of an {machine['processor']['name']} with {INSTRUCTIONS[kernels['instructions']]}, forward and "
        f"backward with weight gradients, T = {first['T']:,}, B = {first['B']}, H = {first['H']}, I = {first['I']}:"
    )
    head = ["cell", "ms", f"LibTorch {kernels['libtorch']} takes", "oneDNN takes", "of sgemm", "two threads are faster"]
    return text + "\n\n" + _table(head, [row[1:] for row in kernel_rows({"measurements": shown})])
