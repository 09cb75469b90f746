#pragma once

// What a layer's call gives the kernels, what a compiled kernel is made for, and which unit and
// sequence is a thread's own.

#ifdef __CUDACC__
#define EIGENRNN_UNROLL _Pragma("unroll")
#else
#include <cmath>
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

}  // namespace eigenrnn::cuda
