"""Regression against classification: measures of the recurrent spectra side by side."""

from typing import Any, Dict, Iterator, List, Optional

from eigenrnn.tables.markdown import escape
from eigenrnn.text import number

from . import numbers, style
from .study import CLASSIFICATION, REGRESSION, Run, Study

NAME = "comparison"
SUMMARY = "regression against classification: measures of the spectra, means with 95 % intervals"
NEEDS_ANALYSES = False
KINDS = (REGRESSION, CLASSIFICATION)
MEASURES = {  # name: (label, unit)
    "fraction_outside": ("outside the circle", "share"),
    "spectral_radius": ("spectral radius", "no unit"),
    "mean_phase": ("mean |phase|", "rad"),
    "fraction_real": ("real eigenvalues", "share"),
    "relative_departure": ("departure from\nnormality", "relative"),
}
ALL_GATES = "mean of gates"


def measures_of(run: Run, moment: str) -> Dict[str, Dict[str, float]]:
    """By gate, and for gated cells also their mean."""
    found = {block["gate"]: numbers.spectrum_measures(block) for block in run.blocks(moment)}
    if any(measures is None for measures in found.values()):
        return {}
    if len(found) > 1:
        found[ALL_GATES] = {
            name: sum(gate[name] for gate in found.values()) / len(found) for name in MEASURES
        }
    return found


def _mean_over_tasks(runs: List[Run], moment: str, gate: str, name: str) -> Optional[float]:
    """One seed's number: the mean over conditions of each task, and then over tasks, so that a task
    does not count more for having more conditions."""
    by_task: Dict[str, List[float]] = {}
    for run in runs:
        measures = measures_of(run, moment).get(gate)
        if measures and measures[name] is not None:
            by_task.setdefault(run.task.name, []).append(measures[name])
    return numbers.mean([numbers.mean(values) for values in by_task.values()])


def _places(runs: List[Run]) -> set:
    return {(run.task.name, run.condition) for run in runs}


def per_seed(study: Study, kind: str, cell: str, initializer: str) -> Dict[int, List[Run]]:
    """The runs of each seed that has all of the kind's conditions: a seed that lacks one, since the
    run diverged, would have another mean for that alone."""
    of_kind = [run for run in study.runs if run.task.kind == kind]
    mine = [run for run in of_kind if (run.cell, run.initializer) == (cell, initializer)]
    wanted = _places(of_kind)
    seeds = {seed: [r for r in mine if r.seed == seed] for seed in sorted({r.seed for r in mine})}
    return {seed: runs for seed, runs in seeds.items() if _places(runs) == wanted}


def rows_of(study: Study) -> List[Dict[str, Any]]:
    rows = []
    for cell in study.cells:
        for initializer in study.initializers:
            for kind in KINDS:
                seeds = per_seed(study, kind, cell, initializer)
                place = {"cell": cell, "initializer": initializer, "kind": kind}
                rows += _rows_of_place(seeds, place)
    return rows


def _rows_of_place(seeds: Dict[int, List[Run]], place: Dict[str, str]) -> List[Dict[str, Any]]:
    rows = []
    gates = measures_of(next(iter(seeds.values()))[0], "start") if seeds else {}
    for gate in gates:
        for moment, words in (("start", "before training"), ("best", "after training")):
            for name in MEASURES:
                values = [_mean_over_tasks(runs, moment, gate, name) for runs in seeds.values()]
                values = numbers.finite(values)
                if not values:
                    continue
                mean, half = numbers.interval(values)
                where = {**place, "gate": gate, "moment": words, "measure": name}
                rows.append({**where, "seeds": len(values), "mean": mean, "half_width_95": half})
    return rows


def shown_rows(rows: List[Dict[str, Any]]) -> List[Dict[str, Any]]:
    """Those in the picture: the mean over gates of a cell that has several, else its only block."""
    gated = {row["cell"] for row in rows if row["gate"] == ALL_GATES}
    return [row for row in rows if (row["gate"] == ALL_GATES) == (row["cell"] in gated)]


def _text(row: Optional[Dict[str, Any]]) -> str:
    if row is None:
        return "—"
    half = row["half_width_95"]
    return number(row["mean"], 3) + ("" if half is None else f" ± {number(half, 3)}")


def markdown(study: Study, rows: List[Dict[str, Any]]) -> str:
    """The picture's numbers as a table."""
    table = {
        (r["cell"], r["initializer"], r["measure"], r["kind"], r["moment"]): r
        for r in shown_rows(rows)
    }
    lines = [
        "# Regression against classification: the recurrent spectra after training",
        "",
        "Mean ± half-width of the 95 % t-interval over seeds, a seed's number being its mean over "
        "conditions and tasks. Gated cells: mean over gates. In brackets: before training.",
        "",
    ]
    for cell, label in study.cells.items():
        lines += [f"**{escape(label)}**", "", "| measure | initializer | regression | classification |",
                  "| --- | --- | --- | --- |"]  # fmt: skip
        for name, (words, unit) in MEASURES.items():
            for initializer in study.initializers:
                texts = []
                for kind in KINDS:
                    place = (cell, initializer, name, kind)
                    after, before = table.get((*place, "after training")), table.get(
                        (*place, "before training")
                    )
                    start = f" ({number(before['mean'], 3)})" if before else ""
                    texts.append(_text(after) + start)
                words_unit = words.replace("\n", " ") + (f", {unit}" if unit == "rad" else "")
                lines.append(f"| {words_unit} | {escape(initializer)} | {' | '.join(texts)} |")
        lines.append("")
    return "\n".join(lines)


def _draw_panel(axes: Any, study: Study, rows: List[Dict[str, Any]]) -> None:
    for row in rows:
        place = study.initializers.index(row["initializer"])
        color, marker = style.KINDS[row["kind"]]
        x = place + (-0.17 if row["kind"] == REGRESSION else 0.17)
        if row["moment"] == "before training":
            axes.plot([x - 0.15, x + 0.15], [row["mean"]] * 2, color=style.GREY, linewidth=1.6)
            continue
        axes.errorbar(
            x,
            row["mean"],
            yerr=row["half_width_95"],
            color=color,
            marker=marker,
            markersize=4.5,
            capsize=2,
            linewidth=1.2,
            zorder=4,
        )


def _handles(study: Study) -> List[Any]:
    def names(kind: str) -> str:
        return ", ".join(task.label for task in study.tasks() if task.kind == kind)

    line = style.Line2D
    handles = []
    for kind, (color, marker) in style.KINDS.items():
        label = f"{kind} ({names(kind)})"
        handles.append(line([], [], color=color, marker=marker, linestyle="none", label=label))
    handles.append(line([], [], color=style.GREY, linewidth=1.6, label="before training"))
    return handles


def picture(study: Study, rows: List[Dict[str, Any]]) -> style.Picture:
    fewest, seeds = (choose(row["seeds"] for row in rows) for choose in (min, max))
    shown = shown_rows(rows)
    count = seeds if fewest == seeds else f"{fewest} to {seeds}"
    many = f"Mean and 95 % t-interval over {count} seeds; a seed's number"
    what = many if seeds > 1 else "One seed, so no interval; its number"
    figure, axes = style.frame(
        (len(MEASURES), len(study.cells)),
        (1.78, 1.25),
        "Recurrent spectra after training: regression against classification",
        f"{what} is the mean over conditions and tasks. Gated cells: mean over gates.",
        _handles(study),
        sharex=True,
        sharey="row",
    )
    for r, (name, (label, unit)) in enumerate(MEASURES.items()):
        for c, (cell, cell_label) in enumerate(study.cells.items()):
            panel = axes[r][c]
            mine = [row for row in shown if (row["measure"], row["cell"]) == (name, cell)]
            _draw_panel(panel, study, mine)
            if not mine:
                style.say_no_data(panel)
            style.initializer_ticks(panel, study.initializers)
            panel.margins(y=0.12)
            if r == 0:
                panel.set_title(cell_label, weight="bold")
            if c == 0:
                panel.set_ylabel(f"{label}\n({unit})")
    return style.Picture(NAME, figure, rows, {".md": markdown(study, rows)})


def pictures(study: Study) -> Iterator[Any]:
    rows = rows_of(study)
    if rows:
        yield picture(study, rows)
