#pragma once
#include "cells/kernels/vector_layout.h"

// The last part of the backward pass: weight gradients from what the shards have summed up.

namespace eigenrnn::fused::EIGENRNN_ISA {

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
