#include <numeric>

#include <gtest/gtest.h>

#include "initializer_fixture.h"
#include "support/error.h"
#include "tasks/task.h"
#include "training/trainer.h"

namespace eigenrnn {
namespace {

Options options(const nlohmann::json& given) {
  return Options::resolve(TaskRegistry::instance().at("adding").options, given);
}

std::unique_ptr<Task> make(const nlohmann::json& given) {
  return TaskRegistry::instance().at("adding").make(options(given));
}

Batch everything(const Task& task, Split split) {
  std::vector<int64_t> items(static_cast<size_t>(task.size(split)));
  std::iota(items.begin(), items.end(), 0);
  return task.batch(split, items);
}

TEST(Adding, OneMarkInEachHalfAndTheTargetIsTheirSum) {
  for (int64_t length : {4, 7, 100}) {
    const auto task = make({{"length", length}, {"train_size", 500}});
    const Batch batch = everything(*task, Split::kTrain);
    ASSERT_EQ(batch.input.sizes(), torch::IntArrayRef({length, 500, 2}));
    const torch::Tensor values = batch.input.select(2, 0), mask = batch.input.select(2, 1);
    EXPECT_TRUE(mask.eq(0).logical_or(mask.eq(1)).all().item<bool>());
    EXPECT_TRUE(mask.slice(0, 0, length / 2).sum(0).eq(1).all().item<bool>());
    EXPECT_TRUE(mask.slice(0, length / 2).sum(0).eq(1).all().item<bool>());
    EXPECT_TRUE(torch::allclose((values * mask).sum(0), batch.target, 1e-6, 1e-7));
    EXPECT_GE(values.min().item<float>(), 0.0f);
    EXPECT_LE(values.max().item<float>(), 1.0f);
    EXPECT_TRUE(mask.sum(1).gt(0).all().item<bool>());  // every step is marked somewhere
  }
}

TEST(Adding, AlwaysAnsweringOneHasAnErrorOfOneSixth) {
  const auto task = make({{"length", 10}, {"test_size", 100000}});
  const Batch batch = everything(*task, Split::kTest);
  EXPECT_NEAR(batch.target.sub(1).square().mean().item<double>(), 1.0 / 6.0, 0.002);
  EXPECT_NEAR(task->data_facts().at("test").at("mse_of_always_1").get<double>(), 1.0 / 6.0, 0.002);
  EXPECT_NEAR(batch.input.select(2, 0).mean().item<double>(), 0.5, 0.002);
}

TEST(Adding, AsAClassificationTheInputsAreTheSameAndHalfOfTheSumsExceedOne) {
  const nlohmann::json given = {{"length", 20}, {"test_size", 20000}};
  const TaskInfo& info = TaskRegistry::instance().at("adding_threshold");
  const auto threshold = info.make(Options::resolve(info.options, given));
  const auto sum = make(given);
  const Batch asked = everything(*threshold, Split::kTest), summed = everything(*sum, Split::kTest);
  EXPECT_TRUE(torch::equal(asked.input, summed.input));
  EXPECT_TRUE(torch::equal(asked.target, summed.target.gt(1.0).to(torch::kFloat32)));
  EXPECT_NEAR(asked.target.mean().item<double>(), 0.5, 0.015);  // four standard errors
  EXPECT_EQ(threshold->data_facts().at("sha256"), sum->data_facts().at("sha256"));
}

TEST(Adding, TheDataDependOnTheOptionsAlone) {
  const nlohmann::json small = {{"length", 20}, {"train_size", 50}, {"validation_size", 50}};
  const auto one = make(small), same = make(small);
  EXPECT_EQ(one->data_facts(), same->data_facts());
  const Batch batch = everything(*one, Split::kTrain);
  EXPECT_TRUE(torch::equal(batch.input, everything(*same, Split::kTrain).input));
  EXPECT_FALSE(torch::equal(batch.input, everything(*one, Split::kValidation).input));
  nlohmann::json other = small;
  other["data_seed"] = 1;
  EXPECT_NE(make(other)->data_facts().at("sha256"), one->data_facts().at("sha256"));
}

TEST(Adding, AnItemIsTheSameInEveryForm) {
  const auto task = make({{"length", 6}, {"test_size", 5}});
  const nlohmann::json item = task->to_json(Split::kTest, 3);
  const Batch batch = task->batch(Split::kTest, {3});
  for (int64_t t = 0; t < 6; ++t) {
    const bool marked = item.at("marks")[0] == t || item.at("marks")[1] == t;
    EXPECT_EQ(batch.input[t][0][0].item<float>(), item.at("values")[t].get<float>());
    EXPECT_EQ(batch.input[t][0][1].item<float>(), marked ? 1.0f : 0.0f);
  }
  EXPECT_EQ(batch.target.item<float>(), item.at("target").get<float>());
}

TEST(Adding, ALengthWithoutTwoHalvesIsAnError) { EXPECT_THROW(options({{"length", 3}}), Error); }

TEST(Adding, AGruLearnsShortSequences) {
  RunParts parts;
  parts.task = "adding";
  parts.task_options = options({{"length", 10}, {"train_size", 2000}, {"validation_size", 500}});
  parts.cell = "gru";
  set_initializer(parts, "xavier");
  parts.model = model_section().from_json({{"hidden_size", 32}});
  parts.training =
      training_section().from_json({{"epochs", 10}, {"batch_size", 20}, {"learning_rate", 0.01}});
  const RunSpec spec(std::move(parts));
  const auto task = TaskRegistry::instance().at("adding").make(spec->task_options);
  const RunResult result = *run_training(spec, *task, torch::kCPU);
  EXPECT_LT(result.test->at("mse"), 0.01);
  EXPECT_NEAR(result.test->at("mse"), result.test->at("loss"), 1e-9);
  EXPECT_TRUE(result.epochs_to_threshold);
}

}  // namespace
}  // namespace eigenrnn
