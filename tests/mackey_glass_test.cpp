#include "tasks/mackey_glass.h"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "tasks/task.h"

namespace eigenrnn {
namespace {

double largest_difference(const std::vector<double>& one, const std::vector<double>& other) {
  double largest = 0.0;
  for (size_t i = 0; i < one.size(); ++i) largest = std::max(largest, std::abs(one[i] - other[i]));
  return largest;
}

TEST(MackeyGlassSeries, IsSolvedToFourthOrder) {
  // Half the step, a sixteenth of the error; over 100 units of time chaos has little say.
  const auto finest = mackey_glass_series(100, 80);
  const double coarse = largest_difference(mackey_glass_series(100, 10), finest);
  const double fine = largest_difference(mackey_glass_series(100, 20), finest);
  EXPECT_LT(coarse, 1e-7);
  EXPECT_NEAR(coarse / fine, 16.0, 3.0);
}

TEST(MackeyGlassSeries, StartsAsTheEquationSays) {
  // Until the delay has passed the production is constant: a relaxation in closed form.
  const auto series = mackey_glass_series(18);
  const double goal = 0.2 * 1.2 / (1.0 + std::pow(1.2, 10)) / 0.1;
  for (size_t t = 0; t < series.size(); ++t) {
    EXPECT_NEAR(series[t], goal + (1.2 - goal) * std::exp(-0.1 * static_cast<double>(t)), 1e-8);
  }
}

TEST(MackeyGlassSeries, StaysInItsRangeAndDoesNotRepeat) {
  const auto series = mackey_glass_series(6000);
  const auto [low, high] = std::minmax_element(series.begin() + 1000, series.end());
  EXPECT_GT(*low, 0.2);
  EXPECT_LT(*low, 0.5);
  EXPECT_GT(*high, 1.2);
  EXPECT_LT(*high, 1.4);
  // No shift, not even by a multiple of the main period of about 50, lays it onto itself.
  for (size_t shift = 20; shift <= 2000; ++shift) {
    double square = 0.0;
    for (size_t t = 1000; t < 4000; ++t) square += std::pow(series[t + shift] - series[t], 2);
    EXPECT_GT(std::sqrt(square / 3000.0), 0.02) << shift;
  }
}

class MackeyGlassTask : public testing::Test {
 protected:
  static std::unique_ptr<Task> make(int64_t horizon) {
    const TaskInfo& info = TaskRegistry::instance().at("mackey_glass");
    return info.make(Options::resolve(info.options, {{"horizon", horizon},
                                                     {"length", 30},
                                                     {"train_size", 700},
                                                     {"validation_size", 50},
                                                     {"test_size", 60}}));
  }
};

TEST_F(MackeyGlassTask, TheTargetIsTheValueThatComesHorizonStepsLater) {
  for (int64_t horizon : {1, 6}) {
    const auto task = make(horizon);
    const Batch batch = task->batch(Split::kTrain, {5, 5 + horizon, 600});
    EXPECT_EQ(batch.input.sizes(), torch::IntArrayRef({30, 3, 1}));
    EXPECT_EQ(batch.target.sizes(), torch::IntArrayRef({3}));
    EXPECT_EQ(batch.target[0].item<float>(), batch.input[29][1][0].item<float>());
    EXPECT_EQ(task->to_json(Split::kTrain, 5).at("target").get<float>(),
              batch.target[0].item<float>());
  }
}

TEST_F(MackeyGlassTask, TheScaleIsThatOfTheTrainingStretch) {
  const auto task = make(1);
  const nlohmann::json facts = task->data_facts();
  const int64_t start = facts.at("train").at("first_sample"),
                count = facts.at("train").at("samples");
  EXPECT_EQ(count, 700 + 30);  // the last window's target is its last sample
  const auto series = mackey_glass_series(start + count);
  double sum = 0.0, squares = 0.0;
  for (int64_t t = start; t < start + count; ++t) {
    sum += series[static_cast<size_t>(t)];
    squares += series[static_cast<size_t>(t)] * series[static_cast<size_t>(t)];
  }
  const double mean = sum / static_cast<double>(count);
  const double deviation = std::sqrt(squares / static_cast<double>(count) - mean * mean);
  EXPECT_NEAR(facts.at("training_mean").get<double>(), mean, 1e-9);
  EXPECT_NEAR(facts.at("training_standard_deviation").get<double>(), deviation, 1e-9);
  const Batch batch = task->batch(Split::kTrain, {0, 699});
  EXPECT_NEAR(batch.input[0][0][0].item<float>(),
              (series[static_cast<size_t>(start)] - mean) / deviation, 1e-5);
  EXPECT_NEAR(batch.target[1].item<float>(), (series.back() - mean) / deviation, 1e-5);
}

TEST_F(MackeyGlassTask, SplitsLieApart) {
  const nlohmann::json facts = make(6)->data_facts();
  int64_t end = 1000;  // the transient
  for (const char* split : {"train", "validation", "test"}) {
    const nlohmann::json& stretch = facts.at(split);
    EXPECT_GE(stretch.at("first_sample").get<int64_t>(), end);
    end = stretch.at("first_sample").get<int64_t>() + stretch.at("samples").get<int64_t>() + 100;
  }
}

TEST_F(MackeyGlassTask, TheSameOptionsGiveTheSameBits) {
  EXPECT_EQ(make(1)->data_facts(), make(1)->data_facts());
  EXPECT_TRUE(torch::equal(make(1)->batch(Split::kTest, {0, 59}).input,
                           make(1)->batch(Split::kTest, {0, 59}).input));
}

}  // namespace
}  // namespace eigenrnn
