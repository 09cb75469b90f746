#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace eigenrnn {

/// A GPU, as its driver tells.
struct NvidiaGpu {
  std::string name;    // "NVIDIA H100 80GB HBM3"
  std::string uuid;    // "GPU-…", as CUDA_VISIBLE_DEVICES takes it; empty if it is not known
  int64_t memory = 0;  // bytes
  bool takes_several_processes = true;  // its compute mode is the default one
};

/// What can be known of this machine's NVIDIA driver with neither CUDA nor its headers.
struct NvidiaDriver {
  bool is_there = false;        // its library can be loaded
  int error = 0;                // with which it did not start, as CUresult counts them; 0: none
  std::string version;          // "580.65.06"; empty if it is not known
  std::optional<int> cuda;      // the newest version that it can do: 13000 is 13.0
  std::vector<NvidiaGpu> gpus;  // those that CUDA_VISIBLE_DEVICES leaves, in CUDA's order
  size_t installed = 0;         // how many the machine has, visible or not
};

/// Asked once per process; makes no context on any GPU.
const NvidiaDriver& nvidia_driver();

/// The same, of a library and of a folder in the place of the driver's own, for tests.
NvidiaDriver ask_nvidia_driver(const std::string& library, const std::filesystem::path& proc);

/// "13.0" for 13000.
std::string cuda_version_text(long version);
/// "9.10.2" for 91002, "8.9.7" for 8907: from 9 on cuDNN counts its versions otherwise.
std::string cudnn_version_text(long version);

}  // namespace eigenrnn
