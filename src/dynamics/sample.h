#pragma once
#include <vector>

#include <torch/types.h>

#include "dynamics/jacobian.h"
#include "model/batch.h"

namespace eigenrnn {

class Model;

/// The sequences that an analysis follows a layer along.
struct Sample {
  torch::Tensor input;    // [T, B, I] float, or [T, B] int64 indices
  torch::Tensor lengths;  // [B] int64, all defined
  torch::Tensor target;   // as the batch has it

  int64_t steps() const { return input.size(0); }
  int64_t size() const { return input.size(1); }
  bool is_indices() const { return input.scalar_type() == torch::kInt64; }
  /// The sequences from `begin` to `end`, as long as the longest of them.
  Sample slice(int64_t begin, int64_t end) const;
};

/// The sequences of `batch` as the first recurrent layer of `model` reads them.
Sample sample_of(const Model& model, const Batch& batch);

/// The sequences one after the other without their padding, as one of up to `steps` steps:
/// [steps, 1, I] or [steps, 1].
torch::Tensor concatenated(const Sample& sample, int64_t steps);

/// The sample's input as a scalar one: of all directions of W_ih (x − mean) over the sample, the
/// one with the largest variance.
struct ScalarInput {
  torch::Tensor drive;      // u [G·H]: what a scalar of variance 1 adds to the drive; W_ih's only
                            // column times the input's standard deviation if I = 1
  torch::Tensor mean;       // of W_ih x [G·H]
  torch::Tensor projected;  // uᵀW_ih (x − mean)/uᵀu of the sample [T, B]
};

ScalarInput scalar_input(const StateMap& map, const Sample& sample);

}  // namespace eigenrnn
