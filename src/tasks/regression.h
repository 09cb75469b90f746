#pragma once
#include <string>

#include "tasks/task.h"

namespace eigenrnn {

/// A model that answers with one number from the last hidden state; targets [B] float. Its metrics
/// are the mean squared error, under the name `metric`, and "loss", which is the same. The task
/// must outlive what it returns.
TaskModel regressor(const Task& task, const RecurrentSettings& settings, int64_t input_size,
                    const std::string& metric, const Random& random);

}  // namespace eigenrnn
