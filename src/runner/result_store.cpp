#include "runner/result_store.h"

#include <chrono>

#include <fmt/format.h>

#include "runner/checkpoint_files.h"
#include "support/error.h"
#include "support/files.h"
#include "support/json_text.h"

namespace eigenrnn {
namespace fs = std::filesystem;
namespace {

const char* const kLeases = ".claims";

// What a grid asks of a result.
struct StoredResult {
  std::string status;
  std::string failure;  // if it failed: why, and when
  double seconds = 0;   // if it finished
  std::string epoch_spectra;
  bool keep_weights = false, promises_weights = false;
};

StoredResult stored_result(const nlohmann::json& json) {
  StoredResult result;
  result.status = json.at("status");
  if (result.status == "finished") result.seconds = json.at("timing").at("seconds");
  if (result.status == "failed") {
    result.failure = fmt::format("{} (at {})", json.at("failure").at("reason").get<std::string>(),
                                 json.at("timing").at("started").get<std::string>());
  }
  const nlohmann::json nothing = nlohmann::json::object();
  const nlohmann::json recording = json.value("spec", nothing).value("recording", nothing);
  result.epoch_spectra = recording.value("epoch_spectra", "none");
  result.keep_weights = recording.value("keep_weights", false);
  result.promises_weights = !json.value("weights", nlohmann::json()).is_null();
  return result;
}

// Nothing also for a file that is no result, or not whole.
std::optional<StoredResult> read_result(const fs::path& path) {
  if (!fs::exists(path)) return std::nullopt;
  try {
    return stored_result(nlohmann::json::parse(read_file(path)));
  } catch (const nlohmann::json::exception&) {
    return std::nullopt;
  }
}

// A result is asked for no more than its run had: one that diverged early has no best epoch, and so
// no weights.
bool has_recorded(const StoredResult& result, const RunSpec& spec, const fs::path& weights) {
  const auto detail = [](const std::string& epoch_spectra) {
    return epoch_spectra == "all" ? 2 : epoch_spectra == "summary" ? 1 : 0;
  };
  if (detail(spec.recording.choice("epoch_spectra")) > detail(result.epoch_spectra)) return false;
  if (!spec.recording.flag("keep_weights")) return true;
  return result.keep_weights && (!result.promises_weights || fs::exists(weights));
}

// A live writer renames its temporary file within moments. `now` is the file system's time, which
// need not be this machine's.
void remove_stale_temporaries(const fs::path& directory, fs::file_time_type now) {
  std::error_code absent;
  for (const fs::directory_entry& entry : fs::directory_iterator(directory, absent)) {
    std::error_code gone;
    if (entry.path().extension() == ".tmp" &&
        now - entry.last_write_time(gone) > std::chrono::minutes(10) && !gone) {
      fs::remove(entry.path(), gone);
    }
  }
}

}  // namespace

fs::path ResultStore::directory(const RunSpec& spec) const {
  return root_ / spec.profile / spec.experiment;
}

fs::path ResultStore::path(const RunSpec& spec) const {
  return directory(spec) / (spec.key() + ".json");
}

fs::path ResultStore::weights_path(const RunSpec& spec) const {
  return directory(spec) / (spec.key() + ".weights.pt");
}

fs::path ResultStore::lease_path(const RunSpec& spec) const {
  return directory(spec) / kLeases / spec.key();
}

fs::path ResultStore::checkpoint_path(const RunSpec& spec) const {
  return directory(spec) / ".checkpoints" / (spec.key() + ".checkpoint");
}

bool ResultStore::is_done(const RunSpec& spec) const {
  const auto result = read_result(path(spec));
  if (!result) return false;
  return (result->status == "finished" || result->status == "diverged") &&
         has_recorded(*result, spec, weights_path(spec));
}

bool ResultStore::has_diverged(const RunSpec& spec) const {
  const auto result = read_result(path(spec));
  return result && result->status == "diverged";
}

std::optional<std::string> ResultStore::failure(const RunSpec& spec) const {
  const auto result = read_result(path(spec));
  return result && result->status == "failed" ? std::optional(result->failure) : std::nullopt;
}

void ResultStore::write(const RunSpec& spec, nlohmann::json result,
                        const NamedTensors& weights) const {
  const fs::path weights_file = weights_path(spec);
  if (!weights.empty()) {
    const std::string content = serialize_weights(weights);
    write_atomically(weights_file, content);
    result["weights"] = {{"file", weights_file.filename().string()}, {"sha256", sha256(content)}};
  }
  // A crashed worker's last words may not be UTF-8.
  write_atomically(path(spec), text_of(result));
  std::error_code ignored;
  if (weights.empty()) fs::remove(weights_file, ignored);
  CheckpointFiles::remove(checkpoint_path(spec));
}

std::map<std::string, double> ResultStore::seconds_by_kind(const std::vector<RunSpec>& runs) const {
  std::map<std::string, std::pair<double, int>> sums;
  for (const RunSpec& spec : runs) {
    const auto result = read_result(path(spec));
    if (!result || result->status != "finished") continue;
    auto& [seconds, count] = sums[spec.kind()];
    seconds += result->seconds;
    ++count;
  }
  std::map<std::string, double> means;
  for (const auto& [kind, sum] : sums) means[kind] = sum.first / sum.second;
  return means;
}

void ResultStore::check_writable(const fs::path& directory) const {
  const fs::path probe = directory / fmt::format(".probe.{}", unique_word());
  write_atomically(probe, "probe\n");
  const fs::file_time_type now = fs::last_write_time(probe);
  fs::remove(probe);
  remove_stale_temporaries(directory, now);
  remove_stale_temporaries(directory / kLeases, now);
  remove_stale_temporaries(directory / ".checkpoints", now);
}

}  // namespace eigenrnn
