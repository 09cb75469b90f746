#include "dynamics/modal.h"

#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "linear_algebra/block_spectrum.h"
#include "support/error.h"

namespace eigenrnn {
namespace {

// Indices of the eigenvalues, the largest modulus first.
torch::Tensor by_modulus(const torch::Tensor& values) {
  return values.abs().argsort(/*dim=*/0, /*descending=*/true);
}

double saturated_share(const Cell& cell, const torch::Tensor& states) {
  const torch::Tensor saturated =
      cell.kind == CellKind::kRnnTanh ? states.abs().gt(0.99) : states.eq(0.0);
  return saturated.to(torch::kFloat64).mean().item<double>();
}

}  // namespace

double time_constant(std::complex<double> eigenvalue) {
  return -1.0 / std::log(std::abs(eigenvalue));
}

torch::Tensor linear_states(const torch::Tensor& recurrent, const torch::Tensor& drives) {
  torch::Tensor states = torch::empty_like(drives);
  torch::Tensor state = torch::zeros_like(drives[0]);
  for (int64_t t = 0; t < drives.size(0); ++t) {
    state = torch::addmm(drives[t], state, recurrent.t());
    states[t].copy_(state);
  }
  return states;
}

ModalView modal_view(const torch::Tensor& recurrent, const torch::Tensor& drives) {
  ModalView view;
  const BlockSpectrum spectrum = matrix_spectrum(recurrent);
  view.warning = spectrum.eigenvalues.empty() ? "the weights are not finite" : spectrum.warning;
  if (std::isnan(spectrum.eigenvector_condition)) return view;

  const auto [values, vectors] = torch::linalg_eig(recurrent);
  const torch::Tensor order = by_modulus(values);
  const torch::Tensor lambda = values.index_select(0, order).contiguous();
  view.vectors = vectors.index_select(1, order);
  // V⁻¹d, d as rows: solve V·c = d for all times and sequences at once.
  const int64_t size = recurrent.size(0);
  torch::Tensor state = torch::zeros({drives.size(1), size}, torch::kComplexDouble);
  view.coordinates =
      torch::linalg_solve(view.vectors, drives.reshape({-1, size}).t().to(torch::kComplexDouble))
          .t()
          .reshape(drives.sizes())
          .contiguous();
  for (int64_t t = 0; t < drives.size(0); ++t) {
    state = lambda * state + view.coordinates[t];
    view.coordinates[t].copy_(state);
  }
  const torch::Tensor energies =
      view.coordinates.abs().square().mean(c10::IntArrayRef{0, 1}).contiguous();
  const auto* value = lambda.data_ptr<c10::complex<double>>();
  for (int64_t i = 0; i < size; ++i) {
    const std::complex<double> eigenvalue(value[i]);
    view.modes.push_back({eigenvalue, time_constant(eigenvalue), energies.data_ptr<double>()[i]});
  }
  return view;
}

std::vector<LinearityError> linearity_errors(const StateMap& map, const torch::Tensor& input,
                                             const std::vector<double>& scales) {
  const Cell& cell = map.cell();
  if (cell.kind != CellKind::kRnnTanh && cell.kind != CellKind::kRnnRelu) {
    throw Error(fmt::format(
        "linearity_errors: the cell is {}, and only rnn_tanh and rnn_relu are a linear model with "
        "an activation on it",
        cell.name));
  }
  const torch::Tensor driven = map.drive(input) - map.weights().input_bias;
  const torch::Tensor bias = map.weights().input_bias + map.weights().recurrent_bias;
  std::vector<LinearityError> errors;
  for (double scale : scales) {
    const torch::Tensor scaled = scale * driven;
    const torch::Tensor states = map.trajectory(scaled + map.weights().input_bias).slice(0, 1);
    const torch::Tensor linear = linear_states(map.weights().recurrent, scaled + bias);
    const double error = (linear - states).norm().item<double>();
    const double norm = states.norm().item<double>();
    errors.push_back({scale, norm > 0.0 ? error / norm : std::numeric_limits<double>::quiet_NaN(),
                      saturated_share(cell, states)});
  }
  return errors;
}

}  // namespace eigenrnn
