#include "dynamics/sample.h"

#include <algorithm>

#include "model/model.h"

namespace eigenrnn {
namespace {

// Which of [T, B] are before their sequence's end.
torch::Tensor valid(const Sample& sample) {
  return torch::arange(sample.steps()).unsqueeze(1) < sample.lengths.unsqueeze(0);
}

}  // namespace

Sample Sample::slice(int64_t begin, int64_t end) const {
  const torch::Tensor part = lengths.slice(0, begin, end);
  return {input.slice(0, 0, part.max().item<int64_t>()).slice(1, begin, end), part,
          target.defined() && target.dim() == 1 ? target.slice(0, begin, end) : torch::Tensor()};
}

Sample sample_of(const Model& model, const Batch& batch) {
  const torch::Tensor lengths =
      batch.lengths.defined() ? batch.lengths
                              : torch::full({batch.size()}, batch.input.size(0), torch::kInt64);
  return {model.recurrent_input(batch).detach(), lengths, batch.target};
}

torch::Tensor concatenated(const Sample& sample, int64_t steps) {
  std::vector<torch::Tensor> parts;
  int64_t total = 0;
  for (int64_t b = 0; b < sample.size() && total < steps; ++b) {
    const int64_t length = std::min(sample.lengths[b].item<int64_t>(), steps - total);
    parts.push_back(sample.input.slice(1, b, b + 1).slice(0, 0, length));
    total += length;
  }
  return torch::cat(parts);
}

ScalarInput scalar_input(const StateMap& map, const Sample& sample) {
  const torch::Tensor dense =
      (sample.is_indices() ? torch::one_hot(sample.input, map.input_size()) : sample.input)
          .to(torch::kFloat64);
  const torch::Tensor values = dense.index({valid(sample)});  // [N, I]
  const torch::Tensor mean = values.mean(0), centred = values - mean;
  const torch::Tensor covariance =
      centred.t().matmul(centred) / static_cast<double>(values.size(0));
  const auto [variances, axes] = torch::linalg_eigh(covariance);
  const torch::Tensor spread = axes * variances.clamp_min(0.0).sqrt();  // x = mean + spread·z
  const auto [left, singular, right] =
      torch::linalg_svd(map.weights().input.matmul(spread), /*full_matrices=*/false);
  ScalarInput result{left.select(1, 0) * singular[0], map.weights().input.mv(mean), {}};
  const double square = result.drive.dot(result.drive).item<double>();
  const torch::Tensor along =
      map.weights().input.t().mv(result.drive) / (square > 0.0 ? square : 1.0);  // [I]
  result.projected = (dense - mean).matmul(along);
  return result;
}

}  // namespace eigenrnn
