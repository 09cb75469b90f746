#pragma once
#include <torch/types.h>

namespace eigenrnn::fused {

/// An uninitialized CPU tensor of float32 or float64 whose memory goes back to a process-wide pool
/// when the last reference to it ends. A training step that asks for the sizes of the step before
/// gets the same memory again, and does not touch fresh pages. The pool never holds more than 16
/// MiB above what was in use at once. Thread-safe.
torch::Tensor pooled_tensor(torch::IntArrayRef sizes, torch::ScalarType type);

}  // namespace eigenrnn::fused
