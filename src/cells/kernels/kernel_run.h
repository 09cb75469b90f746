#pragma once
#include "cells/sequence.h"

namespace eigenrnn::fused {

inline torch::Tensor contiguous(const torch::Tensor& tensor) {
  return tensor.defined() ? tensor.contiguous() : tensor;
}

/// What one run of the kernels reads: contiguous tensors of one floating type on the CPU. Undefined
/// ones are zeros.
struct KernelInput {
  RecurrentWeights weights;
  torch::Tensor steps;    // [T, B, I], or [T, B] int64 of indices below I
  torch::Tensor offset;   // [B, G·H], added to W_ih x of every step; not beside indices
  torch::Tensor lengths;  // [B] int64, falling; undefined: all T
  RecurrentState initial;
};

/// Differentiable once with respect to all but indices and lengths, whose values are not checked.
/// Throws c10::Error for a cell that names no kernel, and for a second derivative.
SequenceResult run_kernel(const Cell& cell, const KernelInput& input);

}  // namespace eigenrnn::fused
