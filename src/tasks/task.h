#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>
#include <torch/types.h>

#include "model/batch.h"
#include "support/dfa.h"
#include "support/options.h"
#include "support/random.h"
#include "support/registry.h"

// A task is data, the choice of a model, and metrics. It knows no initializer: it is handed the
// settings of the recurrent network and puts a head on it.

namespace eigenrnn {

class Model;
class HeadModel;
struct RecurrentSettings;

enum class Split { kTrain, kValidation, kTest };

/// "train", "validation", "test"
std::string name_of(Split split);
/// Throws Error for anything but the three names.
Split split_named(const std::string& name);

/// What is reached without learning. A run is successful if it beats that clearly.
struct TrivialPredictor {
  double value;     // of the metric, unscaled
  std::string why;  // what it does
  /// For a loss the factor of `value` that a successful run stays below. None for a share of right
  /// answers, which must be better than chance by the binomial law.
  std::optional<double> margin = {};
};

/// A trivial predictor's margin on a loss; our choice: a test set's sampling error is a few per
/// cent.
constexpr double kTenthBelow = 0.9;

/// A number that a task measures. Tables, figures, statistics and the choice of the best epoch
/// follow what it says here and never look at a task's name.
struct Metric {
  std::string name;   // "accuracy"
  std::string label;  // "accuracy, %"
  bool higher_is_better = true;
  double scale = 1.0;        // a table shows value × scale: 100 for a fraction in per cent
  bool logarithmic = false;  // is its curve drawn on a logarithmic axis?
  /// Without one no share of successful runs is given, and diverged runs enter no comparison.
  std::optional<TrivialPredictor> trivial = {};
};

/// "Reached": the first epoch at which the validation metric is at least (or, where lower is
/// better, at most) `value`.
struct Threshold {
  std::string metric;
  double value;
};

/// What figures call a task, and how they group it. What is not given is not known: the name stands
/// for the label, and the label for the phrase.
struct TaskLabels {
  std::string label;   // as a heading: "adding problem"
  std::string phrase;  // in a sentence: "the adding problem"
  std::string kind;    // of its answers: "regression", "classification", "translation"
};

/// What a network does on a split.
struct Evaluation {
  std::map<std::string, double> metrics;  // each of the task's, over the whole split
  nlohmann::json samples;                 // a few items and what the network made of them, or null
};

/// A network for a task, and what measures it there.
struct TaskModel {
  std::shared_ptr<Model> network;
  /// The metrics on a split of `network`, which must be in evaluation mode, without gradients.
  std::function<Evaluation(Split, torch::Device)> evaluate;
};

class Task {
 public:
  virtual ~Task() = default;

  /// Number of items in a split.
  virtual int64_t size(Split split) const = 0;
  /// The items with these indices, in this order.
  virtual Batch batch(Split split, const std::vector<int64_t>& items) const = 0;
  /// An epoch's batches of item indices: in a random order from `random`, or in the stored order
  /// if that is null (validation and test). Every item once; the last batch may be smaller.
  virtual std::vector<std::vector<int64_t>> batches(Split split, int64_t batch_size,
                                                    Random* random) const;

  /// `random` seeds the weights: head and network draw from streams of it. The task must outlive
  /// what it returns.
  virtual TaskModel make_model(const RecurrentSettings& settings, const Random& random) const = 0;
  /// Facts about the data for the record: sizes, checksums of the files.
  virtual nlohmann::json data_facts() const = 0;
  /// The automaton that decides the labels of sequences of the indices 0 and 1, where one does.
  virtual std::optional<Dfa> automaton() const { return std::nullopt; }
  /// What the network is fed for one item, for people and for programs.
  virtual std::string describe(Split split, int64_t item) const = 0;
  virtual nlohmann::json to_json(Split split, int64_t item) const = 0;
};

/// `count` items of a split, or all if there are fewer, without replacement.
Batch sample_batch(const Task& task, Split split, int64_t count, Random& random);

/// What the registry knows of a task.
struct TaskInfo {
  static constexpr const char* kKind = "task";

  std::string name;
  std::string summary;
  std::vector<OptionSpec> options;
  /// All that it measures. The first decides which epoch is the best one on validation; "loss" is
  /// one of them.
  std::vector<Metric> metrics;
  std::optional<Threshold> threshold;
  /// Throws Error if options that are right one by one do not fit together; may be empty.
  std::function<void(const Options&)> check;
  /// Loads or generates the data. Throws DataError when a file is missing or wrong.
  std::function<std::unique_ptr<Task>(const Options&)> make;
  /// Raised when a change gives the same options another outcome: earlier results of this task then
  /// no longer count as finished.
  int version = 1;
  TaskLabels labels = {};
};

/// A task's model where every metric is a mean over the items: of the loss, and of what `measure`
/// finds in a batch's outputs, by name.
TaskModel with_mean_metrics(
    const Task& task, std::shared_ptr<HeadModel> network,
    std::function<std::map<std::string, double>(const torch::Tensor& outputs, const Batch&)>
        measure);

using TaskRegistry = Registry<TaskInfo>;
using TaskRegistration = Registration<TaskInfo>;

}  // namespace eigenrnn
