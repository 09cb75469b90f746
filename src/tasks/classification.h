#pragma once
#include "tasks/task.h"

// Models that classify a sequence by the last hidden state, with the metrics "accuracy", the share
// of right answers, and "loss", the mean cross-entropy in nats.

namespace eigenrnn {

/// Yes or no from one logit; targets [B] float are 1 or 0. The task must outlive what it returns.
TaskModel binary_classifier(const Task& task, const RecurrentSettings& settings, int64_t input_size,
                            const Random& random);

/// One of `classes` from as many logits; targets [B] int64. The task must outlive what it returns.
TaskModel classifier(const Task& task, const RecurrentSettings& settings, int64_t input_size,
                     int64_t classes, const Random& random);

}  // namespace eigenrnn
