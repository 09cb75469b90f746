#include "model/recurrent_spectra.h"

#include "model/recurrent_network.h"

namespace eigenrnn {
namespace {

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

}  // namespace eigenrnn
