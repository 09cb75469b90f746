"""What every script does around its work, and how commands are shown. Knows Python's own modules only,
so that it can say which others are missing."""

import importlib
import io
import os
import pathlib
import shlex
import sys
from typing import Any, Callable, Optional

_PACKAGES = {  # Debian's names
    "jsonschema": "python3-jsonschema",
    "matplotlib": "python3-matplotlib",
    "numpy": "python3-numpy",
    "scipy": "python3-scipy",
    "yaml": "python3-yaml",
}
BROKEN_PIPE = 141  # as a shell reports a program that ended with SIGPIPE


def name() -> str:
    return pathlib.Path(sys.argv[0]).name


def need(*modules: str) -> None:
    """Ends the script with exit code 2 where Python lacks one of these."""
    for module in modules:
        try:
            importlib.import_module(module)
        except ImportError:
            print(
                f"{name()}: {sys.executable} has no module {module}. On Debian install "
                f"{_PACKAGES[module]} (scripts/setup.sh does) and use /usr/bin/python3.",
                file=sys.stderr,
            )
            sys.exit(2)


def shown(*words: Any) -> str:
    """A command as it can be typed."""
    return shlex.join(str(word) for word in words)


class _OutputLost(Exception):
    """Standard output cannot be written to. No OSError, or it would be taken for a fault of a file."""


class _Output(io.TextIOWrapper):
    def write(self, text: str) -> int:
        try:
            return super().write(text)
        except OSError as error:
            raise _OutputLost from error

    def flush(self) -> None:
        try:
            super().flush()
        except OSError as error:
            raise _OutputLost from error


def _open_streams() -> None:
    """± and † are written also where the locale is plain C."""
    how = {"encoding": "utf-8", "errors": "backslashreplace"}
    if sys.stderr is not None:
        sys.stderr.reconfigure(**how)
    if sys.stdout is not None:
        on_terminal = sys.stdout.isatty()
        sys.stdout = _Output(sys.stdout.detach(), line_buffering=on_terminal, **how)


def _give_up_output(error: Optional[BaseException]) -> int:
    """The exit code, once nobody or nothing takes what is printed."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # or Python would fail once more at its end
    if isinstance(error, BrokenPipeError):
        return BROKEN_PIPE
    print(f"{name()}: the output could not be written: {error}", file=sys.stderr)
    return 1


def run(main: Callable[[], int]) -> None:
    """Ends the program with `main`'s exit code: 141 if whoever reads the output has gone, 1 if it could
    not be written, 130 if interrupted."""
    _open_streams()
    try:
        try:
            code = main()
        except SystemExit as end:  # argparse's, after --help
            code = end.code
        if sys.stdout is not None:
            sys.stdout.flush()
    except _OutputLost as lost:
        code = _give_up_output(lost.__cause__)
    except KeyboardInterrupt:
        print(f"{name()}: interrupted", file=sys.stderr)
        code = 130
    sys.exit(code)
