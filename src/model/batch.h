#pragma once
#include <torch/types.h>

namespace eigenrnn {

/// A batch of sequences. T is the longest of the batch.
struct Batch {
  torch::Tensor input;    // [T, B, I] float, or [T, B] int64 indices (one-hot)
  torch::Tensor lengths;  // [B] int64 on the CPU, or undefined if all are T
  torch::Tensor target;   // the task's own shape
  torch::Tensor target_lengths =
      {};  // [B] int64 on the CPU where targets are sequences, or undefined

  int64_t size() const { return input.size(1); }
  /// Input and target on `device`; both lengths stay on the CPU.
  Batch to(torch::Device device) const;
};

}  // namespace eigenrnn
