#include "dynamics/fixed_point_analysis.h"

#include <algorithm>

#include "support/random.h"

namespace eigenrnn {
namespace {

constexpr int64_t kMostSymbols = 8;
constexpr int64_t kSequences = 50, kShown = 400;  // whose states are visited; states that are drawn

struct Visits {
  torch::Tensor states;         // [N, S], in a random order
  std::vector<int64_t> labels;  // the automaton's state; none without an automaton
};

Visits visit(const StateMap& map, const Sample& sample, const std::optional<Dfa>& automaton) {
  const torch::Tensor trajectory = map.trajectory(map.drive(sample.input));
  std::vector<torch::Tensor> states;
  std::vector<int64_t> labels;
  for (int64_t b = 0; b < sample.size(); ++b) {
    int state = 0;
    for (int64_t t = 0; t < sample.lengths[b].item<int64_t>(); ++t) {
      if (automaton) state = automaton->next[state][sample.input[t][b].item<int64_t>()];
      states.push_back(trajectory[t + 1][b]);
      labels.push_back(state);
    }
  }
  Random random = Random(0).stream("visited states");
  Visits visits;
  const std::vector<int64_t> order = random.permutation(static_cast<int64_t>(states.size()));
  visits.states = torch::stack(states).index_select(0, torch::tensor(order, torch::kInt64));
  for (size_t i = 0; automaton && i < order.size(); ++i) {
    visits.labels.push_back(labels[static_cast<size_t>(order[i])]);
  }
  return visits;
}

// The plane of the first two principal components.
class Plane {
 public:
  explicit Plane(const torch::Tensor& states) : mean_(states.mean(0)) {
    const torch::Tensor centred = states - mean_;
    const auto [values, vectors] = torch::linalg_eigh(centred.t().matmul(centred));
    axes_ = vectors.slice(1, std::max<int64_t>(0, vectors.size(1) - 2)).flip(1);  // ascending order
    explained_ = values.slice(0, std::max<int64_t>(0, values.size(0) - 2)).sum().item<double>() /
                 values.sum().item<double>();
  }
  // [N, 2] of [N, S]
  torch::Tensor coordinates(const torch::Tensor& states) const {
    return (states - mean_).matmul(axes_);
  }
  double explained() const { return explained_; }

 private:
  torch::Tensor mean_, axes_;
  double explained_;
};

// The first `count` labels, or none where there are none.
std::vector<int64_t> first(const std::vector<int64_t>& labels, int64_t count) {
  if (labels.empty()) return {};
  return {labels.begin(), labels.begin() + static_cast<std::ptrdiff_t>(count)};
}

}  // namespace

std::optional<FixedPointAnalysis> analyze_fixed_points(const StateMap& map, const Sample& sample,
                                                       const std::optional<Dfa>& automaton,
                                                       int64_t starts, int64_t largest_period) {
  if (!sample.is_indices() || map.input_size() > kMostSymbols) return std::nullopt;
  const Visits visits = visit(map, sample.slice(0, std::min(kSequences, sample.size())), automaton);
  const Plane plane(visits.states);
  starts = std::min(starts, visits.states.size(0));
  const std::vector<int64_t> labels = first(visits.labels, starts);
  FixedPointAnalysis analysis;
  analysis.automaton = automaton;
  for (int64_t symbol = 0; symbol < map.input_size(); ++symbol) {
    const torch::Tensor drive = map.drive(torch::tensor({symbol}, torch::kInt64))[0];
    for (int64_t period = 1; period <= largest_period; ++period) {
      FixedPointSettings settings;
      settings.period = period;
      SymbolSearch search{symbol, period, {}, {}};
      search.found =
          find_fixed_points(map, drive, visits.states.slice(0, 0, starts), labels, settings);
      for (const FixedPoint& point : search.found.points) {
        search.coordinates.push_back(plane.coordinates(point.states));
      }
      analysis.searches.push_back(std::move(search));
    }
  }
  const int64_t shown = std::min(kShown, visits.states.size(0));
  analysis.visited = {plane.coordinates(visits.states.slice(0, 0, shown)),
                      first(visits.labels, shown), plane.explained()};
  return analysis;
}

}  // namespace eigenrnn
