#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <torch/types.h>

#include "support/registry.h"

// Start here to understand, or to add, a cell: docs/adding_a_cell.md walks through it. The models,
// the initializers, the grid, the analyses and the contract test know a cell by its registration.
//
// Letters for shapes, here and in everything that includes this: T time, B batch, I input size,
// H hidden size, G gates of the cell, S the size of the state.

namespace eigenrnn {
namespace fused {
enum class CellKind;
}

/// What one step of a layer takes. The state s is h, or for a cell with a cell state (h, c) side by
/// side; the drive d = W_ih x + b_ih is all that a step takes from the input.
struct StepInput {
  torch::Tensor states;          // [B, S]
  torch::Tensor drives;          // [B, G·H]
  torch::Tensor recurrent;       // W_hh [G·H, H]
  torch::Tensor recurrent_bias;  // b_hh [G·H]

  int64_t hidden_size() const { return recurrent.size(1); }
  torch::Tensor hidden() const { return states.slice(1, 0, hidden_size()); }   // h [B, H]
  torch::Tensor cell_state() const { return states.slice(1, hidden_size()); }  // c [B, H]
  /// W_hh h + b_hh [B, G·H]
  torch::Tensor recurrent_sums() const {
    return torch::addmm(recurrent_bias, hidden(), recurrent.t());
  }
};

/// What LibTorch's sequence calls take: sequences side by side, or packed one step after the other.
struct LibtorchInput {
  torch::Tensor data;                     // [T, B, I], or packed [Σ lengths, I]
  torch::Tensor batch_sizes;              // [T] where packed, else undefined
  torch::Tensor hidden, cell;             // [1, B, H]; `cell` only for a cell with a cell state
  std::vector<torch::Tensor> parameters;  // W_ih, W_hh, b_ih, b_hh
};

struct LibtorchOutput {
  torch::Tensor outputs;       // [T, B, H], or packed [Σ lengths, H]
  torch::Tensor hidden, cell;  // [1, B, H]
};

/// φ of a cell whose state is an activation of one affine map, h' = φ(W_ih x + W_hh h + b), and
/// which without φ is a linear model.
struct Activation {
  using Elementwise = std::function<torch::Tensor(const torch::Tensor&)>;

  Elementwise value;      // φ
  Elementwise slope;      // φ′ as a function of φ's value
  Elementwise saturated;  // which of φ's values are where its slope (nearly) vanishes, as bool
};

/// A gate's name, and what figures call it: {"f", "forget gate"}.
struct GateLabel {
  std::string gate, label;
};

/// What distinguishes one recurrent cell from another.
struct Cell {
  static constexpr const char* kKind = "cell";

  std::string name;     // as in manifests: "rnn_tanh"
  std::string label;    // as in tables: "RNN (tanh)"
  std::string summary;  // the update, in a line
  /// The gates' H×H blocks in stacked weights, in their order, which is LibTorch's where it has the
  /// cell: {"h"}; {"i", "f", "g", "o"}; {"r", "z", "n"}.
  std::vector<std::string> gates;
  /// One step, s' [B, S], the definition of the cell: plain LibTorch, differentiable, in any
  /// floating type.
  std::function<torch::Tensor(const StepInput&)> step;
  /// ∂s'/∂s [B, S, S] in closed form: row i, column j is ∂s'_i/∂s_j.
  std::function<torch::Tensor(const StepInput&)> jacobian;

  // What not every cell has.
  int state_tensors = 1;         // of [B, H] that a state is made of: 2 for (h, c)
  std::string forget_gate = {};  // the gate to whose bias a manifest's forget_bias is added
  /// The gate whose value is the share of the state that a step keeps, and the one whose value is
  /// the share that it takes in, empty where that is the rest: chrono sets their biases.
  std::string keep_gate = {}, write_gate = {};
  /// All gates in the order in which figures show them; without it shown_gates() has its own.
  std::vector<GateLabel> gate_labels = {};
  std::optional<Activation> activation = {};
  /// LibTorch's own sequences; without it `step` is taken in a loop.
  std::function<LibtorchOutput(const LibtorchInput&)> libtorch = {};
  std::optional<fused::CellKind> kernel =
      {};  // our kernels on the CPU (cells/kernels/kernel_call.h)
  /// Raised when a change gives the same weights another sequence: earlier results of this cell
  /// then no longer count as finished.
  int version = 1;
  int place = 100;  // in listings and tables, where cells of the same place follow the alphabet

  int64_t gate_count() const { return static_cast<int64_t>(gates.size()); }
  bool has_cell_state() const { return state_tensors == 2; }
};

using CellRegistry = Registry<Cell>;
using CellRegistration = Registration<Cell>;

/// All that are registered, by their place. To be called after main() has started.
const std::vector<std::reference_wrapper<const Cell>>& cells();

/// Their names, in the same order.
std::vector<std::string> cell_names();

/// The names of all gates of all cells, each once, in the order of cells() and of their gates.
std::vector<std::string> gate_names();

/// A cell's gates in the order in which figures show them. Those of a cell without labels are
/// called by their names, and an only one by none: the cell's name says enough.
std::vector<GateLabel> shown_gates(const Cell& cell);

/// Those of which `recurrent` can be the stacked blocks [G·H, H]; none if it is no matrix.
std::vector<std::reference_wrapper<const Cell>> cells_fitting(const torch::Tensor& recurrent);

/// Throws Error listing the names that exist if this one does not.
const Cell& cell_named(std::string_view name);

}  // namespace eigenrnn
