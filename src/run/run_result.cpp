#include "run/run_result.h"

#include <cmath>
#include <fstream>

#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <torch/version.h>

#include "cells/kernels/dispatch.h"
#include "linear_algebra/rounded.h"
#include "linear_algebra/spectrum_summary.h"
#include "support/blas.h"
#include "support/time.h"
#include "tasks/task.h"
#include "version.h"

namespace eigenrnn {
namespace {

std::string processor() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    if (line.rfind("model name", 0) == 0) return line.substr(line.find(':') + 2);
  }
  return "unknown";
}

// Raised when a change gives the same spec the same outcome but for rounding, as another order of
// the same sums does: earlier results then need not be repeated bit by bit. 1, which results do not
// say: LibTorch's Adam and norm of gradients. 2: head and loss by LibTorch's own calls. 3: clang
// fused another of the LSTM's two products into the sum c. 4: what a decoder reads at every step
// was multiplied at every step.
constexpr int kRounding = 5;

#ifdef __clang__
constexpr const char* kCompiler = "clang";
#else
constexpr const char* kCompiler = "gcc";
#endif

nlohmann::json provenance(const RunResult& result) {
  nlohmann::json json = {{"commit", kCommit},
                         {"dirty", kDirty ? nlohmann::json(*kDirty) : nlohmann::json()},
                         {"compiler", fmt::format("{} {}", kCompiler, __VERSION__)},
                         {"libtorch", TORCH_VERSION},
                         {"device", result.device},
                         {"cpu", processor()},
                         {"instructions", fused::instruction_set().name},
                         {"threads", at::get_num_threads()},
                         {"rounding", kRounding},
                         {"data", result.data_facts}};
  if (const auto kernels = blas_kernels()) json["blas"] = *kernels;
  if (result.gpu) {
    json["gpu"] = {{"name", result.gpu->name},
                   {"driver", result.gpu->driver},
                   {"cuda", result.gpu->cuda},
                   {"cudnn", result.gpu->cudnn},
                   {"tf32", result.gpu->tf32}};
  }
  return json;
}

// JSON knows no infinity. Null is no word for it: it says that there is no such number.
nlohmann::json number(double value) {
  return std::isfinite(value) ? nlohmann::json(value) : nlohmann::json(kOverflow);
}

template <class Value>
nlohmann::json or_null(const std::optional<Value>& value) {
  return value ? nlohmann::json(*value) : nlohmann::json(nullptr);
}

// A curve needs no more digits than `rounded` leaves; what tables show is kept whole.
nlohmann::json rounded_values(const std::map<std::string, double>& values) {
  nlohmann::json result = nlohmann::json::object();
  for (const auto& [name, value] : values) {
    result[name] = std::isfinite(value) ? rounded(value) : number(value);
  }
  return result;
}

nlohmann::json metrics(const RunResult& result) {
  nlohmann::json json = nlohmann::json::object();
  for (const Metric& metric : TaskRegistry::instance().at(result.spec->task).metrics) {
    json[metric.name] = result.test ? number(result.test->at(metric.name)) : nullptr;
  }
  json["best_epoch"] = or_null(result.best_epoch);
  json["epochs_to_threshold"] = or_null(result.epochs_to_threshold);
  return json;
}

nlohmann::json epochs(const RunResult& result) {
  nlohmann::json list = nlohmann::json::array();
  for (const EpochRecord& record : result.epochs) {
    list.push_back({{"epoch", record.epoch},
                    {"train_loss", rounded(record.train_loss)},
                    {"gradient_norm", rounded(record.gradient_norm)},
                    {"seconds", rounded(record.seconds, 3)},
                    {"validation", rounded_values(record.validation)}});
  }
  return list;
}

nlohmann::json spectra(const std::vector<BlockSpectrum>& blocks) {
  nlohmann::json list = nlohmann::json::array();
  for (const BlockSpectrum& block : blocks) list.push_back(to_json(block));
  return list;
}

// Of every epoch what `recording` asks for; with all eigenvalues also the whole best epoch.
nlohmann::json spectra(const RunResult& result) {
  const std::string wanted = result.spec->recording.epoch_spectra;
  const bool keep = wanted == "all";
  nlohmann::json epochs = nlohmann::json::array(), best = nullptr;
  for (const EpochRecord& record : result.epochs) {
    if (wanted == "none") break;
    nlohmann::json blocks = nlohmann::json::array();
    for (const BlockSpectrum& block : record.spectra) {
      blocks.push_back(to_json(summarize(block)));
      if (keep) blocks.back()["eigenvalues"] = to_json(block).at("eigenvalues");
    }
    epochs.push_back({{"epoch", record.epoch}, {"blocks", blocks}});
    if (keep && record.epoch == result.best_epoch) best = spectra(record.spectra);
  }
  return {{"start", spectra(result.spectra_at_start)},
          {"epochs", epochs},
          {"best", best},
          {"end", spectra(result.spectra_at_end)}};
}

nlohmann::json timing(const RunResult& result) {
  nlohmann::json json = {{"started", result.started},
                         {"seconds", result.seconds},
                         {"training_seconds", result.training_seconds}};
  if (result.resumed > 0) json["resumed"] = result.resumed;
  return json;
}

nlohmann::json divergence(const RunResult& result) {
  if (!result.divergence) return nullptr;
  return {{"epoch", result.divergence->epoch},
          {"step", result.divergence->step},
          {"last_finite_loss", or_null(result.divergence->last_finite_loss)},
          {"reason", result.divergence->reason}};
}

}  // namespace

std::string name_of(RunStatus status) {
  switch (status) {
    case RunStatus::kFinished:
      return "finished";
    case RunStatus::kDiverged:
      return "diverged";
    case RunStatus::kFailed:
      return "failed";
  }
  return "";
}

nlohmann::json to_json(const RunResult& result) {
  return {{"schema", 1},
          {"key", result.spec.key()},
          {"status", name_of(result.status)},
          {"spec", result.spec->to_json()},
          {"metrics", metrics(result)},
          {"epochs", epochs(result)},
          {"samples", result.samples},
          {"divergence", divergence(result)},
          {"failure", nullptr},
          {"spectra", spectra(result)},
          {"weights", nullptr},
          {"timing", timing(result)},
          {"provenance", provenance(result)}};
}

nlohmann::json failed_result(const RunSpec& spec, const std::string& device,
                             const std::string& reason, int attempts) {
  RunResult result(spec);
  result.started = utc_now();
  result.device = device;
  result.status = RunStatus::kFailed;
  nlohmann::json json = to_json(result);
  json["metrics"] = nlohmann::json::object();
  json["failure"] = {{"reason", reason}, {"attempts", attempts}};
  return json;
}

}  // namespace eigenrnn
