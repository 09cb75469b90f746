// AVX-512 F, BW, DQ and VL; built with the flags set in cmake/kernels.cmake.
#if defined(__AVX512F__) && defined(__AVX512DQ__)
#define EIGENRNN_ISA avx512
#define EIGENRNN_VECTOR_BYTES 64
#include "cells/kernels/vector_kernels.h"

namespace eigenrnn::fused {
const InstructionSet* avx512_instructions() { return avx512::instructions("avx512"); }
}  // namespace eigenrnn::fused
#else
#include "cells/kernels/kernel_call.h"

namespace eigenrnn::fused {
const InstructionSet* avx512_instructions() { return nullptr; }
}  // namespace eigenrnn::fused
#endif
