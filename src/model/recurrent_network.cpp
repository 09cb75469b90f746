#include "model/recurrent_network.h"

#include <fmt/format.h>

namespace eigenrnn {

RecurrentLayer::RecurrentLayer(const RecurrentSettings& settings, int64_t input_size,
                               const Random& random)
    : cell_(settings.cell),
      kernel_(settings.kernel),
      weight_drop_(settings.weight_drop),
      weight_noise_(settings.weight_noise) {
  weights_ = draw_weights(*settings.initializer, settings.defaults, *cell_, settings.hidden_size,
                          input_size, random);
  weights_.input = register_parameter("weight_ih", weights_.input);
  weights_.recurrent = register_parameter("weight_hh", weights_.recurrent);
  weights_.input_bias = register_parameter("bias_ih", weights_.input_bias);
  weights_.recurrent_bias = register_parameter("bias_hh", weights_.recurrent_bias);
}

SequenceResult RecurrentLayer::forward(const SequenceInput& input, const torch::Tensor& lengths,
                                       const RecurrentState& initial, Wanted wanted) const {
  return run_sequence(*cell_, seen_weights(), input, lengths, initial, kernel_, wanted);
}

RecurrentWeights RecurrentLayer::seen_weights() const {
  RecurrentWeights seen = weights_;
  if (!is_training()) return seen;
  if (weight_drop_ > 0) seen.recurrent = torch::dropout(seen.recurrent, weight_drop_, true);
  if (weight_noise_ > 0) {
    seen.recurrent = seen.recurrent + weight_noise_ * torch::randn_like(seen.recurrent);
    seen.input = seen.input + weight_noise_ * torch::randn_like(seen.input);
  }
  return seen;
}

void move_to(torch::Device device, torch::nn::Module& model) {
  model.to(device);
  for (const auto& module : model.modules()) {
    if (const auto* layer = dynamic_cast<const RecurrentLayer*>(module.get())) layer->pack();
  }
}

RecurrentNetwork::RecurrentNetwork(const RecurrentSettings& settings, int64_t input_size,
                                   const Random& random) {
  for (int64_t i = 0; i < settings.layers; ++i) {
    const std::string name = fmt::format("layer{}", i);
    layers_.push_back(register_module(
        name, std::make_shared<RecurrentLayer>(settings, i == 0 ? input_size : settings.hidden_size,
                                               random.stream(name))));
  }
}

torch::Tensor RecurrentNetwork::last_hidden(const torch::Tensor& input,
                                            const torch::Tensor& lengths) const {
  torch::Tensor read = input;
  for (size_t i = 0; i + 1 < layers_.size(); ++i) read = layers_[i]->forward(read, lengths).outputs;
  return layers_.back()->forward(read, lengths, {}, Wanted::kFinal).final.hidden;
}

RecurrentNetwork::Result RecurrentNetwork::forward(
    const SequenceInput& input, const torch::Tensor& lengths,
    const std::vector<RecurrentState>& initial) const {
  TORCH_CHECK(initial.empty() || initial.size() == layers_.size(),
              "RecurrentNetwork: ", initial.size(), " initial states for ", layers_.size(),
              " layers");
  Result result;
  for (size_t i = 0; i < layers_.size(); ++i) {
    SequenceResult step = layers_[i]->forward(i == 0 ? input : result.outputs, lengths,
                                              initial.empty() ? RecurrentState() : initial[i]);
    result.outputs = step.outputs;
    result.finals.push_back(step.final);
  }
  return result;
}

}  // namespace eigenrnn
