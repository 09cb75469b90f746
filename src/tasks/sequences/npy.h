#pragma once
#include <string_view>

#include <torch/types.h>

namespace eigenrnn {

/// The array in the content of a file of NumPy's (numpy.lib.format, versions 1 to 3), float64, or
/// int64 where it holds integers. Throws Error saying what is wrong, as in "is truncated", for the
/// caller to put the file's name before it.
torch::Tensor read_npy(std::string_view content);

}  // namespace eigenrnn
