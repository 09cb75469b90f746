#include "support/nvidia.h"

#include <algorithm>
#include <array>
#include <dlfcn.h>
#include <fstream>
#include <regex>

#include <fmt/format.h>

namespace eigenrnn {
namespace fs = std::filesystem;
namespace {

// As cuda.h numbers them.
constexpr int kNoDevice = 100;    // CUDA_ERROR_NO_DEVICE
constexpr int kComputeMode = 20;  // CU_DEVICE_ATTRIBUTE_COMPUTE_MODE, of which 0 is the default

using Device = int;
using Uuid = std::array<unsigned char, 16>;

// The driver's library, which is never closed: it has threads of its own.
class Library {
 public:
  explicit Library(const std::string& name)
      : handle_(::dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL)) {}

  bool is_open() const { return handle_ != nullptr; }
  // What the function returns, 0 if all is well; -1 if there is no such function. The arguments
  // must have the types of its parameters.
  template <class... Parameters>
  int status(const char* name, Parameters... arguments) const {
    auto* function = reinterpret_cast<int (*)(Parameters...)>(::dlsym(handle_, name));
    return function == nullptr ? -1 : function(arguments...);
  }

 private:
  void* handle_;
};

std::string text_of(const Uuid& uuid) {
  std::string text = "GPU";
  for (size_t i = 0; i < uuid.size(); ++i) {
    const bool begins_group = i == 0 || i == 4 || i == 6 || i == 8 || i == 10;
    text += fmt::format("{}{:02x}", begins_group ? "-" : "", uuid[i]);
  }
  return text;
}

NvidiaGpu gpu_at(const Library& cuda, int ordinal) {
  NvidiaGpu gpu;
  Device device = 0;
  if (cuda.status("cuDeviceGet", &device, ordinal) != 0) return gpu;
  std::array<char, 256> name{};
  if (cuda.status("cuDeviceGetName", name.data(), static_cast<int>(name.size() - 1), device) == 0) {
    gpu.name = name.data();
  }
  size_t memory = 0;
  if (cuda.status("cuDeviceTotalMem_v2", &memory, device) == 0) {
    gpu.memory = static_cast<int64_t>(memory);
  }
  Uuid uuid{};
  if (cuda.status("cuDeviceGetUuid", uuid.data(), device) == 0) gpu.uuid = text_of(uuid);
  int mode = 0;
  gpu.takes_several_processes =
      cuda.status("cuDeviceGetAttribute", &mode, kComputeMode, device) != 0 || mode == 0;
  return gpu;
}

// "NVRM version: NVIDIA UNIX x86_64 Kernel Module  580.65.06  Sun Jul 27 …"
std::string version_in(const fs::path& proc) {
  std::ifstream file(proc / "version");
  std::string line;
  std::getline(file, line);
  static const std::regex number("\\s([0-9]+\\.[0-9]+(\\.[0-9]+)?)\\s");
  std::smatch match;
  return std::regex_search(line, match, number) ? match[1].str() : "";
}

size_t count_in(const fs::path& folder) {
  std::error_code absent;
  size_t count = 0;
  for (fs::directory_iterator at(folder, absent), end; !absent && at != end; at.increment(absent)) {
    ++count;
  }
  return count;
}

}  // namespace

NvidiaDriver ask_nvidia_driver(const std::string& library, const fs::path& proc) {
  NvidiaDriver driver;
  driver.version = version_in(proc);
  driver.installed = count_in(proc / "gpus");
  const Library cuda(library);
  driver.is_there = cuda.is_open();
  if (!driver.is_there) return driver;
  driver.error = cuda.status("cuInit", 0u);
  int version = 0, count = 0;
  if (cuda.status("cuDriverGetVersion", &version) == 0) driver.cuda = version;
  if (driver.error == kNoDevice) {
    driver.error = 0;  // all is well, but there is none, or none visible
  } else if (driver.error == 0 && cuda.status("cuDeviceGetCount", &count) != 0) {
    count = 0;
  }
  for (int i = 0; i < count; ++i) driver.gpus.push_back(gpu_at(cuda, i));
  driver.installed = std::max(driver.installed, driver.gpus.size());
  return driver;
}

const NvidiaDriver& nvidia_driver() {
  static const NvidiaDriver driver = ask_nvidia_driver("libcuda.so.1", "/proc/driver/nvidia");
  return driver;
}

std::string cuda_version_text(long version) {
  return fmt::format("{}.{}", version / 1000, version % 1000 / 10);
}

std::string cudnn_version_text(long version) {
  const long major = version >= 90000 ? 10000 : 1000;
  return fmt::format("{}.{}.{}", version / major, version % major / 100, version % 100);
}

}  // namespace eigenrnn
