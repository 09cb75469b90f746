#pragma once
#include <memory>

#include "run/run_spec.h"
#include "tasks/task.h"

namespace eigenrnn {

/// The model of a run with its weights as they are before training; they depend on `spec` alone.
/// The task must be the one that `spec` names, with its options.
std::shared_ptr<Model> make_model(const RunSpec& spec, const Task& task);

}  // namespace eigenrnn
