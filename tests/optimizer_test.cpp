#include "training/optimizer.h"

#include <limits>
#include <sstream>

#include <gtest/gtest.h>
#include <torch/nn/module.h>
#include <torch/nn/utils/clip_grad.h>
#include <torch/optim/rmsprop.h>
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

TEST(LearningRate, TheCosineScheduleFallsFromTheLearningRateToZero) {
  TrainingSettings training;
  training.learning_rate = 0.02;
  EXPECT_EQ(learning_rate_at(training, 0.75), 0.02);
  training.schedule = "cosine";
  EXPECT_DOUBLE_EQ(learning_rate_at(training, 0.0), 0.02);
  EXPECT_DOUBLE_EQ(learning_rate_at(training, 1.0 / 3.0), 0.015);  // cos(π/3) = 1/2
  EXPECT_DOUBLE_EQ(learning_rate_at(training, 0.5), 0.01);
  EXPECT_NEAR(learning_rate_at(training, 1.0), 0.0, 1e-18);
}

TEST(LearningRate, TheOtherSchedulesAreWhatTheyAreCalled) {
  TrainingSettings training;
  training.learning_rate = 0.02;
  training.epochs = 20;
  training.schedule = "linear";
  EXPECT_DOUBLE_EQ(learning_rate_at(training, 0.25), 0.015);
  training.schedule = "step";
  training.decay_epochs = 6;
  training.decay_factor = 0.5;
  EXPECT_DOUBLE_EQ(learning_rate_at(training, 5.99 / 20), 0.02);
  for (int epoch = 6; epoch < 12; ++epoch) {
    EXPECT_DOUBLE_EQ(learning_rate_at(training, epoch / 20.0), 0.01) << epoch;
  }
  EXPECT_DOUBLE_EQ(learning_rate_at(training, 18.0 / 20), 0.0025);
}

TEST(LearningRate, AWarmUpComesBeforeEverySchedule) {
  TrainingSettings training;
  training.learning_rate = 0.02;
  training.epochs = 10;
  training.warmup_epochs = 2;
  EXPECT_DOUBLE_EQ(learning_rate_at(training, 0), 0);
  EXPECT_DOUBLE_EQ(learning_rate_at(training, 0.05), 0.005);  // after half an epoch of two
  EXPECT_DOUBLE_EQ(learning_rate_at(training, 0.2), 0.02);
  EXPECT_DOUBLE_EQ(learning_rate_at(training, 0.9), 0.02);
  training.schedule = "linear";
  EXPECT_DOUBLE_EQ(learning_rate_at(training, 0.2), 0.02);
  EXPECT_DOUBLE_EQ(learning_rate_at(training, 0.6),
                   0.01);  // half of the eight epochs that are left
  training.schedule = "step";
  training.decay_epochs = 4;
  EXPECT_DOUBLE_EQ(learning_rate_at(training, 0.55), 0.02);
  EXPECT_DOUBLE_EQ(learning_rate_at(training, 0.6), 0.002);
  training.warmup_epochs = 20;  // longer than the run
  EXPECT_DOUBLE_EQ(learning_rate_at(training, 1.0), 0.01);
}

TEST(Optimizer, OptimizersGetTheirOwnParameters) {
  TrainingSettings training;
  training.beta1 = 0.5;
  training.beta2 = 0.75;
  training.epsilon = 1e-3;
  training.alpha = 0.25;
  const auto options = [&](const char* name) -> const torch::optim::OptimizerOptions& {
    static std::unique_ptr<torch::optim::Optimizer> optimizer;
    training.optimizer = name;
    optimizer = make_optimizer(training, {torch::zeros({1}, torch::requires_grad())});
    return optimizer->param_groups()[0].options();
  };
  const auto& adam = static_cast<const torch::optim::AdamOptions&>(options("adam"));
  EXPECT_EQ(adam.betas(), std::make_tuple(0.5, 0.75));
  EXPECT_EQ(adam.eps(), 1e-3);
  const auto& rmsprop = static_cast<const torch::optim::RMSpropOptions&>(options("rmsprop"));
  EXPECT_EQ(rmsprop.alpha(), 0.25);
  EXPECT_EQ(rmsprop.eps(), 1e-3);
}

TEST(LearningRate, EveryOptimizerTakesTheScheduledRate) {
  for (const char* name : {"adam", "rmsprop", "sgd"}) {
    TrainingSettings training;
    training.optimizer = name;
    training.schedule = "cosine";
    torch::Tensor weight = torch::zeros({1}, torch::requires_grad());
    const auto optimizer = make_optimizer(training, {weight});
    apply_schedule(training, 0.5, *optimizer);
    EXPECT_DOUBLE_EQ(optimizer->param_groups()[0].options().get_lr(), training.learning_rate / 2)
        << name;
  }
}

}  // namespace
}  // namespace eigenrnn
