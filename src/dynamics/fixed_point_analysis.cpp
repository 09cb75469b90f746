#include "dynamics/fixed_point_analysis.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "dynamics/fixed_points.h"
#include "linear_algebra/block_spectrum.h"
#include "linear_algebra/rounded.h"
#include "tasks/tomita/tomita_language.h"

namespace eigenrnn {
namespace {

constexpr int64_t kMostSymbols = 8;
constexpr int64_t kSequences = 50, kShown = 400;  // whose states are visited; states that are drawn

const Dfa* automaton(const RunSpec& spec) {
  return spec->task == "tomita" ? &tomita_dfa(spec->task_options.integer("grammar")) : nullptr;
}

struct VisitedStates {
  torch::Tensor states;         // [N, S], in a random order
  std::vector<int64_t> labels;  // the automaton's state; none without an automaton
};

VisitedStates visit(const StateMap& map, const Sample& sample, const Dfa* dfa) {
  const torch::Tensor trajectory = map.trajectory(map.drive(sample.input));
  std::vector<torch::Tensor> states;
  std::vector<int64_t> labels;
  for (int64_t b = 0; b < sample.size(); ++b) {
    int state = 0;
    for (int64_t t = 0; t < sample.lengths[b].item<int64_t>(); ++t) {
      if (dfa) state = dfa->next[state][sample.input[t][b].item<int64_t>()];
      states.push_back(trajectory[t + 1][b]);
      labels.push_back(state);
    }
  }
  Random random = Random(0).stream("visited states");
  VisitedStates visited;
  const std::vector<int64_t> order = random.permutation(static_cast<int64_t>(states.size()));
  visited.states = torch::stack(states).index_select(0, torch::tensor(order, torch::kInt64));
  for (size_t i = 0; dfa && i < order.size(); ++i) {
    visited.labels.push_back(labels[static_cast<size_t>(order[i])]);
  }
  return visited;
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
  nlohmann::json coordinates(const torch::Tensor& states) const {
    return rounded((states - mean_).matmul(axes_));
  }
  double explained() const { return explained_; }

 private:
  torch::Tensor mean_, axes_;
  double explained_;
};

nlohmann::json to_json(const FixedPoint& point, const Plane& plane) {
  nlohmann::json eigenvalues = nlohmann::json::array(), labels = nlohmann::json::object();
  int64_t outside = 0;
  for (const std::complex<double>& value : point.eigenvalues) {
    eigenvalues.push_back({rounded(value.real()), rounded(value.imag())});
    if (std::abs(value) > 1.0 + kUnitCircleTolerance) ++outside;
  }
  for (const auto& [label, count] : point.starts_by_label) labels[std::to_string(label)] = count;
  return {{"stability", name_of(point.stability)},
          {"unstable_directions", outside},
          {"residual", rounded(point.residual)},
          {"eigenvalues", eigenvalues},
          {"starts", point.starts},
          {"starts_by_dfa_state", labels},
          {"coordinates", plane.coordinates(point.states)}};
}

nlohmann::json to_json(const FixedPoints& found, int64_t symbol, int64_t period,
                       const Plane& plane) {
  nlohmann::json points = nlohmann::json::array();
  for (const FixedPoint& point : found.points) points.push_back(to_json(point, plane));
  return {{"symbol", symbol},
          {"period", period},
          {"starts", found.starts},
          {"returned_earlier", found.returned_earlier},
          {"not_found", found.not_found},
          {"smallest_slow", rounded(found.smallest_slow)},
          {"points", points}};
}

nlohmann::json to_json(const Dfa& dfa) {
  return {{"next", dfa.next}, {"accepting", dfa.accepting}};
}

}  // namespace

nlohmann::json analyze_fixed_points(const RunSpec& spec, const StateMap& map, const Sample& sample,
                                    const AnalysisSettings& settings) {
  if (!sample.is_indices() || map.input_size() > kMostSymbols) return nullptr;
  const Dfa* dfa = automaton(spec);
  const VisitedStates visited =
      visit(map, sample.slice(0, std::min(kSequences, sample.size())), dfa);
  const Plane plane(visited.states);
  const int64_t starts = std::min(settings.fixed_point_starts, visited.states.size(0));
  const std::vector<int64_t> labels(
      visited.labels.begin(),
      visited.labels.begin() + (dfa ? static_cast<std::ptrdiff_t>(starts) : 0));
  nlohmann::json searches = nlohmann::json::array();
  for (int64_t symbol = 0; symbol < map.input_size(); ++symbol) {
    const torch::Tensor drive = map.drive(torch::tensor({symbol}, torch::kInt64))[0];
    for (int64_t period = 1; period <= settings.largest_period; ++period) {
      FixedPointSettings search;
      search.period = period;
      searches.push_back(
          to_json(find_fixed_points(map, drive, visited.states.slice(0, 0, starts), labels, search),
                  symbol, period, plane));
    }
  }
  const int64_t shown = std::min(kShown, visited.states.size(0));
  nlohmann::json shown_labels = nullptr;
  if (dfa) {
    shown_labels = std::vector<int64_t>(visited.labels.begin(), visited.labels.begin() + shown);
  }
  return {{"dfa", dfa ? to_json(*dfa) : nlohmann::json(nullptr)},
          {"visited",
           {{"coordinates", plane.coordinates(visited.states.slice(0, 0, shown))},
            {"dfa_states", shown_labels},
            {"explained_variance", rounded(plane.explained())}}},
          {"searches", searches}};
}

}  // namespace eigenrnn
