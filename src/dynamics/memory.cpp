#include "dynamics/memory.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include <fmt/format.h>

#include "support/error.h"

namespace eigenrnn {
namespace {

void check(const MemorySettings& settings) {
  if (settings.max_lag < 0 || settings.washout < settings.max_lag || settings.sequences < 2 ||
      settings.steps < 1 || settings.ridge < 0 || settings.noise < 0) {
    throw Error(fmt::format(
        "memory: max_lag {}, washout {}, sequences {}, steps {}, ridge {:g}, noise {:g}; washout "
        "must be at least max_lag, sequences at least 2, steps at least 1, the others at least 0",
        settings.max_lag, settings.washout, settings.sequences, settings.steps, settings.ridge,
        settings.noise));
  }
}

MemoryCurve curve_of(const torch::Tensor& by_lag) {
  MemoryCurve curve;
  const torch::Tensor values = by_lag.clamp_min(0.0).contiguous();
  curve.by_lag.assign(values.data_ptr<double>(), values.data_ptr<double>() + values.numel());
  curve.capacity = std::accumulate(curve.by_lag.begin(), curve.by_lag.end(), 0.0);
  return curve;
}

// The regression problem of all lags at once, for some of the sequences.
struct Readings {
  torch::Tensor states;  // [N, H]
  torch::Tensor inputs;  // [N, K+1], column k is x_{t−k}
};

Readings readings(const torch::Tensor& states, const torch::Tensor& input,
                  const MemorySettings& settings) {
  std::vector<torch::Tensor> columns;
  for (int64_t k = 0; k <= settings.max_lag; ++k) {
    columns.push_back(input.slice(0, settings.washout - k, input.size(0) - k).flatten());
  }
  return {states.slice(0, settings.washout).flatten(0, 1), torch::stack(columns, 1)};
}

// Symmetric positive semidefinite systems; the pseudo-inverse is for a C without full rank.
torch::Tensor solve(const torch::Tensor& matrix, const torch::Tensor& right) {
  return torch::linalg_pinv(matrix, /*rcond=*/1e-14, /*hermitian=*/true).matmul(right);
}

torch::Tensor scaled_identity(const torch::Tensor& covariance, double relative) {
  const int64_t size = covariance.size(0);
  return relative * covariance.trace() / static_cast<double>(size) *
         torch::eye(size, torch::kFloat64);
}

}  // namespace

MemoryCurve memory_curve(const std::function<torch::Tensor(const torch::Tensor& input)>& states,
                         const MemorySettings& settings, Random& random) {
  const torch::NoGradGuard no_gradient;
  check(settings);
  const int64_t steps = settings.washout + settings.steps, half = settings.sequences / 2;
  const torch::Tensor input =
      settings.law == MemorySettings::Law::kNormal
          ? random.normal_tensor({steps, settings.sequences})
          : random.uniform_tensor({steps, settings.sequences}, -std::sqrt(3.0), std::sqrt(3.0));
  torch::Tensor response = states(input);
  if (!torch::isfinite(response).all().item<bool>()) {
    constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
    return {std::vector<double>(static_cast<size_t>(settings.max_lag) + 1, kNaN), kNaN};
  }
  if (settings.noise > 0) {
    const torch::Tensor used = response.slice(0, settings.washout).flatten(0, 1);
    const double variance = used.var(0, /*unbiased=*/false).mean().item<double>();
    response =
        response + random.normal_tensor(response.sizes(), std::sqrt(settings.noise * variance));
  }
  const Readings fit = readings(response.slice(1, 0, half), input.slice(1, 0, half), settings);
  const Readings test = readings(response.slice(1, half), input.slice(1, half), settings);

  const torch::Tensor state_mean = fit.states.mean(0), input_mean = fit.inputs.mean(0);
  const torch::Tensor centred = fit.states - state_mean;
  const double count = static_cast<double>(fit.states.size(0));
  const torch::Tensor covariance = centred.t().matmul(centred) / count;
  const torch::Tensor cross = centred.t().matmul(fit.inputs - input_mean) / count;
  // The ridge is relative to the state's variance without noise.
  const torch::Tensor ridge = scaled_identity(covariance, settings.ridge / (1.0 + settings.noise));
  const torch::Tensor weights = solve(covariance + ridge, cross);
  const torch::Tensor error = test.inputs - input_mean - (test.states - state_mean).matmul(weights);
  return curve_of(1.0 - error.square().mean(0) / test.inputs.var(0, /*unbiased=*/false));
}

torch::Tensor stationary_covariance(const torch::Tensor& recurrent, const torch::Tensor& driving) {
  const double radius = torch::linalg_eigvals(recurrent).abs().max().item<double>();
  if (!(radius < 1.0)) {
    throw Error(fmt::format(
        "stationary_covariance: the spectral radius is {:.6g}, and must be below 1, or the state "
        "has no stationary covariance",
        radius));
  }
  torch::Tensor sum = driving, power = recurrent;
  // 60 doublings are 10^18 terms: enough for every radius that a double tells from 1.
  for (int i = 0; i < 60; ++i) {
    const torch::Tensor next = power.matmul(sum).matmul(power.t());
    sum = sum + next;
    if (next.norm().item<double>() <= 1e-17 * sum.norm().item<double>()) break;
    power = power.matmul(power);
  }
  return (sum + sum.t()) / 2;
}

MemoryCurve linear_memory_curve(const torch::Tensor& recurrent, const torch::Tensor& input_vector,
                                const MemorySettings& settings) {
  check(settings);
  const torch::Tensor covariance =
      stationary_covariance(recurrent, torch::outer(input_vector, input_vector));
  const torch::Tensor seen = covariance + scaled_identity(covariance, settings.noise);
  std::vector<torch::Tensor> columns = {input_vector};
  while (static_cast<int64_t>(columns.size()) <= settings.max_lag) {
    columns.push_back(recurrent.mv(columns.back()));
  }
  const torch::Tensor cross = torch::stack(columns, 1);  // [H, K+1]
  const torch::Tensor weights = solve(seen + scaled_identity(covariance, settings.ridge), cross);
  return curve_of(2.0 * (weights * cross).sum(0) - (weights * seen.matmul(weights)).sum(0));
}

}  // namespace eigenrnn
