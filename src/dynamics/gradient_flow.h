#pragma once
#include <vector>

#include <torch/types.h>

#include "dynamics/jacobian.h"

namespace eigenrnn {

/// How much of a gradient arrives from the end of a sequence at a step k before it: norms of
/// P_k = ∂s_L/∂s_{L−k} = J_L·J_{L−1}·…·J_{L−k+1} along real trajectories, s_L being the state after
/// a sequence's last step (Pascanu, Mikolov & Bengio 2013, "On the difficulty of training recurrent
/// neural networks"). For the LSTM the state is (h, c). All norms are base-10 logarithms, since
/// products of hundreds of Jacobians leave the range of a double; −∞ stands for a gradient that is
/// exactly zero.
struct GradientFlow {
  std::vector<int64_t> lags;  // k, ascending; lag 0 is the identity
  torch::Tensor spectral;   // [lags, B] log10 ‖P_k‖₂; NaN where a sequence is shorter than k
  torch::Tensor frobenius;  // [lags, B] log10 (‖P_k‖_F/√S): the root mean square over all
                            // directions, 0 for an orthogonal product
};

/// Of states [T+1, B, S] from drives [T, B, G·H]. `lengths`: [B] int64, each from 1 to T;
/// undefined means that all are T. `lags` must be ascending and within 0 … T.
GradientFlow gradient_flow(const StateMap& map, const torch::Tensor& states,
                           const torch::Tensor& drives, const torch::Tensor& lengths,
                           const std::vector<int64_t>& lags);

/// The cheap variant: log10 ‖vᵀP_k‖₂ [lags, B] for one vector per sequence, `vectors` [B, S], as
/// the gradient of the loss with respect to s_L, or a random one.
torch::Tensor vector_gradient_flow(const StateMap& map, const torch::Tensor& states,
                                   const torch::Tensor& drives, const torch::Tensor& lengths,
                                   const std::vector<int64_t>& lags, const torch::Tensor& vectors);

/// By lag, over the sequences that are long enough: NaN is left out. Quantiles are the nearest
/// ranks, so that −∞ is not mixed with numbers; the mean of logarithms is −∞ as soon as one is.
struct LagSummary {
  std::vector<int64_t> sequences;
  std::vector<double> mean, median, low, high;  // low and high: the quantiles 0.1 and 0.9
};

/// Of norms [lags, B].
LagSummary summarize(const torch::Tensor& norms);

}  // namespace eigenrnn
