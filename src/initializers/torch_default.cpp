// PyTorch's torch.nn.RNN, LSTM and GRU (RNNBase.reset_parameters): every weight and every bias is
// U(±1/sqrt(H)), the input weights and both bias vectors included, whatever the input size.
// The project's LSTM forget bias is added on top, as for every initializer; PyTorch has none.

#include <cmath>

#include "initializers/initializer.h"

namespace eigenrnn {
namespace {

class TorchDefault : public Initializer {
 public:
  torch::Tensor recurrent_block(const GateBlock& block, Random& random) const override {
    return draw({block.hidden_size, block.hidden_size}, block, random);
  }
  torch::Tensor input_block(const GateBlock& block, Random& random) const override {
    return draw({block.hidden_size, block.input_size}, block, random);
  }
  torch::Tensor bias_block(const GateBlock& block, Random& random) const override {
    return draw({block.hidden_size}, block, random);
  }

 private:
  static torch::Tensor draw(torch::IntArrayRef sizes, const GateBlock& block, Random& random) {
    const double bound = 1.0 / std::sqrt(static_cast<double>(block.hidden_size));
    return random.uniform_tensor(sizes, -bound, bound);
  }
};

const InitializerRegistration kRegistration({
    "torch_default",
    "U(±1/sqrt(H)), the input weights and biases too",
    "PyTorch, torch.nn.RNNBase.reset_parameters",
    {},
    {},
    [](const Options&) { return std::make_unique<TorchDefault>(); },
});

}  // namespace
}  // namespace eigenrnn
