#include "dynamics/gradient_flow.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

namespace eigenrnn {
namespace {

void check_lags(const std::vector<int64_t>& lags, int64_t steps) {
  TORCH_CHECK(std::is_sorted(lags.begin(), lags.end()) && !lags.empty(),
              "gradient_flow: lags must be ascending, and at least one");
  TORCH_CHECK(lags.front() >= 0 && lags.back() <= steps, "gradient_flow: lags go from ",
              lags.front(), " to ", lags.back(), ", and must be within 0 to ", steps);
}

// What stands at index lengths[b] − k of sequence b, and at 0 where a sequence is too short.
torch::Tensor before_end(const torch::Tensor& values, const torch::Tensor& lengths, int64_t k) {
  const torch::Tensor times = (lengths - k).clamp_min(0);
  return values.index({times, torch::arange(lengths.size(0))});
}

// Multiplies `product` [B, R, S] from the right by one Jacobian after the other, from the end of
// each sequence backwards, and calls `visit(index of the lag, product, log10 of its scale)`.
void walk_back(
    const StateMap& map, const torch::Tensor& states, const torch::Tensor& drives,
    const torch::Tensor& given_lengths, const std::vector<int64_t>& lags, torch::Tensor product,
    const std::function<void(int64_t, const torch::Tensor&, const torch::Tensor&)>& visit) {
  check_lags(lags, drives.size(0));
  const int64_t batch = drives.size(1);
  const torch::Tensor lengths =
      given_lengths.defined() ? given_lengths : torch::full({batch}, drives.size(0), torch::kInt64);
  torch::Tensor scale = torch::zeros({batch}, torch::kFloat64);  // log10
  int64_t lag = 0;
  for (int64_t i = 0; i < static_cast<int64_t>(lags.size()); ++i) {
    for (; lag < lags[static_cast<size_t>(i)]; ++lag) {
      product = torch::bmm(product, map.jacobian(before_end(states, lengths, lag + 1),
                                                 before_end(drives, lengths, lag + 1)));
      // Taking the size out at every step keeps the entries in range, however long the product.
      const torch::Tensor norm = product.flatten(1).norm(2, /*dim=*/1);
      scale = scale + norm.log10();
      product = product / torch::where(norm > 0, norm, torch::ones_like(norm)).view({-1, 1, 1});
    }
    visit(i, product, scale.masked_fill(lengths < lag, std::numeric_limits<double>::quiet_NaN()));
  }
}

}  // namespace

GradientFlow gradient_flow(const StateMap& map, const torch::Tensor& states,
                           const torch::Tensor& drives, const torch::Tensor& lengths,
                           const std::vector<int64_t>& lags) {
  const int64_t batch = drives.size(1), size = map.state_size();
  GradientFlow flow{
      lags, torch::empty({static_cast<int64_t>(lags.size()), batch}, torch::kFloat64), {}};
  flow.frobenius = torch::empty_like(flow.spectral);
  const torch::Tensor identity = torch::eye(size, torch::kFloat64).repeat({batch, 1, 1});
  walk_back(map, states, drives, lengths, lags, identity,
            [&](int64_t i, const torch::Tensor& product, const torch::Tensor& scale) {
              const torch::Tensor singular = torch::linalg_svdvals(product);
              flow.spectral[i] = singular.select(1, 0).log10() + scale;
              flow.frobenius[i] = (product.flatten(1).norm(2, 1) / std::sqrt(size)).log10() + scale;
            });
  return flow;
}

torch::Tensor vector_gradient_flow(const StateMap& map, const torch::Tensor& states,
                                   const torch::Tensor& drives, const torch::Tensor& lengths,
                                   const std::vector<int64_t>& lags, const torch::Tensor& vectors) {
  torch::Tensor norms =
      torch::empty({static_cast<int64_t>(lags.size()), drives.size(1)}, torch::kFloat64);
  walk_back(map, states, drives, lengths, lags, vectors.to(torch::kFloat64).unsqueeze(1),
            [&](int64_t i, const torch::Tensor& product, const torch::Tensor& scale) {
              norms[i] = product.flatten(1).norm(2, 1).log10() + scale;
            });
  return norms;
}

LagSummary summarize(const torch::Tensor& norms) {
  LagSummary summary;
  for (const torch::Tensor& row : norms.unbind()) {
    const torch::Tensor known = std::get<0>(row.masked_select(row == row).sort());
    const int64_t count = known.numel();
    const auto quantile = [&](double share) {
      if (count == 0) return std::numeric_limits<double>::quiet_NaN();
      return known[std::lround(share * static_cast<double>(count - 1))].item<double>();
    };
    summary.sequences.push_back(count);
    summary.mean.push_back(known.mean().item<double>());
    summary.median.push_back(quantile(0.5));
    summary.low.push_back(quantile(0.1));
    summary.high.push_back(quantile(0.9));
  }
  return summary;
}

}  // namespace eigenrnn
