#include <cmath>
#include <numeric>

#include <gtest/gtest.h>

#include "initializer_fixture.h"
#include "tasks/task.h"
#include "training/trainer.h"

namespace eigenrnn {
namespace {

Options copy_options(const nlohmann::json& given) {
  return Options::resolve(TaskRegistry::instance().at("copy_memory").options, given);
}

std::unique_ptr<Task> copy_task(const nlohmann::json& given) {
  return TaskRegistry::instance().at("copy_memory").make(copy_options(given));
}

RunResult trained(int64_t length, int64_t epochs) {
  RunParts parts;
  parts.experiment = "test";
  parts.profile = "quick";
  parts.task = "copy_memory";
  parts.task_options = copy_options(
      {{"length", length}, {"train_size", 2000}, {"validation_size", 200}, {"test_size", 500}});
  parts.cell = "rnn_tanh";
  set_initializer(parts, "orthogonal");
  parts.model = model_section().from_json({{"hidden_size", 64}});
  parts.training = training_section().from_json(
      {{"epochs", epochs}, {"batch_size", 20}, {"learning_rate", 0.002}});
  const auto task = TaskRegistry::instance().at("copy_memory").make(parts.task_options);
  return *run_training(RunSpec(parts), *task, torch::kCPU);
}

TEST(CopyMemory, ASequenceIsSymbolsBlanksAMarkAndBlanks) {
  for (const int64_t delay : {1, 7}) {
    const auto task = copy_task({{"length", delay}, {"train_size", 50}});
    const Batch batch = task->batch(Split::kTrain, {3, 8});
    ASSERT_EQ(batch.input.sizes(), torch::IntArrayRef({20 + delay, 2}));
    ASSERT_EQ(batch.target.sizes(), torch::IntArrayRef({10, 2}));
    EXPECT_TRUE(torch::equal(batch.input.slice(0, 0, 10), batch.target));
    EXPECT_TRUE(batch.input.slice(0, 10, 10 + delay - 1).eq(8).all().item<bool>());
    EXPECT_TRUE(batch.input[10 + delay - 1].eq(9).all().item<bool>());
    EXPECT_TRUE(batch.input.slice(0, 10 + delay).eq(8).all().item<bool>());
    std::string text;
    for (int64_t i = 0; i < 10; ++i) {
      text += static_cast<char>('a' + batch.target[i][1].item<int64_t>());
    }
    EXPECT_EQ(task->to_json(Split::kTrain, 8).at("symbols"), text);
  }
}

TEST(CopyMemory, SymbolsAreEquallyLikely) {
  const auto task = copy_task({{"length", 1}, {"test_size", 4000}});
  std::vector<int64_t> items(4000);
  std::iota(items.begin(), items.end(), 0);
  const torch::Tensor counts = task->batch(Split::kTest, items).target.flatten().bincount();
  ASSERT_EQ(counts.numel(), 8);
  for (int64_t i = 0; i < 8; ++i)
    EXPECT_NEAR(counts[i].item<int64_t>(), 5000, 265);  // four deviations
}

TEST(CopyMemory, IsLearnedOverAShortDelay) { EXPECT_GT(trained(1, 8).test->at("accuracy"), 0.9); }

TEST(CopyMemory, AnUntrainedNetworkIsAtChance) {
  const auto task = copy_task({{"length", 20}, {"test_size", 500}});
  RecurrentSettings settings;
  settings.cell = &cell_named("gru");
  const InitializerInfo& xavier = InitializerRegistry::instance().at("xavier");
  settings.initializer = xavier.make(Options::resolve(xavier.options, {}));
  settings.hidden_size = 16;
  const TaskModel made = task->make_model(settings, Random(1));
  const torch::NoGradGuard no_gradient;
  const Evaluation found = made.evaluate(Split::kTest, torch::kCPU);
  EXPECT_NEAR(found.metrics.at("accuracy"), 0.125, 0.02);
  EXPECT_NEAR(found.metrics.at("loss"), std::log(8.0), 0.3);
}

}  // namespace
}  // namespace eigenrnn
