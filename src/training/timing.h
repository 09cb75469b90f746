#pragma once
#include <optional>

#include <torch/types.h>

#include "run/run_spec.h"
#include "tasks/task.h"

namespace eigenrnn {

/// Seconds that a run will take, from training it for about `budget` seconds: the time of its steps
/// after the first, over the share of the run that they are. What an epoch's validation takes is
/// part of it only if the budget lasts for an epoch. Nothing if the run diverged at once.
std::optional<double> time_run(const RunSpec& spec, const Task& task, torch::Device device,
                               double budget);

}  // namespace eigenrnn
