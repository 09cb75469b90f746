#include "cli/analyze_grid.h"

#include <chrono>
#include <iostream>
#include <set>
#include <unistd.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "run/result_record.h"
#include "store/result_files.h"
#include "support/error.h"
#include "support/files.h"
#include "support/terminal.h"
#include "support/time.h"
#include "workers/command_batch.h"

namespace eigenrnn {
namespace fs = std::filesystem;
namespace {

constexpr size_t kPlainLines = 20;  // of progress, where it is no terminal

struct Job {
  fs::path result;
  std::string moment;
  fs::path output;
};

void print(const std::string& message) { std::cerr << message << std::endl; }

// Is it the result of a finished run, or, if `diverged_too`, of one that diverged?
bool is_network(const fs::path& result, bool diverged_too) {
  try {
    const auto record = ResultRecord::from_json(nlohmann::json::parse(read_result(result)));
    return record.status == RunStatus::kFinished ||
           (diverged_too && record.status == RunStatus::kDiverged);
  } catch (const Error& error) {
    print(fmt::format("{} cannot be read and is left out: {}", result.string(), error.what()));
  } catch (const nlohmann::json::exception& error) {
    print(fmt::format("{} is no result and is left out: {}", result.string(), error.what()));
  }
  return false;
}

// As it was before training a network is drawn again; all else needs its weights.
constexpr const char* kBeforeTraining = "start";

bool needs_weights(const GridAnalysis& grid) {
  return grid.moments != std::vector<std::string>{kBeforeTraining};
}

// Results that have what their analysis needs; of the others it says why they are left out.
std::vector<fs::path> chosen(const GridAnalysis& grid) {
  std::vector<fs::path> kept;
  size_t without = 0;
  for (const fs::path& result : grid.results) {
    if (!is_network(result, !needs_weights(grid))) continue;
    if (!needs_weights(grid) || fs::exists(weights_beside(result))) {
      kept.push_back(result);
    } else {
      ++without;
    }
  }
  if (without > 0) {
    print(fmt::format(
        "{} of {} finished results have no weights beside them and are left out; eigenrnn run … "
        "--set recording.keep_weights=true trains them again and keeps them, and --at start needs "
        "none",
        without, without + kept.size()));
  }
  return kept;
}

// results/<profile>/<experiment>/<key>.json; one that is in several experiments is analysed once.
std::vector<Job> jobs_of(const GridAnalysis& grid) {
  std::vector<Job> jobs;
  std::set<fs::path> outputs;
  for (const fs::path& result : chosen(grid)) {
    const fs::path folder = result.parent_path() / ".." / kAnalysisFolder;
    for (const std::string& moment : grid.moments) {
      const fs::path name = fmt::format("{}.{}.json", result.stem().string(), moment);
      const fs::path output = (folder / name).lexically_normal();
      if (outputs.insert(output).second) jobs.push_back({result, moment, output});
    }
  }
  return jobs;
}

// Long ago for what is not there, or is packed: a result that lies in an archive is not new.
fs::file_time_type written_at(const fs::path& path) {
  std::error_code absent;
  const auto time = fs::last_write_time(path, absent);
  return absent ? fs::file_time_type::min() : time;
}

bool is_up_to_date(const Job& job) {
  std::error_code absent;
  const auto made = fs::last_write_time(job.output, absent);
  return !absent && made >= written_at(job.result) &&
         (job.moment == kBeforeTraining || made >= written_at(weights_beside(job.result)));
}

// One line, rewritten on a terminal, now and then elsewhere; what went wrong stays above it.
class Progress {
 public:
  explicit Progress(size_t total) : total_(total) {}

  void step(const std::string& problem) {
    ++done_;
    if (!problem.empty()) print((is_terminal_ ? "\r\x1b[K" : "") + problem);
    const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - begin_;
    const double left =
        passed.count() / static_cast<double>(done_) * static_cast<double>(total_ - done_);
    const std::string text =
        fmt::format("{} of {} analyses, about {} left", done_, total_, duration(left));
    if (is_terminal_) {
      std::cerr << '\r' << text << "\x1b[K" << (done_ == total_ ? "\n" : "") << std::flush;
    } else if (done_ == total_ || done_ % std::max<size_t>(1, total_ / kPlainLines) == 0) {
      print(text);
    }
  }

 private:
  const size_t total_;
  size_t done_ = 0;
  const bool is_terminal_ = is_terminal(STDERR_FILENO);
  const std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

}  // namespace

int analyze_grid(const GridAnalysis& grid) {
  const std::vector<Job> jobs = jobs_of(grid);
  if (jobs.empty()) {
    print("no network to analyse; train some with: make reproduce-dynamics");
    return 1;
  }
  std::vector<Job> left;
  std::vector<std::vector<std::string>> commands;
  for (const Job& job : jobs) {
    if (!grid.force && is_up_to_date(job)) continue;
    left.push_back(job);
    commands.push_back({"analyze", fs::absolute(job.result).string(), "--at", job.moment,
                        "--output", job.output.string()});
  }
  print(fmt::format("{} analyses, of which {} are up to date", jobs.size(),
                    jobs.size() - left.size()));
  Progress progress(left.size());
  size_t failed = 0;
  const bool is_whole =
      run_commands(commands, grid.jobs, [&](size_t index, const std::string& failure) {
        failed += failure.empty() ? 0 : 1;
        progress.step(failure.empty() ? ""
                                      : fmt::format("{} at {}: {}", left[index].result.string(),
                                                    left[index].moment, failure));
      });
  if (!is_whole) {
    print("\ninterrupted; the same command goes on");
    return kExitInterrupted;
  }
  if (failed == 0) return 0;
  print(fmt::format("{} of {} analyses failed; the others are there", failed, left.size()));
  return 1;
}

}  // namespace eigenrnn
