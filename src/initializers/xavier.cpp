// Glorot & Bengio 2010, "Understanding the difficulty of training deep feedforward neural
// networks", eq. 16: U(±sqrt(6/(fan_in + fan_out))), per H×H block, so fan_in = fan_out = H.

#include <cmath>

#include "initializers/initializer.h"

namespace eigenrnn {
namespace {

class Xavier : public Initializer {
 public:
  torch::Tensor recurrent_block(const GateBlock& block, Random& random) const override {
    const int64_t hidden = block.hidden_size;
    const double bound = std::sqrt(6.0 / static_cast<double>(hidden + hidden));
    return random.uniform_tensor({hidden, hidden}, -bound, bound);
  }
};

const InitializerRegistration kRegistration({
    "xavier",
    "U(±sqrt(6/(fan_in + fan_out)))",
    "Glorot & Bengio 2010",
    {},
    {},
    [](const Options&) { return std::make_unique<Xavier>(); },
});

}  // namespace
}  // namespace eigenrnn
