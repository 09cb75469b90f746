#pragma once
#include <limits>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "manifest/checker.h"

namespace eigenrnn {

struct TaskInfo;

/// A column of the table.
struct Condition {
  static constexpr size_t kAllSeeds = std::numeric_limits<size_t>::max();

  std::string label;
  Place place;
  nlohmann::json options = nlohmann::json::object();  // of the task; laid over those of all
  nlohmann::json model = nlohmann::json::object(), training = nlohmann::json::object();
  size_t seeds = kAllSeeds;  // at most: the first of the grid's
};

/// Those that a manifest lists, or one without changes that is called like the task; each of them
/// once for every combination of the values in its `sweep`:
///   sweep: {training.learning_rate: [0.001, 0.003], model.hidden_size: [32, 64]}
/// "T=100" then becomes "T=100, learning_rate=0.001, hidden_size=32" and so on; where one option is
/// swept its value says enough: "T=100, 0.001". `task` is null where the manifest names none that
/// exists: then its options are not checked.
std::vector<Condition> read_conditions(const ConfigNode& root, const TaskInfo* task,
                                       Checker& check);

}  // namespace eigenrnn
