"""The compiled half of the package: libeigenrnn.so, whose operators are torch.ops.eigenrnn.

It lies beside this file once the package is installed (`pip install .`); EIGENRNN_LIBRARY in the environment names
another one, as that of a build folder. It works with the torch that it was built with.
"""

import functools
import json
import os
import pathlib
import re
from typing import Any, Dict

import torch


def _path() -> pathlib.Path:
    """Throws ImportError if there is no library."""
    chosen = os.environ.get("EIGENRNN_LIBRARY")
    path = pathlib.Path(chosen or pathlib.Path(__file__).with_name("libeigenrnn.so"))
    if not path.is_file():
        raise ImportError(
            f"eigenrnn: there is no {path}. `pip install .` in eigenrnn's folder builds and installs it; "
            "EIGENRNN_LIBRARY may name that of a build folder (cmake --build build --target eigenrnn_library)."
        )
    return path.resolve()


def _release(version: str) -> str:
    """The numbers of a version: Debian's headers say 1.13.0, and its torch 1.13.0a0."""
    return re.match(r"[0-9.]*", version).group()


@functools.lru_cache(maxsize=None)
def operators() -> Any:
    """torch.ops.eigenrnn. Throws ImportError if the library is not there, or was built with another torch."""
    path = _path()
    try:
        torch.ops.load_library(str(path))
    except OSError as error:
        raise ImportError(
            f"eigenrnn: {path} cannot be loaded into torch {torch.__version__}; install the package again, "
            f"so that it is built with this torch: {error}"
        ) from error
    built = torch.ops.eigenrnn.libtorch_version()
    if _release(built) != _release(torch.__version__):
        raise ImportError(
            f"eigenrnn: {path} was built with torch {built}, and this is {torch.__version__}; install the package again"
        )
    return torch.ops.eigenrnn


@functools.lru_cache(maxsize=None)
def registered_initializers() -> Dict[str, Dict[str, Any]]:
    """What is known of each initializer, by name: summary, citation, defined_for, options."""
    return json.loads(operators().initializers())


@functools.lru_cache(maxsize=None)
def registered_cells() -> Dict[str, Dict[str, Any]]:
    """What is known of each cell, by name: label, gates."""
    return json.loads(operators().cells())
