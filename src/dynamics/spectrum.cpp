#include "dynamics/spectrum.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>

#include <fmt/format.h>

#include "recurrent/recurrent_network.h"

namespace eigenrnn {
namespace {

nlohmann::json rounded(double value) {
  if (!std::isfinite(value)) return nullptr;
  return std::strtod(fmt::format("{:.6g}", value).c_str(), nullptr);
}

bool comes_first(const std::complex<double>& a, const std::complex<double>& b) {
  if (std::abs(a) != std::abs(b)) return std::abs(a) > std::abs(b);
  return std::arg(a) < std::arg(b);
}

void append_spectra(const RecurrentLayer& layer, const std::string& path,
                    std::vector<BlockSpectrum>& spectra) {
  const Cell& cell = layer.cell();
  const auto blocks = layer.weights().recurrent.chunk(cell.gate_count());
  for (size_t i = 0; i < blocks.size(); ++i) {
    BlockSpectrum spectrum = matrix_spectrum(blocks[i]);
    spectrum.layer = path;
    spectrum.gate = cell.gates[i];
    spectra.push_back(std::move(spectrum));
  }
}

}  // namespace

BlockSpectrum matrix_spectrum(const torch::Tensor& matrix) {
  TORCH_CHECK(matrix.dim() == 2 && matrix.size(0) == matrix.size(1) && matrix.size(0) >= 1,
              "matrix_spectrum: the matrix is ", matrix.sizes(), ", and must be square");
  constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
  BlockSpectrum result{"", "", {}, kNaN, kNaN};
  const torch::Tensor block = matrix.detach().to(torch::kCPU, torch::kFloat64);
  if (!torch::isfinite(block).all().item<bool>()) return result;

  const torch::Tensor values = torch::linalg_eigvals(block).contiguous();
  const auto* data = values.data_ptr<c10::complex<double>>();
  for (int64_t i = 0; i < values.numel(); ++i) result.eigenvalues.emplace_back(data[i]);
  std::sort(result.eigenvalues.begin(), result.eigenvalues.end(), comes_first);
  result.spectral_radius = std::abs(result.eigenvalues.front());
  result.spectral_norm = torch::linalg_svdvals(block).max().item<double>();
  return result;
}

std::vector<BlockSpectrum> recurrent_spectra(const torch::nn::Module& model) {
  std::vector<BlockSpectrum> spectra;
  if (const auto* layer = dynamic_cast<const RecurrentLayer*>(&model)) {
    append_spectra(*layer, "", spectra);
  }
  for (const auto& item : model.named_modules("", /*include_self=*/false)) {
    if (const auto* layer = dynamic_cast<const RecurrentLayer*>(item.value().get())) {
      append_spectra(*layer, item.key(), spectra);
    }
  }
  return spectra;
}

nlohmann::json to_json(const BlockSpectrum& spectrum) {
  nlohmann::json eigenvalues = nlohmann::json::array();
  for (const std::complex<double>& value : spectrum.eigenvalues) {
    eigenvalues.push_back({rounded(value.real()), rounded(value.imag())});
  }
  return {{"layer", spectrum.layer},
          {"gate", spectrum.gate},
          {"eigenvalues", eigenvalues},
          {"spectral_radius", rounded(spectrum.spectral_radius)},
          {"spectral_norm", rounded(spectrum.spectral_norm)}};
}

}  // namespace eigenrnn
