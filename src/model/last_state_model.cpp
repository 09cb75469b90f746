#include "model/last_state_model.h"

#include <cmath>

namespace eigenrnn {
namespace {

class LastStateModel : public Model {
 public:
  LastStateModel(const RecurrentSettings& settings, int64_t input_size, int64_t outputs,
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

  torch::Tensor forward(const Batch& batch) override {
    const RecurrentNetwork::Result result = network_->forward(batch.input, batch.lengths);
    return torch::nn::functional::linear(result.finals.back().hidden, weight_, bias_);
  }

 private:
  std::shared_ptr<RecurrentNetwork> network_;
  torch::Tensor weight_, bias_;
};

}  // namespace

std::shared_ptr<Model> make_last_state_model(const RecurrentSettings& settings, int64_t input_size,
                                             int64_t outputs, const Random& random) {
  return std::make_shared<LastStateModel>(settings, input_size, outputs, random);
}

}  // namespace eigenrnn
