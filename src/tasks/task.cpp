#include "tasks/task.h"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include "model/head_model.h"
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

Batch sample_batch(const Task& task, Split split, int64_t count, Random& random) {
  std::vector<int64_t> items = random.permutation(task.size(split));
  items.resize(static_cast<size_t>(std::min<int64_t>(count, task.size(split))));
  return task.batch(split, items);
}

TaskModel with_mean_metrics(
    const Task& task, std::shared_ptr<HeadModel> network,
    std::function<std::map<std::string, double>(const torch::Tensor&, const Batch&)> measure) {
  const auto evaluate = [&task, network, measure = std::move(measure)](Split split,
                                                                       torch::Device device) {
    Evaluation result;
    for (const auto& indices : task.batches(split, kEvaluationBatch, nullptr)) {
      const Batch batch = task.batch(split, indices).to(device);
      const torch::Tensor outputs = network->outputs(batch);
      std::map<std::string, double> means = measure(outputs, batch);
      means["loss"] = network->loss_of(outputs, batch).item<double>();
      for (const auto& [name, value] : means) {
        result.metrics[name] += value * static_cast<double>(batch.size());
      }
    }
    for (auto& [name, value] : result.metrics) value /= static_cast<double>(task.size(split));
    return result;
  };
  return {std::move(network), evaluate};
}

}  // namespace eigenrnn
