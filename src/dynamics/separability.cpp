#include "dynamics/separability.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "support/error.h"

namespace eigenrnn {
namespace {

// Predictions [N − N/2, K] for the second half of the samples, `targets` being [N, K].
torch::Tensor predictions(const torch::Tensor& states, const torch::Tensor& targets, double ridge) {
  const int64_t half = states.size(0) / 2, size = states.size(1);
  if (half < 2) {
    throw Error(fmt::format("a readout has {} samples, and needs at least 4", states.size(0)));
  }
  const torch::Tensor fit = states.slice(0, 0, half), answers = targets.slice(0, 0, half);
  const torch::Tensor mean = fit.mean(0), answer = answers.mean(0), centred = fit - mean;
  const torch::Tensor covariance = centred.t().matmul(centred) / static_cast<double>(half);
  const double variance = covariance.trace().item<double>() / static_cast<double>(size);
  // A state that never changes tells nothing: the floor keeps the system solvable.
  const double added = std::max(ridge * variance, std::numeric_limits<double>::min());
  const torch::Tensor weights =
      torch::linalg_solve(covariance + added * torch::eye(size, torch::kFloat64),
                          centred.t().matmul(answers - answer) / static_cast<double>(half));
  return (states.slice(0, half) - mean).matmul(weights) + answer;
}

// −Σ p log₂ p over the counts, corrected.
double entropy(const torch::Tensor& counts) {
  const double total = counts.sum().item<double>();
  const torch::Tensor shares = counts.masked_select(counts > 0) / total;
  const double correction = (static_cast<double>(shares.numel()) - 1.0) / (2.0 * total);
  return ((-shares * shares.log()).sum().item<double>() + correction) / M_LN2;
}

}  // namespace

ClassReadout class_readout(const torch::Tensor& states, const torch::Tensor& classes,
                           double ridge) {
  const int64_t count = classes.max().item<int64_t>() + 1, half = states.size(0) / 2;
  const torch::Tensor targets = torch::one_hot(classes, count).to(torch::kFloat64);
  const torch::Tensor predicted = predictions(states, targets, ridge).argmax(1);
  const torch::Tensor actual = classes.slice(0, half);
  const int64_t frequent = targets.slice(0, 0, half).sum(0).argmax().item<int64_t>();
  const torch::Tensor table = torch::bincount(actual * count + predicted, {}, count * count)
                                  .view({count, count})
                                  .to(torch::kFloat64);
  return {predicted.eq(actual).to(torch::kFloat64).mean().item<double>(),
          actual.eq(frequent).to(torch::kFloat64).mean().item<double>(), mutual_information(table)};
}

double value_readout(const torch::Tensor& states, const torch::Tensor& values, double ridge) {
  const torch::Tensor predicted = predictions(states, values.unsqueeze(1), ridge).squeeze(1);
  const torch::Tensor actual = values.slice(0, states.size(0) / 2);
  const double variance = actual.var(/*unbiased=*/false).item<double>();
  if (variance == 0.0) return std::numeric_limits<double>::quiet_NaN();
  return std::max(0.0, 1.0 - (predicted - actual).square().mean().item<double>() / variance);
}

double mutual_information(const torch::Tensor& counts) {
  return std::max(0.0, entropy(counts.sum(1)) + entropy(counts.sum(0)) - entropy(counts));
}

}  // namespace eigenrnn
