#pragma once
#include <torch/nn/module.h>

#include "support/random.h"

namespace eigenrnn {

/// W x + b with W ~ U(±sqrt(6/(fan_in+fan_out))) (Glorot & Bengio 2010) and b = 0, drawn from
/// `random`: alike for every initializer of a seed.
class Linear : public torch::nn::Module {
 public:
  Linear(int64_t inputs, int64_t outputs, Random random);

  torch::Tensor forward(const torch::Tensor& input) const;
  const torch::Tensor& weight() const { return weight_; }  // [outputs, inputs]
  const torch::Tensor& bias() const { return bias_; }      // [outputs]

 private:
  torch::Tensor weight_, bias_;
};

}  // namespace eigenrnn
