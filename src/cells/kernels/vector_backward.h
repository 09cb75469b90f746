#pragma once
#include "cells/kernels/vector_offset.h"

namespace eigenrnn::fused::EIGENRNN_ISA {

/// The part of the backward pass that one slice does for one window of steps: first steps(), then,
/// when all slices of the shard have done theirs, weights(). The gradients of the gates live for a
/// window only: long enough to reach the step before, the input, and the weight gradients, in which
/// they are summed up a chunk of steps at a time while they are in the cache.
template <class Cell>
class Backward {
  using Scalar = typename Cell::Scalar;
  using L = Layout<Cell>;
  static constexpr int64_t kWidth = L::kWidth;

 public:
  Backward(const KernelCall<Scalar>& run, Slice slice, int64_t window)
      : run_(run),
        layout_(run),
        slice_(slice),
        first_(shard_begin(run.batch, slice.shard)),
        rows_(shard_begin(run.batch, slice.shard + 1) - first_),
        first_step_(window * layout_.window),
        end_step_(first_step_ + layout_.window < run.steps ? first_step_ + layout_.window
                                                           : run.steps),
        gates_(run.gates + first_ * layout_.panels * L::kStored * run.steps),
        states_(run.states + first_ * layout_.panels * layout_.states_width * (run.steps + 1)),
        hidden_sums_(run.workspace + slice.shard * layout_.sizes(run).workspace),
        input_sums_(hidden_sums_ + layout_.hidden_sums()),
        offset_sums_(layout_, input_sums_ + layout_.input_sums(), rows_),
        grad_gates_(input_sums_ + layout_.input_sums() + layout_.offset_sums(rows_)),
        carry_(grad_gates_ + layout_.window * layout_.grad_gates_size(rows_)),
        left_hidden_(carry_ + layout_.carry_size(rows_)),
        left_input_(left_hidden_ + layout_.window * rows_ * L::left_width(run.hidden)) {}

  /// The rows of the slice.
  void steps() {
    const SliceRows slice = slice_rows(run_, slice_);
    begin_ = slice.begin;
    end_ = slice.end;
    if (end_step_ == run_.steps) {
      if (slice_.index == 0) clear_sums();
      start_carry();
      clear_last_panel();
      offset_sums_.clear(begin_, end_);
    }
    for (int64_t t = end_step_ - 1; t >= first_step_; --t) {
      for_panels<Scalar>(run_.hidden,
                         [&](int64_t unit, auto width) { step<width.vectors>(t, unit); });
      if (run_.grad_input) input_gradient(t);
      offset_sums_.add(grad_gates(t, 0, 0), begin_, active(t));
      if (run_.grad_weight_hh) pack_left(t);
    }
    if (first_step_ > 0) return;
    offset_sums_.copy(run_.grad_offset, first_, begin_, end_);
    if (run_.grad_hidden0) initial_gradient();
    if (run_.grad_cell0) copy_carry(run_.grad_cell0);
  }

  /// Of the weights, the slice's part: blocks of rows of their sums.
  void weights() {
    const int64_t of_hidden = Blocks(run_.hidden + 1, L::kTileRows).count;
    const int64_t of_input = run_.indices ? 1 : Blocks(run_.inputs + 1, L::kTileRows).count;
    const int64_t blocks = layout_.panels * (of_hidden + of_input);
    const int64_t first = slice_.index * blocks / slice_.count;
    const int64_t end = (slice_.index + 1) * blocks / slice_.count;
    for (int64_t t = (end_step_ - 1) / layout_.chunk * layout_.chunk; t >= first_step_;
         t -= layout_.chunk) {
      const int64_t after = t + layout_.chunk < end_step_ ? t + layout_.chunk : end_step_;
      for (int64_t i = first; i < end; ++i) {
        const int64_t panel = i / (of_hidden + of_input), block = i % (of_hidden + of_input);
        if (block < of_hidden) {
          add_products(t, after, panel, block, run_.hidden, left_hidden_, Cell::kHiddenFirst,
                       hidden_sums_);
        } else if (run_.indices) {
          for (int64_t step = after - 1; step >= t; --step) add_indexed(step, panel);
        } else {
          add_products(t, after, panel, block - of_hidden, run_.inputs, left_input_,
                       Cell::kInputFirst, input_sums_);
        }
      }
    }
  }

 private:
  // Rows of the slice, or of the shard, that have a step `t`.
  int64_t active(int64_t t) const {
    return begin_ + active_rows(run_, first_ + begin_, end_ - begin_, t);
  }
  int64_t active_of_shard(int64_t t) const { return active_rows(run_, first_, rows_, t); }
  int64_t at(int64_t t, int64_t row) const { return t * run_.batch + first_ + row; }
  const Scalar* hidden_before(int64_t t) const {  // null: zeros
    if (t > 0) return run_.outputs + at(t - 1, 0) * run_.hidden;
    return run_.hidden0 ? run_.hidden0 + first_ * run_.hidden : nullptr;
  }
  // The first step after the window has left its gradients in the place of the window's first.
  Scalar* grad_gates(int64_t t, int64_t panel, int64_t row) const {
    const int64_t within = t - first_step_ < layout_.window ? t - first_step_ : 0;
    return grad_gates_ + ((within * layout_.panels + panel) * rows_ + row) * L::kRow;
  }
  Scalar* carry(int64_t panel, int64_t row) const {
    return carry_ + (panel * rows_ + row) * L::kUnits;
  }

  void clear_sums() {
    memset(hidden_sums_, 0,
           static_cast<size_t>(layout_.hidden_sums() + layout_.input_sums()) * sizeof(Scalar));
  }

  // What reaches c after the last step; a row takes it up where its sequence ends.
  void start_carry() {
    if (!Cell::kHasCarry) return;
    for (int64_t panel = 0; panel < layout_.panels; ++panel) {
      memset(carry(panel, begin_), 0,
             static_cast<size_t>((end_ - begin_) * L::kUnits) * sizeof(Scalar));
      if (!Cell::kHasCellState || !run_.grad_cell_final) continue;
      for (int64_t row = begin_; row < end_; ++row) {
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
    for (int64_t t = 0; t < layout_.window; ++t) {
      memset(grad_gates(first_step_ + t, last, begin_), 0,
             static_cast<size_t>((end_ - begin_) * L::kRow) * sizeof(Scalar));
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
    const StepPlaces step = places(t);
    const bool full = layout_.units_in((unit + kColumns - 1) / L::kUnits) >= L::kUnits;
    alignas(64) Scalar grad[kRows * kColumns];
    for_blocks(after - begin_, kRows, [&](int64_t offset, int64_t count) {
      const int64_t row = begin_ + offset;
      prefetch_kept(t, row, count, unit, kColumns);
      times_weights<kVectors>(t + 1, row, count, Cell::kHiddenFirst, packed, grad);
      for (int64_t i = 0; i < count; ++i) {
        const auto through = [&](auto full) __attribute__((always_inline)) {
          for (int v = 0; v < kVectors; ++v) {
            through_cell<full.value>(step, row + i, unit + v * kWidth,
                                     load(grad + i * kColumns + v * kWidth));
          }
        };
        full ? through(Full<true>()) : through(Full<false>());
      }
    });
    for (int64_t row = after; row < now; ++row) {  // sequences that end here
      for (int64_t at = unit; at < unit + kColumns; at += kWidth) {
        const Scalar* last = run_.grad_hidden_final;
        through_cell<false>(
            step, row, at,
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

  // Have a vector and its panel all of their units? Known at compile time, there are no masks.
  template <bool kFull>
  struct Full {
    static constexpr bool value = kFull;
  };

  // Where the shard's first row lies at one step. A local copy of all that through_cell() asks for:
  // of members the compiler has to assume that every store may change them.
  struct StepPlaces {
    const Scalar *grad_outputs, *outputs, *hidden_before;  // null: zeros; row, unit
    const Scalar *gates, *cell_before, *cell;              // panel, row
    Scalar *carry, *grad_gates;                            // panel, row
    int64_t hidden, rows;
  };
  StepPlaces places(int64_t t) const {
    const int64_t row = at(t, 0) * run_.hidden, kept = t * layout_.panels * rows_;
    StepPlaces at;
    at.grad_outputs = run_.grad_outputs ? run_.grad_outputs + row : nullptr;
    at.outputs = run_.outputs + row;
    at.hidden_before = hidden_before(t);
    at.gates = gates_ + kept * L::kStored;
    at.cell_before = states_ + kept * layout_.states_width;
    at.cell = at.cell_before + layout_.panels * rows_ * layout_.states_width;
    at.carry = carry_;
    at.grad_gates = grad_gates(t, 0, 0);
    at.hidden = run_.hidden;
    at.rows = rows_;
    return at;
  }

  // One vector of units of one row; `grad` is what the step after gives to its hidden state.
  template <bool kFull>
  static EIGENRNN_INLINE void through_cell(const StepPlaces& step, int64_t row, int64_t unit,
                                           Vec<Scalar> grad) {
    const int64_t panel = unit / L::kUnits, within = unit % L::kUnits;
    const int64_t place = row * step.hidden + unit, kept = panel * step.rows + row;
    const int64_t of_panel = step.hidden - panel * L::kUnits;
    BackwardRow<Scalar> at = {};
    at.units = kFull ? kWidth : step.hidden - unit;
    at.stride = kFull || of_panel > L::kUnits ? L::kUnits : of_panel;
    at.grad = grad;
    if (step.grad_outputs) at.grad += load_first(step.grad_outputs + place, at.units);
    at.hidden = step.outputs + place;
    at.hidden_before = step.hidden_before ? step.hidden_before + place : nullptr;
    at.gates = step.gates + kept * L::kStored + within;
    if constexpr (Cell::kHasCellState) {
      at.cell_before = step.cell_before + kept * L::kUnits;
      at.cell = step.cell + kept * L::kUnits;
    }
    at.carry = step.carry + kept * L::kUnits + within;
    at.grad_gates = step.grad_gates + kept * L::kRow + within;
    Cell::backward(at);
  }

  void input_gradient(int64_t t) {
    const Scalar* packed = run_.packed + layout_.hidden_backward();
    const int64_t now = active(t);
    for_panels<Scalar>(run_.inputs, [&](int64_t column, auto width) {
      constexpr int64_t kColumns = width.vectors * kWidth, kRows = tile_rows(width.vectors);
      const int64_t left = run_.inputs - column, used = left < kColumns ? left : kColumns;
      alignas(64) Scalar grad[kRows * kColumns];
      for_blocks(now - begin_, kRows, [&](int64_t offset, int64_t count) {
        const int64_t row = begin_ + offset;
        times_weights<width.vectors>(t, row, count, Cell::kInputFirst,
                                     packed + column * layout_.depth(), grad);
        for (int64_t i = 0; i < count; ++i) {
          memcpy(run_.grad_input + at(t, row + i) * run_.inputs + column, grad + i * kColumns,
                 static_cast<size_t>(used) * sizeof(Scalar));
        }
      });
    });
    memset(run_.grad_input + at(t, now) * run_.inputs, 0,
           static_cast<size_t>((end_ - now) * run_.inputs) * sizeof(Scalar));
  }

  // The state before step 0.
  void initial_gradient() {
    if (Cell::kHasCarry && !Cell::kHasCellState) {
      copy_carry(run_.grad_hidden0);
    } else {
      memset(run_.grad_hidden0 + (first_ + begin_) * run_.hidden, 0,
             static_cast<size_t>((end_ - begin_) * run_.hidden) * sizeof(Scalar));
    }
    for_panels<Scalar>(run_.hidden, [&](int64_t unit, auto width) {
      constexpr int64_t kColumns = width.vectors * kWidth, kRows = tile_rows(width.vectors);
      alignas(64) Scalar grad[kRows * kColumns];
      for_blocks(end_ - begin_, kRows, [&](int64_t offset, int64_t count) {
        const int64_t row = begin_ + offset;
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
      for (int64_t row = begin_; row < end_; ++row) {
        memcpy(to + (first_ + row) * run_.hidden + panel * L::kUnits, carry(panel, row),
               static_cast<size_t>(layout_.units_in(panel)) * sizeof(Scalar));
      }
    }
  }

  // The left operands of the weight gradients of step `t`.
  void pack_left(int64_t t) {
    const int64_t within = t - first_step_;
    pack_left(hidden_before(t), run_.hidden, active(t),
              left_hidden_ + within * rows_ * L::left_width(run_.hidden));
    if (run_.indices) return;
    pack_left(run_.input + at(t, 0) * run_.inputs, run_.inputs, active(t),
              left_input_ + within * rows_ * L::left_width(run_.inputs));
  }

  // Rows from begin_ to `end` of the left operand and a last column of ones, in blocks of kTileRows
  // columns. Where as many numbers follow, a whole block is copied, which is faster than its part
  // that counts.
  void pack_left(const Scalar* from, int64_t columns, int64_t end, Scalar* packed) const {
    int64_t block = 0;
    for_blocks(columns + 1, L::kTileRows, [&](int64_t first, int64_t count) {
      Scalar* to = packed + (block++ * rows_ + begin_) * L::kTileRows;
      const int64_t real = first + count > columns ? columns - first : count;
      int64_t whole = end;
      while (whole > begin_ &&
             (!from || (whole - 1) * columns + first + L::kTileRows > end * columns)) {
        --whole;
      }
      const auto row_of = [&](int64_t row) { return to + (row - begin_) * L::kTileRows; };
      for (int64_t row = begin_; row < whole; ++row) {
        memcpy(row_of(row), from + row * columns + first, sizeof(Scalar) * L::kTileRows);
      }
      for (int64_t row = whole; row < end; ++row) {
        for (int64_t i = 0; i < real; ++i) {
          row_of(row)[i] = from ? from[row * columns + first + i] : 0;
        }
      }
      for (int64_t row = begin_; real < count && row < end; ++row) row_of(row)[real] = 1;
    });
  }

  // Adds the steps from `t` to `end` to a block of rows of a panel's sums.
  void add_products(int64_t t, int64_t end, int64_t panel, int64_t block, int64_t columns,
                    const Scalar* left, int first_slot, Scalar* sums) const {
    constexpr int64_t kMost = 8;  // steps in a chunk
    Segment<Scalar> segments[kMost];
    const Blocks blocks(columns + 1, L::kTileRows);
    const int64_t first = blocks.first(block), count = blocks.rows(block);
    for (int64_t step = t; step < end; ++step) {
      segments[step - t] = {
          left + ((step - first_step_) * L::left_width(columns) + block * L::kTileRows) * rows_,
          L::kTileRows, grad_gates(step, panel, 0) + first_slot * layout_.units_in(panel),
          active_of_shard(step)};
    }
    Scalar* result = sums + (panel * (columns + 1) + first) * L::kColumns;
    const Scalar* start[L::kTileRows];
    for (int64_t i = 0; i < count; ++i) start[i] = result + i * L::kColumns;
    tile_of_width<Scalar, L::kVectors, Order::kColumns>(
        layout_.vectors_in(panel), count, segments, end - t, L::kRow, start, result, L::kColumns);
  }

  void add_indexed(int64_t t, int64_t panel) const {
    Scalar* sums = input_sums_ + panel * (run_.inputs + 1) * L::kColumns;
    const int64_t now = active_of_shard(t);
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
  const Slice slice_;
  const int64_t first_, rows_;           // of the shard, in the batch
  const int64_t first_step_, end_step_;  // of the window
  int64_t begin_ = 0, end_ = 0;          // of the slice, from the shard's first row
  const Scalar* const gates_;
  const Scalar* const states_;
  Scalar* const hidden_sums_;  // of this shard: panel, hidden unit or bias, column
  Scalar* const input_sums_;   // panel, input or bias, column
  const OffsetSums<Cell> offset_sums_;
  Scalar* const grad_gates_;   // step of the window, panel, row, slot
  Scalar* const carry_;        // panel, row
  Scalar* const left_hidden_;  // step of the window, block, row
  Scalar* const left_input_;
};

}  // namespace eigenrnn::fused::EIGENRNN_ISA
