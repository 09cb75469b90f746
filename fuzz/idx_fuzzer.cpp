// Images and labels as MNIST has them.
#include "scratch_file.h"
#include "support/error.h"
#include "tasks/pixel_mnist/idx.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const eigenrnn::ScratchFile file("images-idx-ubyte");
  try {
    const torch::Tensor tensor = eigenrnn::read_idx(file.with(data, size), "", "fetch it");
    const size_t header = 4 + 4 * static_cast<size_t>(tensor.dim());
    if (header + static_cast<size_t>(tensor.numel()) != size) std::abort();  // every byte, once
  } catch (const eigenrnn::DataError&) {
  }
  return 0;
}
