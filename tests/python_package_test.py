"""The Python package: initializers, layers, spectra and results, against torch.nn and the program.

The library is given by $EIGENRNN_LIBRARY, the program by $EIGENRNN; torch must be that which both were built with.
"""

import importlib.util
import itertools
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

SOURCE = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(SOURCE / "scripts"))

try:
    import torch
except ImportError:
    print("torch is missing: left out (scripts/setup.sh --python installs it)")
    sys.exit(77)

from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pack_sequence

import eigenrnn
from eigenrnn import init

EIGENRNN = os.environ["EIGENRNN"]
PAIRS = ((nn.RNN, eigenrnn.RNN, {}), (nn.RNN, eigenrnn.RNN, {"nonlinearity": "relu"}),
         (nn.LSTM, eigenrnn.LSTM, {}), (nn.GRU, eigenrnn.GRU, {}))
STUDY = """
experiment: study
title: a study
caption: of nothing
task: {name: adding, options: {length: 5, train_size: 4, validation_size: 4, test_size: 4}}
conditions: [{label: short}]
cells: [CELL]
initializers: [INITIALIZER]
seeds: [7]
model: {hidden_size: UNITS, layers: 2}
training: {optimizer: sgd, momentum: 0, learning_rate: 1.0e-12, epochs: 1, batch_size: 4, clip_norm: 1.0e-12}
recording: {keep_weights: true}
tables: [{metric: mse, label: "mean squared error", digits: 3}]
"""


def weights_of_program(cell, initializer, units, folder):
    """What a run keeps that learns nothing: the weights that it drew."""
    path = pathlib.Path(folder) / f"{cell}-{initializer}.yaml"
    path.write_text(STUDY.replace("CELL", cell).replace("INITIALIZER", initializer).replace("UNITS", str(units)))
    results = pathlib.Path(folder) / f"{cell}-{initializer}"
    done = subprocess.run([EIGENRNN, "run", str(path), "--results", str(results)],
                          capture_output=True, text=True, cwd=SOURCE)
    assert done.returncode == 0, done.stdout + done.stderr
    (file,) = results.glob("cpu/study/*.safetensors")
    return read_safetensors(file)


def read_safetensors(path):
    """By the format's description, without its library."""
    content = path.read_bytes()
    length = int.from_bytes(content[:8], "little")
    header, data = json.loads(content[8:8 + length]), content[8 + length:]
    header.pop("__metadata__")
    return {name: torch.frombuffer(bytearray(data[slice(*entry["data_offsets"])]), dtype=torch.float32)
            .reshape(entry["shape"]) for name, entry in header.items()}


class Initializers(unittest.TestCase):
    def test_a_seed_gives_the_bits_of_the_harness(self):
        modules = {"rnn_tanh": lambda units: nn.RNN(2, units, 2),
                   "rnn_relu": lambda units: nn.RNN(2, units, 2, nonlinearity="relu"),
                   "lstm": lambda units: nn.LSTM(2, units, 2), "gru": lambda units: nn.GRU(2, units, 2)}
        grid = [*itertools.product(modules, ["eigen"]), *itertools.product(["gru"], init.names())]
        with tempfile.TemporaryDirectory() as folder:
            for cell, name in grid:
                units = 164 if name == "rescaled_glorot" else 6
                kept = weights_of_program(cell, name, units, folder)
                ours = getattr(init, f"{name}_")(modules[cell](units), seed=7)
                for parameter, value in ours.state_dict().items():
                    there = kept[f"recurrent.{parameter}"]
                    # A step as small as it can be moves zeros.
                    there = torch.where((value == 0) & (there.abs() < 1e-20), value, there)
                    self.assertTrue(torch.equal(value, there), (cell, name, parameter))

    def test_a_law_that_is_not_defined_for_few_units_says_so(self):
        with self.assertRaisesRegex(ValueError, "rescaled_glorot: hidden_size is 8; it must be at least 164"):
            init.rescaled_glorot_(nn.RNN(2, 8))

    def test_a_matrix_gets_what_a_module_gets(self):
        lstm = init.eigen_(nn.LSTM(3, 8), seed=5)
        matrix = init.eigen_(torch.empty(32, 8), cell="lstm", seed=5)
        self.assertTrue(torch.equal(matrix, lstm.weight_hh_l0))
        self.assertTrue(torch.equal(init.irnn_(torch.empty(4, 4)), torch.eye(4)))
        parameter = nn.Parameter(torch.zeros(8, 8, dtype=torch.float64))
        self.assertIs(init.eigen_(parameter, seed=5), parameter)
        self.assertTrue(parameter.requires_grad)

    def test_every_recurrent_module_is_filled_and_no_two_alike(self):
        class Network(nn.Module):
            def __init__(self):
                super().__init__()
                self.encoder, self.decoder = nn.GRU(4, 4, bidirectional=True), nn.GRUCell(4, 4)
                self.head = nn.Linear(4, 2)

        torch.manual_seed(0)
        network, state = Network(), torch.get_rng_state()
        head = network.head.weight.clone()
        init.orthogonal_(network, seed=1, gain=0.5)
        blocks = [network.encoder.weight_hh_l0, network.encoder.weight_hh_l0_reverse, network.decoder.weight_hh]
        for weights in blocks:
            for block in weights.split(4):
                self.assertTrue(torch.allclose(block @ block.T, 0.25 * torch.eye(4), atol=1e-6))
        for one, other in itertools.combinations(blocks, 2):
            self.assertFalse(torch.equal(one, other))
        self.assertTrue(torch.equal(network.head.weight, head))
        self.assertTrue(torch.equal(torch.get_rng_state(), state))

    def test_options_and_biases_are_as_asked_for(self):
        lstm = init.eigen_(nn.LSTM(2, 16), radius=0.5, forget_bias=2.0)
        self.assertTrue(torch.allclose(eigenrnn.spectrum(lstm)[1].eigenvalues.abs(), torch.tensor(0.5).double()))
        self.assertTrue(torch.equal(lstm.bias_ih_l0, torch.tensor([0.0, 2.0, 0.0, 0.0]).repeat_interleave(16)))
        chrono = init.xavier_(nn.LSTM(2, 16), chrono_steps=50)
        kept, written = chrono.bias_ih_l0[16:32], chrono.bias_ih_l0[:16]
        self.assertTrue(torch.equal(kept, -written))
        self.assertTrue(((kept >= 0) & (kept <= torch.tensor(49.0).log())).all())
        self.assertEqual(init.eigen_(nn.GRU(2, 4, bias=False)).weight_hh_l0.shape, (12, 4))

    def test_mistakes_name_the_value_and_the_rule(self):
        lstm = nn.LSTM(2, 8)
        for call, words in (
                (lambda: init.eigen_(lstm, radiu=1), "did you mean 'radius'?"),
                (lambda: init.eigen_(lstm, radius="wide"), "option 'radius' is \"wide\", and must be"),
                (lambda: init.initialize_(lstm, "eigne"), "unknown initializer 'eigne'; there are: eigen"),
                (lambda: init.eigen_(lstm, cell="lstm"), "a module knows its own"),
                (lambda: init.eigen_(lstm, bias="ones"), "bias is 'ones', and must be one of zeros"),
                (lambda: init.eigen_(nn.Linear(2, 2)), "a Linear has no recurrent layer"),
                (lambda: init.eigen_(nn.LSTM(2, 8, proj_size=4)), "proj_size"),
                (lambda: init.eigen_(torch.empty(32, 8)), "are of 4 gates: say of which cell"),
                (lambda: init.eigen_(torch.empty(32, 8), cell="gru"), "are [3·H, H], and these are [32, 8]"),
                (lambda: init.eigen_(torch.empty(8, 8), cell="lstmm"), "unknown cell 'lstmm'"),
                (lambda: init.eigen_(torch.empty(8)), "are [G·H, H], and these are [8]")):
            with self.assertRaises(ValueError) as caught:
                call()
            self.assertIn(words, str(caught.exception))
        with self.assertRaises(AttributeError):
            _ = init.eigne_

    def test_what_is_registered_documents_itself(self):
        self.assertIn("gain", init.orthogonal_.__doc__)
        self.assertIn("orthogonal_", dir(init))
        self.assertEqual(init.describe("irnn")["defined_for"], ["rnn_relu"])


def results_of(module, inputs, state):
    """Outputs and final states of a module, and the gradients of a number made of all of them."""
    sequences, final = module(inputs, state)
    outputs = [sequences.data if isinstance(sequences, torch.nn.utils.rnn.PackedSequence) else sequences,
               *(final if isinstance(final, tuple) else [final])]
    weights = [torch.linspace(0.1, 1, tensor.numel(), dtype=tensor.dtype).reshape(tensor.shape)
               for tensor in outputs]
    loss = sum((weight * tensor).sum() for weight, tensor in zip(weights, outputs))
    return outputs, torch.autograd.grad(loss, list(module.parameters()))


class Layers(unittest.TestCase):
    def compare(self, inputs, states=None, **options):
        for theirs, ours, of_cell in PAIRS:
            torch.manual_seed(1)
            expected = theirs(3, 5, **of_cell, **options)
            module = ours(3, 5, **of_cell, **options)
            self.assertEqual(str(module), str(expected))
            module.load_state_dict(expected.state_dict())
            dtype = options.get("dtype", torch.float32)
            state = None
            if states is not None:
                hidden = torch.randn(*states, dtype=dtype)
                state = (hidden, torch.randn(*states, dtype=dtype)) if theirs is nn.LSTM else hidden
            for one, other in zip(results_of(module, inputs, state), results_of(expected, inputs, state)):
                for a, b in zip(one, other):
                    self.assertEqual(a.shape, b.shape)
                    self.assertTrue(torch.allclose(a, b, atol=1e-5, rtol=1e-4), (theirs, of_cell, options))

    def test_equal_those_of_torch(self):
        self.compare(torch.randn(7, 4, 3))
        self.compare(torch.randn(7, 4, 3), (2, 4, 5), num_layers=2)
        self.compare(torch.randn(4, 7, 3), (1, 4, 5), batch_first=True)
        self.compare(torch.randn(7, 3), (1, 5))
        self.compare(torch.randn(7, 3))
        self.compare(torch.randn(7, 4, 3), bias=False)
        self.compare(torch.randn(7, 4, 3, dtype=torch.float64), (1, 4, 5), dtype=torch.float64)
        self.compare(torch.randn(7, 4, 3), (4, 4, 5), num_layers=2, bidirectional=True)

    def test_packed_sequences_keep_their_order(self):
        ragged = [torch.randn(length, 3) for length in (2, 6, 4, 6)]
        self.compare(pack_sequence(ragged, enforce_sorted=False), (2, 4, 5), num_layers=2)
        self.compare(pack_padded_sequence(torch.randn(6, 3, 3), torch.tensor([6, 4, 1])))

    def test_our_kernels_take_them(self):
        with torch.profiler.profile() as seen:
            eigenrnn.LSTM(3, 5)(torch.randn(7, 4, 3))
        names = {event.key for event in seen.key_averages()}
        self.assertIn("eigenrnn::run_sequence", names)
        self.assertNotIn("aten::lstm", names)

    def test_gradients_reach_inputs_and_states(self):
        module = eigenrnn.GRU(3, 5, dtype=torch.float64)
        inputs = torch.randn(4, 2, 3, dtype=torch.float64, requires_grad=True)
        hidden = torch.randn(1, 2, 5, dtype=torch.float64, requires_grad=True)
        self.assertTrue(torch.autograd.gradcheck(lambda x, h: module(x, h)[0], (inputs, hidden)))

    def test_dropout_is_between_layers_and_in_training_alone(self):
        module, inputs = eigenrnn.GRU(3, 50, num_layers=2, dropout=0.5), torch.randn(7, 4, 3)
        self.assertFalse(torch.equal(module(inputs)[0], module(inputs)[0]))
        module.eval()
        self.assertTrue(torch.equal(module(inputs)[0], module(inputs)[0]))

    def test_mistakes_are_those_of_torch(self):
        for inputs, state in ((torch.randn(7, 4, 2), None), (torch.randn(7, 4, 3), torch.randn(1, 3, 5)),
                              (torch.randn(7, 4, 3, 1), None)):
            for module in (eigenrnn.GRU(3, 5), nn.GRU(3, 5)):
                with self.assertRaises((RuntimeError, ValueError, AssertionError)):
                    module(inputs, state)

    def test_a_trained_network_is_copied_and_saved(self):
        module = eigenrnn.LSTM(3, 5)
        twin = nn.LSTM(3, 5)
        twin.load_state_dict(module.state_dict())
        inputs = torch.randn(7, 4, 3)
        self.assertTrue(torch.allclose(twin(inputs)[0], module(inputs)[0], atol=1e-5))


class Spectra(unittest.TestCase):
    def test_of_a_rotation(self):
        turn = 0.3
        matrix = 0.9 * torch.tensor([[torch.tensor(turn).cos(), -torch.tensor(turn).sin()],
                                     [torch.tensor(turn).sin(), torch.tensor(turn).cos()]])
        (found,) = eigenrnn.spectrum(matrix)
        self.assertAlmostEqual(found.radius, 0.9, 6)
        self.assertAlmostEqual(found.norm, 0.9, 6)
        self.assertAlmostEqual(found.departure, 0, 3)
        self.assertAlmostEqual(found.eigenvalues[0].angle().abs().item(), turn, 5)
        self.assertEqual((found.layer, found.gate, found.fraction_outside), ("", "h", 0))

    def test_of_layers_gate_by_gate(self):
        gru = nn.GRU(2, 6, num_layers=2)
        found = eigenrnn.spectrum(gru)
        self.assertEqual([(one.layer, one.gate) for one in found],
                         [(f"recurrent.layer{layer}", gate) for layer in (0, 1) for gate in "rzn"])
        expected = torch.linalg.eigvals(gru.weight_hh_l1[6:12].detach().double()).abs().max()
        self.assertAlmostEqual(found[4].radius, expected.item(), 9)

    def test_weights_that_are_not_finite_have_none(self):
        (found,) = eigenrnn.spectrum(torch.full((3, 3), float("nan")))
        self.assertEqual(found.eigenvalues.numel(), 0)
        self.assertNotEqual(found.radius, found.radius)

    def test_lyapunov_exponents_of_a_linear_network_are_its_eigenvalues(self):
        rnn = nn.RNN(1, 4, nonlinearity="relu")
        with torch.no_grad():  # all units stay positive: the network is linear
            rnn.weight_hh_l0.copy_(torch.diag(torch.tensor([0.9, 0.5, 0.7, 0.3])))
            rnn.weight_ih_l0.fill_(1)
            rnn.bias_ih_l0.fill_(1)
            rnn.bias_hh_l0.fill_(0)
        found = eigenrnn.lyapunov_exponents(rnn, torch.rand(300, 1), exponents=2)
        self.assertTrue(torch.allclose(found, torch.tensor([0.9, 0.7]).double().log(), atol=1e-4))
        for words, call in (("must be [T, 1]", lambda: eigenrnn.lyapunov_exponents(rnn, torch.rand(300))),
                            ("transient is 100", lambda: eigenrnn.lyapunov_exponents(rnn, torch.rand(100, 1))),
                            ("exponents is 5", lambda: eigenrnn.lyapunov_exponents(
                                rnn, torch.rand(300, 1), exponents=5))):
            with self.assertRaises(ValueError) as caught:
                call()
            self.assertIn(words, str(caught.exception))


class Results(unittest.TestCase):
    @unittest.skipUnless(importlib.util.find_spec("pandas"), "pandas is missing")
    def test_are_a_row_per_run(self):
        frame = eigenrnn.load(SOURCE / "results/cpu")
        self.assertFalse(frame.duplicated(["experiment", "key"]).any())
        shared = frame[frame.duplicated("key", keep=False)]  # runs of two experiments: the same in both
        self.assertIn("multi30k_equal_rates", set(shared["experiment"]))
        for column in ("seed", "learning_rate", "perplexity", "bleu"):
            self.assertEqual(shared.groupby("key")[column].nunique().max(), 1, column)
        self.assertTrue({"experiment", "cell", "initializer", "seed", "accuracy", "mse"} <= set(frame.columns))
        adding = eigenrnn.load(SOURCE / "results/cpu/adding")
        self.assertEqual(len(adding), (frame["experiment"] == "adding").sum())
        self.assertTrue(adding["status"].isin(["finished", "diverged"]).all())
        self.assertTrue(adding["mse"][adding["status"] == "finished"].between(0, 10).all())
        with self.assertRaises(FileNotFoundError) as caught:
            eigenrnn.load(SOURCE / "docs")
        self.assertIn("has no results", str(caught.exception))


if __name__ == "__main__":
    unittest.main()
