#pragma once
#include <functional>
#include <vector>

#include <torch/types.h>

#include "support/random.h"

namespace eigenrnn {

/// How the memory function is measured. The input is i.i.d. with mean 0 and variance 1.
struct MemorySettings {
  enum class Law { kUniform, kNormal };  // U(±√3), N(0, 1)

  int64_t max_lag = 200;  // K
  int64_t sequences = 8;  // half of them to fit the readout, half to test it; at least 2
  int64_t steps = 1000;   // of each sequence that are used, after `washout`
  int64_t washout = 200;  // steps in which the state forgets where it began; at least K
  Law law = Law::kUniform;
  /// Both relative to the mean variance σ̄² of the state's components, so that the memory does not
  /// depend on the state's scale: the readout minimises its mean squared error + ridge·σ̄²·‖w‖²,
  /// and sees the state with independent normal noise of variance noise·σ̄² on every component.
  double ridge = 1e-6, noise = 0.0;
};

/// The memory function of Jaeger 2001, "Short term memory in echo state networks": m(k) says how
/// well a linear readout w_k of the state h_t tells the input x_{t−k}.
struct MemoryCurve {
  std::vector<double> by_lag;  // m(k), k = 0 … K, in [0, 1]
  double capacity = 0.0;       // Σ m(k); at most H for an i.i.d. input
};

/// The estimate for any driven system. `states` gives h_t [T, B, H] for inputs x_t [T, B], float64,
/// from a state of zero. m(k) = 1 − E(x_{t−k} − w_kᵀh_t)²/E x², where w_k (with an intercept) is
/// fitted on the first half of the sequences, and the error taken on the second; 0 where that is
/// negative. Jaeger's squared correlation is the same where ridge = 0 and the data suffice. Finite
/// data of N test and training steps make an error of about H/N. States that are not finite have
/// no memory: NaN.
MemoryCurve memory_curve(const std::function<torch::Tensor(const torch::Tensor& input)>& states,
                         const MemorySettings& settings, Random& random);

/// C = Σ_j W^j M (W^j)ᵀ, the solution of C = W C Wᵀ + M (the discrete Lyapunov equation), by
/// doubling: C ← C + A C Aᵀ, A ← A². With M = u uᵀ it is the covariance of the linear network's
/// state for an input of variance 1. Throws Error if W's spectral radius is not below 1.
torch::Tensor stationary_covariance(const torch::Tensor& recurrent, const torch::Tensor& driving);

/// The population value of memory_curve for the linear network h_t = W h_{t−1} + u x_t. With
/// p_k = E h_t x_{t−k} = W^k u, A = C + noise·σ̄²·I the covariance of what the readout sees, and
/// w_k = (A + ridge·σ̄²·I)⁻¹ p_k, the readout's R² is
///   m(k) = 1 − E(x_{t−k} − w_kᵀh_t)² = 2 w_kᵀp_k − w_kᵀA w_k,
/// which for ridge = 0 is p_kᵀ A⁻¹ p_k; σ̄² = tr C/H. Without noise and ridge Σ m(k) over all k is
/// the rank of C: H if W and u are in general position (Jaeger 2001). Numerically that limit is
/// out of reach where C is nearly singular, and it mostly is. `recurrent` [H, H] with a spectral
/// radius below 1, else Error; `input_vector` [H]. Of `settings` max_lag, ridge and noise count.
MemoryCurve linear_memory_curve(const torch::Tensor& recurrent, const torch::Tensor& input_vector,
                                const MemorySettings& settings);

}  // namespace eigenrnn
