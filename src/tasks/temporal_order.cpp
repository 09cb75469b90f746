// The temporal order problem (Hochreiter & Schmidhuber 1997, task 6a): among distractors stand two
// symbols, each X or Y, one near the start and one near the middle; the last hidden state says
// which of XX, XY, YX, YY it was. Their sequences have 100 to 110 steps; here T is an option and
// the places scale with it: [T/10, 2T/10) and [5T/10, 6T/10). Distractors are one of four symbols.

#include <array>

#include <fmt/format.h>

#include "support/files.h"
#include "tasks/classification.h"
#include "tasks/drawn_sequences.h"

namespace eigenrnn {
namespace {

constexpr int64_t kDistractors = 4, kFirst = kDistractors;  // X is kFirst, Y the one after
constexpr int64_t kSymbols = kDistractors + 2, kClasses = 4;

/// N sequences.
struct OrderData {
  torch::Tensor symbols;  // [N, T] int64
  torch::Tensor classes;  // [N] int64: 2·(first is Y) + (second is Y)
};

OrderData draw(int64_t count, int64_t length, Random& random) {
  OrderData data{torch::empty({count, length}, torch::kInt64),
                 torch::empty({count}, torch::kInt64)};
  auto symbols = data.symbols.accessor<int64_t, 2>();
  auto classes = data.classes.accessor<int64_t, 1>();
  const int64_t tenth = length / 10;
  for (int64_t n = 0; n < count; ++n) {
    for (int64_t t = 0; t < length; ++t) symbols[n][t] = random.index(kDistractors);
    const int64_t first = random.index(2), second = random.index(2);
    symbols[n][tenth + random.index(tenth)] = kFirst + first;
    symbols[n][5 * tenth + random.index(tenth)] = kFirst + second;
    classes[n] = 2 * first + second;
  }
  return data;
}

class TemporalOrder : public Task {
 public:
  explicit TemporalOrder(const Options& options) {
    const int64_t length = options.integer("length");
    const Random random = Random(static_cast<uint64_t>(options.integer("data_seed")))
                              .stream(fmt::format("temporal order {}", length));
    std::string all;
    for (Split split : {Split::kTrain, Split::kValidation, Split::kTest}) {
      Random stream = random.stream(name_of(split));
      const OrderData& data = data_[split] =
          draw(options.integer(name_of(split) + "_size"), length, stream);
      all += checksum(data.symbols);
      facts_[name_of(split)] = {{"sequences", data.symbols.size(0)}};
    }
    facts_["sha256"] = sha256(all);
  }

  int64_t size(Split split) const override { return data_.at(split).symbols.size(0); }

  Batch batch(Split split, const std::vector<int64_t>& items) const override {
    const torch::Tensor chosen = torch::tensor(items);
    const OrderData& all = data_.at(split);
    return {all.symbols.index_select(0, chosen).t().contiguous(),
            {},
            all.classes.index_select(0, chosen)};
  }

  TaskModel make_model(const RecurrentSettings& settings, const Random& random) const override {
    return classifier(*this, settings, kSymbols, kClasses, random);
  }

  nlohmann::json data_facts() const override { return facts_; }

  std::string describe(Split split, int64_t item) const override {
    const nlohmann::json json = to_json(split, item);
    return fmt::format("{}  {}", json["class"].get<std::string>(),
                       json["symbols"].get<std::string>());
  }

  nlohmann::json to_json(Split split, int64_t item) const override {
    static constexpr std::array<const char*, kClasses> kNames = {"XX", "XY", "YX", "YY"};
    const OrderData& data = data_.at(split);
    const auto symbols = data.symbols.accessor<int64_t, 2>();
    std::string text;
    for (int64_t t = 0; t < data.symbols.size(1); ++t) text += "abcdXY"[symbols[item][t]];
    return {{"symbols", text},
            {"class", kNames[static_cast<size_t>(data.classes[item].item<int64_t>())]}};
  }

 private:
  std::map<Split, OrderData> data_;
  nlohmann::json facts_;
};

// Ten steps are the least with a place for each symbol.
const TaskRegistration kRegistration({
    "temporal_order",
    "in which order did two symbols come among distractors? (Hochreiter & Schmidhuber 1997)",
    drawn_sequences_options(/*shortest=*/10),
    {{"accuracy", "accuracy, %", true, 100, false,
      TrivialPredictor{0.25, "guessing one of four classes"}},
     {"loss", "cross-entropy, nats", false, 1, true}},
    Threshold{"accuracy", 0.99},
    {},
    [](const Options& options) { return std::make_unique<TemporalOrder>(options); },
    /*version=*/1,
    {"temporal order", "temporal order", "classification"},
});

}  // namespace
}  // namespace eigenrnn
