#include "verification/recorded_result.h"

#include <fmt/format.h>

#include "store/result_files.h"
#include "support/error.h"
#include "support/json_integer.h"

namespace eigenrnn {
namespace fs = std::filesystem;
namespace {

RunParts labels_of(const nlohmann::json& spec) {
  RunParts labels;
  labels.experiment = spec.at("experiment");
  labels.profile = spec.at("profile");
  labels.condition = spec.at("condition");
  labels.task = spec.at("task").at("name");
  labels.cell = spec.at("cell");
  labels.initializer = spec.at("initializer").at("name");
  labels.label = spec.at("initializer").at("label");
  labels.seed = spec.at("seed");
  return labels;
}

void read_spec(const nlohmann::json& json, RecordedResult& result) {
  const std::string key = json.at("key"), name = result.key;
  const nlohmann::json& seed = json.at("spec").at("seed");
  if (!is_int64(seed)) {
    result.state = RecordedResult::State::kBroken;
    result.problem = fmt::format("its seed is {}, and must be an integer", seed.dump());
    return;
  }
  result.labels = labels_of(json.at("spec"));
  result.seconds = json.at("timing").at("seconds");
  result.device = json.at("provenance").at("device");
  if (key != name) {
    result.state = RecordedResult::State::kBroken;
    result.problem = fmt::format("its key is {}, and must be the name of the file", key);
  } else if (json.at("status") == "failed") {
    result.state = RecordedResult::State::kFailed;
  } else {
    const RunSpec spec(RunParts::from_json(json.at("spec")));
    if (spec.key() == key) {
      result.spec = spec;
      return;
    }
    result.state = RecordedResult::State::kBroken;
    result.problem = fmt::format(
        "its spec has the key {}: it was changed, or made by a version of the program (commit {}) "
        "that this one does not repeat",
        spec.key(), json.at("provenance").at("commit").get<std::string>());
  }
}

bool is_of_row(const nlohmann::json& json, const RunParts& row) {
  try {
    const nlohmann::json& spec = json.at("spec");
    return json.contains("metrics") && spec.at("condition") == row.condition &&
           spec.at("cell") == row.cell && spec.at("initializer").at("label") == row.label;
  } catch (const nlohmann::json::exception&) {
    return false;
  }
}

}  // namespace

RecordedResult RecordedResult::read(const fs::path& path) {
  RecordedResult result;
  result.path = path;
  result.key = path.stem().string();
  const std::string content = read_result(path);
  try {
    read_spec(nlohmann::json::parse(content), result);
  } catch (const nlohmann::json::exception& error) {
    result.state = State::kBroken;
    result.problem = fmt::format("it is not the result of a run: {}", error.what());
  } catch (const Error& error) {  // an option, a file or a plug-in that is not here
    result.state = State::kNotHere;
    result.problem = error.what();
  }
  return result;
}

std::vector<nlohmann::json> results_of_row(const RecordedResult& result) {
  std::vector<nlohmann::json> row;
  const fs::path folder = result.path.has_parent_path() ? result.path.parent_path() : fs::path(".");
  for (const fs::path& path : results_of_experiment(folder)) {
    nlohmann::json json = nlohmann::json::parse(read_result(path), nullptr,
                                                /*allow_exceptions=*/false);
    if (is_of_row(json, result.labels)) row.push_back(std::move(json));
  }
  return row;
}

}  // namespace eigenrnn
