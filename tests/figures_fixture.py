"""A small grid on dynamics with results and analyses, for the tests of the figures. All numbers are
made up; a seed shifts them by a known amount."""

import copy
import json

from collate_fixture import ACCURACY, FolderTest, Study, result

CONDITIONS = {"adding": "T=100", "mackey_glass": "1 step ahead", "tomita": "3",
              "pixel_mnist": "scanline", "adding_threshold": "T=100?"}  # fmt: skip
KINDS = {"adding": "regression", "mackey_glass": "regression", "tomita": "classification",
         "pixel_mnist": "classification", "adding_threshold": "classification"}  # fmt: skip
CELLS = {"rnn_tanh": ["h"], "gru": ["r", "z", "n"]}
ROWS = ["xavier", "eigen"]
EIGENVALUES = [[0.6, 0.8], [0.6, -0.8], [2.0, 0.0], [-0.5, 0.0]]  # moduli 1, 1, 2, 0.5


def task_of(name):
    return {"name": name, "label": f"{name}!", "phrase": f"the {name}", "kind": KINDS[name]}


def block(gate, scale=1.0):
    eigenvalues = [[scale * re, scale * im] for re, im in EIGENVALUES]
    return {
        "layer": "recurrent.layer0", "gate": gate, "eigenvalues": eigenvalues,
        "spectral_radius": 2.0 * scale, "spectral_norm": 2.5, "fraction_outside": 0.25,
        "departure_from_normality": 1.0, "relative_departure": 0.4,
        "eigenvector_condition": 3.0, "warning": None,
    }  # fmt: skip


def summary(gate, radius):
    return {
        "layer": "recurrent.layer0", "gate": gate, "spectral_radius": radius, "spectral_norm": 3.0,
        "fraction_outside": 0.5, "relative_departure": 0.4, "eigenvector_condition": 3.0,
        "fraction_real": 0.5, "mean_modulus": 1.0, "modulus_quantiles": [0.5, 0.9, 1.0, 1.1, 2.0],
    }  # fmt: skip


def run_record(key, task, cell, row, seed):
    """Trained blocks are those at the start times 1 + seed."""
    record = copy.deepcopy(result(key))
    record["spec"].update(condition=CONDITIONS[task], cell=cell, seed=seed)
    record["spec"]["initializer"]["label"] = row
    record["metrics"]["best_epoch"] = 1
    record["epochs"][0]["validation"]["accuracy"] = 0.9 + 0.01 * seed
    gates = CELLS[cell]
    record["spectra"] = {
        "start": [block(gate) for gate in gates],
        "epochs": [{"epoch": 1, "blocks": [summary(gate, 2.0 + seed) for gate in gates]}],
        "best": [block(gate, 1.0 + seed) for gate in gates],
        "end": [block(gate, 9.0) for gate in gates],
    }
    return record


def fixed_points():
    point = {"stability": "stable", "unstable_directions": 0, "residual": 0.0, "starts": 5,
             "eigenvalues": [[0.5, 0.0]], "starts_by_dfa_state": {"0": 5}}  # fmt: skip
    search = {"starts": 24, "returned_earlier": 0, "not_found": 0, "smallest_slow": None}
    return {
        "dfa": {"next": [[0, 1], [1, 0]], "accepting": [True, False]},
        "visited": {
            "coordinates": [[0.0, 1.0], [1.0, 0.0], [0.5, 0.5]],
            "dfa_states": [0, 1, 0],
            "explained_variance": 0.75,
        },
        "searches": [
            {**search, "symbol": 0, "period": 1,
             "points": [{**point, "coordinates": [[0.0, 1.0]]}]},
            {**search, "symbol": 1, "period": 2,
             "points": [{**point, "stability": "saddle", "coordinates": [[0.0, 1.0], [1.0, 0.0]]}]},
        ],
    }  # fmt: skip


def analysis(key, task, cell, seed):
    vanilla, symbols = cell == "rnn_tanh", task == "tomita"
    norms = {"sequences": [8, 8, 4], "mean": [0.0, -1.0, None], "median": [0.0, -1.0 - seed, None],
             "low": [0.0, -2.0, None], "high": [0.0, -0.5, -3.0]}  # fmt: skip
    readout = {"accuracy": 0.9, "chance": 0.5, "information": 0.5}
    return {
        "schema": 1, "key": key,
        "modes": {"warning": None, "list": [
            {"eigenvalue": [2.0, 0.0], "time_constant": -1.44, "energy": 3.0},
            {"eigenvalue": [0.5, 0.0], "time_constant": 1.44, "energy": 1.0},
        ]} if vanilla else None,
        "linearity": [{"scale": 0.1, "relative_error": 0.01 * (1 + seed), "saturated": 0.0},
                      {"scale": 1, "relative_error": None, "saturated": 0.5}] if vanilla else None,
        "memory": {"ridge": 1e-6, "linear": None,
                   "network": {"capacity": 1.5, "by_lag": [1.0, 0.5 + 0.1 * seed, 0.0]}},
        "gradients": {"lags": [0, 1, 2], "spectral": norms, "frobenius": norms},
        "lyapunov": {"steps": 400, "exponents": [-0.1 - 0.2 * seed, -1.0, None]},
        "separability": {
            "label": [{"lag": 0, **readout}, {"lag": 5, **readout, "information": 0.25}],
            "input": [{"lag": 0, **(readout if symbols else {"r2": 0.8})}],
        },
        "fixed_points": fixed_points() if symbols else None,
    }  # fmt: skip


class GridTest(FolderTest):
    """Gives each test a results/quick with a grid of all four tasks."""

    def write_grid(self, seeds=2, tasks=tuple(CONDITIONS), with_analyses=True):
        for task in tasks:
            study = Study(self.profile, f"dynamics_{task}", ROWS, [CONDITIONS[task]], list(CELLS),
                          seeds, [ACCURACY], task=task_of(task))  # fmt: skip
            for cell in CELLS:
                for row in ROWS:
                    for seed in range(seeds):
                        key = study.key(row, seed, CONDITIONS[task], cell)
                        study.add(run_record(key, task, cell, row, seed))
                        if with_analyses:
                            self.write_analyses(key, task, cell, seed)

    def write_analyses(self, key, task, cell, seed):
        folder = self.profile / "analysis"
        folder.mkdir(exist_ok=True)
        for moment in ("start", "best"):
            text = json.dumps({**analysis(key, task, cell, seed), "at": moment})
            (folder / f"{key}.{moment}.json").write_text(text, encoding="utf-8")
