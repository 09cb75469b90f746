// Bar, Seleznova, Alexander, Kutyniok & Giryes 2025, "Revisiting Glorot initialization for
// long-range linear recurrences" (arXiv 2505.19827), after the program that they publish: per H×H
// block
//   W ~ N(0, 1/H) / (1 + sqrt(g/(4H)) + (e + π/sqrt(6))/sqrt(4gH)),  g = ln(H/(2π·ln²H)),
// e Euler's constant. The divisor is the mean and one standard deviation of the spectral radius of
// N(0, 1/H), which for large H is Gumbel's (Rider & Sinclair 2014), so that most draws lie below
// one. It is an expansion for large H: below 164, where g is not positive, there is none, and near
// it the divisor is far too large (1.85 at 164, 1.13 at 250, 1.07 at 512). The source is about
// linear recurrences; plain units are the nearest to them here.

#include <cmath>

#include "initializers/initializer.h"

namespace eigenrnn {
namespace {

constexpr double kEuler = 0.57721566490153286061;
constexpr int64_t kSmallest = 164;

double expected_radius(int64_t hidden_size) {
  const double size = static_cast<double>(hidden_size);
  const double g = std::log(size / (2.0 * M_PI * std::pow(std::log(size), 2)));
  return 1.0 + std::sqrt(g / (4.0 * size)) +
         (kEuler + M_PI / std::sqrt(6.0)) / std::sqrt(4.0 * g * size);
}

class RescaledGlorot : public Initializer {
 public:
  int64_t smallest_hidden_size() const override { return kSmallest; }

  torch::Tensor recurrent_block(const GateBlock& block, Random& random) const override {
    const int64_t hidden = block.hidden_size;
    const double deviation = 1.0 / std::sqrt(static_cast<double>(hidden));
    return random.normal_tensor({hidden, hidden}, deviation / expected_radius(hidden));
  }
};

const InitializerRegistration kRegistration({
    "rescaled_glorot",
    "N(0, 1/H), divided by the spectral radius that is to be expected of it; from 164 units",
    "Bar et al. 2025",
    {},
    {"rnn_tanh", "rnn_relu"},
    [](const Options&) { return std::make_unique<RescaledGlorot>(); },
});

}  // namespace
}  // namespace eigenrnn
