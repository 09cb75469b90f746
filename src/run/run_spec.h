#pragma once
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "support/options.h"

namespace eigenrnn {

/// The options of a manifest's `model`, `training` and `recording` sections, with defaults and
/// ranges.
const std::vector<OptionSpec>& model_options();
const std::vector<OptionSpec>& training_options();
const std::vector<OptionSpec>& recording_options();

/// One run of the grid, resolved: everything that decides its outcome, and the labels under which
/// it is shown.
struct RunSpec {
  std::string experiment, profile;
  std::string condition;  // label of the task's condition
  std::string task;
  Options task_options;
  std::string cell;
  std::string initializer;  // registered name
  std::string label;        // of the initializer in tables
  Options initializer_options;
  int64_t seed = 0;
  Options model, training;
  Options recording = Options::resolve(recording_options(), {});  // what is kept of the run

  /// 16 hexadecimal digits from a hash of what decides the outcome; labels, experiment, profile and
  /// recording do not.
  std::string key() const;

  /// "tomita 3 · lstm · eigen · seed 0"
  std::string describe() const;
  /// Runs of one kind take about the same time: experiment, profile, condition and cell.
  std::string kind() const;

  nlohmann::json to_json() const;
  /// The inverse of to_json; what does not speak of `recording` kept nothing. Throws Error or
  /// nlohmann::json::exception on anything else.
  static RunSpec from_json(const nlohmann::json& json);
};

}  // namespace eigenrnn
