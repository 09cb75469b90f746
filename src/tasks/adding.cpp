// The adding problem (Hochreiter & Schmidhuber 1997) in the form of Le, Jaitly & Hinton 2015: two
// channels, numbers from U[0, 1] and a mask with two ones; the last hidden state answers with the
// sum of the two numbers that are marked. One mark lies in each half of the sequence, as in
// Arjovsky, Shah & Bengio 2016. Always answering 1, the mean, has a mean squared error of
// 2·Var(U[0, 1]) = 1/6.

#include <map>

#include <fmt/format.h>

#include "support/files.h"
#include "tasks/task.h"

namespace eigenrnn {
namespace {

constexpr int64_t kChannels = 2;

/// N sequences.
struct AddingData {
  torch::Tensor values;  // [N, T] float
  torch::Tensor marks;   // [N, 2] int64: the marked steps, the first half's first

  torch::Tensor targets() const { return values.gather(1, marks).sum(1); }  // [N]
};

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

torch::Tensor squared_error(const torch::Tensor& outputs, const torch::Tensor& target) {
  return torch::mse_loss(outputs.squeeze(1), target);
}

std::map<std::string, double> measure(const torch::Tensor& outputs, const Batch& batch) {
  return {{"mse", squared_error(outputs, batch.target).item<double>()}};
}

class Adding : public Task {
 public:
  explicit Adding(const Options& options) {
    const int64_t length = options.integer("length");
    const Random random = Random(static_cast<uint64_t>(options.integer("data_seed")))
                              .stream(fmt::format("adding {}", length));
    std::string checksums;
    for (Split split : {Split::kTrain, Split::kValidation, Split::kTest}) {
      Random stream = random.stream(name_of(split));
      const AddingData data = draw(options.integer(name_of(split) + "_size"), length, stream);
      data_[split] = data;
      checksums += checksum(data.values) + checksum(data.marks);
      facts_[name_of(split)] = {
          {"sequences", data.values.size(0)},
          {"mse_of_always_1", data.targets().sub(1).square().mean().item<double>()}};
    }
    facts_["sha256"] = sha256(checksums);
  }

  int64_t size(Split split) const override { return data_.at(split).values.size(0); }

  Batch batch(Split split, const std::vector<int64_t>& items) const override {
    const torch::Tensor chosen = torch::tensor(items);
    const AddingData& all = data_.at(split);
    const AddingData some = {all.values.index_select(0, chosen), all.marks.index_select(0, chosen)};
    const torch::Tensor mask = torch::zeros_like(some.values).scatter_(1, some.marks, 1.0);
    return {torch::stack({some.values.t(), mask.t()}, /*dim=*/2), {}, some.targets()};
  }

  TaskModel make_model(const RecurrentSettings& settings, const Random& random) const override {
    const LastStateModel::Head head = {1, squared_error};
    return with_mean_metrics(
        *this, std::make_shared<LastStateModel>(settings, kChannels, head, random), measure);
  }

  nlohmann::json data_facts() const override { return facts_; }

  std::string describe(Split split, int64_t item) const override {
    const nlohmann::json json = to_json(split, item);
    return fmt::format("step {} + step {} of {}: {:.4f}", json["marks"][0].get<int64_t>(),
                       json["marks"][1].get<int64_t>(), json["values"].size(),
                       json["target"].get<double>());
  }

  nlohmann::json to_json(Split split, int64_t item) const override {
    const AddingData& data = data_.at(split);
    const torch::Tensor values = data.values[item];
    const auto marks = data.marks.accessor<int64_t, 2>();
    return {{"values", std::vector<float>(values.data_ptr<float>(),
                                          values.data_ptr<float>() + values.numel())},
            {"marks", {marks[item][0], marks[item][1]}},
            {"target", values.index_select(0, data.marks[item]).sum().item<float>()}};
  }

 private:
  static std::string checksum(const torch::Tensor& tensor) {
    return sha256({static_cast<const char*>(tensor.data_ptr()), tensor.nbytes()});
  }

  std::map<Split, AddingData> data_;
  nlohmann::json facts_;
};

// Four numbers are the least with a choice in each half.
const TaskRegistration kRegistration({
    "adding",
    "the sum of the two numbers of a sequence that are marked (Hochreiter & Schmidhuber 1997)",
    {
        OptionSpec::integer("length", 100, "steps of a sequence, T").between(4, 1e6).as_size(),
        OptionSpec::integer("train_size", 10000, "training sequences").between(1, 1e7).as_size(),
        OptionSpec::integer("validation_size", 1000, "validation sequences")
            .between(1, 1e7)
            .as_size(),
        OptionSpec::integer("test_size", 2000, "test sequences").between(1, 1e7).as_size(),
        OptionSpec::integer("data_seed", 0, "of the sequences, which are the same for every run")
            .at_least(0),
    },
    {{"mse", "mean squared error", false, 1, true,
      TrivialPredictor{1.0 / 6,
                       "always answering 1, the variance of the sum of two uniform numbers",
                       kTenthBelow}},
     {"loss", "mean squared error", false, 1, true}},
    // Our choice: 6 % of what always answering 1 has.
    Threshold{"mse", 0.01},
    {},
    [](const Options& options) { return std::make_unique<Adding>(options); },
    /*version=*/1,
    {"adding problem", "the adding problem", "regression"},
});

}  // namespace
}  // namespace eigenrnn
