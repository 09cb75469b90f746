#include "verification/recorded_result.h"

#include <fmt/format.h>

#include "run/result_record.h"
#include "store/result_files.h"
#include "support/error.h"

namespace eigenrnn {
namespace fs = std::filesystem;
namespace {

void judge(const ResultRecord& record, RecordedResult& result) {
  result.labels = record.labels;
  result.seconds = record.seconds;
  result.device = record.device;
  if (record.key != result.key) {
    result.state = RecordedResult::State::kBroken;
    result.problem = fmt::format("its key is {}, and must be the name of the file", record.key);
  } else if (record.status == RunStatus::kFailed) {
    result.state = RecordedResult::State::kFailed;
  } else {
    const RunSpec spec(RunParts::from_json(record.spec));
    if (spec.key() == record.key) {
      result.spec = spec;
      return;
    }
    result.state = RecordedResult::State::kBroken;
    result.problem = fmt::format(
        "its spec has the key {}: it was changed, or made by a version of the program (commit {}) "
        "that this one does not repeat",
        spec.key(), record.commit);
  }
}

}  // namespace

RecordedResult RecordedResult::read(const fs::path& path) {
  RecordedResult result;
  result.path = path;
  result.key = path.stem().string();
  const std::string content = read_result(path);
  ResultRecord record;
  try {
    record = ResultRecord::from_json(nlohmann::json::parse(content));
  } catch (const nlohmann::json::exception& error) {
    result.state = State::kBroken;
    result.problem = fmt::format("it is not the result of a run: {}", error.what());
    return result;
  } catch (const Error& error) {
    result.state = State::kBroken;
    result.problem = error.what();
    return result;
  }
  try {
    judge(record, result);
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
    try {
      nlohmann::json json = nlohmann::json::parse(read_result(path));
      if (is_of_row(ResultRecord::from_json(json), result.labels)) row.push_back(std::move(json));
    } catch (const nlohmann::json::exception&) {  // no result: passed over
    } catch (const Error&) {                      // a broken one: likewise
    }
  }
  return row;
}

}  // namespace eigenrnn
