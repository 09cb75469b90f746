#pragma once
#include "cells/kernels/cuda/block_product.h"

namespace eigenrnn::cuda {

inline float logistic(float x) { return 1.0F / (1.0F + expf(-x)); }

// Units of a group: more of them ask less of shared memory, where there is one gate to multiply.
template <class S>
using ForwardProduct =
    ProductShape<S::kGates, S::kHidden, S::kGates == 1 ? 4 : 1, S::kRows, S::kKeptForward>;

template <class S>
struct ForwardThread {
  Place place;
  Part<ForwardProduct<S>> part;
  float bias_in[S::kGates], bias_hidden[S::kGates];
  float weight_in[S::kGates][S::kFewInputs];
  // Of the next step: W_ih x, or x, or nothing for indices.
  float drive[S::kGates > S::kFewInputs ? S::kGates : S::kFewInputs];
  Index index;
  float hidden, cell;
};

// What the next step reads of the input, asked for before it is needed.
template <class S>
void fetch(ForwardThread<S>& thread, const Call& call, int step) {
  const Place& p = thread.place;
  if (!p.owns || step >= p.length) return;
  const Index at = Index(step) * call.batch + p.sequence;
  if constexpr (S::kInput == kOneHot) {
    thread.index = call.indices[at];
  } else if constexpr (S::kInput == kFew) {
    EIGENRNN_UNROLL
    for (int i = 0; i < S::kFewInputs; ++i) thread.drive[i] = call.input[at * S::kInputs + i];
  } else {
    EIGENRNN_UNROLL
    for (int gate = 0; gate < S::kGates; ++gate) {
      thread.drive[gate] = call.input[(at * S::kGates + gate) * S::kHidden + p.unit];
    }
  }
}

// W_ih x + b_ih of one gate.
template <class S>
float drive_of(const ForwardThread<S>& thread, const Call& call, int gate) {
  if constexpr (S::kInput == kOneHot) {
    const Index row = Index(gate) * S::kHidden + thread.place.unit;
    return thread.bias_in[gate] + call.weight_ih[row * S::kInputs + thread.index];
  } else if constexpr (S::kInput == kFew) {
    float sum = thread.bias_in[gate];
    EIGENRNN_UNROLL
    for (int i = 0; i < S::kFewInputs; ++i) sum += thread.weight_in[gate][i] * thread.drive[i];
    return sum;
  } else {
    return thread.bias_in[gate] + thread.drive[gate];
  }
}

// One unit of one sequence makes a step, and what the backward pass needs is kept.
template <class S>
void take_step(ForwardThread<S>& thread, const Call& call, int step) {
  const Place& p = thread.place;
  const Index at = Index(step) * call.batch + p.sequence;
  float sum[S::kGates];
  EIGENRNN_UNROLL
  for (int gate = 0; gate < S::kGates; ++gate) {
    sum[gate] = thread.part.sums[gate][0] + thread.bias_hidden[gate];
  }
  float* gates = call.gates == nullptr ? nullptr : call.gates + at * 4 * S::kHidden + p.unit;
  if constexpr (S::kCell == kRnnTanh) {
    thread.hidden = tanhf(drive_of(thread, call, 0) + sum[0]);
  } else if constexpr (S::kCell == kRnnRelu) {
    const float x = drive_of(thread, call, 0) + sum[0];
    thread.hidden = x < 0 ? 0 : x;  // NaN stays NaN
  } else if constexpr (S::kCell == kLstm) {
    const float i = logistic(drive_of(thread, call, 0) + sum[0]);
    const float f = logistic(drive_of(thread, call, 1) + sum[1]);
    const float g = tanhf(drive_of(thread, call, 2) + sum[2]);
    const float o = logistic(drive_of(thread, call, 3) + sum[3]);
    thread.cell = f * thread.cell + i * g;
    thread.hidden = o * tanhf(thread.cell);
    if (gates != nullptr) {
      gates[0] = i;
      gates[S::kHidden] = f;
      gates[2 * S::kHidden] = g;
      gates[3 * S::kHidden] = o;
      call.cells[at * S::kHidden + p.unit] = thread.cell;
    }
  } else {
    const float r = logistic(drive_of(thread, call, 0) + sum[0]);
    const float z = logistic(drive_of(thread, call, 1) + sum[1]);
    const float n = tanhf(drive_of(thread, call, 2) + r * sum[2]);
    thread.hidden = n + z * (thread.hidden - n);
    if (gates != nullptr) {
      gates[0] = r;
      gates[S::kHidden] = z;
      gates[2 * S::kHidden] = n;
      gates[3 * S::kHidden] = sum[2];
    }
  }
}

template <class S>
struct Forward {
  using Thread = ForwardThread<S>;
  using Product = ForwardProduct<S>;

  template <class Block>
  static void run(Block& block, const Call& call) {
    float* vectors = block.shared();
    const Four* shared = begin_all<Forward, S>(block, call);
    block.each([&](Thread& thread) {
      const Place& p = thread.place;
      if (p.owns) vectors[p.row * Product::kPadded + p.unit] = thread.hidden;
    });
    for (int step = 0; step < call.steps; ++step) {
      block.sync();
      const float* before = vectors + step % 2 * Product::kRows * Product::kPadded;
      block.each([&](Thread& thread) {
        multiply(thread.part, before, shared, thread.place.thread, S::kThreads);
      });
      add_up<Product>(block, [](Thread& thread) { return thread.part.sums; });
      float* after = vectors + (step + 1) % 2 * Product::kRows * Product::kPadded;
      block.each([&](Thread& thread) { end_step(thread, call, step, after); });
    }
    block.each([&](Thread& thread) {
      const Place& p = thread.place;
      if (!p.owns) return;
      call.hidden_final[Index(p.sequence) * S::kHidden + p.unit] = thread.hidden;
      if (S::kHasCell) call.cell_final[Index(p.sequence) * S::kHidden + p.unit] = thread.cell;
    });
  }

  static void begin(Thread& thread, const Call& call, Four* shared) {
    const Place& p = thread.place;
    load_part(thread.part, shared, p.thread, S::kThreads, [&](int gate, int unit, int inner) {
      const bool exists = unit < S::kHidden && inner < S::kHidden;
      return exists ? call.weight_hh[(Index(gate) * S::kHidden + unit) * S::kHidden + inner] : 0.0F;
    });
    thread.hidden = thread.cell = 0;
    thread.index = 0;
    EIGENRNN_UNROLL
    for (int gate = 0; gate < S::kGates; ++gate) {
      const Index row = Index(gate) * S::kHidden + p.unit;
      const bool exists = p.unit < S::kHidden;
      thread.bias_in[gate] = exists ? call.bias_ih[row] : 0;
      thread.bias_hidden[gate] = exists ? call.bias_hh[row] : 0;
      if constexpr (S::kInput == kFew) {
        EIGENRNN_UNROLL
        for (int i = 0; i < S::kFewInputs; ++i) {
          thread.weight_in[gate][i] = exists ? call.weight_ih[row * S::kInputs + i] : 0;
        }
      }
    }
    if (!p.owns) return;
    const Index at = Index(p.sequence) * S::kHidden + p.unit;
    if (call.hidden0 != nullptr) thread.hidden = call.hidden0[at];
    if (S::kHasCell && call.cell0 != nullptr) thread.cell = call.cell0[at];
    fetch(thread, call, 0);
  }

  static void end_step(Thread& thread, const Call& call, int step, float* after) {
    const Place& p = thread.place;
    if (!p.owns) return;
    const bool goes_on = step < p.length;
    if (goes_on) take_step(thread, call, step);
    fetch(thread, call, step + 1);
    after[p.row * Product::kPadded + p.unit] = thread.hidden;
    const Index at = Index(step) * call.batch + p.sequence;
    call.outputs[at * S::kHidden + p.unit] = goes_on ? thread.hidden : 0;
  }
};

}  // namespace eigenrnn::cuda
