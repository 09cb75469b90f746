#pragma once
#include <filesystem>
#include <string>

#include <torch/nn/module.h>

#include "model/safetensors.h"

// A model's weights as a file, which other programs read: safetensors, each parameter under the
// name that torch.nn would give it, "recurrent.weight_hh_l0" for "recurrent.layer0.weight_hh". In
// Python:
//   weights = safetensors.torch.load_file(path)
//   lstm.load_state_dict({name[len("recurrent."):]: w for name, w in weights.items() if "recurrent"
//   in name})

namespace eigenrnn {

/// Copies of all parameters of `model`, on the CPU, by torch.nn's names, in the order of
/// named_parameters().
NamedTensors weights_of(const torch::nn::Module& model);

/// The tensors of a safetensors file. Throws Error naming the file if it cannot be read.
NamedTensors read_weights(const std::filesystem::path& path);

/// Puts tensors into `model`, by torch.nn's names. Throws Error as load_weights does, naming
/// `file`.
void put_weights(const NamedTensors& weights, const std::string& file, torch::nn::Module& model);

/// Puts the weights of a file into `model`, which must have the same parameters: the spec's
/// task, cell and sizes decide them. Throws Error naming the file if it cannot be read, and the
/// parameter if one is missing, left over, or of another shape; `model` is then unchanged.
void load_weights(const std::filesystem::path& path, torch::nn::Module& model);

}  // namespace eigenrnn
