// The content of a file of weights.
#include <cstdint>
#include <string_view>

#include "model/safetensors.h"
#include "support/error.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    eigenrnn::tensors_in({reinterpret_cast<const char*>(data), size});
  } catch (const eigenrnn::Error&) {  // what is wrong is said
  }
  return 0;
}
