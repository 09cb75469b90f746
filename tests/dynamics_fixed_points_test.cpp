#include <gtest/gtest.h>

#include "dynamics/fixed_points.h"
#include "dynamics_fixture.h"

namespace eigenrnn {
namespace {

// The positive solution of x = tanh(2x).
constexpr double kRoot = 0.957504024077;

StateMap tanh_map(const std::vector<double>& diagonal) {
  const torch::Tensor w = torch::diag(torch::tensor(diagonal, torch::kFloat64));
  return {cell_named("rnn_tanh"), layer_of(w, torch::ones({w.size(0), 1}, torch::kFloat64))};
}

TEST(FixedPoints, OfOneUnitAreTheKnownRoots) {
  // s' = tanh(2s): 0 is unstable with slope 2, ±0.9575 are stable.
  const StateMap map = tanh_map({2.0});
  const torch::Tensor starts =
      torch::tensor({0.9, -0.8, 0.05, 0.7, -0.02, 0.95}, torch::kFloat64).unsqueeze(1);
  const FixedPoints found =
      find_fixed_points(map, torch::zeros({1}, torch::kFloat64), starts, {7, 8, 9, 7, 9, 6});
  ASSERT_EQ(found.points.size(), 3u);
  EXPECT_EQ(found.not_found, 0);
  EXPECT_TRUE(std::isnan(found.smallest_slow));
  EXPECT_NEAR(found.points[0].states.item<double>(), kRoot, 1e-9);
  EXPECT_EQ(found.points[0].starts_by_label, (std::map<int64_t, int64_t>{{6, 1}, {7, 2}}));
  EXPECT_EQ(found.points[0].stability, Stability::kStable);
  EXPECT_NEAR(found.points[0].eigenvalues[0].real(), 2.0 * (1.0 - kRoot * kRoot), 1e-9);
  EXPECT_NEAR(found.points[1].states.item<double>(), 0.0, 1e-9);
  EXPECT_EQ(found.points[1].stability, Stability::kUnstable);
  EXPECT_EQ(found.points[1].starts, 2);
  EXPECT_NEAR(found.points[1].eigenvalues[0].real(), 2.0, 1e-9);
  EXPECT_NEAR(found.points[2].states.item<double>(), -kRoot, 1e-9);
  for (const FixedPoint& point : found.points) EXPECT_LE(point.residual, 1e-20);
}

TEST(FixedPoints, ASaddleHasDirectionsOfBothKinds) {
  const FixedPoints found =
      find_fixed_points(tanh_map({2.0, 0.5}), torch::zeros({2}, torch::kFloat64),
                        torch::full({1, 2}, 0.01, torch::kFloat64), {});
  ASSERT_EQ(found.points.size(), 1u);
  EXPECT_EQ(found.points[0].stability, Stability::kSaddle);
  EXPECT_NEAR(found.points[0].eigenvalues[1].real(), 0.5, 1e-9);
  EXPECT_TRUE(found.points[0].starts_by_label.empty());
}

TEST(FixedPoints, ACycleIsOnePointOfItsPeriod) {
  // s' = tanh(−2s) goes to and fro between ±0.9575.
  const torch::Tensor starts = torch::tensor({0.9, -0.8, 0.01}, torch::kFloat64).unsqueeze(1);
  FixedPointSettings settings;
  settings.period = 2;
  const FixedPoints found =
      find_fixed_points(tanh_map({-2.0}), torch::zeros({1}, torch::kFloat64), starts, {}, settings);
  ASSERT_EQ(found.points.size(), 1u);
  EXPECT_EQ(found.points[0].starts, 2);
  EXPECT_EQ(found.returned_earlier, 1);  // 0 is a fixed point
  EXPECT_NEAR(found.points[0].states[0].item<double>(), kRoot, 1e-9);
  EXPECT_NEAR(found.points[0].states[1].item<double>(), -kRoot, 1e-9);
  EXPECT_NEAR(found.points[0].eigenvalues[0].real(), std::pow(2.0 * (1.0 - kRoot * kRoot), 2),
              1e-9);
}

TEST(FixedPoints, ASlowPointIsNotOne) {
  // s' = max(0, s + 1) has none.
  const StateMap map(cell_named("rnn_relu"), layer_of(torch::ones({1, 1}, torch::kFloat64),
                                                      torch::ones({1, 1}, torch::kFloat64)));
  const FixedPoints found = find_fixed_points(map, torch::ones({1}, torch::kFloat64),
                                              torch::ones({1, 1}, torch::kFloat64), {});
  EXPECT_TRUE(found.points.empty());
  EXPECT_EQ(found.not_found, 1);
  EXPECT_NEAR(found.smallest_slow, 0.5, 1e-9);
}

class FixedPointsOfCells : public testing::TestWithParam<std::string> {};

TEST_P(FixedPointsOfCells, StayWhereTheyAre) {
  const Cell& cell = cell_named(GetParam());
  RecurrentWeights weights = draw_double_weights(cell, 6, 2);
  weights.recurrent = 0.5 * weights.recurrent;
  const StateMap map(cell, weights);
  const torch::Tensor input = torch::tensor({1}, torch::kInt64);
  const FixedPoints found = find_fixed_points(
      map, map.drive(input)[0], Random(5).normal_tensor({4, map.state_size()}, 0.5), {});
  ASSERT_GE(found.points.size(), 1u);
  for (const FixedPoint& point : found.points) {
    RecurrentState state{point.states.slice(1, 0, 6), {}};
    if (cell.has_cell_state()) state.cell = point.states.slice(1, 6);
    const SequenceResult later =
        run_sequence(cell, weights, torch::ones({1, 1}, torch::kInt64), {}, state);
    EXPECT_TRUE(torch::allclose(later.final.hidden, state.hidden, 0, 1e-9));
    EXPECT_EQ(point.eigenvalues.size(), static_cast<size_t>(map.state_size()));
  }
}

INSTANTIATE_TEST_SUITE_P(Cells, FixedPointsOfCells, testing::ValuesIn(cell_names()),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace eigenrnn
