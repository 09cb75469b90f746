// What every processor of the target architecture has: SSE2 on x86-64, NEON on arm64.
#define EIGENRNN_ISA baseline
#define EIGENRNN_VECTOR_BYTES 16
#include "cells/kernels/vector_kernels.h"

namespace eigenrnn::fused {
const InstructionSet* baseline_instructions() { return baseline::instructions("baseline"); }
}  // namespace eigenrnn::fused
