#include "forecast/schedule.h"

#include <stdexcept>

#include <gtest/gtest.h>

namespace eigenrnn {
namespace {

TEST(Schedule, WorkersTakeTheNextRunWhenTheyAreFree) {
  // One takes 3, then 2; the other 1, 1, 4.
  const Schedule schedule = simulate_schedule({3, 1, 1, 4, 2}, 2);
  EXPECT_DOUBLE_EQ(schedule.seconds, 6);
  EXPECT_DOUBLE_EQ(schedule.efficiency, 11.0 / 12);
}

TEST(Schedule, StartingUpCostsEveryWorker) {
  const Schedule schedule = simulate_schedule({2, 2}, 2, 0.5);
  EXPECT_DOUBLE_EQ(schedule.seconds, 2.5);
  EXPECT_DOUBLE_EQ(schedule.efficiency, 0.8);
}

TEST(Schedule, ALongRunBoundsWhatWorkersCanDo) {
  EXPECT_DOUBLE_EQ(simulate_schedule({10, 1, 1}, 100).seconds, 10);
  EXPECT_DOUBLE_EQ(simulate_schedule({}, 3).seconds, 0);
  EXPECT_THROW(simulate_schedule({1}, 0), std::invalid_argument);
}

}  // namespace
}  // namespace eigenrnn
