#include "store/result_store.h"

#include <chrono>
#include <set>
#include <unordered_set>

#include <fmt/format.h>

#include "run/result_record.h"
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

int detail_of(const std::string& epoch_spectra) {
  return epoch_spectra == "all" ? 2 : epoch_spectra == "summary" ? 1 : 0;
}

// A result is asked for no more than its run had: one that diverged early has no best epoch, and so
// no weights.
bool has_recorded(const ResultRecord& record, const RecordingSettings& wanted,
                  const fs::path& weights) {
  if (detail_of(wanted.epoch_spectra) > detail_of(record.recording.epoch_spectra)) return false;
  if (!wanted.keep_weights) return true;
  return record.recording.keep_weights && (!record.has_weights || fs::exists(weights));
}

// By the file of its result.
StoredRun stored_run(const fs::path& file, const RunSpec& spec) {
  StoredRun run;
  const std::optional<ResultRecord> record = usable_record(file);
  if (!record) return run;
  if (record->status == RunStatus::kFailed) {
    run.status = StoredRun::Status::kFailed;
    run.failure = fmt::format("{} (at {})", record->failure, record->started);
    return run;
  }
  const bool is_finished = record->status == RunStatus::kFinished;
  run.status = is_finished ? StoredRun::Status::kFinished : StoredRun::Status::kDiverged;
  run.seconds = record->seconds;
  run.is_whole = has_recorded(*record, spec->recording, weights_beside(file));
  return run;
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
    const std::string content = safetensors_of(weights);
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
