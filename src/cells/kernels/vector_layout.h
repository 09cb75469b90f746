#pragma once
#include "cells/kernels/kernel_call.h"
#include "cells/kernels/vector_cells.h"

// Where things lie in the buffers of a run, and the packing of its weights.

namespace eigenrnn::fused::EIGENRNN_ISA {

EIGENRNN_INLINE int64_t round_up(int64_t n, int64_t unit) { return (n + unit - 1) / unit * unit; }

/// Sequences of the shard that have a step `t`: its first rows, since lengths fall.
template <class Scalar>
EIGENRNN_INLINE int64_t active_rows(const KernelCall<Scalar>& run, int64_t first, int64_t rows,
                                    int64_t t) {
  if (t >= run.steps) return 0;
  if (!run.lengths) return rows;
  while (rows > 0 && run.lengths[first + rows - 1] <= t) --rows;
  return rows;
}

/// Rows of the batch that a slice takes.
struct SliceRows {
  int64_t shard_begin, shard_rows;
  int64_t begin, end;  // from the first of the shard
};

/// Slices of a shard have nearly the same number of steps to take, over all their rows.
template <class Scalar>
SliceRows slice_rows(const KernelCall<Scalar>& run, Slice slice) {
  SliceRows rows;
  rows.shard_begin = shard_begin(run.batch, slice.shard);
  rows.shard_rows = shard_begin(run.batch, slice.shard + 1) - rows.shard_begin;
  rows.begin = 0;
  rows.end = rows.shard_rows;
  if (slice.count == 1) return rows;
  const auto length = [&](int64_t row) {
    return run.lengths ? run.lengths[rows.shard_begin + row] : run.steps;
  };
  int64_t all = 0;
  for (int64_t row = 0; row < rows.shard_rows; ++row) all += length(row);
  const auto boundary = [&](int64_t index) {
    int64_t row = 0;
    for (int64_t sum = 0; row < rows.shard_rows && sum * slice.count < index * all; ++row) {
      sum += length(row);
    }
    return row;
  };
  rows.begin = boundary(slice.index);
  rows.end = boundary(slice.index + 1);
  return rows;
}

/// Calls visit(first column, Width<vectors>) for the panels of a product's result that is
/// `columns` wide: two vectors each, and three for the last of an odd number: a panel of one has
/// too few products for each number that it loads.
template <int kVectors>
struct Width {
  static constexpr int vectors = kVectors;
};
template <class Scalar, class Visit>
EIGENRNN_INLINE void for_panels(int64_t columns, const Visit& visit) {
  constexpr int64_t kWidth = kLanes<Scalar>;
  int64_t first = 0, left = (columns + kWidth - 1) / kWidth;
  for (; left > 3 || left == 2; left -= 2, first += 2 * kWidth) visit(first, Width<2>());
  if (left == 3) visit(first, Width<3>());
  if (left == 1) visit(first, Width<1>());
}

template <class Cell>
struct Layout {
  using Scalar = typename Cell::Scalar;
  static constexpr int64_t kWidth = kLanes<Scalar>;
  static constexpr int64_t kUnits = Cell::kPanel * kWidth;    // of a panel
  static constexpr int64_t kColumns = Cell::kGates * kUnits;  // of a full panel, for one product
  static constexpr int64_t kRow = Cell::kSlots * kUnits;      // of a panel, gradients of gates
  static constexpr int64_t kStored = Cell::kStoredSlots * kUnits;
  static constexpr int kVectors = Cell::kGates * Cell::kPanel;
  static constexpr int64_t kTileRows = tile_rows(kVectors);

  int64_t inputs, hidden, panels, states_width, chunk, window;
  bool has_offset;

  explicit Layout(const KernelCall<Scalar>& run)
      : inputs(run.inputs),
        hidden(run.hidden),
        panels((run.hidden + kUnits - 1) / kUnits),
        states_width(Cell::kHasCellState ? kUnits : 0),
        // Steps whose gradients of gates go into the weight gradients at once.
        chunk(run.hidden <= 256 ? 4 : 8),
        has_offset(run.offset || run.grad_offset) {
    if (chunk > run.steps) chunk = run.steps < 2 ? 2 : run.steps;
    window = run.window > 0 ? run.window : chunk;
  }

  /// Steps whose gradients of gates are kept, whole chunks: one, which then is still in the cache;
  /// where threads meet between steps and weights, as many as a cache holds.
  int64_t choose_window(const KernelCall<Scalar>& run) const {
    if (run.slices == 1) return chunk;
    constexpr int64_t kCache = int64_t{1} << 20;
    const int64_t step = step_size(rows_most(run)) * int64_t{sizeof(Scalar)};
    const int64_t most = (run.steps + chunk - 1) / chunk, fit = kCache / (chunk * step);
    return chunk * (fit < 1 ? 1 : fit < most ? fit : most);
  }

  /// Units of a panel that exist. In products and gradients of gates the slots of a panel lie so
  /// far apart.
  int64_t units_in(int64_t panel) const {
    const int64_t left = hidden - panel * kUnits;
    return left < kUnits ? left : kUnits;
  }
  int64_t columns_in(int64_t panel) const { return Cell::kGates * units_in(panel); }
  int vectors_in(int64_t panel) const {
    return static_cast<int>((columns_in(panel) + kWidth - 1) / kWidth);
  }

  // Forward weights, by panel: bias, bias of the hidden product, W_ihᵀ, W_hhᵀ.
  int64_t forward_panel() const { return (2 + inputs + hidden) * kColumns; }
  static constexpr int64_t kHiddenBias = kColumns, kInputWeights = 2 * kColumns;
  int64_t hidden_weights() const { return (2 + inputs) * kColumns; }
  // Behind them, by row of the batch and panel: bias and offset, which the input's sum starts from.
  int64_t input_start(int64_t row, int64_t panel) const {
    return panels * forward_panel() + (row * panels + panel) * kColumns;
  }

  // Backward weights: W_hh by vectors of units, then W_ih by vectors of inputs. The inner
  // dimension runs over panels and their columns.
  int64_t depth() const { return Cell::kGates * hidden; }
  int64_t hidden_backward() const { return round_up(hidden, kWidth) * depth(); }
  int64_t input_backward() const { return round_up(inputs, kWidth) * depth(); }

  // The workspace of a shard in the backward pass. Left operands of the weight gradients have a
  // last column of ones, which yields the bias; its blocks are padded to kTileRows columns.
  static int64_t left_width(int64_t columns) {
    return (columns + 1 + kTileRows - 1) / kTileRows * kTileRows;
  }
  int64_t rows_most(const KernelCall<Scalar>& run) const {
    return run.batch < kShardRows ? run.batch : kShardRows;
  }
  int64_t grad_gates_size(int64_t rows) const { return panels * rows * kRow; }  // of a step
  int64_t carry_size(int64_t rows) const { return panels * rows * kUnits; }
  int64_t offset_sums(int64_t rows) const { return has_offset ? panels * rows * kColumns : 0; }
  int64_t hidden_sums() const { return panels * (hidden + 1) * kColumns; }
  int64_t input_sums() const { return panels * (inputs + 1) * kColumns; }
  // What a step leaves for the weight gradients.
  int64_t step_size(int64_t rows) const {
    return grad_gates_size(rows) + rows * (left_width(hidden) + left_width(inputs));
  }
  int64_t workspace(int64_t rows) const {
    return hidden_sums() + input_sums() + offset_sums(rows) + carry_size(rows) +
           window * step_size(rows);
  }

  Sizes sizes(const KernelCall<Scalar>& run) const {
    Sizes sizes;
    sizes.gates = (run.keep ? run.steps : 1) * run.batch * panels * kStored;
    sizes.states = (run.keep ? run.steps + 1 : 1) * run.batch * panels * states_width;
    sizes.packed_forward = has_offset ? input_start(run.batch, 0) : panels * forward_panel();
    sizes.packed_backward = hidden_backward() + (run.grad_input ? input_backward() : 0);
    sizes.workspace = round_up(workspace(rows_most(run)), 64 / sizeof(Scalar));
    return sizes;
  }
};

template <class Cell>
void pack_forward(const KernelCall<typename Cell::Scalar>& run) {
  using Scalar = typename Cell::Scalar;
  using L = Layout<Cell>;
  const L layout(run);
  memset(run.packed, 0,
         static_cast<size_t>(layout.panels * layout.forward_panel()) * sizeof(Scalar));
  for (int64_t panel = 0; panel < layout.panels; ++panel) {
    Scalar* bias = run.packed + panel * layout.forward_panel();
    Scalar* hidden_bias = bias + L::kHiddenBias;
    Scalar* input = bias + L::kInputWeights;
    Scalar* hidden = bias + layout.hidden_weights();
    const int64_t units = layout.units_in(panel);
    for (int slot = 0; slot < Cell::kGates; ++slot) {
      for (int64_t unit = 0; unit < units; ++unit) {
        const int64_t column = slot * units + unit;
        const int64_t from = panel * L::kUnits + unit;
        const int64_t x = Cell::input_gate(slot) * run.hidden + from;
        const int64_t h = Cell::hidden_gate(slot) * run.hidden + from;
        bias[column] = Cell::kSplit ? run.bias_ih[x] : run.bias_ih[x] + run.bias_hh[h];
        hidden_bias[column] = run.bias_hh[h];
        // One-hot inputs look their row up instead of multiplying, so it holds the bias.
        const Scalar add = run.indices ? bias[column] : 0;
        for (int64_t k = 0; k < run.inputs; ++k) {
          input[k * L::kColumns + column] = run.weight_ih[x * run.inputs + k] + add;
        }
        for (int64_t k = 0; k < run.hidden; ++k) {
          hidden[k * L::kColumns + column] = run.weight_hh[h * run.hidden + k];
        }
      }
    }
  }
}

/// Packs weights [G·H, columns] for the product gradients · weights, in the panels of for_panels().
template <class Cell, class GateOf>
void pack_transposed(const Layout<Cell>& layout, const typename Cell::Scalar* weights,
                     int64_t columns, const GateOf& gate_of, typename Cell::Scalar* packed) {
  using Scalar = typename Cell::Scalar;
  using L = Layout<Cell>;
  memset(packed, 0,
         static_cast<size_t>(round_up(columns, L::kWidth) * layout.depth()) * sizeof(Scalar));
  for (int64_t panel = 0; panel < layout.panels; ++panel) {
    const int64_t units = layout.units_in(panel);
    for (int slot = 0; slot < Cell::kGates; ++slot) {
      for (int64_t unit = 0; unit < units; ++unit) {
        const Scalar* row =
            weights + (gate_of(slot) * layout.hidden + panel * L::kUnits + unit) * columns;
        const int64_t k = panel * L::kColumns + slot * units + unit;
        for_panels<Scalar>(columns, [&](int64_t first, auto panel_width) {
          constexpr int64_t kMost = panel_width.vectors * L::kWidth;
          const int64_t count = columns - first < kMost ? columns - first : kMost;
          memcpy(packed + first * layout.depth() + k * kMost, row + first,
                 static_cast<size_t>(count) * sizeof(Scalar));
        });
      }
    }
  }
}

template <class Cell>
void pack_backward(const KernelCall<typename Cell::Scalar>& run) {
  const Layout<Cell> layout(run);
  pack_transposed<Cell>(layout, run.weight_hh, run.hidden, Cell::hidden_gate, run.packed);
  if (run.grad_input) {
    pack_transposed<Cell>(layout, run.weight_ih, run.inputs, Cell::input_gate,
                          run.packed + layout.hidden_backward());
  }
}

}  // namespace eigenrnn::fused::EIGENRNN_ISA
