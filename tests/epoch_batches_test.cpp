// Batches that are prepared beforehand are those that would be built now.

#include "training/epoch_batches.h"

#include <gtest/gtest.h>

namespace eigenrnn {
namespace {

class EpochBatchesTest : public ::testing::Test {
 protected:
  void expect_is(const Batch& batch, int64_t i) const {
    const Batch expected = task_->batch(Split::kTrain, items_.at(static_cast<size_t>(i)));
    EXPECT_TRUE(batch.input.equal(expected.input)) << i;
    EXPECT_TRUE(batch.target.equal(expected.target)) << i;
  }

  std::unique_ptr<Task> task_ = [] {
    const TaskInfo& info = TaskRegistry::instance().at("adding");
    return info.make(Options::resolve(info.options, {{"length", 5}, {"train_size", 40}}));
  }();
  std::vector<std::vector<int64_t>> items_ = {{3, 1}, {4, 15, 9}, {2, 6}};
  EpochBatches batches_{*task_, Split::kTrain, items_, torch::kCPU};
};

TEST_F(EpochBatchesTest, ArePreparedOrBuiltAlike) {
  EXPECT_EQ(batches_.count(), 3);
  expect_is(batches_.take(0), 0);
  batches_.prepare(1);
  batches_.prepare(1);
  expect_is(batches_.take(1), 1);
  expect_is(batches_.take(1), 1);
}

TEST_F(EpochBatchesTest, OneThatWasPreparedInVainIsForgotten) {
  batches_.prepare(1);
  expect_is(batches_.take(2), 2);
  expect_is(batches_.take(0), 0);
}

TEST_F(EpochBatchesTest, BehindTheLastThereIsNothingToPrepare) {
  batches_.prepare(2);
  batches_.prepare(3);
  expect_is(batches_.take(2), 2);
  EXPECT_THROW(batches_.take(3), std::exception);
}

}  // namespace
}  // namespace eigenrnn
