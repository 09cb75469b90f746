// AVX2 and FMA; built with the flags set in cmake/kernels.cmake.
#if defined(__AVX2__) && defined(__FMA__)
#define EIGENRNN_ISA avx2
#define EIGENRNN_VECTOR_BYTES 32
#include "cells/kernels/vector_kernels.h"

namespace eigenrnn::fused {
const InstructionSet* avx2_instructions() { return avx2::instructions("avx2"); }
}  // namespace eigenrnn::fused
#else
#include "cells/kernels/kernel_call.h"

namespace eigenrnn::fused {
const InstructionSet* avx2_instructions() { return nullptr; }
}  // namespace eigenrnn::fused
#endif
