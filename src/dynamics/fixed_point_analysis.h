#pragma once
#include <optional>
#include <vector>

#include <torch/types.h>

#include "dynamics/fixed_points.h"
#include "dynamics/jacobian.h"
#include "dynamics/sample.h"
#include "support/dfa.h"

namespace eigenrnn {

/// What was found under one constant symbol, at one period.
struct SymbolSearch {
  int64_t symbol, period;
  FixedPoints found;
  std::vector<torch::Tensor> coordinates;  // of each point's states in the plane [p, 2]
};

/// States that a layer visits, in a random order, in the plane of their first two principal
/// components.
struct VisitedStates {
  torch::Tensor coordinates;              // [N, 2]
  std::vector<int64_t> automaton_states;  // after the same prefix; none without an automaton
  double explained_variance;              // by the plane, as a fraction
};

struct FixedPointAnalysis {
  std::optional<Dfa> automaton;
  VisitedStates visited;
  std::vector<SymbolSearch> searches;  // by symbol, then by period
};

/// The fixed points and cycles of up to `largest_period` of a layer that reads symbols, one
/// constant symbol after the other, from up to `starts` states that it visits on the sample; none
/// for a layer that does not, or with more than 8 symbols. With the automaton of the data every
/// visited state is named by the automaton's state after the same prefix.
std::optional<FixedPointAnalysis> analyze_fixed_points(const StateMap& map, const Sample& sample,
                                                       const std::optional<Dfa>& automaton,
                                                       int64_t starts, int64_t largest_period);

}  // namespace eigenrnn
