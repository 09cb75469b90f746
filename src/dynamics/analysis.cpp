#include "dynamics/analysis.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>

#include "dynamics/jacobian.h"
#include "dynamics/lyapunov.h"
#include "dynamics/sample.h"
#include "model/model.h"
#include "model/recurrent_network.h"
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

// What an analysis computes of one layer, measure by measure.
class LayerMeasures {
 public:
  LayerMeasures(const StateMap& map, Sample sample, const AnalysisSettings& settings)
      : map_(map), sample_(std::move(sample)), settings_(settings) {
    few_ = sample_.slice(0, std::min(settings_.trajectories, sample_.size()));
    scalar_ = scalar_input(map_, sample_);
  }

  const Sample& sample() const { return sample_; }

  // Over the steps that all of the trajectories have.
  std::optional<ModalView> modes() const {
    if (!map_.cell().activation) return std::nullopt;
    return modal_view(map_.weights().recurrent,
                      map_.drive(shared_input()) + map_.weights().recurrent_bias);
  }

  std::optional<std::vector<LinearityError>> linearity() const {
    if (!map_.cell().activation) return std::nullopt;
    return linearity_errors(map_, shared_input(), settings_.input_scales);
  }

  MemoryAnalysis memory() const {
    MemorySettings settings;
    settings.max_lag = settings.washout = settings_.memory_lag;
    settings.sequences = 16;
    Random random = Random(0).stream("memory");
    const RecurrentWeights& weights = map_.weights();
    const RecurrentWeights driven{scalar_.drive.unsqueeze(1), weights.recurrent,
                                  weights.input_bias + scalar_.mean, weights.recurrent_bias};
    const auto states = [&](const torch::Tensor& input) {
      return run_sequence(map_.cell(), driven, input.unsqueeze(2)).outputs;
    };
    MemoryAnalysis result{settings.ridge, memory_curve(states, settings, random), {}};
    if (map_.cell().activation && matrix_spectrum(weights.recurrent).spectral_radius < 1.0) {
      result.linear = linear_memory_curve(weights.recurrent, scalar_.drive, settings);
    }
    return result;
  }

  // What the activation makes of W: the Jacobian halfway through each trajectory, and at its end.
  std::vector<JacobianSpectrum> jacobians() const {
    const torch::Tensor drives = map_.drive(few_.input), states = map_.trajectory(drives);
    std::vector<JacobianSpectrum> list;
    for (int64_t b = 0; b < few_.size(); ++b) {
      const int64_t length = few_.lengths[b].item<int64_t>();
      for (const int64_t t : {(length + 1) / 2, length}) {
        const torch::Tensor jacobian =
            map_.jacobian(states[t - 1].slice(0, b, b + 1), drives[t - 1].slice(0, b, b + 1))[0];
        list.push_back({b, t, matrix_spectrum(jacobian)});
      }
    }
    return list;
  }

  GradientAnalysis gradients() const {
    const torch::Tensor drives = map_.drive(few_.input), states = map_.trajectory(drives);
    const std::vector<int64_t> lags = spaced_lags(few_.steps());
    const GradientFlow flow = gradient_flow(map_, states, drives, few_.lengths, lags);
    return {lags, summarize(flow.spectral), summarize(flow.frobenius)};
  }

  // Along the sample's sequences one after the other, so that there are enough steps; the state is
  // not reset between them.
  LyapunovAnalysis lyapunov() const {
    LyapunovSettings settings;
    const int64_t wanted = settings.transient + settings_.lyapunov_steps;
    const torch::Tensor input = concatenated(sample_, wanted);
    if (input.size(0) < wanted)
      settings.transient = std::min(settings.transient, input.size(0) / 5);
    settings.steps = input.size(0) - settings.transient;
    const torch::Tensor drives = map_.drive(input), states = map_.trajectory(drives);
    return {
        settings.steps,
        lyapunov_exponents(
            [&](int64_t t) { return map_.jacobian(states[t - 1], drives[t - 1])[0]; }, settings)};
  }

  SeparabilityAnalysis separability() const {
    const std::vector<int64_t> lags = spaced_lags(sample_.steps() - 1);
    const torch::Tensor states = states_before_end(lags);
    const torch::Tensor& target = sample_.target;
    const torch::Tensor& source = sample_.is_indices() ? sample_.input : scalar_.projected;
    const bool has_label = target.defined() && target.dim() == 1;
    const bool is_class = has_label && are_classes(target);
    SeparabilityAnalysis result;
    for (size_t i = 0; i < lags.size(); ++i) {
      const int64_t lag = lags[i];
      const torch::Tensor there = (sample_.lengths > lag).nonzero().squeeze(1);
      if (there.numel() < kFewest) break;
      const auto state_at = [&](int64_t index) { return states[index].index_select(0, there); };
      if (has_label) {
        result.label.push_back(readout(lag, is_class, state_at(static_cast<int64_t>(i)),
                                       target.index_select(0, there)));
      }
      const torch::Tensor times = sample_.lengths.index_select(0, there) - 1 - lag;
      result.input.push_back(
          readout(lag, sample_.is_indices(), state_at(0), source.index({times, there})));
    }
    return result;
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

  static LagReadout readout(int64_t lag, bool classes, const torch::Tensor& states,
                            const torch::Tensor& values) {
    if (classes) return {lag, class_readout(states, values.to(torch::kInt64))};
    return {lag, value_readout(states, values.to(torch::kFloat64))};
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
  auto run(const std::string& name, Compute compute) {
    settings_.progress(name);
    const auto start = std::chrono::steady_clock::now();
    auto result = compute();
    seconds_[name] =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return result;
  }
  const std::map<std::string, double>& seconds() const { return seconds_; }

 private:
  const AnalysisSettings& settings_;
  std::map<std::string, double> seconds_;
};

LayerAnalysis analyze_layer(const DrivenLayer& driven, Sample sample,
                            const std::optional<Dfa>& automaton, const AnalysisSettings& settings,
                            Stages& stages) {
  const StateMap map(driven.layer->cell(), driven.layer->weights());
  const LayerMeasures measures(map, std::move(sample), settings);
  LayerAnalysis layer;
  layer.path = driven.path;
  layer.cell = map.cell().name;
  layer.hidden_size = map.hidden_size();
  layer.state_size = map.state_size();
  layer.modes = stages.run("modes", [&] { return measures.modes(); });
  layer.linearity = stages.run("linearity", [&] { return measures.linearity(); });
  layer.memory = stages.run("memory", [&] { return measures.memory(); });
  layer.jacobians = stages.run("jacobians", [&] { return measures.jacobians(); });
  layer.gradients = stages.run("gradients", [&] { return measures.gradients(); });
  layer.lyapunov = stages.run("lyapunov", [&] { return measures.lyapunov(); });
  layer.separability = stages.run("separability", [&] { return measures.separability(); });
  layer.fixed_points = stages.run("fixed_points", [&] {
    return analyze_fixed_points(map, measures.sample(), automaton, settings.fixed_point_starts,
                                settings.largest_period);
  });
  return layer;
}

}  // namespace

Analysis analyze_model(const Model& model, const Batch& batch, const std::optional<Dfa>& automaton,
                       const AnalysisSettings& settings) {
  const torch::NoGradGuard no_gradient;
  Stages stages(settings);
  Analysis analysis;
  analysis.spectra = stages.run("spectra", [&] { return recurrent_spectra(model); });
  settings.progress("sequences");
  Sample sample = sample_of(model, batch);
  if (const std::optional<DrivenLayer> driven = driven_layer(model, sample)) {
    analysis.layer = analyze_layer(*driven, std::move(sample), automaton, settings, stages);
  }
  analysis.seconds = stages.seconds();
  return analysis;
}

}  // namespace eigenrnn
