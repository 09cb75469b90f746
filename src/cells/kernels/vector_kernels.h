#pragma once
#include "cells/kernels/vector_backward.h"
#include "cells/kernels/vector_collect.h"
#include "cells/kernels/vector_forward.h"

// The table of an instruction set's kernels.

namespace eigenrnn::fused::EIGENRNN_ISA {

/// Calls visit(cell) with an object of the class of the run's cell.
template <class Scalar, class Visit>
auto with_cell(const KernelCall<Scalar>& run, const Visit& visit) {
  switch (run.kind) {
    case CellKind::kLstm:
      return visit(LstmCell<Scalar>());
    case CellKind::kGru:
      return visit(GruCell<Scalar>());
    case CellKind::kRnnRelu:
      return visit(RnnCell<Scalar, true>());
    case CellKind::kRnnTanh:
      return visit(RnnCell<Scalar, false>());
  }
  __builtin_trap();  // kernel_run.cpp lets no other kind through
}

template <class Scalar>
Kernels<Scalar> kernels() {
  using R = const KernelCall<Scalar>&;
  Kernels<Scalar> table;
  table.sizes = [](R run) {
    return with_cell(run, [&](auto cell) { return Layout<decltype(cell)>(run).sizes(run); });
  };
  table.pack_forward = [](R run) {
    with_cell(run, [&](auto cell) {
      pack_forward<decltype(cell)>(run);
      pack_offset<decltype(cell)>(run, Layout<decltype(cell)>(run));
    });
  };
  table.pack_backward = [](R run) {
    with_cell(run, [&](auto cell) { pack_backward<decltype(cell)>(run); });
  };
  table.forward = [](R run, Slice slice) {
    with_cell(run, [&](auto cell) { Forward<decltype(cell)>(run, slice_rows(run, slice)).run(); });
  };
  table.choose_window = [](R run) {
    return with_cell(run,
                     [&](auto cell) { return Layout<decltype(cell)>(run).choose_window(run); });
  };
  table.backward_steps = [](R run, Slice slice, int64_t window) {
    with_cell(run, [&](auto cell) { Backward<decltype(cell)>(run, slice, window).steps(); });
  };
  table.backward_weights = [](R run, Slice slice, int64_t window) {
    with_cell(run, [&](auto cell) { Backward<decltype(cell)>(run, slice, window).weights(); });
  };
  table.collect = [](R run) { with_cell(run, [&](auto cell) { collect<decltype(cell)>(run); }); };
  table.tanh = [](const Scalar* x, Scalar* y, int64_t count) {
    for (int64_t i = 0; i < count; i += kLanes<Scalar>) {
      store_first(y + i, vector_tanh<Scalar>(load_first(x + i, count - i)), count - i);
    }
  };
  table.sigmoid = [](const Scalar* x, Scalar* y, int64_t count) {
    for (int64_t i = 0; i < count; i += kLanes<Scalar>) {
      store_first(y + i, vector_sigmoid<Scalar>(load_first(x + i, count - i)), count - i);
    }
  };
  return table;
}

inline const InstructionSet* instructions(const char* name) {
  static const InstructionSet set = {name, kernels<float>(), kernels<double>()};
  return &set;
}

}  // namespace eigenrnn::fused::EIGENRNN_ISA
