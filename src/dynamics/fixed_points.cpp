#include "dynamics/fixed_points.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "linear_algebra/block_spectrum.h"

namespace eigenrnn {
namespace {

constexpr double kSmallestDamping = 1e-12, kLargestDamping = 1e8;

// F^p under a constant drive.
class PeriodMap {
 public:
  PeriodMap(const StateMap& map, const torch::Tensor& drive, int64_t period)
      : map_(map), drive_(drive.unsqueeze(0)), period_(period) {}

  torch::Tensor step(const torch::Tensor& states) const {
    return map_.step(states, drive_.expand({states.size(0), -1}));
  }
  // F^p(s) − s [B, S]
  torch::Tensor residual(const torch::Tensor& states) const {
    torch::Tensor end = states;
    for (int64_t i = 0; i < period_; ++i) end = step(end);
    return end - states;
  }
  // ∂F^p/∂s [B, S, S]
  torch::Tensor jacobian(torch::Tensor states) const {
    const torch::Tensor drives = drive_.expand({states.size(0), -1});
    torch::Tensor product = map_.jacobian(states, drives);
    for (int64_t i = 1; i < period_; ++i) {
      states = step(states);
      product = torch::bmm(map_.jacobian(states, drives), product);
    }
    return product;
  }

 private:
  const StateMap& map_;
  torch::Tensor drive_;  // [1, G·H]
  int64_t period_;
};

torch::Tensor half_square(const torch::Tensor& residual) { return 0.5 * residual.square().sum(1); }

// Where the minimisation ends from each start, and q there.
struct Minima {
  torch::Tensor states;  // [N, S]
  torch::Tensor values;  // [N]
};

// Levenberg 1944, Marquardt 1963: (MᵀM + μI) δ = −Mᵀr with M = ∂F^p/∂s − I. A step that lowers q
// is taken and μ divided by 10, else μ is multiplied by 10.
Minima minimise(const PeriodMap& map, const torch::Tensor& starts,
                const FixedPointSettings& settings) {
  Minima minima{starts.clone(), half_square(map.residual(starts))};
  const torch::Tensor identity = torch::eye(starts.size(1), torch::kFloat64);
  torch::Tensor damping = torch::full({starts.size(0)}, 1e-3, torch::kFloat64);
  for (int64_t i = 0; i < settings.iterations; ++i) {
    const torch::Tensor active = (minima.values > settings.tolerance)
                                     .logical_and(damping < kLargestDamping)
                                     .nonzero()
                                     .squeeze(1);
    if (active.numel() == 0) break;
    const torch::Tensor states = minima.states.index_select(0, active);
    const torch::Tensor mu = damping.index_select(0, active);
    const torch::Tensor slope = map.jacobian(states) - identity;
    const torch::Tensor transposed = slope.transpose(1, 2);
    const torch::Tensor descent = torch::bmm(transposed, map.residual(states).unsqueeze(2));
    const torch::Tensor change =
        torch::linalg_solve(torch::bmm(transposed, slope) + mu.view({-1, 1, 1}) * identity, descent)
            .squeeze(2);
    const torch::Tensor tried = states - change;
    const torch::Tensor value = half_square(map.residual(tried));
    const torch::Tensor old = minima.values.index_select(0, active);
    const torch::Tensor better = value < old;  // false for NaN
    minima.states.index_copy_(0, active, torch::where(better.unsqueeze(1), tried, states));
    minima.values.index_copy_(0, active, torch::where(better, value, old));
    damping.index_copy_(0, active,
                        torch::where(better, (mu / 10).clamp_min(kSmallestDamping), mu * 10));
  }
  return minima;
}

bool are_close(const torch::Tensor& a, const torch::Tensor& b, double distance) {
  return (a - b).abs().max().item<double>() < distance;
}

// s, F(s), …, F^{p−1}(s)
torch::Tensor orbit(const PeriodMap& map, const torch::Tensor& state, int64_t period) {
  std::vector<torch::Tensor> states = {state.unsqueeze(0)};
  for (int64_t i = 1; i < period; ++i) states.push_back(map.step(states.back()));
  return torch::cat(states);
}

bool returns_earlier(const torch::Tensor& states, double distance) {
  for (int64_t i = 1; i < states.size(0); ++i) {
    if (are_close(states[i], states[0], distance)) return true;
  }
  return false;
}

// The point of the list on whose cycle `state` is.
FixedPoint* known_point(std::vector<FixedPoint>& points, const torch::Tensor& state,
                        double distance) {
  for (FixedPoint& point : points) {
    for (int64_t i = 0; i < point.states.size(0); ++i) {
      if (are_close(point.states[i], state, distance)) return &point;
    }
  }
  return nullptr;
}

Stability stability_of(const std::vector<std::complex<double>>& eigenvalues) {
  const auto outside = std::count_if(eigenvalues.begin(), eigenvalues.end(), [](const auto& value) {
    return std::abs(value) > 1 + kUnitCircleTolerance;
  });
  if (outside == 0) return Stability::kStable;
  return outside == static_cast<int64_t>(eigenvalues.size()) ? Stability::kUnstable
                                                             : Stability::kSaddle;
}

}  // namespace

std::string name_of(Stability stability) {
  if (stability == Stability::kStable) return "stable";
  return stability == Stability::kSaddle ? "saddle" : "unstable";
}

FixedPoints find_fixed_points(const StateMap& map, const torch::Tensor& drive,
                              const torch::Tensor& starts, const std::vector<int64_t>& labels,
                              const FixedPointSettings& settings) {
  const torch::NoGradGuard no_gradient;
  TORCH_CHECK(labels.empty() || static_cast<int64_t>(labels.size()) == starts.size(0),
              "find_fixed_points: there are ", labels.size(), " labels for ", starts.size(0),
              " starts");
  TORCH_CHECK(settings.period >= 1, "find_fixed_points: the period is ", settings.period,
              ", and must be at least 1");
  const PeriodMap period_map(map, drive, settings.period);
  const Minima minima = minimise(period_map, starts, settings);
  FixedPoints result;
  result.starts = starts.size(0);
  result.smallest_slow = std::numeric_limits<double>::quiet_NaN();
  for (int64_t i = 0; i < result.starts; ++i) {
    const double value = minima.values[i].item<double>();
    if (!(value <= settings.tolerance)) {
      ++result.not_found;
      result.smallest_slow = std::fmin(result.smallest_slow, value);
      continue;
    }
    const torch::Tensor states = orbit(period_map, minima.states[i], settings.period);
    if (returns_earlier(states, settings.distance)) {
      ++result.returned_earlier;
      continue;
    }
    FixedPoint* point = known_point(result.points, minima.states[i], settings.distance);
    if (!point) {
      const torch::Tensor jacobian = period_map.jacobian(states.slice(0, 0, 1))[0];
      auto eigenvalues = matrix_spectrum(jacobian).eigenvalues;
      const Stability stability = stability_of(eigenvalues);
      result.points.push_back({states, value, std::move(eigenvalues), stability, 0, {}});
      point = &result.points.back();
    }
    ++point->starts;
    if (!labels.empty()) ++point->starts_by_label[labels[static_cast<size_t>(i)]];
  }
  std::stable_sort(result.points.begin(), result.points.end(),
                   [](const auto& a, const auto& b) { return a.starts > b.starts; });
  return result;
}

}  // namespace eigenrnn
