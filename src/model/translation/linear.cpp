#include "model/translation/linear.h"

#include <cmath>

#include <torch/nn/functional/linear.h>

namespace eigenrnn {

Linear::Linear(int64_t inputs, int64_t outputs, Random random) {
  const double bound = std::sqrt(6.0 / static_cast<double>(inputs + outputs));
  weight_ = register_parameter(
      "weight", random.uniform_tensor({outputs, inputs}, -bound, bound).to(torch::kFloat32));
  bias_ = register_parameter("bias", torch::zeros({outputs}));
}

torch::Tensor Linear::forward(const torch::Tensor& input) const {
  return torch::nn::functional::linear(input, weight_, bias_);
}

}  // namespace eigenrnn
