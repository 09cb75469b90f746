#include <map>

#include <gtest/gtest.h>

#include "initializer_fixture.h"
#include "support/error.h"
#include "tasks/task.h"
#include "training/trainer.h"

namespace eigenrnn {
namespace {

Options options(const nlohmann::json& given) {
  return Options::resolve(TaskRegistry::instance().at("temporal_order").options, given);
}

std::unique_ptr<Task> make(const nlohmann::json& given) {
  return TaskRegistry::instance().at("temporal_order").make(options(given));
}

TEST(TemporalOrder, TheClassIsTheOrderOfTheTwoSymbolsInTheirPlaces) {
  for (int64_t length : {10, 37, 100}) {
    const auto task = make({{"length", length}, {"train_size", 300}});
    const int64_t tenth = length / 10;
    for (int64_t item = 0; item < 300; ++item) {
      const nlohmann::json json = task->to_json(Split::kTrain, item);
      const auto text = json.at("symbols").get<std::string>();
      ASSERT_EQ(text.size(), static_cast<size_t>(length));
      const size_t first = text.find_first_of("XY"), second = text.find_last_of("XY");
      ASSERT_NE(first, second);
      EXPECT_EQ(std::string({text[first], text[second]}), json.at("class"));
      EXPECT_GE(first, static_cast<size_t>(tenth));
      EXPECT_LT(first, static_cast<size_t>(2 * tenth));
      EXPECT_GE(second, static_cast<size_t>(5 * tenth));
      EXPECT_LT(second, static_cast<size_t>(6 * tenth));
      // Nothing else is an X or a Y.
      EXPECT_EQ(text.find_first_of("XY", first + 1), second);
    }
  }
}

TEST(TemporalOrder, ClassesAreEquallyLikely) {
  const auto task = make({{"length", 10}, {"test_size", 8000}});
  std::map<std::string, int> count;
  for (int64_t item = 0; item < 8000; ++item) {
    ++count[task->to_json(Split::kTest, item).at("class").get<std::string>()];
  }
  ASSERT_EQ(count.size(), 4u);
  for (const auto& [name, of] : count) EXPECT_NEAR(of, 2000, 160) << name;  // four deviations
}

TEST(TemporalOrder, ABatchIsItsItems) {
  const auto task = make({{"length", 12}, {"train_size", 20}});
  const Batch batch = task->batch(Split::kTrain, {7, 3});
  ASSERT_EQ(batch.input.sizes(), torch::IntArrayRef({12, 2}));
  const std::string alphabet = "abcdXY", names[] = {"XX", "XY", "YX", "YY"};
  for (const auto& [column, item] : {std::make_pair(0, 7), std::make_pair(1, 3)}) {
    const nlohmann::json json = task->to_json(Split::kTrain, item);
    const auto text = json.at("symbols").get<std::string>();
    for (int64_t t = 0; t < 12; ++t) {
      EXPECT_EQ(alphabet[static_cast<size_t>(batch.input[t][column].item<int64_t>())],
                text[static_cast<size_t>(t)]);
    }
    EXPECT_EQ(names[batch.target[column].item<int64_t>()], json.at("class"));
  }
}

TEST(TemporalOrder, ALengthWithoutTenPartsIsAnError) {
  EXPECT_THROW(options({{"length", 9}}), Error);
}

TEST(TemporalOrder, AGruLearnsShortSequences) {
  RunParts parts;
  parts.task = "temporal_order";
  parts.task_options = options({{"length", 10}, {"train_size", 1000}, {"validation_size", 300}});
  parts.cell = "gru";
  set_initializer(parts, "xavier");
  parts.model = model_section().from_json({{"hidden_size", 24}});
  parts.training =
      training_section().from_json({{"epochs", 8}, {"batch_size", 20}, {"learning_rate", 0.01}});
  const RunSpec spec(std::move(parts));
  const auto task = TaskRegistry::instance().at("temporal_order").make(spec->task_options);
  EXPECT_GT(run_training(spec, *task, torch::kCPU)->test->at("accuracy"), 0.95);
}

}  // namespace
}  // namespace eigenrnn
