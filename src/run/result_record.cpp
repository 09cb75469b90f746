#include "run/result_record.h"

#include <fmt/format.h>

#include "support/error.h"
#include "support/json_integer.h"

namespace eigenrnn {
namespace {

RunStatus status_named(const std::string& name) {
  for (const RunStatus status : {RunStatus::kFinished, RunStatus::kDiverged, RunStatus::kFailed}) {
    if (name == name_of(status)) return status;
  }
  throw Error(fmt::format("its status is '{}', and must be finished, diverged or failed", name));
}

RunParts labels_of(const nlohmann::json& spec) {
  RunParts labels;
  labels.experiment = spec.at("experiment");
  labels.profile = spec.at("profile");
  labels.condition = spec.at("condition");
  labels.task = spec.at("task").at("name");
  labels.cell = spec.at("cell");
  labels.initializer = spec.at("initializer").at("name");
  labels.label = spec.at("initializer").at("label");
  const nlohmann::json& seed = spec.at("seed");
  if (!is_int64(seed)) {
    throw Error(fmt::format("its seed is {}, and must be an integer", seed.dump()));
  }
  labels.seed = seed;
  return labels;
}

// An earlier result says nothing of `recording`: then it kept no more than it must.
RecordingSettings recording_of(const nlohmann::json& spec) {
  const nlohmann::json given = spec.value("recording", nlohmann::json::object());
  RecordingSettings recording;
  recording.keep_weights = given.value("keep_weights", false);
  recording.epoch_spectra = given.value("epoch_spectra", "none");
  return recording;
}

}  // namespace

ResultRecord ResultRecord::from_json(const nlohmann::json& json) {
  ResultRecord record;
  record.key = json.at("key");
  record.status = status_named(json.at("status"));
  record.spec = json.at("spec");
  record.labels = labels_of(record.spec);
  record.recording = recording_of(record.spec);
  record.has_weights = !json.value("weights", nlohmann::json()).is_null();
  const nlohmann::json failure = json.value("failure", nlohmann::json());
  if (failure.is_object()) record.failure = failure.at("reason");
  record.metrics = json.value("metrics", nlohmann::json());
  if (record.metrics.is_null()) record.metrics = nlohmann::json::object();
  record.started = json.at("timing").at("started");
  record.seconds = json.at("timing").at("seconds");
  record.device = json.at("provenance").at("device");
  record.commit = json.at("provenance").at("commit");
  return record;
}

bool is_of_row(const ResultRecord& record, const RunParts& row) {
  return record.labels.condition == row.condition && record.labels.cell == row.cell &&
         record.labels.label == row.label;
}

}  // namespace eigenrnn
