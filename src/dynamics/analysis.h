#pragma once
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <nlohmann/json.hpp>

#include "dynamics/fixed_point_analysis.h"
#include "dynamics/gradient_flow.h"
#include "dynamics/memory.h"
#include "dynamics/modal.h"
#include "dynamics/separability.h"
#include "linear_algebra/block_spectrum.h"
#include "model/batch.h"

namespace eigenrnn {

class Model;

/// What an analysis looks at. The defaults take seconds for 128 units.
struct AnalysisSettings {
  int64_t trajectories = 8;      // for the modes and the gradients
  int64_t memory_lag = 200;      // the largest lag of the memory function
  int64_t lyapunov_steps = 400;  // after 100 of transient
  int64_t fixed_point_starts = 24;
  int64_t largest_period = 4;  // of the cycles that are looked for
  std::vector<double> input_scales = {0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100};
  /// Told at the start of each stage.
  std::function<void(const std::string& stage)> progress = [](const std::string&) {};
};

struct MemoryAnalysis {
  double ridge;                       // of the readouts
  MemoryCurve network;                // of a random input in the place of the sample's
  std::optional<MemoryCurve> linear;  // of the linear model, where there is one and it is stable
};

/// The Jacobian of one step, as the sequence arrives there.
struct JacobianSpectrum {
  int64_t sequence, step;
  BlockSpectrum spectrum;
};

struct GradientAnalysis {
  std::vector<int64_t> lags;
  LagSummary spectral, frobenius;  // log10 of the norms
};

struct LyapunovAnalysis {
  int64_t steps;                  // that were averaged over
  std::vector<double> exponents;  // the largest first
};

/// What a linear readout finds `lag` steps away.
struct LagReadout {
  int64_t lag;
  std::variant<ClassReadout, double> found;  // of classes, or the R² of numbers
};

struct SeparabilityAnalysis {
  std::vector<LagReadout> label;  // from h_{L−k}; none without labels
  std::vector<LagReadout> input;  // x_{L−k} from h_L
};

/// All about one layer, as it is driven by the sample.
struct LayerAnalysis {
  std::string path, cell;
  int64_t hidden_size = 0, state_size = 0;
  // Of the linear model, which only a cell with an activation has.
  std::optional<ModalView> modes;
  std::optional<std::vector<LinearityError>> linearity;
  MemoryAnalysis memory;
  std::vector<JacobianSpectrum> jacobians;
  GradientAnalysis gradients;
  LyapunovAnalysis lyapunov;
  SeparabilityAnalysis separability;
  std::optional<FixedPointAnalysis> fixed_points;
};

struct Analysis {
  std::vector<BlockSpectrum> spectra;
  std::optional<LayerAnalysis> layer;
  std::map<std::string, double> seconds;  // by stage
};

/// All measures of this folder on a network, which is on the CPU; docs/analysis.md describes them.
/// The spectra are those of every recurrent layer. All else is about the first layer, as it is
/// driven by the batch's sequences (or what an embedding makes of them); there is none if its
/// weights are not finite. `automaton` is that of the data, if it has one. The outcome depends on
/// the arguments alone.
Analysis analyze_model(const Model& model, const Batch& batch,
                       const std::optional<Dfa>& automaton = {},
                       const AnalysisSettings& settings = {});

/// By the names in docs/analysis.md, numbers to 6 significant digits.
nlohmann::json to_json(const Analysis& analysis);

}  // namespace eigenrnn
