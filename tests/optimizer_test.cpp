#include "training/optimizer.h"

#include <limits>
#include <sstream>

#include <gtest/gtest.h>
#include <torch/nn/module.h>
#include <torch/nn/utils/clip_grad.h>
#include <torch/serialize.h>

#include "training/adam.h"

namespace eigenrnn {
namespace {

// Of sizes that no vector divides, and one without a gradient.
std::vector<torch::Tensor> parameters() {
  torch::manual_seed(1);
  std::vector<torch::Tensor> made;
  for (int64_t size : {1, 37, 1000}) made.push_back(torch::randn({size}).requires_grad_());
  made.push_back(torch::randn({3}).requires_grad_());
  return made;
}

// As steep as makes both the moments and epsilon count.
void set_gradients(std::vector<torch::Tensor>& parameters, int64_t step) {
  torch::manual_seed(static_cast<uint64_t>(100 + step));
  for (size_t i = 0; i + 1 < parameters.size(); ++i) {
    parameters[i].mutable_grad() =
        torch::randn(parameters[i].sizes()) * std::pow(10.0, static_cast<double>(step % 5) - 3.0);
  }
}

double largest_difference(const std::vector<torch::Tensor>& a,
                          const std::vector<torch::Tensor>& b) {
  double largest = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    largest = std::max(largest, (a[i] - b[i]).abs().max().item<double>());
  }
  return largest;
}

TrainingSettings adam(double weight_decay) {
  TrainingSettings training;
  training.learning_rate = 0.01;
  training.weight_decay = weight_decay;
  return training;
}

TEST(Optimizer, AdamIsLibtorchsUpToRounding) {
  for (const double weight_decay : {0.0, 0.1}) {
    auto ours = parameters(), theirs = parameters();
    const auto optimizer = make_optimizer(adam(weight_decay), ours);
    torch::optim::Adam reference(theirs,
                                 torch::optim::AdamOptions(0.01).weight_decay(weight_decay));
    for (int64_t step = 0; step < 50; ++step) {
      set_gradients(ours, step);
      set_gradients(theirs, step);
      optimizer->step();
      reference.step();
    }
    EXPECT_LT(largest_difference(ours, theirs), 2e-6);
    EXPECT_GT(largest_difference(ours, parameters()), 0.05);
    EXPECT_TRUE(torch::equal(ours.back(), parameters().back()));
  }
}

// As a GPU takes it.
TEST(Optimizer, AdamOfListsIsAdamOfEach) {
  torch::manual_seed(3);
  const AdamStep step = {0.9F, 0.999F, 1e-8F, 0.1F, 0.01F, 0.3F};
  AdamLists lists;
  lists.step = step;
  std::vector<torch::Tensor> weights, first_moments, second_moments;
  for (const int64_t size : {5, 64}) {
    lists.gradients.push_back(torch::randn({size}));
    lists.weights.push_back(torch::randn({size}));
    lists.first_moments.push_back(torch::randn({size}));
    lists.second_moments.push_back(torch::rand({size}));
    weights.push_back(lists.weights.back().clone());
    first_moments.push_back(lists.first_moments.back().clone());
    second_moments.push_back(lists.second_moments.back().clone());
    adam_update(step, size, lists.gradients.back().data_ptr<float>(),
                weights.back().data_ptr<float>(), first_moments.back().data_ptr<float>(),
                second_moments.back().data_ptr<float>());
  }
  adam_update(lists);
  EXPECT_LT(largest_difference(lists.weights, weights), 1e-6);
  EXPECT_LT(largest_difference(lists.first_moments, first_moments), 1e-6);
  EXPECT_LT(largest_difference(lists.second_moments, second_moments), 1e-6);
}

TEST(Optimizer, ClippingWithTheLossIsClipping) {
  for (const double bound : {0.0, 0.5, 1e6}) {
    auto together = parameters(), apart = parameters();
    set_gradients(together, 4);
    set_gradients(apart, 4);
    const double norm = clip_gradients(apart, bound);
    const LossAndNorm found = clip_gradients(torch::tensor(2.5), together, bound);
    EXPECT_EQ(found.loss, 2.5);
    EXPECT_NEAR(found.norm, norm, 1e-5 * norm);
    for (size_t i = 0; i + 1 < apart.size(); ++i) {
      EXPECT_TRUE(torch::allclose(together[i].grad(), apart[i].grad(), 1e-5, 1e-7)) << bound;
    }
  }
}

TEST(Optimizer, ClippingLeavesGradientsOfALossThatIsNoNumber) {
  auto all = parameters();
  set_gradients(all, 4);
  const torch::Tensor before = all[2].grad().clone();
  EXPECT_TRUE(std::isnan(clip_gradients(torch::tensor(NAN), all, 0.1).loss));
  EXPECT_TRUE(torch::equal(all[2].grad(), before));
}

TEST(Optimizer, AdamTakesWhatAPassDoesNotReach) {
  torch::Tensor weight = torch::ones({4, 3}, torch::kFloat64).t().requires_grad_();
  const auto optimizer = make_optimizer(adam(0), {weight});
  for (int step = 0; step < 3; ++step) {
    weight.mutable_grad() = torch::ones_like(weight);
    optimizer->step();
  }
  EXPECT_TRUE(torch::allclose(weight, torch::full({3, 4}, 0.97, torch::kFloat64)));
}

TEST(Optimizer, AdamGoesOnFromItsStateToTheSameBits) {
  auto whole = parameters(), cut = parameters();
  const auto optimizer = make_optimizer(adam(0.1), whole);
  std::stringstream saved;
  {
    const auto before = make_optimizer(adam(0.1), cut);
    for (int64_t step = 0; step < 3; ++step) {
      set_gradients(cut, step);
      before->step();
    }
    torch::save(*before, saved);
  }
  const auto after = make_optimizer(adam(0.1), cut);
  torch::load(*after, saved);
  for (int64_t step = 0; step < 6; ++step) {
    set_gradients(whole, step);
    optimizer->step();
    if (step < 3) continue;
    set_gradients(cut, step);
    after->step();
  }
  EXPECT_EQ(largest_difference(whole, cut), 0.0);
}

TEST(Optimizer, ClippingIsLibtorchs) {
  for (const double bound : {0.0, 0.5, 1e6}) {
    auto ours = parameters(), theirs = parameters();
    set_gradients(ours, 3);
    set_gradients(theirs, 3);
    const double norm = clip_gradients(ours, bound);
    const double expected = torch::nn::utils::clip_grad_norm_(
        theirs, bound > 0 ? bound : std::numeric_limits<double>::infinity());
    EXPECT_NEAR(norm, expected, 1e-5 * expected);
    for (size_t i = 0; i + 1 < ours.size(); ++i) {
      EXPECT_TRUE(torch::allclose(ours[i].grad(), theirs[i].grad()));
    }
  }
}

TEST(Optimizer, ClippingHidesNothingThatIsNotFinite) {
  const double kInfinity = std::numeric_limits<double>::infinity();
  for (const double bad : {kInfinity, std::nan("")}) {
    auto weights = parameters();
    set_gradients(weights, 0);
    weights[1].mutable_grad()[36] = bad;
    EXPECT_FALSE(std::isfinite(clip_gradients(weights, 1.0)));
    EXPECT_FALSE(std::isfinite(weights[1].grad()[36].item<float>()));
  }
}

}  // namespace
}  // namespace eigenrnn
