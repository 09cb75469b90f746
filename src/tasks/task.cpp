#include "tasks/task.h"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include "support/error.h"

namespace eigenrnn {
namespace {

constexpr int64_t kEvaluationBatch = 250;

}  // namespace

std::string name_of(Split split) {
  switch (split) {
    case Split::kTrain:
      return "train";
    case Split::kValidation:
      return "validation";
    case Split::kTest:
      return "test";
  }
  return "";
}

Split split_named(const std::string& name) {
  for (Split split : {Split::kTrain, Split::kValidation, Split::kTest}) {
    if (name_of(split) == name) return split;
  }
  throw Error(fmt::format("unknown split '{}'; there are: train, validation, test", name));
}

std::vector<std::vector<int64_t>> Task::batches(Split split, int64_t batch_size,
                                                Random* random) const {
  const int64_t count = size(split);
  std::vector<int64_t> order;
  if (random != nullptr) {
    order = random->permutation(count);
  } else {
    order.resize(static_cast<size_t>(count));
    std::iota(order.begin(), order.end(), 0);
  }
  std::vector<std::vector<int64_t>> result;
  for (int64_t start = 0; start < count; start += batch_size) {
    const int64_t end = std::min(start + batch_size, count);
    result.emplace_back(order.begin() + start, order.begin() + end);
  }
  return result;
}

Evaluation Task::evaluate(Model& model, Split split, torch::Device device) const {
  Evaluation result;
  for (const auto& indices : batches(split, kEvaluationBatch, nullptr)) {
    const Batch part = batch(split, indices).to(device);
    const torch::Tensor output = model.forward(part);
    std::map<std::string, double> means = measure(output, part);
    means["loss"] = loss(output, part).item<double>();
    for (const auto& [name, value] : means) {
      result.metrics[name] += value * static_cast<double>(part.size());
    }
  }
  for (auto& [name, value] : result.metrics) value /= static_cast<double>(size(split));
  return result;
}

}  // namespace eigenrnn
