// He, Zhang, Ren & Sun 2015, "Delving deep into rectifiers: surpassing human-level performance on
// ImageNet classification", eq. 10: N(0, 2/fan_in), per H×H block, so fan_in = H.

#include <cmath>

#include "initializers/initializer.h"

namespace eigenrnn {
namespace {

class Kaiming : public Initializer {
 public:
  torch::Tensor recurrent_block(const GateBlock& block, Random& random) const override {
    const int64_t hidden = block.hidden_size;
    return random.normal_tensor({hidden, hidden}, std::sqrt(2.0 / static_cast<double>(hidden)));
  }
};

const InitializerRegistration kRegistration({
    "kaiming",
    "N(0, 2/fan_in)",
    "He et al. 2015",
    {},
    {},
    [](const Options&) { return std::make_unique<Kaiming>(); },
});

}  // namespace
}  // namespace eigenrnn
