#pragma once
#include <cstdint>

// What the tensor side of the fused kernels (kernel_run.cpp) and their vector side (vector_*.h,
// built once per instruction set) tell one another: plain pointers and sizes, no LibTorch.
//
// Letters: T time, B batch, I input size, H hidden size, G gates. A *panel* is a slice of P
// neighbouring hidden units, one or two vectors wide; the last may have fewer units, whose gates
// then lie closer together, so that products have no columns of zeros between them. A *shard* is a
// range of batch rows whose weight gradients are summed up together. Where there are more threads
// than shards, each shard is cut into *slices*, rows of it that one thread takes.

namespace eigenrnn::fused {

/// The cells that there are kernels for. None is 0, so that a run that names none is not taken for
/// one of them.
enum class CellKind { kRnnTanh = 1, kRnnRelu, kLstm, kGru };

/// One run of a layer over a batch. Rows of the batch are sorted by falling length. Pointers may
/// be null where a comment says so. `Scalar` is float or double.
template <class Scalar>
struct KernelCall {
  CellKind kind = CellKind{};
  int64_t steps = 0, batch = 0, inputs = 0, hidden = 0;

  const Scalar* input = nullptr;     // [T, B, I], or null: one-hot
  const int64_t* indices = nullptr;  // [T, B], one-hot input
  const Scalar* offset = nullptr;    // [B, G·H], added to the input's product; null: zeros
  const int64_t* lengths = nullptr;  // [B]; null: all T
  const Scalar* weight_ih = nullptr;
  const Scalar* weight_hh = nullptr;
  const Scalar* bias_ih = nullptr;
  const Scalar* bias_hh = nullptr;
  const Scalar* hidden0 = nullptr;  // [B, H]; null: zeros
  const Scalar* cell0 = nullptr;    // [B, H]; null: zeros
  Scalar* outputs = nullptr;        // [T, B, H]
  Scalar* hidden_final = nullptr;   // [B, H]
  Scalar* cell_final = nullptr;     // [B, H], LSTM

  // What the forward pass leaves for the backward pass; see Sizes.
  bool keep = false;         // false: `gates` and `states` hold one step only
  Scalar* gates = nullptr;   // by shard, step, panel, row, slot: the cell's gates
  Scalar* states = nullptr;  // by shard, step (T + 1, from the initial one), panel, row: LSTM's c

  const Scalar* grad_outputs = nullptr;       // [T, B, H]; null: zeros
  const Scalar* grad_hidden_final = nullptr;  // [B, H]; null: zeros
  const Scalar* grad_cell_final = nullptr;    // [B, H]; null: zeros
  Scalar* grad_input = nullptr;               // [T, B, I]; null: not wanted, as below
  Scalar* grad_offset = nullptr;              // [B, G·H]
  Scalar* grad_hidden0 = nullptr;
  Scalar* grad_cell0 = nullptr;
  Scalar* grad_weight_ih = nullptr;  // all four weights are given, or none is
  Scalar* grad_weight_hh = nullptr;
  Scalar* grad_bias_ih = nullptr;
  Scalar* grad_bias_hh = nullptr;

  Scalar* packed = nullptr;     // weights and offset in the order in which the products read them
  Scalar* workspace = nullptr;  // Sizes::workspace for every shard
  // Backward: how many threads share a shard, and the steps that they take between two meetings.
  int64_t slices = 1, window = 0;
};

/// Numbers of scalars that a run needs.
struct Sizes {
  int64_t gates = 0, states = 0;
  int64_t packed_forward = 0, packed_backward = 0;
  int64_t workspace = 0;  // backward pass, per shard
};

/// One of the slices that a shard is cut into.
struct Slice {
  int64_t shard = 0, index = 0, count = 1;
};

/// The kernels of one instruction set for one scalar type. The order of calls is: pack_forward,
/// then `forward` for every slice; choose_window, pack_backward, then for every window from the
/// last to the first backward_steps for every slice and, if weight gradients are wanted,
/// backward_weights for every slice, then collect. What is called for every slice may run at the
/// same time; how many slices there are changes no bit.
template <class Scalar>
struct Kernels {
  Sizes (*sizes)(const KernelCall<Scalar>&);
  void (*pack_forward)(const KernelCall<Scalar>&);
  void (*pack_backward)(const KernelCall<Scalar>&);
  void (*forward)(const KernelCall<Scalar>&, Slice);
  /// The `window` for the call's `slices`.
  int64_t (*choose_window)(const KernelCall<Scalar>&);
  void (*backward_steps)(const KernelCall<Scalar>&, Slice, int64_t window);
  void (*backward_weights)(const KernelCall<Scalar>&, Slice, int64_t window);
  /// Adds up the shards' weight gradients, in their order.
  void (*collect)(const KernelCall<Scalar>&);
  void (*tanh)(const Scalar* x, Scalar* y, int64_t count);
  void (*sigmoid)(const Scalar* x, Scalar* y, int64_t count);
};

struct InstructionSet {
  const char* name;
  Kernels<float> single_precision;
  Kernels<double> double_precision;
};

/// Null where the compiler does not target it. They do not ask whether this processor has it, and
/// may be called only where it has: they are compiled for it themselves.
const InstructionSet* baseline_instructions();
const InstructionSet* avx2_instructions();
const InstructionSet* avx512_instructions();

/// Rows of a shard at most. It fixes the order of sums, and so the bits of weight gradients.
constexpr int64_t kShardRows = 64;

inline int64_t shard_count(int64_t batch) { return (batch + kShardRows - 1) / kShardRows; }
inline int64_t shard_begin(int64_t batch, int64_t shard) {
  return shard * batch / shard_count(batch);
}

}  // namespace eigenrnn::fused
