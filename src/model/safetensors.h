#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <torch/types.h>

// The file format of Hugging Face's safetensors (github.com/huggingface/safetensors): the length of
// a header as 8 bytes, little endian; the header, JSON with the type, shape and place of each
// tensor by its name; then the tensors' bytes, one after the other.

namespace eigenrnn {

using NamedTensors = std::vector<std::pair<std::string, torch::Tensor>>;

/// The content of a file with these tensors, float32 or float64 on any device, in their order. The
/// same tensors give the same bytes. Throws Bug for another type.
std::string safetensors_of(const NamedTensors& tensors);

/// The tensors in such a file's content, in the order of their bytes, on the CPU: those of floating
/// types (F64, F32, F16, BF16), and int64; tensors of other types are left out. Throws Error saying
/// what is wrong with the content.
NamedTensors tensors_in(std::string_view content);

}  // namespace eigenrnn
