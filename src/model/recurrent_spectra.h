#pragma once
#include <vector>

#include <torch/nn/module.h>

#include "linear_algebra/block_spectrum.h"

namespace eigenrnn {

/// Of W_hh of every RecurrentLayer in `model`, block by block in the order of the cell's gates.
/// `layer` is the path of the module; empty if `model` itself is one.
std::vector<BlockSpectrum> recurrent_spectra(const torch::nn::Module& model);

}  // namespace eigenrnn
