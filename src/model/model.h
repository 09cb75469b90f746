#pragma once
#include <torch/nn/module.h>

#include "model/batch.h"

namespace eigenrnn {

/// A network with a head on it, and what it is trained to make small.
class Model : public torch::nn::Module {
 public:
  /// The batch's mean loss, a scalar, differentiable in the parameters.
  virtual torch::Tensor loss(const Batch& batch) = 0;
  /// What the first recurrent layer reads of a batch, [T, B, I] or indices [T, B]: the batch's
  /// input, unless something like an embedding stands between. Without dropout.
  virtual torch::Tensor recurrent_input(const Batch& batch) const { return batch.input; }
};

}  // namespace eigenrnn
