#pragma once
#include <complex>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>
#include <torch/torch.h>

namespace eigenrnn {

/// The spectrum of one H×H block of recurrent weights.
struct BlockSpectrum {
  std::string layer, gate;  // as in "recurrent.layer0" and "f"
  /// H of them, the largest modulus first, equal moduli by phase in (−π, π]; none if the block has
  /// a NaN or an infinity.
  std::vector<std::complex<double>> eigenvalues;
  double spectral_radius;  // the largest modulus; NaN if there are no eigenvalues
  double spectral_norm;    // the largest singular value; NaN likewise
};

/// Of one matrix [H, H] of any floating type and device, computed in double; `layer` and `gate`
/// stay empty. Never throws for values that are not finite: a diverged network has a spectrum too.
BlockSpectrum matrix_spectrum(const torch::Tensor& matrix);

/// Of W_hh of every RecurrentLayer in `model`, block by block in the order of the cell's gates.
/// `layer` is the path of the module; empty if `model` itself is one.
std::vector<BlockSpectrum> recurrent_spectra(const torch::nn::Module& model);

/// {"layer", "gate", "eigenvalues": [[re, im], …], "spectral_radius", "spectral_norm"}, numbers to
/// 6 significant digits, NaN as null.
nlohmann::json to_json(const BlockSpectrum& spectrum);

}  // namespace eigenrnn
