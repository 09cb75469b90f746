#include <algorithm>

#include <gtest/gtest.h>

#include "dynamics/lyapunov.h"
#include "dynamics_fixture.h"

namespace eigenrnn {
namespace {

TEST(Lyapunov, OfANormalMatrixAreTheLogarithmsOfTheModuli) {
  LyapunovSettings settings;
  settings.steps = 50;
  settings.transient = 300;
  const torch::Tensor matrix = known_matrix(/*normal=*/true);
  const auto exponents = lyapunov_exponents([&](int64_t) { return matrix; }, settings);
  const std::vector<double> moduli = {0.9, 0.9, 0.8, 0.6, 0.6};
  ASSERT_EQ(exponents.size(), 5u);
  for (size_t i = 0; i < 5; ++i) EXPECT_NEAR(exponents[i], std::log(moduli[i]), 1e-6) << i;

  settings.exponents = 3;
  const auto largest = lyapunov_exponents([&](int64_t) { return matrix; }, settings);
  ASSERT_EQ(largest.size(), 3u);
  for (size_t i = 0; i < 3; ++i) EXPECT_NEAR(largest[i], std::log(moduli[i]), 1e-6) << i;
}

TEST(Lyapunov, OfALinearNetworkAlongItsTrajectory) {
  // A ReLU layer is linear as long as its inputs keep every unit on.
  const torch::Tensor matrix = 0.1 * known_matrix(true).abs() + 0.3 * torch::eye(5);
  const StateMap map(cell_named("rnn_relu"),
                     layer_of((matrix + matrix.t()) / 2, torch::ones({5, 1}, torch::kFloat64)));
  const torch::Tensor drives = map.drive(Random(3).uniform_tensor({500, 1, 1}, 0.5, 1.5));
  const torch::Tensor states = map.trajectory(drives);
  LyapunovSettings settings;
  settings.steps = 100;
  settings.transient = 400;
  const auto exponents = lyapunov_exponents(
      [&](int64_t t) { return map.jacobian(states[t - 1], drives[t - 1])[0]; }, settings);
  const torch::Tensor moduli = std::get<0>(
      torch::linalg_eigvalsh(map.weights().recurrent, "L").abs().sort(0, /*descending=*/true));
  for (int64_t i = 0; i < 5; ++i) {
    EXPECT_NEAR(exponents[i], std::log(moduli[i].item<double>()), 1e-6) << i;
  }
}

TEST(Lyapunov, OfTheLogisticMapIsLn2) {
  double x = 0.3;
  LyapunovSettings settings;
  settings.steps = 5000;
  const auto exponents = lyapunov_exponents(
      [&](int64_t) {
        const double slope = 4.0 * (1.0 - 2.0 * x);
        x = 4.0 * x * (1.0 - x);
        return torch::full({1, 1}, slope, torch::kFloat64);
      },
      settings);
  EXPECT_NEAR(exponents.at(0), std::log(2.0), 2e-3);
}

TEST(Lyapunov, OfTheHenonMap) {
  // a = 1.4, b = 0.3: 0.419 and −1.623 (Sprott 2003, "Chaos and time-series analysis", table A.2).
  double x = 0.1, y = 0.1;
  LyapunovSettings settings;
  settings.steps = 20000;
  const auto exponents = lyapunov_exponents(
      [&](int64_t) {
        const torch::Tensor jacobian =
            torch::tensor({{-2.8 * x, 1.0}, {0.3, 0.0}}, torch::kFloat64);
        const double next = 1.0 - 1.4 * x * x + y;
        y = 0.3 * x;
        x = next;
        return jacobian;
      },
      settings);
  EXPECT_NEAR(exponents.at(0), 0.419, 0.005);
  EXPECT_NEAR(exponents.at(1), -1.623, 0.005);
  EXPECT_NEAR(exponents[0] + exponents[1], std::log(0.3), 1e-10);  // the determinant is −b
}

TEST(Lyapunov, NoStepsAreAnError) {
  LyapunovSettings settings;
  settings.steps = 0;
  EXPECT_THROW(lyapunov_exponents([](int64_t) { return torch::eye(1); }, settings), c10::Error);
}

}  // namespace
}  // namespace eigenrnn
