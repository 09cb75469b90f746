// Talathi & Vartak 2015, "Improving performance of recurrent neural network with ReLU
// nonlinearity" (their "np-RNN", normalized positive definite), which is our reading of the
// "sp-RNN" in the abstract of Dou & Principe 2023: per H×H block
//   R [H, H] ~ N(0, 1),  A = RᵀR/H,  W = (A + I)/λmax(A + I).
// W is symmetric, its eigenvalues lie in (0, 1], and the largest is 1. Defined for ReLU units.

#include "initializers/initializer.h"

namespace eigenrnn {
namespace {

class SpRnn : public Initializer {
 public:
  torch::Tensor recurrent_block(const GateBlock& block, Random& random) const override {
    const int64_t hidden = block.hidden_size;
    const torch::Tensor r = random.normal_tensor({hidden, hidden});
    const torch::Tensor product = r.t().matmul(r) / static_cast<double>(hidden);
    // A matrix product need not be symmetric to the last bit; W is to be.
    const torch::Tensor shifted =
        (product + product.t()) / 2.0 + torch::eye(hidden, torch::kFloat64);
    return shifted / torch::linalg_eigvalsh(shifted).max();
  }
};

const InitializerRegistration kRegistration({
    "sp_rnn",
    "(A + I)/λmax(A + I), A = RᵀR/H, R ~ N(0, 1)",
    "Talathi & Vartak 2015 (np-RNN, assumed to be the sp-RNN of Dou & Principe 2023)",
    {},
    {"rnn_relu"},
    [](const Options&) { return std::make_unique<SpRnn>(); },
});

}  // namespace
}  // namespace eigenrnn
