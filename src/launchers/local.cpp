#include <algorithm>
#include <iostream>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "forecast/estimator.h"
#include "launchers/launcher.h"
#include "store/checkpoint_files.h"
#include "support/error.h"
#include "support/time.h"
#include "support/utf8.h"
#include "workers/devices.h"
#include "workers/runner.h"

namespace eigenrnn {
namespace {

// "0 to 9", or each of them where there are gaps.
std::string range_or_list(const std::set<int64_t>& numbers) {
  const int64_t first = *numbers.begin(), last = *numbers.rbegin();
  const bool has_gaps = last - first + 1 != static_cast<int64_t>(numbers.size());
  if (has_gaps || numbers.size() < 3) return fmt::format("{}", fmt::join(numbers, ", "));
  return fmt::format("{} to {}", first, last);
}

// Rows are initializers, columns cells; an entry counts the runs that are done.
void print_grid(const std::string& experiment, const std::vector<RunSpec>& runs,
                const std::vector<StoredRun>& stored) {
  std::vector<std::string> rows, columns;
  std::map<std::pair<std::string, std::string>, std::pair<size_t, size_t>> counts;
  std::set<std::string> conditions;
  std::set<int64_t> seeds;
  const auto add = [](std::vector<std::string>& list, const std::string& name) {
    if (std::find(list.begin(), list.end(), name) == list.end()) list.push_back(name);
  };
  size_t count = 0;
  for (size_t i = 0; i < runs.size(); ++i) {
    const RunSpec& spec = runs[i];
    if (spec->experiment != experiment) continue;
    ++count;
    add(rows, spec->label);
    add(columns, spec->cell);
    conditions.insert(spec->condition);
    seeds.insert(spec->seed);
    auto& [done, total] = counts[{spec->label, spec->cell}];
    done += stored[i].is_done() ? 1 : 0;
    ++total;
  }
  if (count == 0) return;
  size_t width = 12;
  for (const std::string& row : rows) width = std::max(width, display_width(row));
  std::cout << fmt::format("{}: {} runs; conditions: {}; seeds: {}\n", experiment, count,
                           fmt::join(conditions, ", "), range_or_list(seeds));
  std::cout << fmt::format("  {:<{}}", "done / all", width);
  for (const std::string& column : columns) std::cout << fmt::format("  {:>9}", column);
  std::cout << '\n';
  for (const std::string& row : rows) {
    std::cout << "  " << padded_to_width(row, width);
    for (const std::string& column : columns) {
      const auto& [done, total] = counts[{row, column}];
      std::cout << fmt::format("  {:>9}", fmt::format("{}/{}", done, total));
    }
    std::cout << '\n';
  }
}

void print_estimate(const std::vector<RunSpec>& runs, const std::vector<StoredRun>& stored,
                    const ResultStore& store, int jobs) {
  const Estimator estimator(runs, stored);
  double seconds = 0;
  size_t left = 0, guessed = 0, begun = 0;
  for (size_t i = 0; i < runs.size(); ++i) {
    if (stored[i].is_done()) continue;
    const RunSpec& spec = runs[i];
    ++left;
    begun += CheckpointFiles::exist(store.checkpoint_path(spec)) ? 1 : 0;
    guessed += estimator.knows(spec->kind()) ? 0 : 1;
    seconds += estimator.seconds(spec->kind()).value_or(0);
  }
  std::cout << fmt::format("{} of {} runs are left", left, runs.size());
  if (begun > 0) std::cout << fmt::format(" ({} of them will go on from a checkpoint)", begun);
  if (left == 0) {
    std::cout << '\n';
  } else if (guessed == left && seconds == 0) {
    std::cout << "; how long they take shows once one of them has been run\n";
  } else {
    std::cout << fmt::format(", about {} with {} jobs", duration(seconds / jobs), jobs);
    if (guessed > 0) std::cout << fmt::format(" ({} runs are of a kind not timed yet)", guessed);
    std::cout << '\n';
  }
}

// A line of an outcome.
std::string in_words(const RunnerOutcome::Counts& counts) {
  std::string text =
      fmt::format("{} run{}: {} finished now, {} were finished before, {} diverged, {} failed",
                  counts.total, counts.total == 1 ? "" : "s", counts.finished, counts.skipped,
                  counts.diverged, counts.failed);
  if (counts.done_by_others > 0) text += fmt::format(", {} done by others", counts.done_by_others);
  const size_t left = counts.total - counts.done();
  if (left > 0) text += fmt::format(", {} left", left);
  if (counts.left_out > 0) text += fmt::format(", {} left out", counts.left_out);
  if (!counts.why_left_out.empty()) text += ": " + counts.why_left_out;
  return text;
}

// The reasons of failures were said as they came.
void print_outcome(const RunnerOutcome& outcome, const LaunchRequest& request) {
  const bool is_one = outcome.experiments.size() == 1;
  for (const auto& [experiment, counts] : outcome.experiments) {
    std::cout << (is_one ? "" : experiment + ": ") << in_words(counts) << '\n';
  }
  if (!is_one) std::cout << in_words(outcome.sum()) << '\n';
  if (outcome.left_to_others > 0) {
    std::cout << fmt::format("{} runs are being done by others\n", outcome.left_to_others);
  }
  if (!outcome.failed.empty()) {
    std::cerr << fmt::format("why runs failed is in {}\n",
                             (request.store.root() / "runner.log").string());
  }
  if (!outcome.store_error.empty()) {
    std::cerr << "stopped, because a result cannot be written: " << outcome.store_error << '\n';
  }
  if (outcome.exit_code() != 0) {
    std::cout << (request.settings.force ? "To do it all again: " : "To go on where this stopped: ")
              << request.same_command << '\n';
  }
}

// Worker processes on this machine.
class LocalLauncher : public Launcher {
 public:
  int submit(const LaunchRequest& request) override {
    const RunnerSettings settings = settings_here(request);
    RunnerOutcome outcome;
    try {
      write_tables(request);
      outcome = run_grid(request.runs, request.store, settings);
    } catch (const StorageError& error) {
      return refuse_store(error.what());
    }
    print_outcome(outcome, request);
    return outcome.exit_code();
  }

  void describe(const LaunchRequest& request) override {
    const RunnerSettings settings = settings_here(request);
    if (!settings.remark.empty()) std::cout << settings.remark << '\n';
    const std::vector<StoredRun> stored = request.store.read(request.runs);
    for (const std::string& experiment : request.experiments) {
      print_grid(experiment, request.runs, stored);
    }
    print_estimate(request.runs, stored, request.store, settings.jobs);
  }

 private:
  // Complains of a device that is not there.
  static RunnerSettings settings_here(const LaunchRequest& request) {
    const Devices devices = resolve_devices(request.device);
    RunnerSettings settings = request.settings;
    settings.devices = devices.names;
    settings.remark = devices.remark;
    if (!request.jobs_given) settings.jobs = default_jobs(devices, request.jobs_per_gpu);
    return settings;
  }
};

const LauncherRegistration kRegistration{{"local", "worker processes on this machine",
                                          [] { return std::make_unique<LocalLauncher>(); }}};

}  // namespace
}  // namespace eigenrnn
