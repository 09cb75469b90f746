#include "model/head_model.h"

#include <cmath>

namespace eigenrnn {

HeadModel::HeadModel(const RecurrentSettings& settings, int64_t input_size, int64_t outputs,
                     const Random& random) {
  network_ = register_module("recurrent", std::make_shared<RecurrentNetwork>(
                                              settings, input_size, random.stream("recurrent")));
  const double bound = std::sqrt(6.0 / static_cast<double>(settings.hidden_size + outputs));
  Random stream = random.stream("head");
  weight_ = register_parameter(
      "head_weight",
      stream.uniform_tensor({outputs, settings.hidden_size}, -bound, bound).to(torch::kFloat32));
  bias_ = register_parameter("head_bias", torch::zeros({outputs}));
}

}  // namespace eigenrnn
