#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "linear_algebra/block_spectrum.h"
#include "model/weights.h"
#include "run/run_spec.h"

// What a run leaves behind; docs/result.schema.json describes its JSON.

namespace eigenrnn {

enum class RunStatus { kFinished, kDiverged, kFailed };

std::string name_of(RunStatus status);

/// In a result's metrics and validation: what stands for a number that is not finite, such as the
/// exponential of a loss of 820. A null there means that there is no such number.
inline constexpr const char* kOverflow = "overflow";

struct EpochRecord {
  int64_t epoch = 0;         // from 1
  double train_loss = 0;     // mean over the epoch's items, as the weights changed
  double gradient_norm = 0;  // mean over the epoch's steps, before clipping
  double seconds = 0;
  std::map<std::string, double> validation;  // by metric
  std::vector<BlockSpectrum> spectra;        // after its last step
};

/// A run whose loss was NaN or infinite.
struct Divergence {
  int64_t epoch = 0, step = 0;  // from 1; the step within the whole run
  std::optional<double> last_finite_loss;
  std::string reason;
};

/// The GPU that a run was trained on, and with what; versions as "13.0".
struct GpuFacts {
  std::string name;  // "NVIDIA H100 80GB HBM3"
  std::string driver, cuda, cudnn;
  bool tf32 = false;
};

struct RunResult {
  explicit RunResult(RunSpec run) : spec(std::move(run)) {}

  RunSpec spec;
  RunStatus status = RunStatus::kFinished;
  /// Test metrics with the weights of the best validation epoch; absent if no epoch was finished.
  std::optional<std::map<std::string, double>> test;
  nlohmann::json samples;  // a few test items and what the network made of them, or null
  std::optional<int64_t> best_epoch;
  std::optional<int64_t> epochs_to_threshold;  // absent: never reached, or the task has none
  std::vector<EpochRecord> epochs;
  std::optional<Divergence> divergence;
  std::vector<BlockSpectrum> spectra_at_start, spectra_at_end;
  NamedTensors weights;  // of the best epoch; none unless `recording` says keep_weights
  std::string started;   // ISO 8601, UTC
  double seconds = 0, training_seconds = 0;  // over all parts, if it was continued
  int64_t resumed = 0;                       // how often it was continued from a checkpoint
  std::string device;
  std::optional<GpuFacts> gpu;  // if the device is one
  nlohmann::json data_facts = nlohmann::json::object();
};

/// Weights are no JSON: "weights" is null until the result store says where it put them.
nlohmann::json to_json(const RunResult& result);

/// The record of a run that crashed or could not be carried out.
nlohmann::json failed_result(const RunSpec& spec, const std::string& device,
                             const std::string& reason, int attempts);

}  // namespace eigenrnn
