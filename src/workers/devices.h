#pragma once
#include <optional>
#include <string>
#include <vector>

#include "support/nvidia.h"

namespace eigenrnn {

/// What there is to choose from, and what was asked for outside of the command line.
struct DeviceFacts {
  bool libtorch_has_cuda = false;
  size_t libtorch_gpus = 0;  // that LibTorch can use now
  NvidiaDriver driver;
  std::optional<std::string> visible;  // $CUDA_VISIBLE_DEVICES
  std::string slurm;                   // by which Slurm says that a GPU was asked for: "NAME=value"
};
/// Of this process, asked once.
const DeviceFacts& device_facts();

struct Devices {
  std::vector<std::string> names;  // "cpu", or "cuda:0", …
  std::string remark;              // what the user should know of the choice; may be empty

  bool are_gpus() const { return names.front() != "cpu"; }
};

/// The devices that "auto", "cpu", "cuda" or "cuda:N" stand for here. `auto` is all GPUs where
/// there are any, and the CPU otherwise, with a remark if the machine has a GPU all the same;
/// `cuda` is all GPUs. Throws Error for anything else, for a GPU that is not there, saying why, and
/// if `auto` would be the CPU where Slurm was asked for a GPU.
Devices resolve_devices(const std::string& name, const DeviceFacts& facts = device_facts());

/// How many worker processes share a GPU where nobody says it: as many as there are CPU threads to
/// feed them and 2 GiB of memory for each, 8 at most, which was our choice: a run of a small
/// network leaves most of a GPU idle, and every worker costs a context.
int default_jobs_per_gpu(const DeviceFacts& facts, size_t gpus, int threads);
/// Worker processes on `devices`: on GPUs `jobs_per_gpu`, or the default, for each; on the CPU one
/// for each hardware thread.
int default_jobs(const Devices& devices, std::optional<int> jobs_per_gpu = std::nullopt);

}  // namespace eigenrnn
