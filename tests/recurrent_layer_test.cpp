#include <gtest/gtest.h>

#include "initializers/initializer.h"
#include "model/recurrent_network.h"

namespace eigenrnn {
namespace {

RecurrentLayer layer(double weight_drop, double weight_noise) {
  const InitializerInfo& info = InitializerRegistry::instance().at("orthogonal");
  RecurrentSettings settings;
  settings.cell = &cell_named("gru");
  settings.initializer = info.make(Options::resolve(info.options, {}));
  settings.hidden_size = 40;
  settings.weight_drop = weight_drop;
  settings.weight_noise = weight_noise;
  return {settings, /*input_size=*/3, Random(0)};
}

torch::Tensor outputs(const RecurrentLayer& layer, const torch::Tensor& input) {
  return layer.forward(input).outputs;
}

TEST(RecurrentLayer, DropsAndDisturbsWeightsInTrainingAlone) {
  const torch::Tensor input = torch::ones({5, 2, 3});
  RecurrentLayer plain = layer(0, 0);
  const torch::Tensor expected = outputs(plain, input);
  EXPECT_TRUE(torch::equal(outputs(plain, input), expected));
  for (RecurrentLayer changed : {layer(0.5, 0), layer(0, 0.1)}) {
    const torch::Tensor before = changed.weights().recurrent.clone();
    changed.train();
    torch::manual_seed(1);
    const torch::Tensor first = outputs(changed, input), second = outputs(changed, input);
    EXPECT_FALSE(torch::equal(first, expected));
    EXPECT_FALSE(torch::equal(first, second));  // drawn anew
    torch::manual_seed(1);
    EXPECT_TRUE(torch::equal(outputs(changed, input), first));
    changed.eval();
    EXPECT_TRUE(torch::equal(outputs(changed, input), expected));
    EXPECT_TRUE(torch::equal(changed.weights().recurrent, before));
  }
}

TEST(RecurrentLayer, DroppedWeightsGetNoGradient) {
  RecurrentLayer dropping = layer(0.25, 0);
  dropping.train();
  outputs(dropping, torch::ones({5, 2, 3})).sum().backward();
  const torch::Tensor gradient = dropping.weights().recurrent.grad();
  const double dropped = gradient.eq(0).to(torch::kDouble).mean().item<double>();
  EXPECT_NEAR(dropped, 0.25, 4 * std::sqrt(0.25 * 0.75 / 4800));  // four standard errors
}

TEST(RecurrentLayer, NoiseHasItsStandardDeviation) {
  RecurrentLayer noisy = layer(0, 0.1);
  noisy.train();
  // One step from rest sees W_ih alone; d = W_ih x + b_ih of one unit input is a column of it.
  const torch::Tensor weights = noisy.weights().input;
  RecurrentLayer still = layer(0, 0);
  double sum = 0;
  constexpr int kDraws = 50;
  const torch::Tensor input = torch::full({1, 1, 3}, 1e-3);
  const torch::Tensor expected = outputs(still, input);
  for (int i = 0; i < kDraws; ++i) {
    // h = (1 − z)·n, about n/2 = x·W_n/2 for a small x.
    sum += (2e3 * (outputs(noisy, input) - expected)).pow(2).mean().item<double>();
  }
  EXPECT_NEAR(std::sqrt(sum / kDraws), 0.1 * std::sqrt(3.0), 0.01);  // of three inputs
  EXPECT_TRUE(torch::equal(noisy.weights().input, weights));
}

}  // namespace
}  // namespace eigenrnn
