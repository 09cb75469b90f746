"""How every picture looks, and how it is written: colours, frame, SVG, PDF, PNG, CSV."""

import csv
import dataclasses
import io
import pathlib
import textwrap
from typing import Any, Dict, List, Sequence, Tuple

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot, ticker  # noqa: E402, F401
from matplotlib.layout_engine import ConstrainedLayoutEngine  # noqa: E402
from matplotlib.lines import Line2D  # noqa: E402

from eigenrnn import palette  # noqa: E402
from eigenrnn.output import replace_atomically, write_atomically  # noqa: E402
from eigenrnn.palette import COLORS  # noqa: E402
from eigenrnn.results import TaskSpec  # noqa: E402
from eigenrnn.text import file_name  # noqa: E402

BLACK, ORANGE, SKY, GREEN, YELLOW, BLUE, VERMILLION, PURPLE, GREY = COLORS.values()

# A kind of task looks alike in every figure, too, and its tasks alike to it.
KINDS = {"regression": (BLUE, "o"), "classification": (PURPLE, "s")}
_OF_KIND = {"regression": (BLUE, SKY), "classification": (PURPLE, "#661100")}
_TASK_MARKERS = ("o", "^", "s", "D")

_RC = {
    "font.family": "DejaVu Sans",
    "font.size": 8,
    "axes.titlesize": 9,
    "axes.labelsize": 8,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "legend.fontsize": 8.5,
    "axes.linewidth": 0.6,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#E4E4E4",
    "grid.linewidth": 0.5,
    "lines.linewidth": 1.4,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "svg.hashsalt": "eigenrnn",  # or identifiers in the SVG would be random
    "pdf.fonttype": 42,  # TrueType: publishers refuse Type 3
    "axes.formatter.useoffset": False,
}
PNG_DPI = 160

# Before anything is drawn, be it only a legend's line.
matplotlib.rcdefaults()  # whatever the user's own matplotlibrc says
matplotlib.rcParams.update(_RC)


@dataclasses.dataclass
class Picture:
    """What is drawn, and the data behind it: rows of equal keys."""

    name: str
    figure: Any
    rows: List[Dict[str, Any]]
    texts: Dict[str, str] = dataclasses.field(default_factory=dict)  # further files, by ending


def task_styles(tasks: Sequence[TaskSpec]) -> Dict[str, Tuple[str, str]]:
    """Colour and marker by name: the colours are the kind's, the markers tell its tasks apart."""
    styles: Dict[str, Tuple[str, str]] = {}
    seen: Dict[Any, int] = {}
    for task in tasks:
        place = seen[task.kind] = seen.get(task.kind, -1) + 1
        colors = _OF_KIND.get(task.kind, (GREY,))
        styles[task.name] = (colors[place % len(colors)], _TASK_MARKERS[place % len(_TASK_MARKERS)])
    return styles


def initializer_style(name: str, known: Sequence[str]) -> Dict[str, Any]:
    """For plot(); `known` are all initializers of the study, in order."""
    look = palette.look(name, known)
    color, line, marker = COLORS[look.color], look.line, palette.marker(look.mark)
    return {"color": color, "linestyle": line, "marker": marker}


def initializer_handles(names: Sequence[str], line: bool = True) -> List[Line2D]:
    handles = []
    for name in names:
        style = initializer_style(name, names)
        if not line:
            style["linestyle"] = "none"
        handles.append(Line2D([], [], label=name, markersize=4.5, **style))
    return handles


def initializer_ticks(axes: Any, names: Sequence[str]) -> None:
    """Names the places 0, 1, … of the initializers below the axis."""
    axes.set_xticks(range(len(names)))
    axes.set_xticklabels(names, rotation=35, ha="right", rotation_mode="anchor")
    axes.set_xlim(-0.5, len(names) - 0.5)


_SIDE = 0.12  # inches around everything


def frame(
    shape: Tuple[int, int],
    panel: Tuple[float, float],
    title: str,
    note: str,
    handles: Sequence[Any] = (),
    **subplots: Any,
) -> Tuple[Any, Any]:
    """A figure of rows × columns panels of a size in inches, with a title that says what is seen,
    a note on how to read it, and one legend below for all panels. Returns figure and axes [r][c].
    """
    rows, columns = shape
    width = columns * panel[0] + 0.5
    # Characters of DejaVu Sans are about 0.53 (bold: 0.61) of their size wide; 72 points an inch.
    titles = textwrap.wrap(title, int((width - 2 * _SIDE) * 72 / (10.5 * 0.61)))
    notes = textwrap.wrap(note, int((width - 2 * _SIDE) * 72 / (8.5 * 0.53)))
    top = _SIDE + 0.19 * len(titles) + 0.155 * len(notes) + 0.06
    columns_of_legend = _legend_columns(handles, width)
    bottom = 0.06
    if handles:
        bottom += 0.08 + 0.19 * -(-len(handles) // columns_of_legend)
    height = top + rows * panel[1] + 0.4 + bottom
    figure = pyplot.figure(figsize=(width, height))
    left = 0.06 / width
    rect = (left, bottom / height, 1 - 1.5 * left, 1 - (top + bottom) / height)
    figure.set_layout_engine(ConstrainedLayoutEngine(rect=rect, w_pad=0.05, h_pad=0.05))
    axes = figure.subplots(rows, columns, squeeze=False, **subplots)
    x, y = _SIDE / width, 1 - _SIDE / height
    figure.text(x, y, "\n".join(titles), size=10.5, weight="bold", va="top", linespacing=1.25)
    y -= 0.19 * len(titles) / height
    figure.text(x, y, "\n".join(notes), size=8.5, va="top", color="#404040", linespacing=1.25)
    if handles:
        figure.legend(
            handles=handles,
            loc="lower center",
            bbox_to_anchor=(0.5, 0.03 / height),
            ncol=columns_of_legend,
            frameon=False,
            handlelength=3,
            borderaxespad=0,
            labelspacing=0.35,
        )
    return figure, axes


def _legend_columns(handles: Sequence[Any], width: float) -> int:
    longest = max((len(h.get_label()) for h in handles), default=0)
    return max(1, min(len(handles), int((width - 0.2) / (0.75 + 0.078 * longest))))


def say_no_data(axes: Any) -> None:
    axes.text(0.5, 0.5, "no data", transform=axes.transAxes, ha="center", va="center", color=GREY)


def _number(value: Any) -> Any:
    return f"{value:.6g}" if isinstance(value, float) else value


def csv_text(rows: List[Dict[str, Any]]) -> str:
    """Floats to six digits; an empty place is a number that is not finite or does not apply."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]) if rows else [], lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({key: _number(value) for key, value in row.items()})
    return text.getvalue()


def _settle_layout(figure: Any) -> None:
    """Lays the panels out once, since it takes long, and rounds their places: the solver's last
    digits differ from run to run, and the SVG's identifiers are hashes of them."""
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    for axes in figure.axes:
        box = axes.get_position(original=True)
        axes.set_position([round(value, 4) for value in box.bounds])


def save(picture: Picture, folder: pathlib.Path) -> List[pathlib.Path]:
    """Writes SVG, PDF, PNG and CSV, the same bytes for the same data, and forgets the figure."""
    base = folder / file_name(picture.name)  # labels of rows and conditions are in it
    kinds = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}, ".png": {"Software": None}}
    _settle_layout(picture.figure)
    written = []
    for ending, metadata in kinds.items():
        path = base.with_name(base.name + ending)
        options = {"format": ending[1:], "metadata": metadata, "dpi": PNG_DPI}
        replace_atomically(path, lambda p, o=options: picture.figure.savefig(p, **o))
        written.append(path)
    pyplot.close(picture.figure)
    texts = {".csv": csv_text(picture.rows), **picture.texts}
    for ending, text in texts.items():
        path = base.with_name(base.name + ending)
        write_atomically(path, text)
        written.append(path)
    return written
