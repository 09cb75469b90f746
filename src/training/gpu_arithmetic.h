#pragma once
#include "run/run_result.h"
#include "support/nvidia.h"

namespace eigenrnn {

/// Makes GPUs compute so that a run gives the same bits each time on the same GPU, from now on and
/// in the whole process: LibTorch refuses what it can only do in no fixed order, cuDNN and cuBLAS
/// take no such algorithm, and none is chosen by how fast it happened to be. `tf32` is for products
/// and cuDNN's sequences; our own kernels never use it.
void set_gpu_arithmetic(bool tf32);

/// Sets CUBLAS_WORKSPACE_CONFIG, without which cuBLAS does not promise the same bits, unless the
/// user has. It counts when cuBLAS is first used; to be called before there are threads that read
/// the environment.
void set_cublas_workspace();

/// What a result records of the GPU that LibTorch counts as `index`.
GpuFacts gpu_facts(int index, bool tf32);
/// The same of a driver and of the versions that LibTorch tells, for tests. What is not known is
/// "unknown".
GpuFacts gpu_facts(const NvidiaDriver& driver, int index, long cuda, long cudnn);

}  // namespace eigenrnn
