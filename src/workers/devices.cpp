#include "workers/devices.h"

#include <algorithm>

#include <fmt/format.h>
#include <torch/torch.h>

#include "support/error.h"

namespace eigenrnn {

std::vector<std::string> resolve_devices(const std::string& name) {
  if (name == "cpu") return {"cpu"};
  std::vector<std::string> gpus;
  const auto count = torch::cuda::is_available() ? torch::cuda::device_count() : 0;
  for (size_t i = 0; i < static_cast<size_t>(count); ++i) gpus.push_back(fmt::format("cuda:{}", i));
  if (name == "auto") return gpus.empty() ? std::vector<std::string>{"cpu"} : gpus;
  if (name == "cuda" && !gpus.empty()) return gpus;
  if (std::find(gpus.begin(), gpus.end(), name) != gpus.end()) return {name};
  if (name.rfind("cuda", 0) != 0) {
    throw Error(fmt::format("unknown device '{}'; there are: auto, cpu, cuda, cuda:N", name));
  }
  throw Error(
      fmt::format("device '{}' is not there: LibTorch sees {} CUDA devices. Use a LibTorch "
                  "built with CUDA (see README), or --device cpu",
                  name, gpus.size()));
}

}  // namespace eigenrnn
