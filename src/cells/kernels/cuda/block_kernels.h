#pragma once

// The sequence kernels of a GPU. A block of threads keeps W_hh in registers and shared memory,
// takes kRows sequences and walks over all their steps without waiting for another block. Compiled
// at run time by NVRTC, one shape at a time, so it includes nothing; and by the C++ compiler for a
// loop over a block's threads, which tests it where there is no GPU.
//
// It is written in phases: what a thread does alone is a function of its own state, and `each` runs
// it for all threads of the block. Threads exchange through shared memory between two phases, or
// within a group of lanes in `exchange`.
//
// Letters: T time, B batch, I input size, H hidden size, G gates. Four lanes belong to each hidden
// unit, and kUnits units to a group of 4·kUnits lanes: the lanes share out the inner dimension of
// the units' products, add up their parts, and then each is left with the sum of one unit and
// sequence.

#ifdef __CUDACC__
#define EIGENRNN_UNROLL _Pragma("unroll")
#else
#include <cmath>
#include <vector>
#define EIGENRNN_UNROLL
#endif

namespace eigenrnn::cuda {

using Index = long long;

enum Kind { kRnnTanh = 1, kRnnRelu, kLstm, kGru };  // as fused::CellKind
/// How a step is fed: by a few numbers, by the index of a one-hot vector, or by W_ih x as it is.
enum Input { kFew, kOneHot, kDrives };

/// One layer over a batch. Arrays lie in memory as their shapes say; null means zeros for what is
/// read and not wanted for what is written.
struct Call {
  int steps, batch;
  const Index* lengths;            // [B]; null: all T
  const float* input;              // kFew: [T, B, I]; kDrives: W_ih x, [T, B, G·H]
  const Index* indices;            // kOneHot: [T, B]
  const float* weight_ih;          // [G·H, I]
  const float* weight_hh;          // [G·H, H]
  const float* bias_ih;            // [G·H]
  const float* bias_hh;            // [G·H]
  const float* hidden0;            // [B, H]
  const float* cell0;              // [B, H]
  float* outputs;                  // [T, B, H], zero behind a sequence's end
  float* hidden_final;             // [B, H]
  float* cell_final;               // [B, H]
  float* gates;                    // [T, B, 4·H]: i, f, g, o; GRU: r, z, n, W_hn h + b_hn
  float* cells;                    // [T, B, H], LSTM's c
  const float* grad_outputs;       // [T, B, H]
  const float* grad_hidden_final;  // [B, H]
  const float* grad_cell_final;    // [B, H]
  float* grad_hidden0;             // [B, H]
  float* grad_cell0;               // [B, H]
  /// Of what the gates take in, [T, B, G·H], zero behind a sequence's end. GRU: [T, B, 4·H], of
  /// what W_hh gives to r, z, n, and of what W_ih gives to n.
  float* grad_gates;
};

/// What a compiled kernel is made for.
template <int kCellValue, int kHiddenValue, int kInputValue, int kInputsValue, int kRowsValue,
          int kKeptForwardValue, int kKeptBackwardValue>
struct Shape {
  static constexpr int kCell = kCellValue, kHidden = kHiddenValue;
  static constexpr int kInput = kInputValue;
  static constexpr int kInputs = kInputsValue;  // I, which kDrives does not need
  static constexpr int kRows = kRowsValue;      // sequences of a block: 1, 2 or 4
  /// Of a thread's chunks of W_hh those that it keeps in registers; the rest lies in shared memory.
  static constexpr int kKeptForward = kKeptForwardValue, kKeptBackward = kKeptBackwardValue;

  static constexpr int kGates = kCell == kLstm ? 4 : kCell == kGru ? 3 : 1;
  static constexpr bool kHasCell = kCell == kLstm;
  static constexpr int kSlots = kCell == kGru ? 4 : kGates;  // of a unit in grad_gates
  static constexpr int kFewInputs = kInput == kFew ? kInputs : 1;
  static constexpr int kThreads = (kHidden + 7) / 8 * 32;
};

struct Four {
  float x, y, z, w;
};

// A thread's part of the products [outputs, inner]·[inner] of the kUnits units of its group, whose
// 4·kUnits lanes take chunks of four of the inner dimension in turn.
template <int kOutputsValue, int kInnerValue, int kUnitsValue, int kRowsValue, int kKeptValue>
struct ProductShape {
  static constexpr int kOutputs = kOutputsValue;  // of a unit
  static constexpr int kUnits = kUnitsValue, kRows = kRowsValue, kInner = kInnerValue;
  static constexpr int kLanes = 4 * kUnits;
  static constexpr int kChunks = (kInner + 4 * kLanes - 1) / (4 * kLanes);
  static constexpr int kPadded = 4 * kLanes * kChunks;  // floats of a vector in shared memory
  static constexpr int kKept = kKeptValue < kChunks ? kKeptValue : kChunks;
  static constexpr int kShared = (kChunks - kKept) * kOutputs * kUnits;  // chunks of a thread
};

// Units of a group: more of them ask less of shared memory, where there is one gate to multiply.
template <class S>
using ForwardProduct =
    ProductShape<S::kGates, S::kHidden, S::kGates == 1 ? 4 : 1, S::kRows, S::kKeptForward>;
template <class S>
using BackwardProduct = ProductShape<1, S::kGates * S::kHidden, 4, S::kRows, S::kKeptBackward>;

template <class P>
struct Part {
  Four kept[P::kOutputs * P::kUnits][P::kKept > 0 ? P::kKept : 1];
  float sums[P::kOutputs][P::kUnits * P::kRows];
};

/// Floats of shared memory: two buffers of vectors, then the chunks of W_hh of all threads.
template <class P>
constexpr int shared_floats(int threads) {
  return 2 * P::kRows * P::kPadded + 4 * P::kShared * threads;
}

inline float logistic(float x) { return 1.0F / (1.0F + expf(-x)); }

struct Place {
  int thread, unit, lane, row, sequence;
  bool owns;  // the unit's sums of this sequence
  int length;
};

template <class S>
Place place_of(const Call& call, int block, int thread) {
  Place p;
  p.thread = thread;
  p.unit = thread / 4;
  p.lane = thread % 4;
  p.row = p.lane / (4 / S::kRows);
  p.sequence = block * S::kRows + p.row;
  const bool exists = p.unit < S::kHidden && p.sequence < call.batch;
  p.owns = exists && p.lane % (4 / S::kRows) == 0;
  p.length = p.sequence >= call.batch  ? 0
             : call.lengths != nullptr ? static_cast<int>(call.lengths[p.sequence])
                                       : call.steps;
  return p;
}

// `weight(output, unit, inner)` of the group's units, into registers and shared memory.
template <class P, class Weight>
void load_part(Part<P>& part, Four* shared, int thread, int threads, const Weight& weight) {
  const int lane = thread % P::kLanes, first_unit = thread / P::kLanes * P::kUnits;
  EIGENRNN_UNROLL
  for (int chunk = 0; chunk < P::kChunks; ++chunk) {
    EIGENRNN_UNROLL
    for (int i = 0; i < P::kOutputs * P::kUnits; ++i) {
      const int output = i / P::kUnits, unit = first_unit + i % P::kUnits;
      const int inner = 4 * (lane + P::kLanes * chunk);
      const Four four = {weight(output, unit, inner), weight(output, unit, inner + 1),
                         weight(output, unit, inner + 2), weight(output, unit, inner + 3)};
      if (chunk < P::kKept) {
        part.kept[i][chunk] = four;
      } else {
        shared[((chunk - P::kKept) * P::kOutputs * P::kUnits + i) * threads + thread] = four;
      }
    }
  }
}

template <class P>
void multiply(Part<P>& part, const float* vectors, const Four* shared, int thread, int threads) {
  const int lane = thread % P::kLanes;
  EIGENRNN_UNROLL
  for (int output = 0; output < P::kOutputs; ++output) {
    EIGENRNN_UNROLL
    for (int i = 0; i < P::kUnits * P::kRows; ++i) part.sums[output][i] = 0;
  }
  EIGENRNN_UNROLL
  for (int chunk = 0; chunk < P::kChunks; ++chunk) {
    Four vector[P::kRows];
    EIGENRNN_UNROLL
    for (int row = 0; row < P::kRows; ++row) {
      const float* begin = vectors + row * P::kPadded + 4 * (lane + P::kLanes * chunk);
      vector[row] = *reinterpret_cast<const Four*>(__builtin_assume_aligned(begin, 16));
    }
    EIGENRNN_UNROLL
    for (int i = 0; i < P::kOutputs * P::kUnits; ++i) {
      const Four weight =
          chunk < P::kKept
              ? part.kept[i][chunk]
              : shared[((chunk - P::kKept) * P::kOutputs * P::kUnits + i) * threads + thread];
      EIGENRNN_UNROLL
      for (int row = 0; row < P::kRows; ++row) {
        float& sum = part.sums[i / P::kUnits][i % P::kUnits * P::kRows + row];
        sum += weight.x * vector[row].x;
        sum += weight.y * vector[row].y;
        sum += weight.z * vector[row].z;
        sum += weight.w * vector[row].w;
      }
    }
  }
}

// Adds up the lanes' sums: first of lanes that are far apart, each keeping the half of the sums
// that is its own, then, when one is left, all of it. The order, and so the bits, do not hang on
// kRows.
template <class P, class Block, class Sums>
void add_up(Block& block, const Sums& sums) {
  int count = P::kUnits * P::kRows;
  EIGENRNN_UNROLL
  for (int mask = P::kLanes / 2; mask > 0; mask /= 2) {
    const int kept = count > 1 ? count / 2 : 1;
    EIGENRNN_UNROLL
    for (int output = 0; output < P::kOutputs; ++output) {
      EIGENRNN_UNROLL
      for (int i = 0; i < P::kUnits * P::kRows / 2 || i < 1; ++i) {
        if (i >= kept) continue;
        block.exchange(
            mask,
            [&](auto& thread) {
              float* own = sums(thread)[output];
              const bool is_upper = (thread.place.thread & mask) != 0;
              if (count == 1) return own[0];
              const float lower = own[i], upper = own[i + kept];
              own[i] = is_upper ? upper : lower;
              return is_upper ? lower : upper;
            },
            [&](auto& thread, float received) { sums(thread)[output][i] += received; });
      }
    }
    count = kept;
  }
}

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
    Four* shared = reinterpret_cast<Four*>(vectors + 2 * Product::kRows * Product::kPadded);
    block.each([&](Thread& thread) {
      thread.place = place_of<S>(call, block.index(), thread.place.thread);
      begin(thread, call, vectors, shared);
    });
    block.sync();
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

  static void begin(Thread& thread, const Call& call, float* vectors, Four* shared) {
    const Place& p = thread.place;
    for (int i = p.thread; i < 2 * Product::kRows * Product::kPadded; i += S::kThreads) {
      vectors[i] = 0;
    }
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
    Four* shared = reinterpret_cast<Four*>(vectors + 2 * Product::kRows * Product::kPadded);
    block.each([&](Thread& thread) {
      thread.place = place_of<S>(call, block.index(), thread.place.thread);
      begin(thread, call, vectors, shared);
    });
    block.sync();
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

  static void begin(Thread& thread, const Call& call, float* vectors, Four* shared) {
    const Place& p = thread.place;
    for (int i = p.thread; i < 2 * Product::kRows * Product::kPadded; i += S::kThreads) {
      vectors[i] = 0;
    }
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

#ifdef __CUDACC__

/// A block on a GPU: this thread, and the others by barriers.
template <class Thread>
struct GpuBlock {
  Thread& thread;

  int index() const { return blockIdx.x; }
  float* shared() const {
    extern __shared__ __align__(16) float memory[];
    return memory;
  }
  template <class Phase>
  void each(const Phase& phase) {
    phase(thread);
  }
  void sync() const { __syncthreads(); }
  template <class Send, class Receive>
  void exchange(int mask, const Send& send, const Receive& receive) {
    receive(thread, __shfl_xor_sync(0xffffffffU, send(thread), mask));
  }
};

template <class Pass>
void run_on_gpu(const Call& call) {
  typename Pass::Thread thread;
  thread.place.thread = threadIdx.x;
  GpuBlock<typename Pass::Thread> block{thread};
  Pass::run(block, call);
}

#else

/// A block on the CPU: a loop over its threads.
template <class Thread>
class CpuBlock {
 public:
  CpuBlock(int index, int threads, int shared_floats)
      : index_(index),
        threads_(static_cast<size_t>(threads)),
        memory_(static_cast<size_t>(shared_floats) / 4 + 1) {
    for (int i = 0; i < threads; ++i) threads_[static_cast<size_t>(i)].place.thread = i;
  }

  int index() const { return index_; }
  float* shared() { return &memory_.front().x; }
  template <class Phase>
  void each(const Phase& phase) {
    for (Thread& thread : threads_) phase(thread);
  }
  void sync() const {}
  template <class Send, class Receive>
  void exchange(int mask, const Send& send, const Receive& receive) {
    std::vector<float> sent;
    for (Thread& thread : threads_) sent.push_back(send(thread));
    for (size_t i = 0; i < threads_.size(); ++i) {
      receive(threads_[i], sent[i ^ static_cast<size_t>(mask)]);
    }
  }

 private:
  struct alignas(16) Chunk {
    float x = 0, y = 0, z = 0, w = 0;
  };
  int index_;
  std::vector<Thread> threads_;
  std::vector<Chunk> memory_;
};

template <class Pass>
void run_on_cpu(const Call& call, int blocks, int threads) {
  for (int i = 0; i < blocks; ++i) {
    CpuBlock<typename Pass::Thread> block(i, threads,
                                          shared_floats<typename Pass::Product>(threads));
    Pass::run(block, call);
  }
}

#endif

}  // namespace eigenrnn::cuda

#ifdef __CUDACC__
using EigenrnnShape = eigenrnn::cuda::Shape<EIGENRNN_SHAPE>;

extern "C" __global__ void __launch_bounds__(EigenrnnShape::kThreads, 1)
    eigenrnn_forward(const eigenrnn::cuda::Call call) {
  eigenrnn::cuda::run_on_gpu<eigenrnn::cuda::Forward<EigenrnnShape>>(call);
}

extern "C" __global__ void __launch_bounds__(EigenrnnShape::kThreads, 1)
    eigenrnn_backward(const eigenrnn::cuda::Call call) {
  eigenrnn::cuda::run_on_gpu<eigenrnn::cuda::Backward<EigenrnnShape>>(call);
}
#endif
