#pragma once
#include "cells/kernels/vector_layout.h"

namespace eigenrnn::fused::EIGENRNN_ISA {

/// The forward pass of one slice.
template <class Cell>
class Forward {
  using Scalar = typename Cell::Scalar;
  using L = Layout<Cell>;
  static constexpr int64_t kFewInputs = 4;

 public:
  Forward(const KernelCall<Scalar>& run, const SliceRows& slice)
      : run_(run),
        layout_(run),
        first_(slice.shard_begin),
        rows_(slice.shard_rows),
        begin_(slice.begin),
        end_(slice.end),
        gates_(run.gates + first_ * layout_.panels * L::kStored * (run.keep ? run.steps : 1)),
        states_(run.states +
                first_ * layout_.panels * layout_.states_width * (run.keep ? run.steps + 1 : 1)) {}

  void run() {
    if (Cell::kHasCellState) start_states();
    for (int64_t t = 0; t < run_.steps; ++t) step(t);
    for (int64_t row = begin_; row < end_; ++row) finish(row);
  }

 private:
  int64_t kept(int64_t t) const { return run_.keep ? t : 0; }
  Scalar* outputs(int64_t t, int64_t row) const {
    return run_.outputs + (t * run_.batch + first_ + row) * run_.hidden;
  }
  Scalar* gates(int64_t t, int64_t panel, int64_t row) const {
    return gates_ + ((kept(t) * layout_.panels + panel) * rows_ + row) * L::kStored;
  }
  Scalar* state(int64_t t, int64_t panel, int64_t row) const {
    return states_ + ((kept(t) * layout_.panels + panel) * rows_ + row) * layout_.states_width;
  }

  void start_states() {
    for (int64_t panel = 0; panel < layout_.panels; ++panel) {
      memset(state(0, panel, begin_), 0,
             static_cast<size_t>((end_ - begin_) * L::kUnits) * sizeof(Scalar));
      for (int64_t row = begin_; run_.cell0 && row < end_; ++row) {
        memcpy(state(0, panel, row), run_.cell0 + (first_ + row) * run_.hidden + panel * L::kUnits,
               static_cast<size_t>(layout_.units_in(panel)) * sizeof(Scalar));
      }
    }
  }

  void step(int64_t t) {
    const int64_t active = active_rows(run_, first_ + begin_, end_ - begin_, t);
    const int64_t ended = end_ - begin_ - active;
    const Scalar* before = t > 0          ? outputs(t - 1, 0)
                           : run_.hidden0 ? run_.hidden0 + first_ * run_.hidden
                                          : nullptr;
    for (int64_t panel = 0; panel < layout_.panels; ++panel) {
      for_blocks(active, tile_rows(layout_.vectors_in(panel)),
                 [&](int64_t row, int64_t count) { block(t, panel, begin_ + row, count, before); });
    }
    if (ended > 0) {
      memset(outputs(t, end_ - ended), 0,
             static_cast<size_t>(ended * run_.hidden) * sizeof(Scalar));
    }
  }

  // Rows `row` … `row + count` of one panel: the products, then the gates.
  void block(int64_t t, int64_t panel, int64_t row, int64_t count, const Scalar* before) {
    prefetch(gates(t, panel, row), count * L::kStored);
    prefetch(state(t + 1, panel, row), count * layout_.states_width);
    for (int64_t i = 0; i < count; ++i)
      prefetch(outputs(t, row + i) + panel * L::kUnits, L::kUnits);
    const int vectors = layout_.vectors_in(panel);
    const Scalar* packed = run_.packed + panel * layout_.forward_panel();
    const Scalar* start[kMostTileRows];  // what the input's part of the sum starts from
    for (int64_t i = 0; i < count; ++i) {
      const int64_t in_batch = first_ + row + i;
      start[i] = run_.offset    ? run_.packed + layout_.input_start(in_batch, panel)
                 : run_.indices ? packed + L::kInputWeights +
                                      run_.indices[t * run_.batch + in_batch] * L::kColumns
                                : packed;
    }
    Segment<Scalar> segments[2];
    int64_t used = 0;
    if (!run_.indices) {
      segments[used++] = {run_.input + (t * run_.batch + first_ + row) * run_.inputs, run_.inputs,
                          packed + L::kInputWeights, run_.inputs};
    }
    // Of a cell that needs the products apart, a few inputs are multiplied with the gates.
    const int64_t few =
        Cell::kSplit && !run_.indices && run_.inputs <= kFewInputs ? run_.inputs : 0;
    alignas(64) Scalar input_products[Cell::kSplit ? kMostTileRows * L::kColumns : 1];
    if (Cell::kSplit) {
      if (used > 0 && few == 0) {
        tile_of_width<Scalar, L::kVectors, Order::kRows>(
            vectors, count, segments, used, L::kColumns, start, input_products, L::kColumns);
        for (int64_t i = 0; i < count; ++i) start[i] = input_products + i * L::kColumns;
      }
      used = 0;
    }
    if (before) {
      segments[used++] = {before + row * run_.hidden, run_.hidden,
                          packed + layout_.hidden_weights(), run_.hidden};
    }
    const Scalar* hidden_start[kMostTileRows];
    for (int64_t i = 0; i < count; ++i) hidden_start[i] = packed + L::kHiddenBias;
    alignas(64) Scalar products[kMostTileRows * L::kColumns];
    tile_of_width<Scalar, L::kVectors, Order::kRows>(vectors, count, segments, used, L::kColumns,
                                                     Cell::kSplit ? hidden_start : start, products,
                                                     L::kColumns);
    const auto row_at = [&](int64_t i, int64_t units) __attribute__((always_inline)) {
      ForwardRow<Scalar> at = {};
      at.products = products + i * L::kColumns;
      at.input_products = start[i];
      at.few = few;
      at.few_inputs = few ? run_.input + (t * run_.batch + first_ + row + i) * few : nullptr;
      at.few_weights = packed + L::kInputWeights;
      at.hidden_before = before ? before + (row + i) * run_.hidden + panel * L::kUnits : nullptr;
      at.gates = gates(t, panel, row + i);
      at.cell_before = state(t, panel, row + i);
      at.cell = state(t + 1, panel, row + i);
      at.hidden = outputs(t, row + i) + panel * L::kUnits;
      at.units = units;
      return at;
    };
    if (layout_.units_in(panel) == L::kUnits) {  // known at compile time: no masks
      through_cell(
          count, [&](int64_t i) __attribute__((always_inline)) { return row_at(i, L::kUnits); });
    } else {
      through_cell(
          count, [&](int64_t i)
                     __attribute__((always_inline)) { return row_at(i, layout_.units_in(panel)); });
    }
  }

  template <class RowAt>
  static EIGENRNN_INLINE void through_cell(int64_t count, const RowAt& row_at) {
    for (int64_t i = 0; i < count; ++i) Cell::forward(row_at(i));
    if constexpr (Cell::kContinues) {
      for (int64_t i = 0; i < count; ++i) Cell::continue_forward(row_at(i));
    }
  }

  void finish(int64_t row) {
    const int64_t last = run_.lengths ? run_.lengths[first_ + row] : run_.steps;
    const int64_t to = (first_ + row) * run_.hidden;
    memcpy(run_.hidden_final + to, outputs(last - 1, row),
           static_cast<size_t>(run_.hidden) * sizeof(Scalar));
    if (!Cell::kHasCellState) return;
    for (int64_t panel = 0; panel < layout_.panels; ++panel) {
      memcpy(run_.cell_final + to + panel * L::kUnits, state(last, panel, row),
             static_cast<size_t>(layout_.units_in(panel)) * sizeof(Scalar));
    }
  }

  const KernelCall<Scalar>& run_;
  const L layout_;
  const int64_t first_, rows_;  // of the shard, in the batch
  const int64_t begin_, end_;   // of the slice, from the shard's first row
  Scalar* const gates_;
  Scalar* const states_;
};

}  // namespace eigenrnn::fused::EIGENRNN_ISA
