// Glorot & Bengio 2010, "Understanding the difficulty of training deep feedforward neural
// networks", eq. 16: U(±sqrt(6/(fan_in + fan_out))), per H×H block, so fan_in = fan_out = H.

#include <cmath>

#include "initializers/initializer.h"

namespace eigenrnn {
namespace {

class Xavier : public Initializer {
 public:
  explicit Xavier(double gain) : gain_(gain) {}

  torch::Tensor recurrent_block(const GateBlock& block, Random& random) const override {
    const int64_t hidden = block.hidden_size;
    const double bound = gain_ * std::sqrt(6.0 / static_cast<double>(hidden + hidden));
    return random.uniform_tensor({hidden, hidden}, -bound, bound);
  }

 private:
  double gain_;
};

const InitializerRegistration kRegistration({
    "xavier",
    "U(±gain·sqrt(6/(fan_in + fan_out)))",
    "Glorot & Bengio 2010",
    {OptionSpec::number("gain", 1.0, "factor on the bound; about the spectral radius")
         .at_least(0.0)},
    {},
    [](const Options& options) { return std::make_unique<Xavier>(options.number("gain")); },
});

}  // namespace
}  // namespace eigenrnn
