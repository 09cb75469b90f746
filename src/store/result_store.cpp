#include "store/result_store.h"

#include <chrono>
#include <set>
#include <unordered_set>

#include <fmt/format.h>

#include "store/checkpoint_files.h"
#include "store/result_files.h"
#include "support/error.h"
#include "support/files.h"
#include "support/json_text.h"

namespace eigenrnn {
namespace fs = std::filesystem;
namespace {

// Of leases. The folder keeps its old name: programs of before and after a change of name would not
// see each other's leases, and both would be at a run.
const char* const kLeases = ".claims";

fs::path weights_beside(fs::path result) { return result.replace_extension(".weights.pt"); }

// A result is asked for no more than its run had: one that diverged early has no best epoch, and so
// no weights.
bool has_recorded(const nlohmann::json& result, const RunSpec& spec, const fs::path& weights) {
  const nlohmann::json nothing = nlohmann::json::object();
  const nlohmann::json recorded = result.value("spec", nothing).value("recording", nothing);
  const auto detail = [](const std::string& epoch_spectra) {
    return epoch_spectra == "all" ? 2 : epoch_spectra == "summary" ? 1 : 0;
  };
  if (detail(spec->recording.epoch_spectra) > detail(recorded.value("epoch_spectra", "none"))) {
    return false;
  }
  if (spec->recording.keep_weights && !recorded.value("keep_weights", false)) return false;
  const bool promised = !result.value("weights", nlohmann::json()).is_null();
  return !spec->recording.keep_weights || !promised || fs::exists(weights);
}

// By the file of its result.
StoredRun stored_run(const fs::path& file, const RunSpec& spec) {
  if (!has_result(file)) return {};
  try {
    const nlohmann::json result = nlohmann::json::parse(read_result(file));
    StoredRun run;
    const std::string status = result.at("status");
    if (status == "failed") {
      run.status = StoredRun::Status::kFailed;
      run.failure = fmt::format("{} (at {})", result.at("failure").at("reason").get<std::string>(),
                                result.at("timing").at("started").get<std::string>());
    } else if (status == "finished" || status == "diverged") {
      run.status =
          status == "finished" ? StoredRun::Status::kFinished : StoredRun::Status::kDiverged;
      run.seconds = result.at("timing").at("seconds");
      run.is_whole = has_recorded(result, spec, weights_beside(file));
    }
    return run;
  } catch (const nlohmann::json::exception&) {
    return {};
  }
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
  return root_ / spec->profile / spec->experiment;
}

fs::path ResultStore::path(const RunSpec& spec) const {
  return directory(spec) / (spec.key() + ".json");
}

fs::path ResultStore::weights_path(const RunSpec& spec) const { return weights_beside(path(spec)); }

fs::path ResultStore::lease_path(const RunSpec& spec) const {
  return directory(spec) / kLeases / spec.key();
}

fs::path ResultStore::checkpoint_path(const RunSpec& spec) const {
  return directory(spec) / ".checkpoints" / (spec.key() + ".checkpoint");
}

StoredRun ResultStore::read(const RunSpec& spec) const { return stored_run(path(spec), spec); }

std::vector<StoredRun> ResultStore::read(const std::vector<RunSpec>& runs) const {
  std::set<fs::path> directories;
  for (const RunSpec& spec : runs) directories.insert(directory(spec));
  std::unordered_set<std::string> files;
  for (const fs::path& directory : directories) {
    for (const fs::path& file : results_of_experiment(directory)) files.insert(file.string());
  }
  std::vector<StoredRun> stored(runs.size());
  for (size_t i = 0; i < runs.size(); ++i) {
    const fs::path file = path(runs[i]);  // once: its name is a hash of the whole spec
    if (files.count(file.string()) != 0) stored[i] = stored_run(file, runs[i]);
  }
  return stored;
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

void ResultStore::check_writable(const fs::path& directory) const {
  // Its ending lets a later call remove it, should this process be killed here.
  const fs::path probe = directory / fmt::format(".probe.{}.tmp", unique_word());
  write_atomically(probe, "probe\n");
  const fs::file_time_type now = fs::last_write_time(probe);
  fs::remove(probe);
  remove_stale_temporaries(directory, now);
  remove_stale_temporaries(directory / kLeases, now);
  remove_stale_temporaries(directory / ".checkpoints", now);
}

}  // namespace eigenrnn
