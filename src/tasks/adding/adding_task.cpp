#include "tasks/adding/adding_task.h"

#include <fmt/format.h>

#include "support/files.h"
#include "tasks/drawn_sequences.h"

namespace eigenrnn {
namespace {

AddingData draw(int64_t count, int64_t length, Random& random) {
  AddingData data;
  data.values = random.uniform_tensor({count, length}, 0.0, 1.0).to(torch::kFloat32);
  data.marks = torch::empty({count, 2}, torch::kInt64);
  auto marks = data.marks.accessor<int64_t, 2>();
  const int64_t half = length / 2;
  for (int64_t n = 0; n < count; ++n) {
    marks[n][0] = random.index(half);
    marks[n][1] = half + random.index(length - half);
  }
  return data;
}

}  // namespace

AddingTask::AddingTask(const Options& options) {
  const int64_t length = options.integer("length");
  const Random random = Random(static_cast<uint64_t>(options.integer("data_seed")))
                            .stream(fmt::format("adding {}", length));
  std::string checksums;
  for (Split split : {Split::kTrain, Split::kValidation, Split::kTest}) {
    Random stream = random.stream(name_of(split));
    const AddingData data = draw(options.integer(name_of(split) + "_size"), length, stream);
    data_[split] = data;
    checksums += checksum(data.values) + checksum(data.marks);
    facts_[name_of(split)] = {{"sequences", data.values.size(0)}};
  }
  facts_["sha256"] = sha256(checksums);
}

Batch AddingTask::batch(Split split, const std::vector<int64_t>& items) const {
  const torch::Tensor chosen = torch::tensor(items);
  const AddingData& all = data_.at(split);
  const AddingData some = {all.values.index_select(0, chosen), all.marks.index_select(0, chosen)};
  const torch::Tensor mask = torch::zeros_like(some.values).scatter_(1, some.marks, 1.0);
  return {torch::stack({some.values.t(), mask.t()}, /*dim=*/2), {}, targets(some.sums())};
}

std::string AddingTask::describe(Split split, int64_t item) const {
  const nlohmann::json json = to_json(split, item);
  return fmt::format("step {} + step {} of {}: {:.4f}", json["marks"][0].get<int64_t>(),
                     json["marks"][1].get<int64_t>(), json["values"].size(),
                     json["target"].get<double>());
}

nlohmann::json AddingTask::to_json(Split split, int64_t item) const {
  const AddingData& data = data_.at(split);
  const torch::Tensor values = data.values[item];
  const auto marks = data.marks.accessor<int64_t, 2>();
  const torch::Tensor sum = values.index_select(0, data.marks[item]).sum();
  return {{"values",
           std::vector<float>(values.data_ptr<float>(), values.data_ptr<float>() + values.numel())},
          {"marks", {marks[item][0], marks[item][1]}},
          {"target", targets(sum).item<float>()}};
}

// Four numbers are the least with a choice in each half.
std::vector<OptionSpec> adding_options() { return drawn_sequences_options(/*shortest=*/4); }

}  // namespace eigenrnn
