#pragma once
#include <memory>
#include <string>

#include <nlohmann/json.hpp>

#include "run/settings.h"
#include "support/options.h"

namespace eigenrnn {

/// What a run is made from, resolved: all that decides its outcome, and the labels under which it
/// is shown.
struct RunParts {
  std::string experiment, profile;
  std::string condition;  // label of the task's condition
  std::string task;
  Options task_options;
  std::string cell;
  std::string initializer;  // registered name
  std::string label;        // of the initializer in tables
  Options initializer_options;
  int64_t seed = 0;
  ModelSettings model;
  TrainingSettings training;
  RecordingSettings recording;

  /// "tomita 3 · lstm · eigen · seed 0"
  std::string describe() const;
  /// Runs of one kind take about the same time: experiment, profile, condition and cell.
  std::string kind() const;

  nlohmann::json to_json() const;
  /// The inverse of to_json; where nothing is said of `recording`, nothing was kept. Throws Error
  /// or nlohmann::json::exception on anything else.
  static RunParts from_json(const nlohmann::json& json);
};

/// One run of the grid, made once and never changed; copies share it.
class RunSpec {
 public:
  /// Throws Error if its task, cell or initializer is not registered.
  explicit RunSpec(RunParts parts);

  const RunParts* operator->() const { return parts_.get(); }
  const RunParts& operator*() const { return *parts_; }
  /// The run's name in the store: run_key() of its parts.
  const std::string& key() const { return key_; }

 private:
  std::shared_ptr<const RunParts> parts_;
  std::string key_;
};

/// 16 hexadecimal digits from a hash of what decides the outcome; labels, experiment, profile and
/// recording do not. What is added to the program later does not change the key of a run that makes
/// no use of it: an option enters where it is not its default, a version where it is above 1.
/// Options that were there when the first results were made always enter. Throws Error as RunSpec
/// does.
std::string run_key(const RunParts& parts);

}  // namespace eigenrnn
