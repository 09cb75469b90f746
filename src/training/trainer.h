#pragma once
#include <functional>
#include <optional>

#include <torch/types.h>

#include "run/run_result.h"
#include "run/run_spec.h"
#include "tasks/task.h"
#include "training/checkpoint.h"

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
  std::function<void(const std::string&)> note = [](const std::string&) {};  // for the log

  CheckpointStore* checkpoints = nullptr;  // none: a run that is cut begins anew
  /// A checkpoint is kept at the end of an epoch if the last one is at least so old (0: at each
  /// end), and within an epoch if it is older than both numbers.
  double checkpoint_seconds = kCheckpointSeconds;
  double checkpoint_seconds_within_epoch = kCheckpointSecondsWithinEpoch;
};

/// Trains and evaluates one run. The task must be the one that `spec` names, with its options.
/// The outcome depends on `spec` alone: with checkpoints it goes on where an earlier call was cut,
/// and gives the same bits as if it had not been. Returns nothing if it was asked to stop; what was
/// done until then is kept as a checkpoint.
///
/// The test metrics are those of the epoch whose first metric was best on validation; of several
/// equal ones `best_of_equals` says which. A NaN or infinite loss, in training or validation, ends
/// the run as diverged.
std::optional<RunResult> run_training(const RunSpec& spec, const Task& task, torch::Device device,
                                      const TrainingHooks& hooks = {});

}  // namespace eigenrnn
