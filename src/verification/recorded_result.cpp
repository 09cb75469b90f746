#include "verification/recorded_result.h"

#include <algorithm>
#include <regex>

#include <fmt/format.h>

#include "support/error.h"
#include "support/files.h"
#include "support/json_integer.h"

namespace eigenrnn {
namespace fs = std::filesystem;
namespace {

bool is_named_by_key(const fs::path& path) {
  static const std::regex pattern("[0-9a-f]{16}\\.json");
  return std::regex_match(path.filename().string(), pattern);
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
  const std::string content = read_file(path);
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

std::vector<fs::path> result_files(const fs::path& path) {
  if (fs::is_regular_file(path)) return {path};
  if (!fs::is_directory(path)) {
    throw Error(fmt::format("there is no file or folder {}", path.string()));
  }
  std::vector<fs::path> files;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(path)) {
    if (is_named_by_key(entry.path()) && entry.is_regular_file()) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<nlohmann::json> results_of_row(const RecordedResult& result) {
  std::vector<nlohmann::json> row;
  const fs::path folder = result.path.has_parent_path() ? result.path.parent_path() : fs::path(".");
  for (const fs::path& path : result_files(folder)) {
    nlohmann::json json = nlohmann::json::parse(read_file(path), nullptr,
                                                /*allow_exceptions=*/false);
    if (is_of_row(json, result.labels)) row.push_back(std::move(json));
  }
  return row;
}

}  // namespace eigenrnn
