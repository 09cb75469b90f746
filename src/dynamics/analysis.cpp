#include "dynamics/analysis.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "dynamics/fixed_point_analysis.h"
#include "dynamics/gradient_flow.h"
#include "dynamics/jacobian.h"
#include "dynamics/lyapunov.h"
#include "dynamics/memory.h"
#include "dynamics/modal.h"
#include "dynamics/sample.h"
#include "dynamics/separability.h"
#include "linear_algebra/block_spectrum.h"
#include "linear_algebra/rounded.h"
#include "model/recurrent_spectra.h"

namespace eigenrnn {
namespace {

constexpr int64_t kChunk = 100;  // sequences at once: bounds the memory of the readouts
constexpr int64_t kFewest = 40;  // samples for a readout

struct DrivenLayer {
  std::string path;
  const RecurrentLayer* layer;
};

std::optional<DrivenLayer> driven_layer(const Model& model, const Sample& sample) {
  for (const auto& item : model.named_modules("", /*include_self=*/false)) {
    const auto* layer = dynamic_cast<const RecurrentLayer*>(item.value().get());
    if (!layer) continue;
    const int64_t inputs = layer->weights().input.size(1);
    const bool fits = sample.is_indices() ? sample.input.max().item<int64_t>() < inputs
                                          : sample.input.size(2) == inputs;
    if (fits && torch::isfinite(layer->weights().recurrent).all().item<bool>()) {
      return DrivenLayer{item.key(), layer};
    }
    return std::nullopt;
  }
  return std::nullopt;
}

bool is_vanilla(const Cell& cell) {
  return cell.kind == CellKind::kRnnTanh || cell.kind == CellKind::kRnnRelu;
}

// 0 to 10 one by one, then ten to a decade, as far as `largest`, which is one of them.
std::vector<int64_t> spaced_lags(int64_t largest) {
  std::vector<int64_t> lags;
  for (int64_t lag = 0; lag < largest;
       lag = std::max<int64_t>(lag + 1, std::llround(static_cast<double>(lag) * 1.2589))) {
    lags.push_back(lag);
  }
  lags.push_back(largest);
  return lags;
}

// The analysis of one layer.
class LayerAnalysis {
 public:
  LayerAnalysis(const StateMap& map, Sample sample, const AnalysisSettings& settings)
      : map_(map), sample_(std::move(sample)), settings_(settings) {
    few_ = sample_.slice(0, std::min(settings_.trajectories, sample_.size()));
    scalar_ = scalar_input(map_, sample_);
  }

  const Sample& sample() const { return sample_; }

  // Over the steps that all of the trajectories have.
  nlohmann::json modes() const {
    if (!is_vanilla(map_.cell())) return nullptr;
    const torch::Tensor drives = map_.drive(shared_input()) + map_.weights().recurrent_bias;
    const ModalView view = modal_view(map_.weights().recurrent, drives);
    nlohmann::json list = nlohmann::json::array();
    for (const Mode& mode : view.modes) {
      list.push_back(
          {{"eigenvalue", {rounded(mode.eigenvalue.real()), rounded(mode.eigenvalue.imag())}},
           {"time_constant", rounded(mode.time_constant)},
           {"energy", rounded(mode.energy)}});
    }
    return {
        {"warning", view.warning.empty() ? nlohmann::json(nullptr) : nlohmann::json(view.warning)},
        {"list", list}};
  }

  nlohmann::json linearity() const {
    if (!is_vanilla(map_.cell())) return nullptr;
    nlohmann::json list = nlohmann::json::array();
    for (const LinearityError& error :
         linearity_errors(map_, shared_input(), settings_.input_scales)) {
      list.push_back({{"scale", error.scale},
                      {"relative_error", rounded(error.relative_error)},
                      {"saturated", rounded(error.saturated)}});
    }
    return list;
  }

  nlohmann::json memory() const {
    MemorySettings settings;
    settings.max_lag = settings.washout = settings_.memory_lag;
    settings.sequences = 16;
    Random random = Random(0).stream("memory");
    const RecurrentWeights& weights = map_.weights();
    const RecurrentWeights driven{scalar_.drive.unsqueeze(1), weights.recurrent,
                                  weights.input_bias + scalar_.mean, weights.recurrent_bias};
    const MemoryCurve network = memory_curve(
        [&](const torch::Tensor& input) {
          return run_sequence(map_.cell(), driven, input.unsqueeze(2)).outputs;
        },
        settings, random);
    nlohmann::json linear = nullptr;
    if (is_vanilla(map_.cell()) && matrix_spectrum(weights.recurrent).spectral_radius < 1.0) {
      linear = to_json(linear_memory_curve(weights.recurrent, scalar_.drive, settings));
    }
    return {{"ridge", settings.ridge}, {"network", to_json(network)}, {"linear", linear}};
  }

  // What the activation makes of W: the Jacobian halfway through each trajectory, and at its end.
  nlohmann::json jacobians() const {
    const torch::Tensor drives = map_.drive(few_.input), states = map_.trajectory(drives);
    nlohmann::json list = nlohmann::json::array();
    for (int64_t b = 0; b < few_.size(); ++b) {
      const int64_t length = few_.lengths[b].item<int64_t>();
      for (const int64_t t : {(length + 1) / 2, length}) {
        const torch::Tensor jacobian =
            map_.jacobian(states[t - 1].slice(0, b, b + 1), drives[t - 1].slice(0, b, b + 1))[0];
        const nlohmann::json spectrum = eigenrnn::to_json(matrix_spectrum(jacobian));
        list.push_back({{"sequence", b},
                        {"step", t},
                        {"spectral_radius", spectrum["spectral_radius"]},
                        {"fraction_outside", spectrum["fraction_outside"]},
                        {"eigenvalues", spectrum["eigenvalues"]}});
      }
    }
    return list;
  }

  nlohmann::json gradients() const {
    const torch::Tensor drives = map_.drive(few_.input), states = map_.trajectory(drives);
    const std::vector<int64_t> lags = spaced_lags(few_.steps());
    const GradientFlow flow = gradient_flow(map_, states, drives, few_.lengths, lags);
    return {{"lags", lags},
            {"spectral", to_json(summarize(flow.spectral))},
            {"frobenius", to_json(summarize(flow.frobenius))}};
  }

  // Along the task's sequences one after the other, so that there are enough steps; the state is
  // not reset between them.
  nlohmann::json lyapunov() const {
    LyapunovSettings settings;
    const int64_t wanted = settings.transient + settings_.lyapunov_steps;
    const torch::Tensor input = concatenated(sample_, wanted);
    if (input.size(0) < wanted)
      settings.transient = std::min(settings.transient, input.size(0) / 5);
    settings.steps = input.size(0) - settings.transient;
    const torch::Tensor drives = map_.drive(input), states = map_.trajectory(drives);
    const auto exponents = lyapunov_exponents(
        [&](int64_t t) { return map_.jacobian(states[t - 1], drives[t - 1])[0]; }, settings);
    return {{"steps", settings.steps}, {"exponents", rounded(exponents)}};
  }

  nlohmann::json separability() const {
    const std::vector<int64_t> lags = spaced_lags(sample_.steps() - 1);
    const torch::Tensor states = states_before_end(lags);
    const torch::Tensor& target = sample_.target;
    const torch::Tensor& source = sample_.is_indices() ? sample_.input : scalar_.projected;
    const bool has_label = target.defined() && target.dim() == 1;
    const bool is_class = has_label && are_classes(target);
    nlohmann::json by_label = nlohmann::json::array(), by_input = nlohmann::json::array();
    for (size_t i = 0; i < lags.size(); ++i) {
      const int64_t lag = lags[i];
      const torch::Tensor there = (sample_.lengths > lag).nonzero().squeeze(1);
      if (there.numel() < kFewest) break;
      const auto state_at = [&](int64_t index) { return states[index].index_select(0, there); };
      if (has_label) {
        by_label.push_back(readout(lag, is_class, state_at(static_cast<int64_t>(i)),
                                   target.index_select(0, there)));
      }
      const torch::Tensor times = sample_.lengths.index_select(0, there) - 1 - lag;
      by_input.push_back(
          readout(lag, sample_.is_indices(), state_at(0), source.index({times, there})));
    }
    return {{"label", by_label.empty() ? nlohmann::json(nullptr) : by_label}, {"input", by_input}};
  }

 private:
  torch::Tensor shared_input() const {
    return few_.input.slice(0, 0, few_.lengths.min().item<int64_t>());
  }

  // h_{L−k} for each lag: [lags, B, H]; where a sequence is too short, its first state.
  torch::Tensor states_before_end(const std::vector<int64_t>& lags) const {
    const auto count = static_cast<int64_t>(lags.size());
    torch::Tensor result =
        torch::empty({count, sample_.size(), map_.hidden_size()}, torch::kFloat64);
    for (int64_t begin = 0; begin < sample_.size(); begin += kChunk) {
      const int64_t end = std::min(begin + kChunk, sample_.size());
      const Sample part = sample_.slice(begin, end);
      const torch::Tensor input =
          part.is_indices() ? part.input.contiguous() : part.input.to(torch::kFloat64);
      const torch::Tensor outputs =
          run_sequence(map_.cell(), map_.weights(), input, part.lengths).outputs;
      for (int64_t i = 0; i < count; ++i) {
        const torch::Tensor times = (part.lengths - 1 - lags[static_cast<size_t>(i)]).clamp_min(0);
        result[i].slice(0, begin, end).copy_(outputs.index({times, torch::arange(part.size())}));
      }
    }
    return result;
  }

  static bool are_classes(const torch::Tensor& values) {
    return !values.is_floating_point() || values.eq(0).logical_or(values.eq(1)).all().item<bool>();
  }

  static nlohmann::json readout(int64_t lag, bool classes, const torch::Tensor& states,
                                const torch::Tensor& values) {
    if (!classes) {
      return {{"lag", lag}, {"r2", rounded(value_readout(states, values.to(torch::kFloat64)))}};
    }
    const ClassReadout found = class_readout(states, values.to(torch::kInt64));
    return {{"lag", lag},
            {"accuracy", rounded(found.accuracy)},
            {"chance", rounded(found.chance)},
            {"information", rounded(found.information)}};
  }

  static nlohmann::json to_json(const MemoryCurve& curve) {
    return {{"capacity", rounded(curve.capacity)}, {"by_lag", rounded(curve.by_lag)}};
  }

  static nlohmann::json to_json(const LagSummary& summary) {
    return {{"sequences", summary.sequences},
            {"mean", rounded(summary.mean)},
            {"median", rounded(summary.median)},
            {"low", rounded(summary.low)},
            {"high", rounded(summary.high)}};
  }

  const StateMap& map_;
  Sample sample_, few_;
  const AnalysisSettings& settings_;
  ScalarInput scalar_;
};

class Stages {
 public:
  explicit Stages(const AnalysisSettings& settings) : settings_(settings) {}

  template <class Compute>
  nlohmann::json run(const std::string& name, Compute compute) {
    settings_.progress(name);
    const auto start = std::chrono::steady_clock::now();
    nlohmann::json result = compute();
    seconds_[name] =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return result;
  }
  const nlohmann::json& seconds() const { return seconds_; }

 private:
  const AnalysisSettings& settings_;
  nlohmann::json seconds_ = nlohmann::json::object();
};

}  // namespace

nlohmann::json analyze_run(const RunSpec& spec, const Model& model, const Task& task,
                           const AnalysisSettings& settings) {
  const torch::NoGradGuard no_gradient;
  Stages stages(settings);
  nlohmann::json json = {{"schema", 1},
                         {"key", spec.key()},
                         {"spec", spec->to_json()},
                         {"split", name_of(settings.split)}};
  json["spectra"] = stages.run("spectra", [&] {
    nlohmann::json list = nlohmann::json::array();
    for (const BlockSpectrum& block : recurrent_spectra(model)) list.push_back(to_json(block));
    return list;
  });
  settings.progress("sequences");
  Random random = Random(0).stream("sample");
  Sample sample = draw_sample(task, model, settings.split, settings.sequences, random);
  const std::optional<DrivenLayer> driven = driven_layer(model, sample);
  if (!driven) {
    for (const char* name : {"layer", "modes", "linearity", "memory", "jacobians", "gradients",
                             "lyapunov", "separability", "fixed_points"}) {
      json[name] = nullptr;
    }
    json["seconds"] = stages.seconds();
    return json;
  }
  const StateMap map(driven->layer->cell(), driven->layer->weights());
  json["layer"] = {{"path", driven->path},
                   {"cell", map.cell().name},
                   {"hidden_size", map.hidden_size()},
                   {"state_size", map.state_size()}};
  const LayerAnalysis layer(map, std::move(sample), settings);
  json["modes"] = stages.run("modes", [&] { return layer.modes(); });
  json["linearity"] = stages.run("linearity", [&] { return layer.linearity(); });
  json["memory"] = stages.run("memory", [&] { return layer.memory(); });
  json["jacobians"] = stages.run("jacobians", [&] { return layer.jacobians(); });
  json["gradients"] = stages.run("gradients", [&] { return layer.gradients(); });
  json["lyapunov"] = stages.run("lyapunov", [&] { return layer.lyapunov(); });
  json["separability"] = stages.run("separability", [&] { return layer.separability(); });
  json["fixed_points"] = stages.run(
      "fixed_points", [&] { return analyze_fixed_points(spec, map, layer.sample(), settings); });
  json["seconds"] = stages.seconds();
  return json;
}

}  // namespace eigenrnn
