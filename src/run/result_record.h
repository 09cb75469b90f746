#pragma once
#include <string>

#include <nlohmann/json.hpp>

#include "run/run_result.h"

namespace eigenrnn {

/// A result as it was recorded: what its readers need of it. The one place that takes the JSON of a
/// result apart, but for verification, which compares all of it.
struct ResultRecord {
  std::string key;
  RunStatus status = RunStatus::kFinished;
  RunParts labels;              // under which it is shown; no options, no settings
  nlohmann::json spec;          // of which RunParts::from_json makes the run
  RecordingSettings recording;  // what was kept of it
  bool has_weights = false;     // were they written beside it?
  std::string failure;          // why it failed; empty unless it did
  nlohmann::json metrics;       // of the test, an object of numbers, nulls and kOverflow
  std::string started;          // ISO 8601, UTC
  double seconds = 0;           // that it took
  std::string device, commit;   // that made it

  /// Throws nlohmann::json::exception for what is no result, Error for a value that no run has.
  static ResultRecord from_json(const nlohmann::json& json);
};

/// Has a result of this row (condition, cell and label of the initializer), whatever its seed?
bool is_of_row(const ResultRecord& record, const RunParts& row);

}  // namespace eigenrnn
