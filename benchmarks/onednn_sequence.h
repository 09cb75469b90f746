#pragma once
#include <cstdint>
#include <functional>
#include <string>

#include "cells/kernels/kernel_call.h"

namespace eigenrnn {

/// A function that runs oneDNN's RNN primitive of this cell and sizes forward and backward once,
/// on weights in plain layout: their packing is part of it, as it is of a training step. Empty if
/// the benchmark was built without oneDNN. oneDNN always computes the gradient of the input too.
std::function<void()> onednn_sequence(fused::CellKind kind, int64_t steps, int64_t batch,
                                      int64_t hidden, int64_t inputs);

/// "2.6.0", or empty if the benchmark was built without oneDNN.
std::string onednn_version();

}  // namespace eigenrnn
