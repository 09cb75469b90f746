#include "verification/verification.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <map>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "run/result_record.h"
#include "store/result_files.h"
#include "support/error.h"
#include "support/files.h"
#include "workers/devices.h"
#include "workers/runner.h"

namespace eigenrnn {
namespace fs = std::filesystem;
namespace {

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (fs::temp_directory_path() / "eigenrnn-verify-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) {
      throw Error(fmt::format("cannot make the folder {}: {}", name, std::strerror(errno)));
    }
    path_ = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

std::string commit_of(const nlohmann::json& result) {
  const nlohmann::json& provenance = result.at("provenance");
  return provenance.at("commit").get<std::string>().substr(0, 12) +
         (provenance.at("dirty") == true ? " with changes" : "");
}

std::string why_bits_are_due(const nlohmann::json& recorded, const nlohmann::json& repeated) {
  const std::string before = commit_of(recorded), now = commit_of(repeated);
  return before == now ? "same machine and build, commit " + now
                       : fmt::format("made by another commit: {}, here {}", before, now);
}

std::string remark_on(const ToleranceJudgement& judgement,
                      const std::vector<std::string>& machine) {
  std::string text = machine.empty() ? "" : fmt::format("{}; ", fmt::join(machine, ", "));
  text += fmt::format("largest difference, as a part of its tolerance: {:.2g}, {}", judgement.share,
                      judgement.largest);
  if (!judgement.metrics_judged) {
    text += fmt::format("; test metrics not judged: fewer than {} other seeds", kFewestSeeds);
  }
  return text;
}

// One device for all, or each record's own kind of device, which may not be there.
using ByDevice = std::map<std::string, std::vector<size_t>>;  // indices of records by device

ByDevice by_device(const std::vector<Verification>& results, const std::string& device) {
  if (device != "recorded") resolve_devices(device);
  ByDevice devices;
  for (size_t i = 0; i < results.size(); ++i) {
    const bool on_gpu = results[i].record.device.rfind("cuda", 0) == 0;
    if (results[i].record.state == RecordedResult::State::kRepeatable) {
      devices[device != "recorded" ? device : on_gpu ? "cuda" : "cpu"].push_back(i);
    }
  }
  return devices;
}

// What a repeated run is worth against its record.
Verification judge(const RecordedResult& record, const nlohmann::json& recorded,
                   const nlohmann::json& repeated, Strictness strictness) {
  Verification result{record, Verdict::kSameBits, "", differences(recorded, repeated)};
  if (result.differences.empty()) return result;
  const std::vector<std::string> machine = changes_of_machine(recorded, repeated);
  if (strictness == Strictness::kBits ||
      (strictness == Strictness::kByProvenance && machine.empty())) {
    result.verdict = Verdict::kDiffers;
    result.remark = machine.empty() ? why_bits_are_due(recorded, repeated)
                                    : fmt::format("{}", fmt::join(machine, ", "));
    return result;
  }
  ToleranceJudgement judgement = judge_elsewhere(recorded, repeated, results_of_row(record));
  result.verdict = judgement.beyond.empty() ? Verdict::kWithinTolerance : Verdict::kDiffers;
  result.remark = remark_on(judgement, machine);
  result.differences = std::move(judgement.beyond);
  return result;
}

void judge_finished(Verification& result, const ResultStore& store, const RunnerOutcome& outcome,
                    Strictness strictness) {
  const RunSpec spec = *result.record.spec;
  const auto missing = outcome.missing_data.find(spec->task);
  if (!fs::exists(store.path(spec))) {
    result.remark = outcome.store_error;
    if (missing == outcome.missing_data.end()) return;
    result.verdict = Verdict::kNotHere;
    result.remark = missing->second.message;
    return;
  }
  const nlohmann::json repeated = nlohmann::json::parse(read_file(store.path(spec)));
  const ResultRecord record = ResultRecord::from_json(repeated);
  if (record.status == RunStatus::kFailed) {
    result.verdict = Verdict::kNotHere;
    result.remark = record.failure;
    return;
  }
  try {
    const nlohmann::json recorded = nlohmann::json::parse(read_result(result.record.path));
    result = judge(result.record, recorded, repeated, strictness);
  } catch (const nlohmann::json::exception& error) {
    result.verdict = Verdict::kBroken;
    result.remark = fmt::format("it is not a whole result: {}", error.what());
  }
}

// The same run may be recorded in several places.
std::vector<RunSpec> runs_of(const std::vector<Verification>& results,
                             const std::vector<size_t>& indices, const ResultStore& store) {
  std::set<fs::path> seen;
  std::vector<RunSpec> runs;
  for (size_t i : indices) {
    const RunSpec& spec = *results[i].record.spec;
    if (seen.insert(store.path(spec)).second) runs.push_back(spec);
  }
  return runs;
}

}  // namespace

std::string name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::kSameBits:
      return "same bits";
    case Verdict::kWithinTolerance:
      return "within tolerance";
    case Verdict::kDiffers:
      return "DIFFERS";
    case Verdict::kBroken:
      return "BROKEN";
    case Verdict::kNotHere:
      return "cannot be run here";
    case Verdict::kNotDone:
      return "not done";
  }
  return "";
}

std::vector<Verification> verify_results(const std::vector<RecordedResult>& records,
                                         const VerificationSettings& settings, bool& interrupted) {
  std::vector<Verification> results;
  for (const RecordedResult& record : records) {
    results.push_back({record, Verdict::kNotDone, record.problem, {}});
    if (record.state == RecordedResult::State::kNotHere) results.back().verdict = Verdict::kNotHere;
    if (record.state == RecordedResult::State::kBroken) results.back().verdict = Verdict::kBroken;
  }
  interrupted = false;
  for (const auto& [device, indices] : by_device(results, settings.device)) {
    if (interrupted) break;
    RunnerSettings runner;
    try {
      const Devices devices = resolve_devices(device);
      runner.devices = devices.names;
      runner.remark = devices.remark;
      runner.jobs = settings.jobs.value_or(default_jobs(devices));
    } catch (const Error& error) {
      for (size_t i : indices) {
        results[i].verdict = Verdict::kNotHere;
        results[i].remark = error.what();
      }
      continue;
    }
    const TemporaryFolder folder;
    const ResultStore store(folder.path());
    const RunnerOutcome outcome = run_grid(runs_of(results, indices, store), store, runner);
    interrupted = outcome.interrupted;
    for (size_t i : indices) judge_finished(results[i], store, outcome, settings.strictness);
  }
  return results;
}

}  // namespace eigenrnn
