#pragma once
#include "cells/kernels/vector_layout.h"

namespace eigenrnn::fused::EIGENRNN_ISA {

/// The backward pass of one shard. The gradients of the gates live for a few steps only: long
/// enough to reach the step before, the input, and the weight gradients, in which they are summed
/// up a chunk of steps at a time while they are in the cache.
template <class Cell>
class Backward {
  using Scalar = typename Cell::Scalar;
  using L = Layout<Cell>;
  static constexpr int64_t kWidth = L::kWidth;

 public:
  Backward(const KernelCall<Scalar>& run, int64_t shard)
      : run_(run),
        layout_(run),
        first_(shard_begin(run.batch, shard)),
        rows_(shard_begin(run.batch, shard + 1) - first_),
        gates_(run.gates + first_ * layout_.panels * L::kStored * run.steps),
        states_(run.states + first_ * layout_.panels * layout_.states_width * (run.steps + 1)),
        hidden_sums_(run.workspace + shard * layout_.sizes(run).workspace),
        input_sums_(hidden_sums_ + layout_.hidden_sums()),
        grad_gates_(input_sums_ + layout_.input_sums()),
        carry_(grad_gates_ + layout_.chunk * layout_.grad_gates_size(rows_)),
        left_hidden_(carry_ + layout_.carry_size(rows_)),
        left_input_(left_hidden_ + layout_.chunk * rows_ * L::left_width(run.hidden)) {}

  void run() {
    memset(hidden_sums_, 0,
           static_cast<size_t>(layout_.hidden_sums() + layout_.input_sums()) * sizeof(Scalar));
    start_carry();
    clear_last_panel();
    for (int64_t t = run_.steps - 1; t >= 0; --t) {
      for_panels<Scalar>(run_.hidden,
                         [&](int64_t unit, auto width) { step<width.vectors>(t, unit); });
      if (run_.grad_input) input_gradient(t);
      if (run_.grad_weight_hh && t % layout_.chunk == 0) weight_gradients(t);
    }
    if (run_.grad_hidden0) initial_gradient();
    if (run_.grad_cell0) copy_carry(run_.grad_cell0);
  }

 private:
  int64_t active(int64_t t) const { return active_rows(run_, first_, rows_, t); }
  int64_t at(int64_t t, int64_t row) const { return t * run_.batch + first_ + row; }
  const Scalar* hidden_before(int64_t t) const {  // null: zeros
    if (t > 0) return run_.outputs + at(t - 1, 0) * run_.hidden;
    return run_.hidden0 ? run_.hidden0 + first_ * run_.hidden : nullptr;
  }
  Scalar* grad_gates(int64_t t, int64_t panel, int64_t row) const {
    return grad_gates_ + ((t % layout_.chunk * layout_.panels + panel) * rows_ + row) * L::kRow;
  }
  Scalar* carry(int64_t panel, int64_t row) const {
    return carry_ + (panel * rows_ + row) * L::kUnits;
  }

  // What reaches c after the last step; a row takes it up where its sequence ends.
  void start_carry() {
    if (!Cell::kHasCarry) return;
    memset(carry_, 0, static_cast<size_t>(layout_.carry_size(rows_)) * sizeof(Scalar));
    if (!Cell::kHasCellState || !run_.grad_cell_final) return;
    for (int64_t panel = 0; panel < layout_.panels; ++panel) {
      for (int64_t row = 0; row < rows_; ++row) {
        memcpy(carry(panel, row),
               run_.grad_cell_final + (first_ + row) * run_.hidden + panel * L::kUnits,
               static_cast<size_t>(layout_.units_in(panel)) * sizeof(Scalar));
      }
    }
  }

  // Products read whole vectors, so also what lies behind the gradients of a panel with fewer
  // units; nobody reads what comes of it, but numbers that happen to lie there may be slow to
  // multiply.
  void clear_last_panel() {
    const int64_t last = layout_.panels - 1;
    if (layout_.units_in(last) == L::kUnits) return;
    for (int64_t t = 0; t < layout_.chunk; ++t) {
      memset(grad_gates(t, last, 0), 0, static_cast<size_t>(rows_ * L::kRow) * sizeof(Scalar));
    }
  }

  // Gradients of gates at step `t`, rows `row` … `row + count`, times packed weights.
  template <int kVectors>
  void times_weights(int64_t t, int64_t row, int64_t count, int first_slot, const Scalar* packed,
                     Scalar* result) const {
    constexpr int64_t kMost = 16;
    Segment<Scalar> segments[kMost];
    const Scalar* start[kMostTileRows];
    for (int64_t i = 0; i < count; ++i) start[i] = result + i * kVectors * kWidth;
    for (int64_t done = 0; done < layout_.panels; done += kMost) {
      const int64_t now = layout_.panels - done < kMost ? layout_.panels - done : kMost;
      for (int64_t i = 0; i < now; ++i) {
        const int64_t panel = done + i;
        segments[i] = {grad_gates(t, panel, row) + first_slot * layout_.units_in(panel), L::kRow,
                       packed + panel * L::kColumns * kVectors * kWidth, layout_.columns_in(panel)};
      }
      any_tile<Scalar, kVectors, Order::kRowsAlike>(count, segments, now, kVectors * kWidth,
                                                    done == 0 ? nullptr : start, result,
                                                    kVectors * kWidth);
    }
  }

  // The hidden units of one panel, from `unit` on.
  template <int kVectors>
  void step(int64_t t, int64_t unit) {
    constexpr int64_t kColumns = kVectors * kWidth, kRows = tile_rows(kVectors);
    const int64_t now = active(t), after = active(t + 1);
    const Scalar* packed = run_.packed + unit * layout_.depth();
    alignas(64) Scalar grad[kRows * kColumns];
    for_blocks(after, kRows, [&](int64_t row, int64_t count) {
      prefetch_kept(t, row, count, unit, kColumns);
      times_weights<kVectors>(t + 1, row, count, Cell::kHiddenFirst, packed, grad);
      for (int64_t i = 0; i < count; ++i) {
        for (int v = 0; v < kVectors; ++v) {
          through_cell(t, row + i, unit + v * kWidth, load(grad + i * kColumns + v * kWidth));
        }
      }
    });
    for (int64_t row = after; row < now; ++row) {  // sequences that end here
      for (int64_t at = unit; at < unit + kColumns; at += kWidth) {
        const Scalar* last = run_.grad_hidden_final;
        through_cell(t, row, at,
                     last ? load_first(last + (first_ + row) * run_.hidden + at, run_.hidden - at)
                          : Vec<Scalar>{});
      }
    }
  }

  // What through_cell will read of these rows and units.
  void prefetch_kept(int64_t t, int64_t row, int64_t count, int64_t unit, int64_t columns) const {
    for (int64_t at = unit; at < unit + columns; at += L::kUnits) {
      const int64_t place = (t * layout_.panels + at / L::kUnits) * rows_ + row;
      prefetch(gates_ + place * L::kStored, count * L::kStored);
      prefetch(states_ + place * layout_.states_width, count * layout_.states_width);
    }
    for (int64_t i = 0; i < count; ++i) {
      const int64_t place = at(t, row + i) * run_.hidden + unit;
      if (run_.grad_outputs) prefetch(run_.grad_outputs + place, columns);
      if (t > 0) prefetch(hidden_before(t) + (row + i) * run_.hidden + unit, columns);
    }
  }

  // One vector of units of one row; `grad` is what the step after gives to its hidden state.
  EIGENRNN_INLINE void through_cell(int64_t t, int64_t row, int64_t unit, Vec<Scalar> grad) {
    const int64_t panel = unit / L::kUnits, within = unit % L::kUnits;
    const int64_t place = at(t, row) * run_.hidden + unit;
    BackwardRow<Scalar> at = {};
    at.units = run_.hidden - unit;
    at.stride = layout_.units_in(panel);
    at.grad = grad;
    if (run_.grad_outputs) at.grad += load_first(run_.grad_outputs + place, at.units);
    at.hidden = run_.outputs + place;
    const Scalar* before = hidden_before(t);
    at.hidden_before = before ? before + row * run_.hidden + unit : nullptr;
    const int64_t kept = (t * layout_.panels + panel) * rows_ + row;
    if constexpr (L::kStored > 0) at.gates = gates_ + kept * L::kStored + within;
    if constexpr (Cell::kHasCellState) {
      at.cell_before = states_ + kept * layout_.states_width;
      at.cell = at.cell_before + layout_.panels * rows_ * layout_.states_width;
    }
    at.carry = carry(panel, row) + within;
    at.grad_gates = grad_gates(t, panel, row) + within;
    Cell::backward(at);
  }

  void input_gradient(int64_t t) {
    const Scalar* packed = run_.packed + layout_.hidden_backward();
    const int64_t now = active(t);
    for_panels<Scalar>(run_.inputs, [&](int64_t column, auto width) {
      constexpr int64_t kColumns = width.vectors * kWidth, kRows = tile_rows(width.vectors);
      const int64_t left = run_.inputs - column, used = left < kColumns ? left : kColumns;
      alignas(64) Scalar grad[kRows * kColumns];
      for_blocks(now, kRows, [&](int64_t row, int64_t count) {
        times_weights<width.vectors>(t, row, count, Cell::kInputFirst,
                                     packed + column * layout_.depth(), grad);
        for (int64_t i = 0; i < count; ++i) {
          memcpy(run_.grad_input + at(t, row + i) * run_.inputs + column, grad + i * kColumns,
                 static_cast<size_t>(used) * sizeof(Scalar));
        }
      });
    });
    memset(run_.grad_input + at(t, now) * run_.inputs, 0,
           static_cast<size_t>((rows_ - now) * run_.inputs) * sizeof(Scalar));
  }

  // The state before step 0.
  void initial_gradient() {
    if (Cell::kHasCarry && !Cell::kHasCellState) {
      copy_carry(run_.grad_hidden0);
    } else {
      memset(run_.grad_hidden0 + first_ * run_.hidden, 0,
             static_cast<size_t>(rows_ * run_.hidden) * sizeof(Scalar));
    }
    for_panels<Scalar>(run_.hidden, [&](int64_t unit, auto width) {
      constexpr int64_t kColumns = width.vectors * kWidth, kRows = tile_rows(width.vectors);
      alignas(64) Scalar grad[kRows * kColumns];
      for_blocks(rows_, kRows, [&](int64_t row, int64_t count) {
        times_weights<width.vectors>(0, row, count, Cell::kHiddenFirst,
                                     run_.packed + unit * layout_.depth(), grad);
        for (int64_t i = 0; i < count; ++i) {
          Scalar* to = run_.grad_hidden0 + (first_ + row + i) * run_.hidden;
          for (int64_t at = 0; at < kColumns && unit + at < run_.hidden; ++at) {
            to[unit + at] += grad[i * kColumns + at];
          }
        }
      });
    });
  }

  void copy_carry(Scalar* to) const {
    for (int64_t panel = 0; panel < layout_.panels; ++panel) {
      for (int64_t row = 0; row < rows_; ++row) {
        memcpy(to + (first_ + row) * run_.hidden + panel * L::kUnits, carry(panel, row),
               static_cast<size_t>(layout_.units_in(panel)) * sizeof(Scalar));
      }
    }
  }

  // Adds the steps of the chunk that begins at `t`.
  void weight_gradients(int64_t t) {
    const int64_t end = t + layout_.chunk < run_.steps ? t + layout_.chunk : run_.steps;
    for (int64_t step = t; step < end; ++step) {
      pack_left(hidden_before(step), run_.hidden, active(step),
                left_hidden_ + (step - t) * rows_ * L::left_width(run_.hidden));
      if (!run_.indices) {
        pack_left(run_.input + at(step, 0) * run_.inputs, run_.inputs, active(step),
                  left_input_ + (step - t) * rows_ * L::left_width(run_.inputs));
      }
    }
    for (int64_t panel = 0; panel < layout_.panels; ++panel) {
      add_products(t, end, panel, run_.hidden, left_hidden_, Cell::kHiddenFirst, hidden_sums_);
      if (run_.indices) {
        for (int64_t step = end - 1; step >= t; --step) add_indexed(step, panel);
      } else {
        add_products(t, end, panel, run_.inputs, left_input_, Cell::kInputFirst, input_sums_);
      }
    }
  }

  // Rows of the left operand and a last column of ones, in blocks of kTileRows columns.
  void pack_left(const Scalar* from, int64_t columns, int64_t rows, Scalar* packed) const {
    int64_t block = 0;
    for_blocks(columns + 1, L::kTileRows, [&](int64_t first, int64_t count) {
      Scalar* to = packed + block++ * rows_ * L::kTileRows;
      const int64_t real = first + count > columns ? columns - first : count;
      for (int64_t row = 0; row < rows; ++row, to += L::kTileRows) {
        for (int64_t i = 0; i < real; ++i) to[i] = from ? from[row * columns + first + i] : 0;
        if (real < count) to[real] = 1;
      }
    });
  }

  void add_products(int64_t t, int64_t end, int64_t panel, int64_t columns, const Scalar* left,
                    int first_slot, Scalar* sums) const {
    constexpr int64_t kMost = 8;  // steps in a chunk
    Segment<Scalar> segments[kMost];
    int64_t block = 0;
    for_blocks(columns + 1, L::kTileRows, [&](int64_t first, int64_t count) {
      for (int64_t step = t; step < end; ++step) {
        segments[step - t] = {
            left + ((step - t) * L::left_width(columns) + block * L::kTileRows) * rows_,
            L::kTileRows, grad_gates(step, panel, 0) + first_slot * layout_.units_in(panel),
            active(step)};
      }
      ++block;
      Scalar* result = sums + (panel * (columns + 1) + first) * L::kColumns;
      const Scalar* start[L::kTileRows];
      for (int64_t i = 0; i < count; ++i) start[i] = result + i * L::kColumns;
      tile_of_width<Scalar, L::kVectors, Order::kColumns>(
          layout_.vectors_in(panel), count, segments, end - t, L::kRow, start, result, L::kColumns);
    });
  }

  void add_indexed(int64_t t, int64_t panel) const {
    Scalar* sums = input_sums_ + panel * (run_.inputs + 1) * L::kColumns;
    const int64_t now = active(t);
    for (int64_t row = 0; row < now; ++row) {
      const Scalar* grad = grad_gates(t, panel, row) + Cell::kInputFirst * layout_.units_in(panel);
      Scalar* sum = sums + run_.indices[at(t, row)] * L::kColumns;
      for (int64_t i = 0; i < layout_.columns_in(panel); i += kWidth) {
        store(sum + i, load(sum + i) + load(grad + i));
      }
    }
  }

  const KernelCall<Scalar>& run_;
  const L layout_;
  const int64_t first_, rows_;  // of the batch
  const Scalar* const gates_;
  const Scalar* const states_;
  Scalar* const hidden_sums_;  // of this shard: panel, hidden unit or bias, column
  Scalar* const input_sums_;   // panel, input or bias, column
  Scalar* const grad_gates_;   // step of the chunk, panel, row, slot
  Scalar* const carry_;        // panel, row
  Scalar* const left_hidden_;  // step of the chunk, block, row
  Scalar* const left_input_;
};

/// Weight gradients [G·H, columns] and bias from the shards' sums; the first shard's are used up.
template <class Cell, class GateOf>
void collect_sums(const KernelCall<typename Cell::Scalar>& run, const Layout<Cell>& layout,
                  typename Cell::Scalar* sums, int64_t columns, const GateOf& gate_of, bool one_hot,
                  typename Cell::Scalar* weight, typename Cell::Scalar* bias) {
  using Scalar = typename Cell::Scalar;
  using L = Layout<Cell>;
  const int64_t size = layout.panels * (columns + 1) * L::kColumns;
  const int64_t shard_size = layout.sizes(run).workspace;
  for (int64_t shard = 1; shard < shard_count(run.batch); ++shard) {
    for (int64_t i = 0; i < size; ++i) sums[i] += sums[shard * shard_size + i];
  }
  for (int64_t panel = 0; panel < layout.panels; ++panel) {
    const int64_t units = layout.units_in(panel);
    for (int slot = 0; slot < Cell::kGates; ++slot) {
      for (int64_t unit = 0; unit < units; ++unit) {
        const int64_t to = gate_of(slot) * run.hidden + panel * L::kUnits + unit;
        const Scalar* from = sums + panel * (columns + 1) * L::kColumns + slot * units + unit;
        for (int64_t k = 0; k < columns; ++k) weight[to * columns + k] = from[k * L::kColumns];
        bias[to] = from[columns * L::kColumns];
        // An index has no column of ones: every step adds to exactly one of the sums.
        for (int64_t k = 0; one_hot && k < columns; ++k) bias[to] += from[k * L::kColumns];
      }
    }
  }
}

template <class Cell>
void collect(const KernelCall<typename Cell::Scalar>& run) {
  const Layout<Cell> layout(run);
  collect_sums<Cell>(run, layout, run.workspace, run.hidden, Cell::hidden_gate, false,
                     run.grad_weight_hh, run.grad_bias_hh);
  collect_sums<Cell>(run, layout, run.workspace + layout.hidden_sums(), run.inputs,
                     Cell::input_gate, run.indices != nullptr, run.grad_weight_ih,
                     run.grad_bias_ih);
}

}  // namespace eigenrnn::fused::EIGENRNN_ISA
