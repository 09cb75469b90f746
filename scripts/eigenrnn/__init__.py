"""eigenrnn from Python, and what makes tables, figures and the page of a grid's results.

    import eigenrnn
    eigenrnn.init.eigen_(torch.nn.LSTM(1, 64), seed=0)   # and every other initializer
    eigenrnn.LSTM(1, 64)                                 # also RNN, GRU: torch.nn's, on our CPU kernels
    eigenrnn.spectrum(lstm), eigenrnn.lyapunov_exponents(lstm, inputs)
    eigenrnn.load("results/cpu")                         # a pandas DataFrame, a row per run

What needs torch (docs/python.md), each on those before it:

torch_library.py     the compiled library, and what is registered in it
modules.py           torch.nn's recurrent modules, layer by layer
init.py              initializers
layers.py            RNN, LSTM, GRU
spectra.py           spectra, Lyapunov exponents

The rest, from results to what people read, likewise:

command.py, text.py, output.py, palette.py  what all share: how a script ends, texts, files, colours
results/     reads what the runner wrote, and packs it
inference/   means, intervals, tests
tables/      tables of means: Markdown, LaTeX, CSV
statistics/  comparisons, ranks, verdicts
figures/     the figures of the dynamics
search/      the search of learning rates: the choice, and the curves behind it
findings/    the numbers of docs/findings.md
report/      the page's data
tensorboard/ files that TensorBoard opens; stands on results/
performance/ docs/performance.md, from what the benchmarks measured; stands on tables/ and figures/
frame.py     results as a DataFrame; stands on results/
"""

import importlib
from typing import Any, List

__version__ = "0.1.0"

# Where the names that people use are. Imported when they are asked for: scripts need no torch.
_PUBLIC = {
    "GRU": "layers",
    "LSTM": "layers",
    "RNN": "layers",
    "Spectrum": "spectra",
    "load": "frame",
    "lyapunov_exponents": "spectra",
    "spectrum": "spectra",
}
__all__ = ["init", *_PUBLIC]


def __getattr__(name: str) -> Any:
    if name == "init":
        return importlib.import_module(".init", __name__)
    if name in _PUBLIC:
        return getattr(importlib.import_module(f".{_PUBLIC[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> List[str]:
    return sorted([*globals(), *__all__])
