#include "workers/device_errors.h"

#include <algorithm>
#include <array>
#include <new>

#include <c10/util/Exception.h>
#include <torch/cuda.h>
#include <torch/types.h>

namespace eigenrnn {
namespace {

// How LibTorch begins what it says of a call of CUDA, cuDNN or cuBLAS that failed; some versions
// have a class for it, and most errors of the libraries have none.
constexpr std::array<const char*, 5> kWordsOfGpus = {
    "out of memory", "CUDA error", "CUDA driver error", "cuDNN error", "CUBLAS_STATUS"};

bool speaks_of_gpu(const std::exception& error) {
  if (dynamic_cast<const c10::OutOfMemoryError*>(&error) != nullptr) return true;
  const std::string words = words_of(error);
  return std::any_of(kWordsOfGpus.begin(), kWordsOfGpus.end(),
                     [&](const char* known) { return words.find(known) != std::string::npos; });
}

}  // namespace

void wait_for_device(const std::string& device) {
  const torch::Device which(device);
  if (which.is_cuda()) torch::cuda::synchronize(which.index());
}

bool ends_worker(const std::exception& error, const std::string& device, const DeviceProbe& probe) {
  if (dynamic_cast<const std::bad_alloc*>(&error) != nullptr) return true;
  if (device.rfind("cuda", 0) != 0) return false;
  if (speaks_of_gpu(error)) return true;
  try {
    probe(device);
    return false;
  } catch (const std::exception&) {
    return true;
  }
}

std::string words_of(const std::exception& error) {
  const auto* known = dynamic_cast<const c10::Error*>(&error);
  return known == nullptr ? error.what() : known->what_without_backtrace();
}

std::string first_words_of(const std::exception& error) {
  const std::string words = words_of(error);
  return words.substr(0, words.find('\n'));
}

}  // namespace eigenrnn
