#pragma once
#include <complex>
#include <string>
#include <vector>

#include <torch/types.h>

#include "dynamics/jacobian.h"

namespace eigenrnn {

/// −1/ln|λ| in steps: how long a mode of h_t = W h_{t−1} + … takes to shrink to 1/e. Infinite at
/// |λ| = 1, and 0 at λ = 0. Negative for |λ| > 1: the mode grows e-fold in that many steps.
double time_constant(std::complex<double> eigenvalue);

/// The linear model h_t = W h_{t−1} + d_t from h_0 = 0: [T, B, H] from W [H, H] and drives
/// d_t = U x_t + b [T, B, H], float64.
torch::Tensor linear_states(const torch::Tensor& recurrent, const torch::Tensor& drives);

/// One mode of the linear model.
struct Mode {
  std::complex<double> eigenvalue;
  double time_constant;  // steps
  double energy;         // mean of |c|² over time and batch
};

/// The linear model in W's eigenbasis, W = V·Λ·V⁻¹ with unit columns v: c = V⁻¹h follows
/// c_t = Λ c_{t−1} + V⁻¹d_t, mode by mode.
struct ModalView {
  std::vector<Mode> modes;    // H, the largest |λ| first; none if W is defective
  torch::Tensor vectors;      // V [H, H] complex, in the order of `modes`
  torch::Tensor coordinates;  // c_t [T, B, H] complex
  /// Why there are no modes, or none to rely on: W is defective or nearly so, or not finite.
  std::string warning;
};

/// Only for a normal W do the energies add up to that of h: a nearly defective one has modes of
/// huge energies that cancel, and a warning. A W that is defective to working precision, or not
/// finite, has no modes, and undefined tensors.
ModalView modal_view(const torch::Tensor& recurrent, const torch::Tensor& drives);

/// How far the linear model is from the network with an activation, at one scale of the input.
struct LinearityError {
  double scale;
  /// ‖h_linear − h‖/‖h‖ over time, batch and units; NaN if h is zero, infinite if h_linear is.
  double relative_error;
  double saturated;  // share of the states that are (Activation::saturated)
};

/// For a layer of a cell with an activation (else Error), at each scale s: the states from drives
/// s·W_ih x_t + b against h_t = W_hh h_{t−1} + s·W_ih x_t + b. `input` as for StateMap::drive,
/// [T, B, I] or [T, B]. With tanh and b = 0 the error vanishes as s² for small s. ReLU is not
/// linear around 0, and with b = 0 its error is the same at every scale.
std::vector<LinearityError> linearity_errors(const StateMap& map, const torch::Tensor& input,
                                             const std::vector<double>& scales);

}  // namespace eigenrnn
