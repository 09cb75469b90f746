// Le, Jaitly & Hinton 2015, "A simple way to initialize recurrent networks of rectified linear
// units": W_hh = scale·I (scale 1; they take less where long memory is not wanted, as 0.01 for
// speech), input weights N(0, 0.001²), biases 0. Defined for ReLU units. Nothing but the input
// weights is random. An LSTM's forget bias is added as for every initializer.

#include "initializers/initializer.h"

namespace eigenrnn {
namespace {

constexpr double kInputStandardDeviation = 0.001;

class Irnn : public Initializer {
 public:
  explicit Irnn(double scale) : scale_(scale) {}

  torch::Tensor recurrent_block(const GateBlock& block, Random&) const override {
    return scale_ * torch::eye(block.hidden_size, torch::kFloat64);
  }
  torch::Tensor input_block(const GateBlock& block, Random& random) const override {
    return random.normal_tensor({block.hidden_size, block.input_size}, kInputStandardDeviation);
  }
  torch::Tensor bias_block(const GateBlock& block, Random&) const override {
    return torch::zeros({block.hidden_size}, torch::kFloat64);
  }

 private:
  double scale_;
};

const InitializerRegistration kRegistration({
    "irnn",
    "scale·I; input weights N(0, 0.001²), biases 0",
    "Le, Jaitly & Hinton 2015",
    {OptionSpec::number("scale", 1.0, "factor on the identity").at_least(0.0)},
    {"rnn_relu"},
    [](const Options& options) { return std::make_unique<Irnn>(options.number("scale")); },
});

}  // namespace
}  // namespace eigenrnn
