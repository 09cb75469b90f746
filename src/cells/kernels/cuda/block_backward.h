#pragma once
#include "cells/kernels/cuda/block_product.h"

namespace eigenrnn::cuda {

template <class S>
using BackwardProduct = ProductShape<1, S::kGates * S::kHidden, 4, S::kRows, S::kKeptBackward>;

template <class S>
struct BackwardThread {
  Place place;
  Part<BackwardProduct<S>> part;
  float grad_hidden;  // of the state after the step to come, through what follows it
  float carry;        // of c (LSTM), or of h past W_hh (GRU)
  // Of the step to come.
  float gates[4], cell, cell_before, hidden, hidden_before, grad_output;
};

// What the step to come reads, asked for before it is needed.
template <class S>
void fetch(BackwardThread<S>& thread, const Call& call, int step) {
  const Place& p = thread.place;
  if (!p.owns || step < 0 || step >= p.length) return;
  const Index at = Index(step) * call.batch + p.sequence;
  const auto before = [&](const float* steps, const float* initial) {
    if (step > 0) return steps[(at - call.batch) * S::kHidden + p.unit];
    return initial == nullptr ? 0.0F : initial[Index(p.sequence) * S::kHidden + p.unit];
  };
  thread.grad_output =
      call.grad_outputs == nullptr ? 0 : call.grad_outputs[at * S::kHidden + p.unit];
  if constexpr (S::kGates == 1) {
    thread.hidden = call.outputs[at * S::kHidden + p.unit];
  } else {
    EIGENRNN_UNROLL
    for (int slot = 0; slot < 4; ++slot) {
      thread.gates[slot] = call.gates[(at * 4 + slot) * S::kHidden + p.unit];
    }
  }
  if constexpr (S::kHasCell) {
    thread.cell = call.cells[at * S::kHidden + p.unit];
    thread.cell_before = before(call.cells, call.cell0);
  }
  if constexpr (S::kCell == kGru) thread.hidden_before = before(call.outputs, call.hidden0);
}

// The gradients of what the gates take in, of one unit of one sequence.
template <class S>
void step_back(BackwardThread<S>& thread, float* grads) {
  const float grad = thread.grad_hidden + thread.grad_output;
  if constexpr (S::kCell == kRnnTanh) {
    grads[0] = grad * (1 - thread.hidden * thread.hidden);
  } else if constexpr (S::kCell == kRnnRelu) {
    grads[0] = thread.hidden <= 0 ? 0 : grad;
  } else if constexpr (S::kCell == kLstm) {
    const float i = thread.gates[0], f = thread.gates[1], g = thread.gates[2], o = thread.gates[3];
    const float tanh_cell = tanhf(thread.cell);
    const float grad_cell = thread.carry + grad * o * (1 - tanh_cell * tanh_cell);
    grads[0] = grad_cell * g * i * (1 - i);
    grads[1] = grad_cell * thread.cell_before * f * (1 - f);
    grads[2] = grad_cell * i * (1 - g * g);
    grads[3] = grad * tanh_cell * o * (1 - o);
    thread.carry = grad_cell * f;
  } else {
    const float r = thread.gates[0], z = thread.gates[1], n = thread.gates[2], a = thread.gates[3];
    const float grad_n = grad * (1 - z) * (1 - n * n);
    grads[0] = grad_n * a * r * (1 - r);
    grads[1] = grad * (thread.hidden_before - n) * z * (1 - z);
    grads[2] = grad_n * r;
    grads[3] = grad_n;
    thread.carry = grad * z;
  }
}

template <class S>
struct Backward {
  using Thread = BackwardThread<S>;
  using Product = BackwardProduct<S>;

  template <class Block>
  static void run(Block& block, const Call& call) {
    float* vectors = block.shared();
    const Four* shared = begin_all<Backward, S>(block, call);
    for (int step = call.steps - 1; step >= 0; --step) {
      float* grads = vectors + step % 2 * Product::kRows * Product::kPadded;
      block.each([&](Thread& thread) { begin_step(thread, call, step, grads); });
      block.sync();
      block.each([&](Thread& thread) {
        multiply(thread.part, grads, shared, thread.place.thread, S::kThreads);
      });
      add_up<Product>(block, [](Thread& thread) { return thread.part.sums; });
      block.each([&](Thread& thread) {
        if (step >= thread.place.length) return;
        thread.grad_hidden = thread.part.sums[0][0];
        if (S::kCell == kGru) thread.grad_hidden += thread.carry;
      });
    }
    block.each([&](Thread& thread) {
      const Place& p = thread.place;
      if (!p.owns) return;
      const Index at = Index(p.sequence) * S::kHidden + p.unit;
      if (call.grad_hidden0 != nullptr) call.grad_hidden0[at] = thread.grad_hidden;
      if (S::kHasCell && call.grad_cell0 != nullptr) call.grad_cell0[at] = thread.carry;
    });
  }

  static void begin(Thread& thread, const Call& call, Four* shared) {
    const Place& p = thread.place;
    load_part(thread.part, shared, p.thread, S::kThreads, [&](int, int unit, int inner) {
      const bool exists = unit < S::kHidden && inner < S::kGates * S::kHidden;
      return exists ? call.weight_hh[Index(inner) * S::kHidden + unit] : 0.0F;
    });
    thread.grad_hidden = thread.carry = 0;
    if (!p.owns) return;
    const Index at = Index(p.sequence) * S::kHidden + p.unit;
    if (call.grad_hidden_final != nullptr) thread.grad_hidden = call.grad_hidden_final[at];
    if (S::kHasCell && call.grad_cell_final != nullptr) thread.carry = call.grad_cell_final[at];
    fetch(thread, call, call.steps - 1);
  }

  static void begin_step(Thread& thread, const Call& call, int step, float* vector) {
    const Place& p = thread.place;
    if (!p.owns) return;
    float grads[4] = {0, 0, 0, 0};
    if (step < p.length) step_back(thread, grads);
    fetch(thread, call, step - 1);
    const Index at = Index(step) * call.batch + p.sequence;
    EIGENRNN_UNROLL
    for (int slot = 0; slot < S::kSlots; ++slot) {
      call.grad_gates[(at * S::kSlots + slot) * S::kHidden + p.unit] = grads[slot];
      if (slot < S::kGates)
        vector[p.row * Product::kPadded + slot * S::kHidden + p.unit] = grads[slot];
    }
  }
};

}  // namespace eigenrnn::cuda
