#pragma once
#include <functional>
#include <optional>

#include <torch/torch.h>

#include "manifest/run_spec.h"
#include "tasks/task.h"
#include "training/result.h"

namespace eigenrnn {

/// Where a run stands, told now and then while it goes on.
struct Progress {
  int64_t epoch = 0, epochs = 0;
  double fraction = 0;  // of the whole run, 0 to 1
  double loss = 0;      // the latest step's
  std::string metric;   // the task's first one, on validation, and its latest value × scale
  std::optional<double> value;
};

struct TrainingHooks {
  std::function<void(const Progress&)> progress = [](const Progress&) {};
  std::function<bool()> stop_requested = [] { return false; };  // asked after every step
};

/// Trains and evaluates one run. The task must be the one that `spec` names, with its options.
/// The outcome depends on `spec` alone. Returns nothing if it was asked to stop.
///
/// The test metrics are those of the epoch whose first metric was best on validation (the earliest
/// if several are equal). A NaN or infinite loss, in training or validation, ends the run as
/// diverged.
std::optional<RunResult> run_training(const RunSpec& spec, const Task& task, torch::Device device,
                                      const TrainingHooks& hooks = {});

}  // namespace eigenrnn
