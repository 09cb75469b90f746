#pragma once
#include <torch/types.h>

namespace eigenrnn {

/// How well a linear readout tells something from a state. The readout is a ridge regression with
/// an intercept, fitted on the first half of the samples and judged on the second; its ridge is
/// relative to the mean variance of the state's components.
struct ClassReadout {
  double accuracy;  // on the second half, as a fraction
  double chance;    // of the second half: the share of the first half's most frequent class
  /// A lower bound, but for its bias, of the mutual information between class and state in bits:
  /// that between class and prediction, I(y; ŷ) ≤ I(y; h), from the confusion matrix of the second
  /// half. Plug-in entropies with the correction of Miller 1955, (cells that occur − 1)/(2N) nats
  /// each; at least 0. The bias that is left is of the order of 1/N².
  double information;
};

/// Of classes [N] int64 in 0 … K−1 from states [N, H] float64, one-hot regression and the largest
/// output. Throws Error if there are fewer than 4 samples.
ClassReadout class_readout(const torch::Tensor& states, const torch::Tensor& classes,
                           double ridge = 1e-4);

/// R² on the second half of a regression of `values` [N] float64; 0 where it is negative, NaN
/// where the values are all the same. Throws Error if there are fewer than 4 samples.
double value_readout(const torch::Tensor& states, const torch::Tensor& values, double ridge = 1e-4);

/// Mutual information in bits from a table of counts [K, K'], with the Miller–Madow correction;
/// at least 0.
double mutual_information(const torch::Tensor& counts);

}  // namespace eigenrnn
