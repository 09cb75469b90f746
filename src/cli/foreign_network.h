#pragma once
#include <filesystem>
#include <memory>
#include <string>

#include "model/batch.h"
#include "model/model.h"

// Networks that this program did not train, by a file of their weights.

namespace eigenrnn {

/// Is it called like such a file: .safetensors, or .pt, .pth or .ts, which are TorchScript?
bool is_file_of_weights(const std::filesystem::path& path);

/// The recurrent layers of a file whose weights are called as torch.nn calls them, "weight_hh_l0"
/// behind any prefix; of several prefixes the first. Weights as they are, biases zero where there
/// are none. `cell` is the cell's name; empty for what the number of gates says (of one gate:
/// rnn_tanh). Throws Error saying what is missing or does not fit.
std::shared_ptr<Model> network_in(const std::filesystem::path& path, const std::string& cell);

/// Sequences of independent standard normal numbers for its first layer, [T, B, I]: 200 steps, 64
/// sequences, the same for every network.
Batch white_noise_for(const Model& network);

}  // namespace eigenrnn
