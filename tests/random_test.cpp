#include "support/random.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace eigenrnn {
namespace {

TEST(Random, GoldenDraws) {
  // std::mt19937_64 is fixed by the standard; these pin the seeding and the transformations.
  Random random(0);
  EXPECT_EQ(random.bits(), 16461397835623557320u);
  EXPECT_EQ(random.bits(), 17046779270297018946u);
  EXPECT_EQ(random.bits(), 14283335028294870068u);
  EXPECT_EQ(Random(0).stream("W_hh/h").bits(), 7391446499325332297u);
  EXPECT_EQ(Random(0).uniform(), 0.89237416477656206);
  EXPECT_DOUBLE_EQ(Random(0).normal(), 1.8759055406773757);
  EXPECT_EQ(Random(0).permutation(5), (std::vector<int64_t>{1, 4, 3, 2, 0}));
  EXPECT_NE(Random(0).bits(), Random(1).bits());
}

TEST(Random, AStreamDoesNotDependOnEarlierDraws) {
  Random fresh(7), used(7);
  for (int i = 0; i < 100; ++i) used.bits();
  EXPECT_EQ(fresh.stream("data order").bits(), used.stream("data order").bits());
  EXPECT_NE(fresh.stream("data order").bits(), fresh.stream("weights").bits());
}

TEST(Random, MomentsOfUniformAndNormal) {
  Random random(3);
  const torch::Tensor normal = random.normal_tensor({200000}, 2.0);
  EXPECT_NEAR(normal.mean().item<double>(), 0.0, 0.03);
  EXPECT_NEAR(normal.std().item<double>(), 2.0, 0.03);
  const torch::Tensor uniform = random.uniform_tensor({200000}, -1.0, 3.0);
  EXPECT_NEAR(uniform.mean().item<double>(), 1.0, 0.02);
  EXPECT_GE(uniform.min().item<double>(), -1.0);
  EXPECT_LT(uniform.max().item<double>(), 3.0);
}

TEST(Random, PermutationHoldsEveryIndexOnce) {
  Random random(5);
  std::vector<int64_t> order = random.permutation(1000);
  EXPECT_FALSE(std::is_sorted(order.begin(), order.end()));
  std::sort(order.begin(), order.end());
  for (int64_t i = 0; i < 1000; ++i) EXPECT_EQ(order[i], i);
}

}  // namespace
}  // namespace eigenrnn
