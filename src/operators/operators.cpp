#include <algorithm>
#include <complex>
#include <string>
#include <tuple>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>
#include <torch/library.h>
#include <torch/types.h>
#include <torch/version.h>

#include "cells/cell.h"
#include "cells/sequence.h"
#include "dynamics/jacobian.h"
#include "dynamics/lyapunov.h"
#include "initializers/initializer.h"
#include "linear_algebra/block_spectrum.h"
#include "support/error.h"
#include "support/options.h"
#include "support/random.h"

// What Python calls as torch.ops.eigenrnn: by LibTorch's own registry of operators, so that this
// library knows nothing of Python, and one file serves every version of it. scripts/eigenrnn/ has
// the functions that people call; what these take is checked there.
//
// Lists stand for what may be left out: an empty one is none.

namespace eigenrnn {
namespace {

// The LibTorch whose headers this was built with.
std::string libtorch_version() { return TORCH_VERSION; }

// {"eigen": {"summary": …, "citation": …, "defined_for": […], "options": [{"name", "default",
// "help", "expects"}]}}
std::string initializers() {
  nlohmann::json all = nlohmann::json::object();
  for (const std::string& name : InitializerRegistry::instance().names()) {
    const InitializerInfo& info = InitializerRegistry::instance().at(name);
    nlohmann::json options = nlohmann::json::array();
    for (const OptionSpec& option : info.options) {
      options.push_back({{"name", option.name},
                         {"default", option.default_value},
                         {"help", option.help},
                         {"expects", option.expectation()}});
    }
    all[name] = {{"summary", info.summary},
                 {"citation", info.citation},
                 {"defined_for", info.defined_for},
                 {"options", options}};
  }
  return all.dump();
}

// {"lstm": {"label": "LSTM", "gates": ["i", "f", "g", "o"], "state_tensors": 2}}
std::string registered_cells() {
  nlohmann::json all = nlohmann::json::object();
  for (const Cell& cell : cells()) {
    all[cell.name] = {
        {"label", cell.label}, {"gates", cell.gates}, {"state_tensors", cell.state_tensors}};
  }
  return all.dump();
}

void check_law(const char* of, const std::string& law, const std::vector<std::string>& laws) {
  if (std::find(laws.begin(), laws.end(), law) != laws.end()) return;
  throw Error(fmt::format("{} is '{}', and must be one of {}", of, law, fmt::join(laws, ", ")));
}

// W_ih [G·H, I], W_hh [G·H, H], b_ih, b_hh [G·H], as the harness draws them for the layer at this
// path of a model, {"recurrent", "layer0"}. `options` is a JSON object.
std::vector<torch::Tensor> drawn_weights(const std::string& initializer, const std::string& options,
                                         const std::string& cell, int64_t hidden_size,
                                         int64_t input_size, int64_t seed,
                                         const std::vector<std::string>& path,
                                         const std::string& input_weight, const std::string& bias,
                                         double forget_bias, int64_t chrono_steps) {
  check_law("input_weight", input_weight, {"xavier", "torch_default"});
  check_law("bias", bias, {"zeros", "torch_default"});
  const InitializerInfo& info = InitializerRegistry::instance().at(initializer);
  const Options resolved = Options::resolve(info.options, nlohmann::json::parse(options));
  Random random = Random(static_cast<uint64_t>(seed)).stream("model");
  for (const std::string& part : path) random = random.stream(part);
  const RecurrentWeights weights =
      draw_weights(*info.make(resolved), {input_weight, bias, forget_bias, chrono_steps},
                   cell_named(cell), hidden_size, input_size, random);
  return {weights.input, weights.recurrent, weights.input_bias, weights.recurrent_bias};
}

RecurrentWeights weights_from(const std::vector<torch::Tensor>& list) {
  TORCH_CHECK(list.size() == 4, "eigenrnn: ", list.size(),
              " weights; they are W_ih, W_hh, b_ih, b_hh");
  return {list[0], list[1], list[2], list[3]};
}

torch::Tensor at_or_none(const std::vector<torch::Tensor>& list, size_t place) {
  return place < list.size() ? list[place] : torch::Tensor();
}

// run_sequence(): the outputs [T, B, H], and the final state: h [B, H], and c [B, H] of a cell that
// has it.
std::vector<torch::Tensor> sequence(const std::string& cell, const torch::Tensor& input,
                                    const std::vector<torch::Tensor>& weights,
                                    const std::vector<torch::Tensor>& lengths,
                                    const std::vector<torch::Tensor>& initial) {
  const SequenceResult result =
      run_sequence(cell_named(cell), weights_from(weights), input, at_or_none(lengths, 0),
                   {at_or_none(initial, 0), at_or_none(initial, 1)});
  if (!result.final.cell.defined()) return {result.outputs, result.final.hidden};
  return {result.outputs, result.final.hidden, result.final.cell};
}

// Eigenvalues [H] complex128, none if W has a NaN or an infinity; then radius, norm, fraction
// outside the unit circle, departure from normality, that as a part of the norm, condition of the
// eigenvectors; a warning.
using SpectrumParts =
    std::tuple<torch::Tensor, double, double, double, double, double, double, std::string>;

SpectrumParts spectrum(const torch::Tensor& matrix) {
  const torch::NoGradGuard no_gradient;
  const BlockSpectrum found = matrix_spectrum(matrix);
  torch::Tensor eigenvalues =
      torch::empty(static_cast<int64_t>(found.eigenvalues.size()), torch::kComplexDouble);
  std::copy(found.eigenvalues.begin(), found.eigenvalues.end(),
            static_cast<std::complex<double>*>(eigenvalues.data_ptr()));
  return {eigenvalues,
          found.spectral_radius,
          found.spectral_norm,
          found.fraction_outside,
          found.departure_from_normality,
          found.relative_departure,
          found.eigenvector_condition,
          found.warning};
}

// lyapunov_exponents() of a layer from rest along one sequence [T, I], of which the first
// `transient` steps are not averaged over.
torch::Tensor lyapunov(const std::string& cell, const torch::Tensor& input,
                       const std::vector<torch::Tensor>& weights, int64_t transient,
                       int64_t exponents) {
  const torch::NoGradGuard no_gradient;
  const StateMap map(cell_named(cell), weights_from(weights));
  const torch::Tensor drives = map.drive(input.unsqueeze(1)), states = map.trajectory(drives);
  LyapunovSettings settings;
  settings.transient = transient;
  settings.steps = input.size(0) - transient;
  settings.exponents = exponents;
  return torch::tensor(
      lyapunov_exponents([&](int64_t t) { return map.jacobian(states[t - 1], drives[t - 1])[0]; },
                         settings),
      torch::kDouble);
}

}  // namespace

// Each is made of LibTorch's operators and of functions that know their own gradient, so that
// autograd needs nothing more.
TORCH_LIBRARY(eigenrnn, library) {
  library.def("libtorch_version() -> str", &libtorch_version);
  library.def("initializers() -> str", &initializers);
  library.def("cells() -> str", &registered_cells);
  library.def(
      "draw_weights(str initializer, str options, str cell, int hidden_size, int input_size, "
      "int seed, str[] path, str input_weight, str bias, float forget_bias, int chrono_steps) "
      "-> Tensor[]",
      &drawn_weights);
  library.def(
      "run_sequence(str cell, Tensor input, Tensor[] weights, Tensor[] lengths, Tensor[] initial) "
      "-> Tensor[]",
      &sequence);
  library.def("spectrum(Tensor matrix) -> (Tensor, float, float, float, float, float, float, str)",
              &spectrum);
  library.def(
      "lyapunov(str cell, Tensor input, Tensor[] weights, int transient, int exponents) -> Tensor",
      &lyapunov);
}

}  // namespace eigenrnn
