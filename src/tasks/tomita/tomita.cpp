// Tomita's grammars: is a string of 0s and 1s in the language? Read symbol by symbol (one-hot), the
// last hidden state answers with one logit.

#include <algorithm>

#include <fmt/format.h>

#include "tasks/classification.h"
#include "tasks/tomita/tomita_data.h"

namespace eigenrnn {
namespace {

constexpr int64_t kSymbols = 2;

class Tomita : public Task {
 public:
  explicit Tomita(const Options& options) : data_(options) {}

  int64_t size(Split split) const override {
    return static_cast<int64_t>(data_.split(split).size());
  }

  Batch batch(Split split, const std::vector<int64_t>& items) const override {
    const std::vector<LabelledString>& strings = data_.split(split);
    const auto count = static_cast<int64_t>(items.size());
    Batch batch;
    batch.lengths = torch::empty({count}, torch::kInt64);
    batch.target = torch::empty({count});
    auto lengths = batch.lengths.accessor<int64_t, 1>();
    auto targets = batch.target.accessor<float, 1>();
    int64_t longest = 0;
    for (int64_t b = 0; b < count; ++b) {
      const LabelledString& string = strings.at(static_cast<size_t>(items[b]));
      lengths[b] = static_cast<int64_t>(string.text.size());
      targets[b] = string.accepted ? 1.0f : 0.0f;
      longest = std::max(longest, lengths[b]);
    }
    batch.input = torch::zeros({longest, count}, torch::kInt64);
    auto input = batch.input.accessor<int64_t, 2>();
    for (int64_t b = 0; b < count; ++b) {
      const std::string& text = strings[static_cast<size_t>(items[b])].text;
      for (size_t t = 0; t < text.size(); ++t) input[static_cast<int64_t>(t)][b] = text[t] - '0';
    }
    return batch;
  }

  TaskModel make_model(const RecurrentSettings& settings, const Random& random) const override {
    return binary_classifier(*this, settings, kSymbols, random);
  }

  nlohmann::json data_facts() const override { return data_.facts(); }
  std::optional<Dfa> automaton() const override { return data_.dfa(); }

  std::string describe(Split split, int64_t item) const override {
    const LabelledString& string = data_.split(split).at(static_cast<size_t>(item));
    return fmt::format("{}  {}", string.accepted ? "accepted" : "rejected", string.text);
  }

  nlohmann::json to_json(Split split, int64_t item) const override {
    const LabelledString& string = data_.split(split).at(static_cast<size_t>(item));
    return {{"string", string.text}, {"label", string.accepted ? 1 : 0}};
  }

 private:
  TomitaData data_;
};

const TaskRegistration kRegistration({
    "tomita",
    "is a string of 0s and 1s in one of Tomita's seven regular languages? (Tomita 1982)",
    tomita_options(),
    {{"accuracy", "accuracy, %", true, 100, false,
      TrivialPredictor{0.5, "guessing; half of the strings belong to the language"}},
     {"loss", "cross-entropy, nats", false, 1, true}},
    Threshold{"accuracy", 0.99},
    check_tomita_options,
    [](const Options& options) { return std::make_unique<Tomita>(options); },
    /*version=*/1,
    {"Tomita grammars", "the Tomita grammars", "classification"},
});

}  // namespace
}  // namespace eigenrnn
