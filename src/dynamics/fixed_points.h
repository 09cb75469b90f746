#pragma once
#include <complex>
#include <map>
#include <string>
#include <vector>

#include <torch/types.h>

#include "dynamics/jacobian.h"

namespace eigenrnn {

struct FixedPointSettings {
  int64_t period = 1;        // p: points of F^p that return after p steps, and not earlier
  int64_t iterations = 100;  // per start
  double tolerance = 1e-20;  // q(s) at which a point counts as found
  double distance = 1e-3;    // points that differ by less in every component are the same
};

enum class Stability {
  kStable,    // every eigenvalue of ∂F^p/∂s is inside the unit circle (or on it, to 1e-6)
  kSaddle,    // some are outside
  kUnstable,  // all are
};

/// "stable", "saddle", "unstable"
std::string name_of(Stability stability);

/// A point with F^p(s) = s under a constant input; for p > 1 a cycle of p of them.
struct FixedPoint {
  torch::Tensor states;                           // [p, S]: s, F(s), … float64
  double residual;                                // q(s)
  std::vector<std::complex<double>> eigenvalues;  // of ∂F^p/∂s, S, the largest modulus first
  Stability stability;
  int64_t starts;  // how many starts led here
  std::map<int64_t, int64_t> starts_by_label;
};

struct FixedPoints {
  std::vector<FixedPoint> points;  // the one that most starts led to first
  int64_t starts = 0;
  int64_t returned_earlier = 0;  // starts that led to a point of a smaller period
  int64_t not_found = 0;         // starts that led nowhere, or to a slow point: 0 < q
  double smallest_slow = 0;      // the smallest q of these; NaN if there are none
};

/// Looks for fixed points of a trained network under the constant `drive` [G·H], as from
/// StateMap::drive (Sussillo & Barak 2013, "Opening the black box: low-dimensional dynamics in
/// high-dimensional recurrent neural networks"): minimises q(s) = ½‖F^p(s) − s‖² from each of
/// `starts` [N, S], states that the network visits, by Levenberg–Marquardt steps with the exact
/// Jacobian. It finds saddles and unstable points as well as stable ones. `labels` [N] names the
/// starts, for example by the state of an automaton at that place; may be empty.
FixedPoints find_fixed_points(const StateMap& map, const torch::Tensor& drive,
                              const torch::Tensor& starts, const std::vector<int64_t>& labels,
                              const FixedPointSettings& settings = {});

}  // namespace eigenrnn
