// The copy memory problem (Hochreiter & Schmidhuber 1997; in the form of Arjovsky, Shah & Bengio
// 2016): ten symbols, each one of eight, then T − 1 blanks, a mark, and ten blanks, during which
// the network is to say the ten symbols. Arjovsky et al. count every step, of which nearly all ask
// for a blank; here the ten that ask for a symbol count alone, so that 1/8 is chance whatever T is.

#include <algorithm>

#include <fmt/format.h>

#include "model/last_steps_model.h"
#include "support/files.h"
#include "tasks/drawn_sequences.h"
#include "tasks/task.h"

namespace eigenrnn {
namespace {

constexpr int64_t kSymbols = 8, kCopied = 10;
constexpr int64_t kBlank = kSymbols, kMark = kSymbols + 1, kInputs = kSymbols + 2;

class CopyMemory : public Task {
 public:
  explicit CopyMemory(const Options& options) : delay_(options.integer("length")) {
    const Random random =
        Random(static_cast<uint64_t>(options.integer("data_seed"))).stream("copy memory");
    std::string all;
    for (const Split split : {Split::kTrain, Split::kValidation, Split::kTest}) {
      Random stream = random.stream(name_of(split));
      const int64_t count = options.integer(name_of(split) + "_size");
      torch::Tensor symbols = torch::empty({count, kCopied}, torch::kInt64);
      for (int64_t i = 0; i < symbols.numel(); ++i) {
        symbols.data_ptr<int64_t>()[i] = stream.index(kSymbols);
      }
      all += checksum(symbols);
      facts_[name_of(split)] = {{"sequences", count}};
      symbols_[split] = symbols;
    }
    facts_["sha256"] = sha256(all);
  }

  int64_t size(Split split) const override { return symbols_.at(split).size(0); }

  Batch batch(Split split, const std::vector<int64_t>& items) const override {
    const torch::Tensor symbols =
        symbols_.at(split).index_select(0, torch::tensor(items)).t().contiguous();  // [10, B]
    Batch batch;
    batch.input = torch::full({kCopied + delay_ + kCopied, symbols.size(1)}, kBlank, torch::kInt64);
    batch.input.slice(0, 0, kCopied).copy_(symbols);
    batch.input[kCopied + delay_ - 1].fill_(kMark);
    batch.target = symbols;
    return batch;
  }

  TaskModel make_model(const RecurrentSettings& settings, const Random& random) const override {
    const LastStepsModel::Head head = {kCopied, kSymbols};
    return with_mean_metrics(
        *this, std::make_shared<LastStepsModel>(settings, kInputs, head, random),
        [](const torch::Tensor& outputs, const Batch& batch) -> std::map<std::string, double> {
          const torch::Tensor right = outputs.argmax(2).eq(batch.target);
          return {{"accuracy", right.to(torch::kFloat64).mean().item<double>()}};
        });
  }

  nlohmann::json data_facts() const override { return facts_; }

  std::string describe(Split split, int64_t item) const override {
    const nlohmann::json json = to_json(split, item);
    return fmt::format("{}, {} blanks, a mark, {} blanks", json["symbols"].get<std::string>(),
                       delay_ - 1, kCopied);
  }

  nlohmann::json to_json(Split split, int64_t item) const override {
    std::string text;
    for (int64_t i = 0; i < kCopied; ++i) {
      text += static_cast<char>('a' + symbols_.at(split)[item][i].item<int64_t>());
    }
    return {{"symbols", text}, {"delay", delay_}};
  }

 private:
  int64_t delay_;
  std::map<Split, torch::Tensor> symbols_;  // [N, 10] int64
  nlohmann::json facts_;
};

const TaskRegistration kRegistration({
    "copy_memory",
    "say ten symbols again after T steps (Hochreiter & Schmidhuber 1997; Arjovsky et al. 2016); "
    "length is T",
    drawn_sequences_options(/*shortest=*/1),
    {{"accuracy", "symbols right, %", true, 100, false,
      TrivialPredictor{1.0 / kSymbols, "guessing one of eight symbols"}},
     {"loss", "cross-entropy, nats", false, 1, true}},
    Threshold{"accuracy", 0.99},
    {},
    [](const Options& options) { return std::make_unique<CopyMemory>(options); },
    /*version=*/1,
    {"copy memory", "the copy memory problem", "classification"},
});

}  // namespace
}  // namespace eigenrnn
