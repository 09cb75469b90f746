#include "model/last_steps_model.h"

#include <cmath>

#include <torch/nn/functional/linear.h>

namespace eigenrnn {

LastStepsModel::LastStepsModel(const RecurrentSettings& settings, int64_t input_size,
                               const Head& head, const Random& random)
    : steps_(head.steps) {
  network_ = register_module("recurrent", std::make_shared<RecurrentNetwork>(
                                              settings, input_size, random.stream("recurrent")));
  const double bound = std::sqrt(6.0 / static_cast<double>(settings.hidden_size + head.classes));
  Random stream = random.stream("head");
  weight_ = register_parameter(
      "head_weight", stream.uniform_tensor({head.classes, settings.hidden_size}, -bound, bound)
                         .to(torch::kFloat32));
  bias_ = register_parameter("head_bias", torch::zeros({head.classes}));
}

torch::Tensor LastStepsModel::outputs(const Batch& batch) {
  const torch::Tensor states = network_->forward(batch.input).outputs;  // [T, B, H]
  return torch::nn::functional::linear(states.slice(0, states.size(0) - steps_), weight_, bias_);
}

torch::Tensor LastStepsModel::loss_of(const torch::Tensor& outputs, const Batch& batch) {
  return torch::cross_entropy_loss(outputs.flatten(0, 1), batch.target.flatten());
}

torch::Tensor LastStepsModel::loss(const Batch& batch) { return loss_of(outputs(batch), batch); }

}  // namespace eigenrnn
