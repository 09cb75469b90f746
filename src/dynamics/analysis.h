#pragma once
#include <functional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "run/run_spec.h"
#include "tasks/task.h"

namespace eigenrnn {

/// What an analysis looks at. The defaults take seconds for 128 units.
struct AnalysisSettings {
  Split split = Split::kTest;
  int64_t sequences = 600;       // for the readouts: half to fit, half to test
  int64_t trajectories = 8;      // for the modes and the gradients
  int64_t memory_lag = 200;      // the largest lag of the memory function
  int64_t lyapunov_steps = 400;  // after 100 of transient
  int64_t fixed_point_starts = 24;
  int64_t largest_period = 4;  // of the cycles that are looked for
  std::vector<double> input_scales = {0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100};
  /// Told at the start of each stage.
  std::function<void(const std::string& stage)> progress = [](const std::string&) {};
};

/// All measures of this folder on a network, as one JSON object; docs/analysis.md describes it.
/// `model` is that of `spec` with the weights that are to be analysed, on the CPU; `task` the one
/// that `spec` names. The spectra are those of every recurrent layer. All else is about the first
/// layer, as it is driven by the task's sequences (or what an embedding makes of them), and is null
/// if its weights are not finite. The outcome depends on the arguments alone; the
/// sequences are the same for every run of a task.
nlohmann::json analyze_run(const RunSpec& spec, const Model& model, const Task& task,
                           const AnalysisSettings& settings = {});

}  // namespace eigenrnn
