#pragma once
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <torch/nn/module.h>

// A model's weights as bytes: an archive of LibTorch's, where each parameter lies under its name
// with '/' for '.', as in "recurrent/layer0/weight_hh". Any program reads it with
//   torch::serialize::InputArchive archive;
//   archive.load_from(path);
//   archive.read("recurrent/layer0/weight_hh", tensor);

namespace eigenrnn {

/// Parameters by the names of named_parameters(), in that order.
using NamedTensors = std::vector<std::pair<std::string, torch::Tensor>>;

/// Copies of all parameters of `model`, on the CPU.
NamedTensors weights_of(const torch::nn::Module& model);

/// The content of an archive.
std::string serialize_weights(const NamedTensors& weights);

/// Puts the weights of an archive into `model`, which must have the same parameters: the spec's
/// task, cell and sizes decide them. Throws Error naming the file if it cannot be read, and the
/// parameter if one is missing, left over, or of another shape; `model` is then unchanged.
void load_weights(const std::filesystem::path& path, torch::nn::Module& model);

}  // namespace eigenrnn
