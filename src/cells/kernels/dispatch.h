#pragma once
#include <string>
#include <vector>

#include "cells/kernels/kernel_call.h"

namespace eigenrnn::fused {

/// Names of the instruction sets that this processor can run, the narrowest first: of "baseline",
/// "avx2", "avx512".
std::vector<std::string> instruction_sets();

/// The one in use: the widest, unless another was chosen.
const InstructionSet& instruction_set();

/// For tests and benchmarks. Throws Error if it is not one of instruction_sets().
void choose_instruction_set(const std::string& name);

template <class Scalar>
const Kernels<Scalar>& kernels();
template <>
inline const Kernels<float>& kernels<float>() {
  return instruction_set().single_precision;
}
template <>
inline const Kernels<double>& kernels<double>() {
  return instruction_set().double_precision;
}

}  // namespace eigenrnn::fused
