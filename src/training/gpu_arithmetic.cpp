#include "training/gpu_arithmetic.h"

#include <cstdlib>

#include <ATen/detail/CUDAHooksInterface.h>
#include <torch/cuda.h>

namespace eigenrnn {
namespace {

// From 2.2 on LibTorch would fill every tensor that nothing was written to yet: a pass over memory
// each, for what no code here reads. Earlier ones have no such thing.
template <class Context>
auto leave_unwritten(Context& context, int)
    -> decltype(context.setDeterministicFillUninitializedMemory(false)) {
  context.setDeterministicFillUninitializedMemory(false);
}
template <class Context>
void leave_unwritten(Context&, long) {}

// The version of cuDNN that is loaded; earlier LibTorches know only the one that they were built
// with.
template <class Hooks>
auto cudnn_version(const Hooks& hooks, int) -> decltype(hooks.versionRuntimeCuDNN()) {
  return hooks.versionRuntimeCuDNN();
}
template <class Hooks>
long cudnn_version(const Hooks& hooks, long) {
  return hooks.versionCuDNN();
}

}  // namespace

void set_cublas_workspace() {
  constexpr int kOnlyIfAbsent = 0;
  ::setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8", kOnlyIfAbsent);
}

void set_gpu_arithmetic(bool tf32) {
  set_cublas_workspace();
  at::Context& context = at::globalContext();
  context.setDeterministicAlgorithms(true, /*warn_only=*/false);
  leave_unwritten(context, 0);
  context.setDeterministicCuDNN(true);
  context.setBenchmarkCuDNN(false);
  context.setAllowTF32CuBLAS(tf32);
  context.setAllowTF32CuDNN(tf32);
}

GpuFacts gpu_facts(int index, bool tf32) {
  const at::CUDAHooksInterface& hooks = at::detail::getCUDAHooks();
  const long cudnn = torch::cuda::cudnn_is_available() ? cudnn_version(hooks, 0) : 0;
  GpuFacts facts = gpu_facts(nvidia_driver(), index, hooks.versionCUDART(), cudnn);
  facts.tf32 = tf32;
  return facts;
}

GpuFacts gpu_facts(const NvidiaDriver& driver, int index, long cuda, long cudnn) {
  const auto or_unknown = [](const std::string& text) { return text.empty() ? "unknown" : text; };
  const auto place = static_cast<size_t>(index);
  const bool is_known = place < driver.gpus.size();
  return {or_unknown(is_known ? driver.gpus[place].name : ""), or_unknown(driver.version),
          cuda_version_text(cuda), cudnn == 0 ? "none" : cudnn_version_text(cudnn), false};
}

}  // namespace eigenrnn
