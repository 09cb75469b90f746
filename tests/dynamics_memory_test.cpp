#include <gtest/gtest.h>

#include "dynamics/memory.h"
#include "dynamics/modal.h"
#include "dynamics_fixture.h"
#include "support/error.h"

namespace eigenrnn {
namespace {

MemorySettings exact(int64_t max_lag, double noise, double ridge = 0.0) {
  MemorySettings settings;
  settings.max_lag = max_lag;
  settings.noise = noise;
  settings.ridge = ridge;
  return settings;
}

// h_t = W h_{t−1} + u x_t
torch::Tensor linear_response(const torch::Tensor& w, const torch::Tensor& u,
                              const torch::Tensor& input) {
  return linear_states(w, input.unsqueeze(2) * u);
}

torch::Tensor input_vector(int64_t size) { return Random(4).normal_tensor({size}); }

TEST(Memory, TheCovarianceOfADiagonalNetworkIsKnown) {
  // C_ij = u_i u_j/(1 − λ_i λ_j)
  const torch::Tensor values = torch::tensor({0.9, -0.5, 0.99, 0.0}, torch::kFloat64);
  const torch::Tensor u = input_vector(4);
  const torch::Tensor expected = torch::outer(u, u) / (1.0 - torch::outer(values, values));
  const torch::Tensor found = stationary_covariance(torch::diag(values), torch::outer(u, u));
  EXPECT_TRUE(torch::allclose(found, expected, 1e-12, 1e-12));
}

TEST(Memory, ANetworkAtTheUnitCircleHasNoCovariance) {
  const torch::Tensor matrix = torch::eye(2, torch::kFloat64);
  try {
    stationary_covariance(matrix, matrix);
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("spectral radius is 1"), std::string::npos);
  }
}

TEST(Memory, ADelayLineRemembersAsManyStepsAsItHasUnits) {
  // h_i = ρ^i x_{t−i}: the unit i sees x_{t−i} with variance ρ^2i, and noise ν of its own.
  constexpr int64_t kSize = 8;
  constexpr double kDecay = 0.8, kNoise = 0.05;
  const torch::Tensor line = kDecay * torch::diag(torch::ones({kSize - 1}, torch::kFloat64), -1);
  torch::Tensor first = torch::zeros({kSize}, torch::kFloat64);
  first[0] = 1.0;
  double mean_variance = 0.0;
  for (int64_t i = 0; i < kSize; ++i) mean_variance += std::pow(kDecay, 2.0 * i) / kSize;
  const MemoryCurve curve = linear_memory_curve(line, first, exact(12, kNoise));
  const MemoryCurve ridged = linear_memory_curve(line, first, exact(12, 0.0, kNoise));
  for (int64_t k = 0; k <= 12; ++k) {
    const double signal = k < kSize ? std::pow(kDecay, 2.0 * k) : 0.0;
    const double share = signal / (signal + kNoise * mean_variance);
    EXPECT_NEAR(curve.by_lag[k], share, 1e-12);
    // 2wp − w²C with w = p/(C + ε), C = p² = signal
    EXPECT_NEAR(ridged.by_lag[k], 2 * share - share * share, 1e-12);
  }
  EXPECT_NEAR(linear_memory_curve(line, first, exact(12, 0.0)).capacity, kSize, 1e-9);
}

TEST(Memory, TheClosedFormEqualsTheSumWrittenOut) {
  for (bool normal : {true, false}) {
    const torch::Tensor w = known_matrix(normal), u = input_vector(5);
    torch::Tensor covariance = torch::zeros({5, 5}, torch::kFloat64), term = u;
    for (int j = 0; j < 2000; ++j) {
      covariance += torch::outer(term, term);
      term = w.mv(term);
    }
    const torch::Tensor seen =
        covariance + 0.01 * covariance.trace() / 5 * torch::eye(5, torch::kFloat64);
    const MemoryCurve curve = linear_memory_curve(w, u, exact(40, 0.01));
    double capacity = 0.0;
    for (int64_t k = 0; k <= 40; ++k) {
      const torch::Tensor p = torch::matrix_power(w, k).mv(u);
      const double expected = p.dot(torch::linalg_solve(seen, p)).item<double>();
      EXPECT_NEAR(curve.by_lag[k], expected, 1e-10) << "lag " << k;
      capacity += expected;
    }
    EXPECT_NEAR(curve.capacity, capacity, 1e-9);
  }
}

TEST(Memory, WithoutNoiseTheCapacityIsTheNumberOfUnits) {
  for (bool normal : {true, false}) {
    EXPECT_NEAR(
        linear_memory_curve(known_matrix(normal), input_vector(5), exact(200, 0.0)).capacity, 5.0,
        1e-6);
  }
}

TEST(Memory, TheEstimateOfALinearNetworkAgreesWithTheClosedForm) {
  for (const auto law : {MemorySettings::Law::kUniform, MemorySettings::Law::kNormal}) {
    MemorySettings settings = exact(30, 0.02, 0.01);
    settings.steps = 5000;
    settings.law = law;
    const torch::Tensor w = known_matrix(false), u = input_vector(5);
    Random random(6);
    const MemoryCurve estimate = memory_curve(
        [&](const torch::Tensor& input) { return linear_response(w, u, input); }, settings, random);
    const MemoryCurve closed = linear_memory_curve(w, u, settings);
    for (size_t k = 0; k < closed.by_lag.size(); ++k) {
      EXPECT_NEAR(estimate.by_lag[k], closed.by_lag[k], 0.015) << "lag " << k;
    }
    EXPECT_NEAR(estimate.capacity, closed.capacity, 0.1);
  }
}

TEST(Memory, DoesNotDependOnTheStatesScale) {
  const torch::Tensor w = known_matrix(true), u = input_vector(5);
  const auto capacity = [&](double scale) {
    Random random(6);
    return memory_curve(
               [&](const torch::Tensor& input) { return scale * linear_response(w, u, input); },
               exact(30, 0.02, 0.01), random)
        .capacity;
  };
  EXPECT_NEAR(capacity(1.0), capacity(1e-3), 1e-9);
}

TEST(Memory, SaturationForgets) {
  const Cell& cell = cell_named("rnn_tanh");
  Random draw(8);
  const torch::Tensor w = 0.95 * haar_orthogonal(20, draw);
  const auto capacity = [&](double scale) {
    const RecurrentWeights weights = layer_of(w, scale * input_vector(20).unsqueeze(1));
    Random random(9);
    return memory_curve(
               [&](const torch::Tensor& input) {
                 return run_sequence(cell, weights, input.unsqueeze(2)).outputs;
               },
               exact(60, 1e-4), random)
        .capacity;
  };
  const double linear = linear_memory_curve(w, input_vector(20), exact(60, 1e-4)).capacity;
  EXPECT_NEAR(capacity(1e-3), linear, 1.0);  // 4000 steps err by H/4000 at each of 61 lags
  EXPECT_LT(capacity(3.0), 0.5 * linear);
}

TEST(Memory, WhatIsNotFiniteHasNone) {
  Random random(6);
  const MemoryCurve curve =
      memory_curve([](const torch::Tensor& input) { return input.unsqueeze(2) * INFINITY; },
                   exact(5, 0.0), random);
  EXPECT_TRUE(std::isnan(curve.capacity));
  EXPECT_EQ(curve.by_lag.size(), 6u);
}

TEST(Memory, SettingsThatDoNotFitAreErrors) {
  Random random(6);
  MemorySettings settings;
  settings.washout = 10;
  EXPECT_THROW(memory_curve([](const torch::Tensor& x) { return x; }, settings, random), Error);
}

}  // namespace
}  // namespace eigenrnn
