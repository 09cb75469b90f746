#include "model/translation/projected_cross_entropy.h"

#include <cmath>

#include <gtest/gtest.h>
#include <torch/autograd.h>
#include <torch/nn/functional/linear.h>
#include <torch/nn/functional/loss.h>

#include "support/random.h"

namespace eigenrnn {
namespace {

using torch::Tensor;

struct Leaves {
  Projection projection;
  ProjectionInput input;
  Tensor target;
};

// More tokens than are worked on at a time.
Leaves leaves(bool with_context) {
  Random random(3);
  const int64_t tokens = 700, sentences = 9, words = 11, features = 5, context = 4;
  const auto leaf = [&](torch::IntArrayRef sizes) {
    return random.normal_tensor(sizes).requires_grad_();
  };
  Leaves result;
  result.projection = {leaf({words, features + (with_context ? context : 0)}), leaf({words})};
  result.input.features = leaf({tokens, features});
  result.target = torch::arange(tokens).remainder(words);
  if (with_context) {
    result.input.context = leaf({sentences, context});
    result.input.sentence = torch::arange(tokens).mul(7).remainder(sentences);
  }
  return result;
}

class ProjectedCrossEntropyTest : public testing::TestWithParam<bool> {};

TEST_P(ProjectedCrossEntropyTest, EqualsProjectionAndCrossEntropyWithItsGradient) {
  Leaves a = leaves(GetParam());
  std::vector<Tensor> parameters = {a.projection.weight, a.projection.bias, a.input.features};
  Tensor together = a.input.features;
  if (GetParam()) {
    parameters.push_back(a.input.context);
    together = torch::cat({together, a.input.context.index_select(0, a.input.sentence)}, 1);
  }
  const Tensor logits =
      torch::nn::functional::linear(together, a.projection.weight, a.projection.bias);
  const Tensor naive = torch::nn::functional::cross_entropy(logits, a.target);
  EXPECT_TRUE(project(a.projection, a.input).allclose(logits, 1e-12, 1e-12));
  const auto expected = torch::autograd::grad({naive * 3}, parameters);
  for (const Gathering gathering : {Gathering::kInPlace, Gathering::kProducts}) {
    const Tensor ours = projected_cross_entropy(a.projection, a.input, a.target, gathering);
    EXPECT_NEAR(ours.item<double>(), naive.item<double>(), 1e-12);
    const auto actual = torch::autograd::grad({ours * 3}, parameters);
    for (size_t i = 0; i < parameters.size(); ++i) {
      EXPECT_TRUE(actual[i].allclose(expected[i], 1e-10, 1e-12)) << "parameter " << i;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Context, ProjectedCrossEntropyTest, testing::Bool());

TEST(ProjectedCrossEntropy, RefusesShapesThatDoNotFitAndSecondDerivatives) {
  Leaves a = leaves(true);
  EXPECT_THROW(projected_cross_entropy(a.projection, a.input, a.target.slice(0, 1)), c10::Error);
  EXPECT_THROW(projected_cross_entropy(a.projection, {a.input.features, {}, {}}, a.target),
               c10::Error);
  const Tensor loss = projected_cross_entropy(a.projection, a.input, a.target);
  EXPECT_THROW(
      torch::autograd::grad({loss}, {a.projection.weight}, {}, true, /*create_graph=*/true),
      c10::Error);
}

TEST(ProjectedCrossEntropy, LetsNaNBeSeen) {
  Leaves a = leaves(false);
  a.input.features = a.input.features.detach().clone();
  a.input.features[650][0] = NAN;
  EXPECT_TRUE(std::isnan(projected_cross_entropy(a.projection, a.input, a.target).item<double>()));
}

}  // namespace
}  // namespace eigenrnn
