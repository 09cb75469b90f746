#include <string>

#include "dynamics/analysis.h"
#include "linear_algebra/rounded.h"

namespace eigenrnn {
namespace {

template <class Item>
nlohmann::json list_of(const std::vector<Item>& items);

nlohmann::json to_json(const Mode& mode) {
  return {{"eigenvalue", {rounded(mode.eigenvalue.real()), rounded(mode.eigenvalue.imag())}},
          {"time_constant", rounded(mode.time_constant)},
          {"energy", rounded(mode.energy)}};
}

nlohmann::json to_json(const ModalView& view) {
  return {
      {"warning", view.warning.empty() ? nlohmann::json(nullptr) : nlohmann::json(view.warning)},
      {"list", list_of(view.modes)}};
}

nlohmann::json to_json(const LinearityError& error) {
  return {{"scale", error.scale},
          {"relative_error", rounded(error.relative_error)},
          {"saturated", rounded(error.saturated)}};
}

nlohmann::json to_json(const MemoryCurve& curve) {
  return {{"capacity", rounded(curve.capacity)}, {"by_lag", rounded(curve.by_lag)}};
}

nlohmann::json to_json(const MemoryAnalysis& memory) {
  return {{"ridge", memory.ridge},
          {"network", to_json(memory.network)},
          {"linear", memory.linear ? to_json(*memory.linear) : nlohmann::json(nullptr)}};
}

nlohmann::json to_json(const JacobianSpectrum& jacobian) {
  const nlohmann::json spectrum = eigenrnn::to_json(jacobian.spectrum);
  return {{"sequence", jacobian.sequence},
          {"step", jacobian.step},
          {"spectral_radius", spectrum["spectral_radius"]},
          {"fraction_outside", spectrum["fraction_outside"]},
          {"eigenvalues", spectrum["eigenvalues"]}};
}

nlohmann::json to_json(const LagSummary& summary) {
  return {{"sequences", summary.sequences},
          {"mean", rounded(summary.mean)},
          {"median", rounded(summary.median)},
          {"low", rounded(summary.low)},
          {"high", rounded(summary.high)}};
}

nlohmann::json to_json(const GradientAnalysis& gradients) {
  return {{"lags", gradients.lags},
          {"spectral", to_json(gradients.spectral)},
          {"frobenius", to_json(gradients.frobenius)}};
}

nlohmann::json to_json(const LagReadout& readout) {
  if (const double* r2 = std::get_if<double>(&readout.found)) {
    return {{"lag", readout.lag}, {"r2", rounded(*r2)}};
  }
  const auto& classes = std::get<ClassReadout>(readout.found);
  return {{"lag", readout.lag},
          {"accuracy", rounded(classes.accuracy)},
          {"chance", rounded(classes.chance)},
          {"information", rounded(classes.information)}};
}

nlohmann::json to_json(const FixedPoint& point, const torch::Tensor& coordinates) {
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
          {"coordinates", rounded(coordinates)}};
}

nlohmann::json to_json(const SymbolSearch& search) {
  nlohmann::json points = nlohmann::json::array();
  for (size_t i = 0; i < search.found.points.size(); ++i) {
    points.push_back(to_json(search.found.points[i], search.coordinates[i]));
  }
  return {{"symbol", search.symbol},
          {"period", search.period},
          {"starts", search.found.starts},
          {"returned_earlier", search.found.returned_earlier},
          {"not_found", search.found.not_found},
          {"smallest_slow", rounded(search.found.smallest_slow)},
          {"points", points}};
}

nlohmann::json to_json(const FixedPointAnalysis& analysis) {
  nlohmann::json dfa = nullptr, states = nullptr;
  if (analysis.automaton) {
    dfa = {{"next", analysis.automaton->next}, {"accepting", analysis.automaton->accepting}};
    states = analysis.visited.automaton_states;
  }
  return {{"dfa", dfa},
          {"visited",
           {{"coordinates", rounded(analysis.visited.coordinates)},
            {"dfa_states", states},
            {"explained_variance", rounded(analysis.visited.explained_variance)}}},
          {"searches", list_of(analysis.searches)}};
}

template <class Item>
nlohmann::json list_of(const std::vector<Item>& items) {
  nlohmann::json list = nlohmann::json::array();
  for (const Item& item : items) list.push_back(to_json(item));
  return list;
}

nlohmann::json layer_to_json(const LayerAnalysis& layer) {
  const auto or_null = [](const auto& part, auto convert) {
    return part ? convert(*part) : nlohmann::json(nullptr);
  };
  const auto& label = layer.separability.label;
  return {{"layer",
           {{"path", layer.path},
            {"cell", layer.cell},
            {"hidden_size", layer.hidden_size},
            {"state_size", layer.state_size}}},
          {"modes", or_null(layer.modes, [](const ModalView& view) { return to_json(view); })},
          {"linearity", or_null(layer.linearity, list_of<LinearityError>)},
          {"memory", to_json(layer.memory)},
          {"jacobians", list_of(layer.jacobians)},
          {"gradients", to_json(layer.gradients)},
          {"lyapunov",
           {{"steps", layer.lyapunov.steps}, {"exponents", rounded(layer.lyapunov.exponents)}}},
          {"separability",
           {{"label", label.empty() ? nlohmann::json(nullptr) : list_of(label)},
            {"input", list_of(layer.separability.input)}}},
          {"fixed_points", or_null(layer.fixed_points, [](const FixedPointAnalysis& analysis) {
             return to_json(analysis);
           })}};
}

}  // namespace

nlohmann::json to_json(const Analysis& analysis) {
  nlohmann::json json = {{"seconds", analysis.seconds}, {"spectra", nlohmann::json::array()}};
  for (const BlockSpectrum& block : analysis.spectra) json["spectra"].push_back(to_json(block));
  if (analysis.layer) {
    json.update(layer_to_json(*analysis.layer));
    return json;
  }
  for (const char* name : {"layer", "modes", "linearity", "memory", "jacobians", "gradients",
                           "lyapunov", "separability", "fixed_points"}) {
    json[name] = nullptr;
  }
  return json;
}

}  // namespace eigenrnn
