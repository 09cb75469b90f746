#include "tasks/task.h"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include "support/error.h"

namespace eigenrnn {

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

Batch Batch::to(torch::Device device) const {
  return {input.to(device), lengths, target.to(device)};
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

}  // namespace eigenrnn
