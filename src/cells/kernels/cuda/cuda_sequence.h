#pragma once
#include "cells/sequence.h"

namespace eigenrnn::cuda {

/// Do our kernels run such a layer on that device? They do float32, and as many units as fit into a
/// multiprocessor.
bool runs(const Cell& cell, const RecurrentWeights& weights);

/// run_sequence on the kernels of block_kernels.h. All tensors but `lengths` are on the weights'
/// device.
SequenceResult run(const Cell& cell, const RecurrentWeights& weights, const torch::Tensor& input,
                   const torch::Tensor& lengths, const RecurrentState& initial);

/// Sequences of a block from now on: 1, 2 or 4, or 0 for what suits the batch. More of them ask
/// less of the GPU in all, fewer end sooner where there is room for all blocks at once. The bits
/// are the same.
void choose_rows(int rows);

}  // namespace eigenrnn::cuda
