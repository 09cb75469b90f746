#pragma once
#include "cells/kernels/vector_layout.h"

// What a run adds to the product of every step's input: a number for each sequence and gate.

namespace eigenrnn::fused::EIGENRNN_ISA {

/// What the input's sum starts from, for each sequence. Comes after pack_forward().
template <class Cell>
void pack_offset(const KernelCall<typename Cell::Scalar>& run, const Layout<Cell>& layout) {
  using L = Layout<Cell>;
  if (!run.offset) return;
  for (int64_t row = 0; row < run.batch; ++row) {
    const auto* offset = run.offset + row * layout.depth();
    for (int64_t panel = 0; panel < layout.panels; ++panel) {
      auto* to = run.packed + layout.input_start(row, panel);
      memcpy(to, run.packed + panel * layout.forward_panel(), sizeof(*to) * L::kColumns);
      const int64_t units = layout.units_in(panel);
      for (int slot = 0; slot < Cell::kGates; ++slot) {
        const auto* from = offset + Cell::input_gate(slot) * run.hidden + panel * L::kUnits;
        for (int64_t unit = 0; unit < units; ++unit) to[slot * units + unit] += from[unit];
      }
    }
  }
}

/// Its gradient, for the rows of one shard: the sum over steps of what reaches the input's product.
/// Does nothing where the layout has no offset.
template <class Cell>
class OffsetSums {
  using Scalar = typename Cell::Scalar;
  using L = Layout<Cell>;

 public:
  /// `sums` holds Layout::offset_sums(rows).
  OffsetSums(const L& layout, Scalar* sums, int64_t rows)
      : layout_(layout), sums_(sums), rows_(rows), panels_(layout.has_offset ? layout.panels : 0) {}

  void clear(int64_t begin, int64_t end) const {
    for (int64_t panel = 0; panel < panels_; ++panel) {
      memset(at(panel, begin), 0,
             static_cast<size_t>((end - begin) * L::kColumns) * sizeof(Scalar));
    }
  }

  /// `grad_gates` of one step lie by panel and row.
  void add(const Scalar* grad_gates, int64_t begin, int64_t end) const {
    for (int64_t panel = 0; panel < panels_; ++panel) {
      const int64_t first_slot = Cell::kInputFirst * layout_.units_in(panel);
      for (int64_t row = begin; row < end; ++row) {
        const Scalar* grad = grad_gates + (panel * rows_ + row) * L::kRow + first_slot;
        Scalar* sum = at(panel, row);
        for (int64_t i = 0; i < layout_.columns_in(panel); i += L::kWidth) {
          store(sum + i, load(sum + i) + load(grad + i));
        }
      }
    }
  }

  /// To [B, G·H], of which `first` is the shard's first row.
  void copy(Scalar* to, int64_t first, int64_t begin, int64_t end) const {
    for (int64_t panel = 0; panel < panels_; ++panel) {
      const int64_t units = layout_.units_in(panel);
      for (int64_t row = begin; row < end; ++row) {
        for (int slot = 0; slot < Cell::kGates; ++slot) {
          const int64_t gate = Cell::input_gate(slot) * layout_.hidden + panel * L::kUnits;
          memcpy(to + (first + row) * layout_.depth() + gate, at(panel, row) + slot * units,
                 static_cast<size_t>(units) * sizeof(Scalar));
        }
      }
    }
  }

 private:
  Scalar* at(int64_t panel, int64_t row) const {
    return sums_ + (panel * rows_ + row) * L::kColumns;
  }

  const L& layout_;
  Scalar* const sums_;
  const int64_t rows_, panels_;
};

}  // namespace eigenrnn::fused::EIGENRNN_ISA
