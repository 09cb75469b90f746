#include <gtest/gtest.h>

#include "dynamics/separability.h"
#include "dynamics_fixture.h"
#include "support/error.h"

namespace eigenrnn {
namespace {

TEST(Separability, MutualInformationOfKnownTables) {
  // 1000 draws of each of two classes: 1 bit, but for the correction of ((2−1) + (2−1) − (2−1))/2N.
  const torch::Tensor perfect = torch::tensor({{1000.0, 0.0}, {0.0, 1000.0}}, torch::kFloat64);
  EXPECT_NEAR(mutual_information(perfect), 1.0 + 1.0 / 4000.0 / M_LN2, 1e-12);
  EXPECT_EQ(mutual_information(torch::full({2, 2}, 500.0, torch::kFloat64)), 0.0);
  // A binary symmetric channel that errs in one of ten: 1 − H(0.1).
  const torch::Tensor channel =
      torch::tensor({{9000.0, 1000.0}, {1000.0, 9000.0}}, torch::kFloat64);
  EXPECT_NEAR(mutual_information(channel), 0.531, 1e-3);
}

TEST(Separability, OfClassesThatTheStateHolds) {
  Random random(1);
  const torch::Tensor classes = torch::empty({600}, torch::kInt64);
  for (int64_t i = 0; i < 600; ++i) classes[i] = random.index(3);
  const torch::Tensor centres = 4.0 * random.normal_tensor({3, 10});
  const torch::Tensor states =
      1e-6 * (centres.index_select(0, classes) + 0.5 * random.normal_tensor({600, 10}));
  const ClassReadout readout = class_readout(states, classes);
  EXPECT_GT(readout.accuracy, 0.99);
  EXPECT_NEAR(readout.chance, 1.0 / 3.0, 0.08);
  EXPECT_NEAR(readout.information, std::log2(3.0), 0.1);
}

TEST(Separability, OfClassesThatTheStateDoesNotHold) {
  Random random(2);
  const torch::Tensor classes = torch::empty({2000}, torch::kInt64);
  for (int64_t i = 0; i < 2000; ++i) classes[i] = random.index(2);
  const ClassReadout noise = class_readout(random.normal_tensor({2000, 10}), classes);
  EXPECT_NEAR(noise.accuracy, 0.5, 0.05);
  EXPECT_LT(noise.information, 0.01);
  const ClassReadout constant = class_readout(torch::zeros({2000, 10}, torch::kFloat64), classes);
  EXPECT_NEAR(constant.accuracy, constant.chance, 1e-12);
  EXPECT_EQ(constant.information, 0.0);
}

TEST(Separability, OfValues) {
  Random random(3);
  const torch::Tensor states = random.normal_tensor({2000, 5});
  const torch::Tensor signal = states.mv(random.normal_tensor({5}));
  const double variance = signal.var().item<double>();
  EXPECT_NEAR(value_readout(states, signal + 2.0), 1.0, 1e-6);
  const torch::Tensor noisy = signal + random.normal_tensor({2000}, std::sqrt(variance));
  EXPECT_NEAR(value_readout(states, noisy), 0.5, 0.05);
  EXPECT_LT(value_readout(states, random.normal_tensor({2000})), 0.01);
  EXPECT_TRUE(std::isnan(value_readout(states, torch::ones({2000}, torch::kFloat64))));
}

TEST(Separability, TooFewSamplesAreAnError) {
  EXPECT_THROW(value_readout(torch::zeros({3, 2}, torch::kFloat64), torch::zeros({3})), Error);
}

}  // namespace
}  // namespace eigenrnn
