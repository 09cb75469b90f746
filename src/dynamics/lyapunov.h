#pragma once
#include <functional>
#include <vector>

#include <torch/types.h>

namespace eigenrnn {

/// How a Lyapunov spectrum is measured.
struct LyapunovSettings {
  int64_t steps = 1000;     // that are averaged over, after the transient
  int64_t transient = 100;  // in which the frame turns into its directions
  int64_t exponents = 0;    // the largest ones; 0 for all
};

/// The Lyapunov exponents of a discrete map along a trajectory, in nats per step, the largest
/// first: an orthonormal frame Q is carried along by the Jacobians and made orthonormal again at
/// every step, J_t·Q_{t−1} = Q_t·R_t, and λ_i is the mean of ln|R_t,ii| (Shimada & Nagashima 1979;
/// Benettin, Galgani, Giorgilli & Strelcyn 1980; the QR form as in Eckmann & Ruelle 1985).
/// `jacobian(t)` is ∂s_t/∂s_{t−1} [S, S] float64, asked for t = 1, 2, …, transient + steps, in this
/// order. −∞ for a direction that is lost, as where a ReLU is off.
///
/// For a constant normal W the exponents are ln|λ| of its eigenvalues.
std::vector<double> lyapunov_exponents(const std::function<torch::Tensor(int64_t t)>& jacobian,
                                       const LyapunovSettings& settings);

}  // namespace eigenrnn
