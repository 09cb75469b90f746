// A head and its loss in one go, against LibTorch's calls one by one in double.

#include "model/mean_loss.h"

#include <cmath>

#include <gtest/gtest.h>
#include <torch/autograd.h>

namespace eigenrnn {
namespace {

using torch::Tensor;

struct Case {
  MeanLoss loss;
  int64_t outputs;
};

class MeanLossTest : public ::testing::TestWithParam<Case> {
 protected:
  Tensor target(int64_t batch) const {
    switch (GetParam().loss) {
      case MeanLoss::kBinaryCrossEntropy:
        return torch::randint(2, {batch}).to(torch::kFloat32);
      case MeanLoss::kCrossEntropy:
        return torch::randint(GetParam().outputs, {batch}, torch::kInt64);
      case MeanLoss::kSquaredError:
        break;
    }
    return torch::randn({batch});
  }
};

TEST_P(MeanLossTest, EqualsLibtorchWithItsGradient) {
  torch::manual_seed(1);
  for (const double scale : {1.0, 60.0}) {  // the second: logits far beyond where exp overflows
    const Tensor features = torch::randn({7, 5}).requires_grad_();
    const Tensor weight = (torch::randn({GetParam().outputs, 5}) * scale).requires_grad_();
    const Tensor bias = torch::randn({GetParam().outputs}).requires_grad_();
    const Tensor answers = target(7);
    const Tensor ours = mean_loss_of_head(GetParam().loss, features, weight, bias, answers);
    const auto actual = torch::autograd::grad({ours * 3}, {features, weight, bias});

    std::vector<Tensor> exact;
    for (const Tensor& x : {features, weight, bias}) {
      exact.push_back(x.detach().to(torch::kFloat64).requires_grad_());
    }
    const Tensor wanted = answers.is_floating_point() ? answers.to(torch::kFloat64) : answers;
    const Tensor truth = mean_loss_of_head(GetParam().loss, exact[0], exact[1], exact[2], wanted);
    const auto expected = torch::autograd::grad({truth * 3}, exact);
    EXPECT_NEAR(ours.item<double>(), truth.item<double>(), 1e-5 * (1 + truth.item<double>()));
    for (size_t i = 0; i < expected.size(); ++i) {
      EXPECT_TRUE(actual[i].to(torch::kFloat64).allclose(expected[i], 1e-4, 1e-5)) << i;
    }
  }
}

TEST_P(MeanLossTest, WithoutGradientsItIsTheSame) {
  const Tensor features = torch::randn({4, 5}), weight = torch::randn({GetParam().outputs, 5}),
               bias = torch::randn({GetParam().outputs}), answers = target(4);
  const auto loss = [&] {
    return mean_loss_of_head(GetParam().loss, features, weight, bias, answers).item<double>();
  };
  const double with = loss();
  const torch::NoGradGuard no_gradient;
  EXPECT_NEAR(with, loss(), 1e-5 * (1 + with));
}

TEST_P(MeanLossTest, WhatIsNotANumberStaysSo) {
  Tensor features = torch::randn({4, 5});
  features[2][1] = std::nan("");
  const Tensor loss =
      mean_loss_of_head(GetParam().loss, features, torch::randn({GetParam().outputs, 5}),
                        torch::randn({GetParam().outputs}), target(4));
  EXPECT_TRUE(std::isnan(loss.item<double>()));
}

TEST_P(MeanLossTest, WhatIsTooLargeForAFloatIsInfinite) {
  const Tensor weight = torch::full({GetParam().outputs, 5}, 1e38);
  weight[0] = -1e38;  // apart from the other outputs
  const Tensor loss = mean_loss_of_head(GetParam().loss, torch::ones({4, 5}).requires_grad_(),
                                        weight, torch::zeros({GetParam().outputs}),
                                        GetParam().loss == MeanLoss::kCrossEntropy
                                            ? torch::zeros({4}, torch::kInt64)
                                            : torch::ones({4}));
  EXPECT_FALSE(std::isfinite(loss.item<double>()));
}

TEST_P(MeanLossTest, ShapesThatDoNotFitAreRefused) {
  const Tensor features = torch::randn({4, 5}), weight = torch::randn({GetParam().outputs, 5}),
               bias = torch::randn({GetParam().outputs});
  EXPECT_THROW(mean_loss_of_head(GetParam().loss, features, weight, bias, target(3)), c10::Error);
}

INSTANTIATE_TEST_SUITE_P(AllLosses, MeanLossTest,
                         ::testing::Values(Case{MeanLoss::kBinaryCrossEntropy, 1},
                                           Case{MeanLoss::kCrossEntropy, 3},
                                           Case{MeanLoss::kSquaredError, 1}));

TEST(MeanLoss, AClassThatIsNoneIsRefused) {
  const Tensor target = torch::tensor({0, 3}, torch::kInt64);
  EXPECT_THROW(mean_loss_of_head(MeanLoss::kCrossEntropy, torch::randn({2, 5}),
                                 torch::randn({3, 5}), torch::randn({3}), target),
               c10::Error);
}

}  // namespace
}  // namespace eigenrnn
