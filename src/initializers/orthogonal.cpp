// Saxe, McClelland & Ganguli 2014, "Exact solutions to the nonlinear dynamics of learning in deep
// linear neural networks": W = gain·Q per H×H block, Q orthogonal from the Haar measure.

#include "initializers/initializer.h"
#include "linear_algebra/haar.h"

namespace eigenrnn {
namespace {

class Orthogonal : public Initializer {
 public:
  explicit Orthogonal(double gain) : gain_(gain) {}

  torch::Tensor recurrent_block(const GateBlock& block, Random& random) const override {
    return gain_ * haar_orthogonal(block.hidden_size, random);
  }

 private:
  double gain_;
};

const InitializerRegistration kRegistration({
    "orthogonal",
    "gain·Q, Q orthogonal from the Haar measure",
    "Saxe et al. 2014",
    {OptionSpec::number("gain", 1.0, "factor on Q; the modulus of every eigenvalue").at_least(0.0)},
    {},
    [](const Options& options) { return std::make_unique<Orthogonal>(options.number("gain")); },
});

}  // namespace
}  // namespace eigenrnn
