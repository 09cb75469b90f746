// A study's own data: sequences or texts from files, each with a class or a number that the last
// hidden state is to answer.

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "linear_algebra/rounded.h"
#include "support/error.h"
#include "tasks/classification.h"
#include "tasks/regression.h"
#include "tasks/sequences/sequence_file.h"

namespace eigenrnn {
namespace {

/// A split: sequences, and what is to be answered.
struct SequenceSplit {
  std::vector<torch::Tensor> inputs;  // [T, I] float, or [T] int64 of symbols
  std::vector<std::string> labels, places;

  int64_t size() const { return static_cast<int64_t>(inputs.size()); }
};

template <class Value>
std::vector<Value> chosen(const std::vector<Value>& all, const std::vector<int64_t>& items) {
  std::vector<Value> some;
  for (const int64_t item : items) some.push_back(all[static_cast<size_t>(item)]);
  return some;
}

SequenceSplit part_of(const SequenceSplit& all, const std::vector<int64_t>& items) {
  return {chosen(all.inputs, items), chosen(all.labels, items), chosen(all.places, items)};
}

/// The place of each in the alphabet; throws DataError for one that training lacks.
int64_t place_in(const std::vector<std::string>& known, const std::string& one,
                 const std::string& where, const std::string& what) {
  const auto found = std::lower_bound(known.begin(), known.end(), one);
  if (found == known.end() || *found != one) {
    throw DataError(
        fmt::format("{}: the {} '{}' is none of those of the training file", where, what, one));
  }
  return found - known.begin();
}

/// Sequences from files, all but the answers.
class SequencesTask : public Task {
 public:
  explicit SequencesTask(const Options& options) {
    std::map<Split, SequenceFile> files;
    for (const Split split : {Split::kTrain, Split::kTest, Split::kValidation}) {
      const std::filesystem::path path = options.file(name_of(split));
      if (path.empty()) continue;
      files[split] = read_sequences(path, options.file(name_of(split) + "_labels"));
      check_like_training(files.at(Split::kTrain), files.at(split));
    }
    const SequenceFile& train = files.at(Split::kTrain);
    std::set<std::string> symbols;
    for (const auto& text : train.texts) symbols.insert(text.begin(), text.end());
    symbols_.assign(symbols.begin(), symbols.end());
    labels_ = train.labels;
    input_size_ =
        train.has_texts() ? static_cast<int64_t>(symbols_.size()) : train.series.front().size(1);
    for (const auto& [split, file] : files) splits_[split] = split_of(file);
    const Random random(static_cast<uint64_t>(options.integer("data_seed")));
    limit(Split::kTrain, options.integer("train_size"), random);
    limit(Split::kTest, options.integer("test_size"), random);
    if (files.count(Split::kValidation) == 0) hold_out(options.number("validation_share"), random);
    if (options.flag("standardize")) standardize();
  }

  int64_t size(Split split) const override { return splits_.at(split).size(); }

  Batch batch(Split split, const std::vector<int64_t>& items) const override {
    const SequenceSplit& all = splits_.at(split);
    const std::vector<torch::Tensor> inputs = chosen(all.inputs, items);
    int64_t longest = 0;
    std::vector<int64_t> lengths;
    for (const torch::Tensor& input : inputs) {
      lengths.push_back(input.size(0));
      longest = std::max(longest, input.size(0));
    }
    std::vector<int64_t> shape = inputs.front().sizes().vec();
    shape[0] = longest;
    shape.insert(shape.begin() + 1, static_cast<int64_t>(items.size()));
    Batch batch;
    batch.input = torch::zeros(shape, inputs.front().options());
    for (size_t b = 0; b < inputs.size(); ++b) {
      batch.input.select(1, static_cast<int64_t>(b)).slice(0, 0, lengths[b]).copy_(inputs[b]);
    }
    batch.lengths = torch::tensor(lengths);
    batch.target = targets(split).index_select(0, torch::tensor(items));
    return batch;
  }

  nlohmann::json data_facts() const override {
    nlohmann::json facts = {{"features", input_size_}};
    for (const auto& [split, data] : splits_) facts[name_of(split)] = {{"sequences", data.size()}};
    return facts;
  }

  std::string describe(Split split, int64_t item) const override {
    const nlohmann::json json = to_json(split, item);
    return fmt::format("{}  {}", json["label"].get<std::string>(), json["input"].dump());
  }

  nlohmann::json to_json(Split split, int64_t item) const override {
    const SequenceSplit& data = splits_.at(split);
    const torch::Tensor& input = data.inputs.at(static_cast<size_t>(item));
    nlohmann::json steps = nlohmann::json::array();
    std::string text;
    for (int64_t t = 0; t < input.size(0); ++t) {
      if (input.dim() == 1) {
        text += symbols_[static_cast<size_t>(input[t].item<int64_t>())];
        continue;
      }
      nlohmann::json features = nlohmann::json::array();
      for (int64_t i = 0; i < input_size_; ++i) {
        features.push_back(rounded(input[t][i].item<double>(), 6));
      }
      steps.push_back(input_size_ == 1 ? features.front() : features);
    }
    return {{"input", input.dim() == 1 ? nlohmann::json(text) : steps},
            {"label", data.labels.at(static_cast<size_t>(item))}};
  }

 protected:
  /// What is to be answered in a split, [N].
  virtual const torch::Tensor& targets(Split split) const = 0;

  const std::map<Split, SequenceSplit>& splits() const { return splits_; }
  int64_t input_size() const { return input_size_; }
  /// Of the whole training file: one may be left to validation alone.
  const std::vector<std::string>& labels_of_training_file() const { return labels_; }

 private:
  static void check_like_training(const SequenceFile& train, const SequenceFile& file) {
    if (train.has_texts() != file.has_texts()) {
      throw DataError(fmt::format("{}: these are {}, and those of the training file are not",
                                  file.places.front(), file.has_texts() ? "texts" : "numbers"));
    }
    if (train.has_texts()) return;
    const int64_t ours = file.series.front().size(1), theirs = train.series.front().size(1);
    if (ours != theirs) {
      throw DataError(fmt::format("{}: a step has {} features, and {} in the training file",
                                  file.places.front(), ours, theirs));
    }
  }

  SequenceSplit split_of(const SequenceFile& file) const {
    SequenceSplit split{file.series, file.labels, file.places};
    for (size_t n = 0; n < file.texts.size(); ++n) {
      std::vector<int64_t> indices;
      for (const std::string& symbol : file.texts[n]) {
        indices.push_back(place_in(symbols_, symbol, file.places[n], "character"));
      }
      split.inputs.push_back(torch::tensor(indices));
    }
    return split;
  }

  // The first of a random order; 0 for all.
  void limit(Split split, int64_t size, const Random& random) {
    SequenceSplit& data = splits_.at(split);
    if (size == 0 || size >= data.size()) return;
    std::vector<int64_t> order = random.stream(name_of(split)).permutation(data.size());
    order.resize(static_cast<size_t>(size));
    data = part_of(data, order);
  }

  void hold_out(double share, const Random& random) {
    SequenceSplit& train = splits_.at(Split::kTrain);
    const auto count =
        std::max<int64_t>(1, std::llround(share * static_cast<double>(train.size())));
    if (count >= train.size()) {
      throw DataError(
          fmt::format("{}: of {} sequences none is left for training; name a validation file",
                      train.places.front(), train.size()));
    }
    const std::vector<int64_t> order = random.stream("validation").permutation(train.size());
    splits_[Split::kValidation] = part_of(train, {order.begin(), order.begin() + count});
    train = part_of(train, {order.begin() + count, order.end()});
  }

  // By mean and standard deviation of each feature over all steps of training.
  void standardize() {
    if (!symbols_.empty()) return;
    const torch::Tensor all = torch::cat(splits_.at(Split::kTrain).inputs).to(torch::kFloat64);
    const torch::Tensor mean = all.mean(0), deviation = all.std(0, /*unbiased=*/false);
    const torch::Tensor scale =
        torch::where(deviation.gt(0), deviation, torch::ones_like(deviation));
    for (auto& [split, data] : splits_) {
      for (torch::Tensor& input : data.inputs) {
        input = ((input.to(torch::kFloat64) - mean) / scale).to(torch::kFloat32);
      }
    }
  }

  std::map<Split, SequenceSplit> splits_;
  std::vector<std::string> symbols_;  // of texts, in order
  std::vector<std::string> labels_;
  int64_t input_size_ = 0;
};

class ClassifiedSequences : public SequencesTask {
 public:
  explicit ClassifiedSequences(const Options& options) : SequencesTask(options) {
    const std::vector<std::string>& labels = labels_of_training_file();
    const std::set<std::string> classes(labels.begin(), labels.end());
    classes_.assign(classes.begin(), classes.end());
    for (const auto& [split, data] : splits()) {
      std::vector<int64_t> indices;
      for (size_t n = 0; n < data.labels.size(); ++n) {
        indices.push_back(place_in(classes_, data.labels[n], data.places[n], "label"));
      }
      targets_[split] = torch::tensor(indices);
    }
  }

  TaskModel make_model(const RecurrentSettings& settings, const Random& random) const override {
    return classifier(*this, settings, input_size(), static_cast<int64_t>(classes_.size()), random);
  }

  nlohmann::json data_facts() const override {
    nlohmann::json facts = SequencesTask::data_facts();
    facts["classes"] = classes_.size();
    return facts;
  }

 private:
  const torch::Tensor& targets(Split split) const override { return targets_.at(split); }

  std::vector<std::string> classes_;  // in order
  std::map<Split, torch::Tensor> targets_;
};

class MeasuredSequences : public SequencesTask {
 public:
  explicit MeasuredSequences(const Options& options) : SequencesTask(options) {
    for (const auto& [split, data] : splits()) targets_[split] = numbers(data);
    const torch::Tensor& train = targets_.at(Split::kTrain);
    mean_ = train.mean().item<double>();
    deviation_ = train.std(/*unbiased=*/false).item<double>();
    if (deviation_ <= 0) {
      throw DataError(fmt::format("{}: all labels of the training file are equal",
                                  splits().at(Split::kTrain).places.front()));
    }
    for (auto& [split, target] : targets_) {
      target = ((target - mean_) / deviation_).to(torch::kFloat32);
    }
  }

  TaskModel make_model(const RecurrentSettings& settings, const Random& random) const override {
    return regressor(*this, settings, input_size(), "nmse", random);
  }

  nlohmann::json data_facts() const override {
    nlohmann::json facts = SequencesTask::data_facts();
    facts["training_mean"] = mean_;
    facts["training_standard_deviation"] = deviation_;
    return facts;
  }

 private:
  static torch::Tensor numbers(const SequenceSplit& data) {
    std::vector<double> values;
    for (size_t n = 0; n < data.labels.size(); ++n) {
      const std::string& label = data.labels[n];
      const std::optional<double> value = finite_number(label);
      if (!value) {
        throw DataError(fmt::format("{}: the label '{}' is no number", data.places[n], label));
      }
      values.push_back(*value);
    }
    return torch::tensor(values, torch::kFloat64);
  }

  const torch::Tensor& targets(Split split) const override { return targets_.at(split); }

  double mean_ = 0, deviation_ = 1;
  std::map<Split, torch::Tensor> targets_;  // standardized
};

std::vector<OptionSpec> sequences_options() {
  const std::string formats = "a .csv, .jsonl or .npy file (docs/own_data.md)";
  std::vector<OptionSpec> options;
  for (const std::string split : {"train", "test", "validation"}) {
    const std::string held_out =
        split == "validation" ? "; none: validation_share of the training file" : "";
    options.push_back(OptionSpec::file(split, "sequences, " + formats + held_out));
  }
  for (const std::string split : {"train", "test", "validation"}) {
    options.push_back(OptionSpec::file(split + "_labels", "of an .npy file, another one"));
  }
  options.push_back(
      OptionSpec::number("validation_share", 0.1,
                         "of the training file, held out where there is no validation file")
          .between(0, 0.9));
  options.push_back(OptionSpec::integer("train_size", 0, "as many of the file, drawn; 0 for all")
                        .between(0, 1e9)
                        .as_rare_size());
  options.push_back(OptionSpec::integer("test_size", 0, "likewise").between(0, 1e9).as_rare_size());
  options.push_back(OptionSpec::integer("data_seed", 0, "what is held out, and drawn").at_least(0));
  options.push_back(OptionSpec::flag(
      "standardize", false, "each feature by its mean and standard deviation in training"));
  return options;
}

void check_options(const Options& options) {
  for (const std::string split : {"train", "test"}) {
    if (options.file(split).empty()) {
      throw Error(
          fmt::format("option '{}' is empty, and must be the path of a file of sequences", split));
    }
  }
}

const TaskRegistration kClassification({
    "sequences",
    "which class is a sequence of? Your own data, from files",
    sequences_options(),
    {{"accuracy", "accuracy, %", true, 100}, {"loss", "cross-entropy, nats", false, 1, true}},
    std::nullopt,
    check_options,
    [](const Options& options) { return std::make_unique<ClassifiedSequences>(options); },
    /*version=*/1,
    {"sequences", "sequences from files", "classification"},
});

const TaskRegistration kRegistration({
    "sequence_regression",
    "which number belongs to a sequence? Your own data, from files",
    sequences_options(),
    {{"nmse", "NMSE", false, 1, true,
      TrivialPredictor{1.0, "always answering the training mean", kTenthBelow}},
     {"loss", "normalized mean squared error", false, 1, true}},
    std::nullopt,
    check_options,
    [](const Options& options) { return std::make_unique<MeasuredSequences>(options); },
    /*version=*/1,
    {"sequence regression", "numbers of sequences from files", "regression"},
});

}  // namespace
}  // namespace eigenrnn
