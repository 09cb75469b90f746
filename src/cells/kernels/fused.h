#pragma once
#include "cells/sequence.h"

namespace eigenrnn {

/// How many threads a run of the fused kernels may use, in the whole process; 1 at first, and then
/// no thread is ever started. Results do not depend on it, to the last bit: the order of every sum
/// follows from the sizes alone. Throws Error if `count` is below 1.
void set_kernel_threads(int count);
int kernel_threads();

namespace fused {

/// run_sequence on our own kernels: CPU tensors of float32 or float64. Differentiable once: a
/// second derivative throws c10::Error. In float32, tanh and sigmoid are off by at most 1e-7, and
/// 2e-7 of their value. Throws c10::Error for a cell that names no kernel.
///
/// Kept for the backward pass, besides the input and the weights, in numbers per T·B·H: RNN 1 (its
/// output), LSTM 6 (gates i, f, g, o, the cell state, the output), GRU 5 (r, z, n, W_hn h + b_hn,
/// the output). H counts as rounded up to whole vectors.
SequenceResult run(const Cell& cell, const RecurrentWeights& weights, const SequenceInput& input,
                   const torch::Tensor& lengths, const RecurrentState& initial,
                   Wanted wanted = Wanted::kAll);

/// Bytes that a float32 run keeps for the backward pass. Throws as `run` does.
int64_t kept_bytes(const Cell& cell, int64_t steps, int64_t batch, int64_t hidden);

}  // namespace fused
}  // namespace eigenrnn
