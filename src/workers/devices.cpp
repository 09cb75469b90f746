#include "workers/devices.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <thread>

#include <ATen/detail/CUDAHooksInterface.h>
#include <fmt/format.h>
#include <torch/cuda.h>

#include "support/error.h"

namespace eigenrnn {
namespace {

constexpr int kMostJobsPerGpu = 8;
constexpr int64_t kMemoryPerJob = int64_t{2} << 30;

std::optional<std::string> environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

// Slurm's words for a job, or a step of it, that was given GPUs.
std::string gpu_asked_of_slurm() {
  constexpr std::array<const char*, 6> kNames = {"SLURM_GPUS",          "SLURM_JOB_GPUS",
                                                 "SLURM_STEP_GPUS",     "SLURM_GPUS_ON_NODE",
                                                 "SLURM_GPUS_PER_NODE", "SLURM_GPUS_PER_TASK"};
  for (const char* name : kNames) {
    const std::string value = environment(name).value_or("");
    if (!value.empty() && value != "0") return fmt::format("{}={}", name, value);
  }
  return "";
}

// Why LibTorch has no GPU.
std::string why_none(const DeviceFacts& facts) {
  const NvidiaDriver& driver = facts.driver;
  if (!facts.libtorch_has_cuda) {
    return "this LibTorch was built without CUDA (README, \"LibTorch, GPUs\", has another)";
  }
  if (!driver.is_there) return "there is no NVIDIA driver (libcuda.so.1 is not found)";
  if (driver.error != 0) {
    return fmt::format("the NVIDIA driver {} does not start (cuInit says {})",
                       driver.version.empty() ? "" : driver.version, driver.error);
  }
  if (driver.gpus.empty() && facts.visible) {
    return fmt::format("none is visible, for CUDA_VISIBLE_DEVICES is '{}'", *facts.visible);
  }
  if (driver.gpus.empty()) return "the NVIDIA driver sees no GPU";
  return fmt::format("LibTorch cannot use what the NVIDIA driver {} offers: CUDA {} and no newer",
                     driver.version, cuda_version_text(driver.cuda.value_or(0)));
}

Devices cpu_instead(const DeviceFacts& facts) {
  if (!facts.slurm.empty()) {
    throw Error(
        fmt::format("Slurm was asked for a GPU ({}), and there is none to use: {}. To do without, "
                    "give --device cpu",
                    facts.slurm, why_none(facts)));
  }
  if (facts.driver.installed == 0) return {{"cpu"}, ""};
  return {{"cpu"}, fmt::format("on the CPU, though the machine has a GPU: {}", why_none(facts))};
}

}  // namespace

const DeviceFacts& device_facts() {
  static const DeviceFacts facts = [] {
    DeviceFacts facts;
    facts.libtorch_has_cuda = at::detail::getCUDAHooks().hasCUDART();
    if (torch::cuda::is_available()) {
      facts.libtorch_gpus = static_cast<size_t>(torch::cuda::device_count());
    }
    facts.driver = nvidia_driver();
    facts.visible = environment("CUDA_VISIBLE_DEVICES");
    facts.slurm = gpu_asked_of_slurm();
    return facts;
  }();
  return facts;
}

Devices resolve_devices(const std::string& name, const DeviceFacts& facts) {
  if (name == "cpu") return {{"cpu"}, ""};
  std::vector<std::string> gpus;
  for (size_t i = 0; i < facts.libtorch_gpus; ++i) gpus.push_back(fmt::format("cuda:{}", i));
  if (name == "auto") return gpus.empty() ? cpu_instead(facts) : Devices{gpus, ""};
  if (name == "cuda" && !gpus.empty()) return {gpus, ""};
  if (std::find(gpus.begin(), gpus.end(), name) != gpus.end()) return {{name}, ""};
  if (name.rfind("cuda", 0) != 0) {
    throw Error(fmt::format("unknown device '{}'; there are: auto, cpu, cuda, cuda:N", name));
  }
  throw Error(fmt::format("device '{}' is not there: {}; --device cpu does without", name,
                          gpus.empty() ? why_none(facts)
                                       : fmt::format("LibTorch sees {} GPUs, the last of them {}",
                                                     gpus.size(), gpus.back())));
}

int default_jobs_per_gpu(const DeviceFacts& facts, size_t gpus, int threads) {
  int jobs = std::min(kMostJobsPerGpu, threads / std::max(1, static_cast<int>(gpus)));
  for (const NvidiaGpu& gpu : facts.driver.gpus) {
    if (gpu.memory > 0) jobs = std::min(jobs, static_cast<int>(gpu.memory / kMemoryPerJob));
    if (!gpu.takes_several_processes) jobs = 1;
  }
  return std::max(1, jobs);
}

int default_jobs(const Devices& devices, std::optional<int> jobs_per_gpu) {
  const auto threads = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  if (!devices.are_gpus()) return threads;
  const auto gpus = static_cast<int>(devices.names.size());
  return gpus * jobs_per_gpu.value_or(default_jobs_per_gpu(device_facts(), gpus, threads));
}

}  // namespace eigenrnn
