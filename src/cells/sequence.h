#pragma once
#include <string>
#include <utility>

#include <torch/types.h>

#include "cells/cell.h"

namespace eigenrnn {

/// The weights of one recurrent layer, in LibTorch's layout.
struct RecurrentWeights {
  torch::Tensor input;           // W_ih [G·H, I]
  torch::Tensor recurrent;       // W_hh [G·H, H]
  torch::Tensor input_bias;      // b_ih [G·H]
  torch::Tensor recurrent_bias;  // b_hh [G·H]
};

/// The state of a layer between steps. An undefined tensor means zeros.
struct RecurrentState {
  torch::Tensor hidden;  // [B, H]
  torch::Tensor cell;    // [B, H], only for a cell with a cell state
};

struct SequenceResult {
  torch::Tensor outputs;  // [T, B, H] hidden states; zero after a sequence's end
  RecurrentState final;   // the state after each sequence's own last step
};

/// Which code runs a sequence: our fused kernels on the CPU (cells/kernels/), or LibTorch. The
/// fused ones differ in rounding only. On CUDA ours (cells/kernels/cuda/) take float32 and up to
/// 128 units; above, for other types, and for a cell that has no fused kernel, both mean LibTorch.
/// Where LibTorch does not have the cell, its reference step is taken in a loop.
enum class Kernel { kFused, kLibtorch };

/// What a layer reads.
struct SequenceInput {
  // Most inputs have no constant part.
  SequenceInput(torch::Tensor steps_read, torch::Tensor constant_read = {})  // NOLINT(*explicit*)
      : steps(std::move(steps_read)), constant(std::move(constant_read)) {}

  /// All that is read at each step, [T, B, I + C].
  torch::Tensor joined() const;

  torch::Tensor steps;     // [T, B, I], or [T, B] int64 of indices below I: one-hot vectors
  torch::Tensor constant;  // [B, C], read behind it at every step; undefined: none
};

/// What of a result is read: where it is the final state alone, outputs may be left undefined.
enum class Wanted { kAll, kFinal };

/// "fused", "libtorch".
std::string name_of(Kernel kernel);
/// Throws Error listing the names that exist if this one does not.
Kernel kernel_named(const std::string& name);

/// Runs one layer over a batch of sequences, differentiably. The only place that decides which
/// kernel does the work.
///
/// `input`: of the weights' type; a constant part goes with [T, B, I] alone, and is multiplied with
/// its columns of W_ih [G·H, I + C] once by the fused kernels for the CPU. `lengths`: [B] int64 on
/// the CPU, each from 1 to T; undefined means that all are T. What stands in `input.steps` after a
/// sequence's end is never used and gets no gradient. Throws c10::Error if shapes do not fit.
SequenceResult run_sequence(const Cell& cell, const RecurrentWeights& weights,
                            const SequenceInput& input, const torch::Tensor& lengths = {},
                            const RecurrentState& initial = {}, Kernel kernel = Kernel::kFused,
                            Wanted wanted = Wanted::kAll);

/// Lays a layer's weights, once they are on their device, as the code that will run them reads
/// them: for cuDNN side by side in one buffer, into which it would otherwise copy them at every
/// call. They stay the same parameters, and have to keep their place: new values are copied into
/// them.
void pack_weights(const Cell& cell, const RecurrentWeights& weights,
                  Kernel kernel = Kernel::kFused);

/// The same by the cell's definition: its reference step in a loop, in any floating type and on
/// any device. Slow; what the kernels are to equal.
SequenceResult run_reference(const Cell& cell, const RecurrentWeights& weights,
                             const torch::Tensor& input, const torch::Tensor& lengths = {},
                             const RecurrentState& initial = {});

}  // namespace eigenrnn
