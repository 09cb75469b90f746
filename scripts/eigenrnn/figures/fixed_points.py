"""Fixed points and cycles of networks that learned a regular language, beside its automaton."""

from typing import Any, Dict, Iterator, List, Optional, Tuple

from eigenrnn.results import TaskSpec

from . import automaton, numbers, style
from .study import Run, Study

NAME = "fixed_points"
SUMMARY = "fixed points of networks among the visited states, beside the language's automaton"
NEEDS_ANALYSES = True

_MARKERS = {"stable": ("o", 8), "saddle": ("X", 8.5), "unstable": ("^", 8)}
_FACES = ("white", "black")  # by symbol
_SYMBOL_EDGES = ("black", "white")


def _has_automaton(run: Run) -> bool:
    fixed = (run.analyses.get("best") or {}).get("fixed_points") or {}
    return bool(fixed.get("dfa"))


def best_run(study: Study, task: TaskSpec, condition: str, cell: str) -> Optional[Run]:
    """The one with the highest validation score; of equals the first in the grid."""
    runs = filter(_has_automaton, study.select(task=task, condition=condition, cell=cell))
    return max(runs, key=lambda run: run.score, default=None)


def _places(study: Study) -> List[Tuple[TaskSpec, str]]:
    """Task and condition of every automaton."""
    runs = filter(_has_automaton, study.runs)
    return list(dict.fromkeys((run.task, run.condition) for run in runs))


def point_rows(run: Run) -> List[Dict[str, Any]]:
    """Visited states and points; a cycle of period p is p rows, in the order of its steps."""
    fixed = run.analyses["best"]["fixed_points"]
    place = {"condition": run.condition, "cell": run.cell, "initializer": run.initializer,
             "seed": run.seed}  # fmt: skip
    visited = fixed["visited"]
    states = visited["dfa_states"] or [None] * len(visited["coordinates"])
    blank = dict.fromkeys(("symbol", "period", "number", "stability", "starts"))
    rows = [
        {**place, "what": "visited", "x": x, "y": y, "dfa_state": state, **blank}
        for (x, y), state in zip(visited["coordinates"], states)
    ]
    for search in fixed["searches"]:
        for number, point in enumerate(search["points"]):
            facts = {
                "dfa_state": None,
                "symbol": search["symbol"],
                "period": search["period"],
                "number": number,
                "stability": point["stability"],
                "starts": point["starts"],
            }
            rows += [{**place, "what": "point", "x": x, "y": y, **facts}
                     for x, y in point["coordinates"]]  # fmt: skip
    return rows


def _draw_visited(axes: Any, rows: List[Dict[str, Any]]) -> None:
    for state in sorted({row["dfa_state"] for row in rows if row["what"] == "visited"}):
        mine = [row for row in rows if row["what"] == "visited" and row["dfa_state"] == state]
        color, marker = automaton.state_style(state)
        axes.plot(
            [row["x"] for row in mine],
            [row["y"] for row in mine],
            linestyle="none",
            marker=marker,
            markersize=3.2,
            markeredgewidth=0,
            color=color,
            alpha=0.55,
            zorder=2,
        )


def _draw_points(axes: Any, rows: List[Dict[str, Any]]) -> None:
    cycles: Dict[tuple, List[Dict[str, Any]]] = {}
    for row in rows:
        if row["what"] == "point":
            cycles.setdefault((row["symbol"], row["period"], row["number"]), []).append(row)
    for (symbol, _, _), points in cycles.items():
        x, y = [p["x"] for p in points], [p["y"] for p in points]
        marker, size = _MARKERS[points[0]["stability"]]
        axes.plot(x + x[:1], y + y[:1], color="#303030", linewidth=0.7, zorder=3)
        axes.plot(
            x,
            y,
            linestyle="none",
            marker=marker,
            markersize=size,
            markerfacecolor=_FACES[symbol % 2],
            markeredgecolor=_SYMBOL_EDGES[symbol % 2],
            markeredgewidth=0.9,
            zorder=4,
        )


def _handles(states: int) -> List[Any]:
    def handle(label: str, **look: Any) -> Any:
        return style.Line2D([], [], linestyle="none", label=label, **look)

    handles = []
    for state in range(states):
        color, marker = automaton.state_style(state)
        look = {"color": color, "marker": marker, "markersize": 5}
        handles.append(handle(f"visited in state {state}", **look))
    for stability, (marker, size) in _MARKERS.items():
        look = {"marker": marker, "markersize": size, "markerfacecolor": style.GREY}
        handles.append(handle(stability, markeredgecolor="black", **look))
    for symbol, face in enumerate(_FACES):
        look = {"marker": "s", "markersize": 7, "markerfacecolor": face}
        handles.append(handle(f"under symbol {symbol}", markeredgecolor="black", **look))
    handles.append(style.Line2D([], [], color="#303030", linewidth=0.7, label="cycle"))
    return handles


def _draw_network(axes: Any, study: Study, run: Optional[Run], cell: str) -> None:
    if run is None:
        axes.set_title(study.cells[cell], weight="bold")
        style.say_no_data(axes)
        return
    rows = point_rows(run)
    _draw_visited(axes, rows)
    _draw_points(axes, rows)
    explained = run.analyses["best"]["fixed_points"]["visited"]["explained_variance"]
    accuracy = run.result["metrics"].get("accuracy")
    known = "" if accuracy is None else f"test accuracy {100 * accuracy:.1f} %\n"
    axes.set_title(
        f"{study.cells[cell]}, {run.initializer}\n"
        f"{known}plane holds {100 * explained:.0f} % of variance",
        size=8.5,
    )
    axes.set_xlabel("first principal component")
    axes.set_ylabel("second principal component")
    axes.margins(0.08)
    for name in ("x", "y"):
        _fit_scale(axes, name, [row[name] for row in rows])


def _fit_scale(axes: Any, name: str, values: List[float]) -> None:
    """Where a few states lie far out, as in a ReLU network that grows, a logarithmic axis keeps the
    others apart."""
    sizes = [abs(value) for value in values]
    usual = numbers.quantile(sizes, 0.5)
    if max(sizes) > 50 * usual > 0:
        getattr(axes, f"set_{name}scale")("symlog", linthresh=2 * usual)
        axis = getattr(axes, f"{name}axis")
        axis.set_label_text(axis.get_label_text() + "\n(logarithmic far out)")
        axis.set_major_locator(style.ticker.SymmetricalLogLocator(base=10, linthresh=2 * usual))
        axis.get_major_locator().set_params(numticks=4)
    else:
        axes.locator_params(axis=name, nbins=5)


def picture(
    study: Study, task: TaskSpec, condition: str, runs: Dict[str, Optional[Run]]
) -> style.Picture:
    present = [run for run in runs.values() if run]
    dfa = present[0].analyses["best"]["fixed_points"]["dfa"]
    columns = 3
    rows_of_panels = -(-(1 + len(runs)) // columns)
    figure, axes = style.frame(
        (rows_of_panels, columns),
        (2.5, 2.6),
        f"{task.label}, {condition}: fixed points and cycles of the best network of each cell, "
        "among the states that it visits",
        "Of each cell the run with the best validation accuracy. Points and cycles are those of "
        "the map under one symbol repeated; the plane is that of the first two principal "
        "components of the visited states (no unit).",
        _handles(len(dfa["next"])),
    )
    panels = list(axes.flat)
    automaton.draw(panels[0], dfa)
    panels[0].set_title("the language's automaton\n(double ring: accepting)", size=8.5)
    for panel, (cell, run) in zip(panels[1:], runs.items()):
        _draw_network(panel, study, run, cell)
    for panel in panels[1 + len(runs) :]:
        panel.set_axis_off()
    rows = [row for run in present for row in point_rows(run)]
    return style.Picture(f"{NAME}_{task.name}_{condition}", figure, rows)


def pictures(study: Study) -> Iterator[Any]:
    for task, condition in _places(study):
        runs = {cell: best_run(study, task, condition, cell) for cell in study.cells}
        yield picture(study, task, condition, runs)
