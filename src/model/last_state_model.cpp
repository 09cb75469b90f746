#include "model/last_state_model.h"

#include <cmath>

#include <torch/nn/functional/linear.h>

namespace eigenrnn {

LastStateModel::LastStateModel(const RecurrentSettings& settings, int64_t input_size,
                               const Head& head, const Random& random)
    : loss_(head.loss) {
  network_ = register_module("recurrent", std::make_shared<RecurrentNetwork>(
                                              settings, input_size, random.stream("recurrent")));
  const double bound = std::sqrt(6.0 / static_cast<double>(settings.hidden_size + head.outputs));
  Random stream = random.stream("head");
  weight_ = register_parameter(
      "head_weight", stream.uniform_tensor({head.outputs, settings.hidden_size}, -bound, bound)
                         .to(torch::kFloat32));
  bias_ = register_parameter("head_bias", torch::zeros({head.outputs}));
}

torch::Tensor LastStateModel::outputs(const Batch& batch) {
  return torch::nn::functional::linear(network_->last_hidden(batch.input, batch.lengths), weight_,
                                       bias_);
}

torch::Tensor LastStateModel::loss(const Batch& batch) {
  return mean_loss_of_head(loss_, network_->last_hidden(batch.input, batch.lengths), weight_, bias_,
                           batch.target);
}

}  // namespace eigenrnn
