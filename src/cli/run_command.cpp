#include <algorithm>
#include <iostream>
#include <memory>
#include <set>
#include <thread>
#include <unistd.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/commands.h"
#include "cli/grids.h"
#include "manifest/run_filter.h"
#include "runner/checkpoint_files.h"
#include "runner/devices.h"
#include "runner/estimator.h"
#include "runner/runner.h"
#include "support/error.h"
#include "support/files.h"

namespace eigenrnn {
namespace {

struct RunArguments {
  std::string program;  // as it was called
  std::vector<std::string> manifests, only;
  std::string profile = "cpu", device = "auto", results = "results", kernel;
  int jobs = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  double checkpoint_seconds = kCheckpointSeconds;
  bool force = false, dry_run = false;
};

// Rows are initializers, columns cells; an entry counts the runs that are done.
void print_grid(const std::string& experiment, const std::vector<RunSpec>& runs,
                const ResultStore& store) {
  std::vector<std::string> rows, columns;
  std::map<std::pair<std::string, std::string>, std::pair<size_t, size_t>> counts;
  std::set<std::string> conditions;
  std::set<int64_t> seeds;
  const auto note = [](std::vector<std::string>& list, const std::string& name) {
    if (std::find(list.begin(), list.end(), name) == list.end()) list.push_back(name);
  };
  for (const RunSpec& spec : runs) {
    note(rows, spec.label);
    note(columns, spec.cell);
    conditions.insert(spec.condition);
    seeds.insert(spec.seed);
    auto& [done, total] = counts[{spec.label, spec.cell}];
    done += store.is_done(spec) ? 1 : 0;
    ++total;
  }
  size_t width = 12;
  for (const std::string& row : rows) width = std::max(width, row.size());
  std::cout << fmt::format("{}: {} runs; conditions: {}; seeds: {}\n", experiment, runs.size(),
                           fmt::join(conditions, ", "), fmt::join(seeds, ", "));
  std::cout << fmt::format("  {:<{}}", "done / all", width);
  for (const std::string& column : columns) std::cout << fmt::format("  {:>9}", column);
  std::cout << '\n';
  for (const std::string& row : rows) {
    std::cout << fmt::format("  {:<{}}", row, width);
    for (const std::string& column : columns) {
      const auto& [done, total] = counts[{row, column}];
      std::cout << fmt::format("  {:>9}", fmt::format("{}/{}", done, total));
    }
    std::cout << '\n';
  }
}

void print_estimate(const std::vector<RunSpec>& runs, const ResultStore& store, int jobs) {
  const Estimator estimator(store.seconds_by_kind(runs));
  double seconds = 0;
  size_t left = 0, guessed = 0, begun = 0;
  for (const RunSpec& spec : runs) {
    if (store.is_done(spec)) continue;
    ++left;
    begun += CheckpointFiles::exist(store.checkpoint_path(spec)) ? 1 : 0;
    guessed += estimator.knows(spec.kind()) ? 0 : 1;
    seconds += estimator.seconds(spec.kind()).value_or(0);
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

// The same command again; what is finished is skipped.
std::string command_line(const RunArguments& arguments) {
  std::string line = fmt::format("{} run {} --profile {}", arguments.program,
                                 fmt::join(arguments.manifests, " "), arguments.profile);
  for (const std::string& only : arguments.only) line += fmt::format(" --only '{}'", only);
  if (arguments.device != "auto") line += " --device " + arguments.device;
  if (arguments.results != "results") line += " --results " + arguments.results;
  if (arguments.checkpoint_seconds != kCheckpointSeconds) {
    line += fmt::format(" --checkpoint-seconds {}", arguments.checkpoint_seconds);
  }
  if (!arguments.kernel.empty()) line += " --kernel " + arguments.kernel;
  return line;
}

void print_outcome(const RunnerOutcome& outcome, const RunArguments& arguments) {
  std::cout << fmt::format(
      "{} runs: {} finished now, {} were finished before, {} diverged, {} failed\n", outcome.total,
      outcome.finished, outcome.skipped, outcome.diverged, outcome.failed.size());
  for (const std::string& text : outcome.failed) std::cerr << "failed: " << text << '\n';
  for (const auto& [task, missing] : outcome.missing_data) {
    std::cerr << fmt::format("{} run{} of task {} left out: {}\n", missing.runs,
                             missing.runs == 1 ? "" : "s", task, missing.message);
  }
  if (!outcome.store_error.empty()) {
    std::cerr << "stopped, because a result cannot be written: " << outcome.store_error << '\n';
  }
  if (outcome.exit_code() != 0) {
    std::cout << "To go on where this stopped: " << command_line(arguments) << '\n';
  }
}

void write_tables(const std::vector<Grid>& grids, const ResultStore& store) {
  for (const Grid& grid : grids) {
    write_atomically(store.root() / grid.profile / grid.experiment / "table.json",
                     grid.table.dump(1) + "\n");
  }
}

int run(const RunArguments& arguments) {
  std::optional<std::vector<Grid>> grids =
      load_grids(arguments.manifests, arguments.profile, arguments.kernel);
  if (!grids) return kExitUsage;
  RunnerSettings settings;
  settings.jobs = arguments.jobs;
  settings.force = arguments.force;
  settings.checkpoint_seconds = arguments.checkpoint_seconds;
  settings.devices = resolve_devices(arguments.device);
  const ResultStore store(arguments.results);

  std::vector<RunSpec> all;
  for (Grid& grid : *grids) all.insert(all.end(), grid.runs.begin(), grid.runs.end());
  const std::vector<RunSpec> runs = RunFilter(arguments.only).apply(all);
  if (arguments.dry_run) {
    for (const Grid& grid : *grids) {
      std::vector<RunSpec> part;
      std::copy_if(runs.begin(), runs.end(), std::back_inserter(part),
                   [&](const RunSpec& spec) { return spec.experiment == grid.experiment; });
      if (!part.empty()) print_grid(grid.experiment, part, store);
    }
    print_estimate(runs, store, settings.jobs);
    return 0;
  }
  RunnerOutcome outcome;
  try {
    write_tables(*grids, store);
    outcome = run_grid(runs, store, settings);
  } catch (const Error& error) {
    std::cerr
        << "eigenrnn: results cannot be written: " << error.what()
        << ". Make room or mend the permissions, or choose another folder with --results DIR\n";
    return 1;
  }
  print_outcome(outcome, arguments);
  return outcome.exit_code();
}

}  // namespace

void add_run_command(CLI::App& program, int& exit_code) {
  CLI::App* command = program.add_subcommand("run", "Train the grid of one or more manifests");
  command->footer(
      "What is finished is skipped, and what was begun goes on from its last checkpoint, so an\n"
      "interrupted grid goes on with the same command, to the same bits.\n"
      "Example: eigenrnn run experiments/pixel_mnist.yaml --profile quick --only "
      "init=eigen,cell=lstm\n"
      "Exit codes: 0 all finished, 1 runs failed or data was missing, 2 bad usage or manifest,\n"
      "130 interrupted.");
  auto arguments = std::make_shared<RunArguments>();
  command->add_option("manifests", arguments->manifests, "manifest files (experiments/*.yaml)")
      ->required()
      ->check(CLI::ExistingFile);
  command->add_option("--profile", arguments->profile, "sizes (eigenrnn list profiles)")
      ->check(CLI::IsMember(profile_names()))
      ->capture_default_str();
  command->add_option("--only", arguments->only,
                      "a part of the grid, as in init=eigen,cell=lstm,seed=0; keys: experiment, "
                      "condition, cell, init, seed; several values of a key are alternatives");
  command->add_option("--jobs", arguments->jobs, "worker processes, one thread each")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  command->add_option("--device", arguments->device, "auto, cpu, cuda (all GPUs) or cuda:N")
      ->capture_default_str();
  command
      ->add_option("--kernel", arguments->kernel,
                   "fused or libtorch: which code runs the sequences on the CPU (default: the "
                   "manifest's, which is fused)")
      ->check(CLI::IsMember({"fused", "libtorch"}));
  command->add_option("--results", arguments->results, "folder of the results")
      ->capture_default_str();
  command
      ->add_option("--checkpoint-seconds", arguments->checkpoint_seconds,
                   "keep a checkpoint of a run at the end of an epoch if the last one is at least "
                   "so many seconds old; 0 for every epoch")
      ->check(CLI::Range(0.0, 86400.0))
      ->capture_default_str();
  command->add_flag("--force", arguments->force,
                    "run again what is finished, and from the start what was begun");
  command->add_flag("--dry-run", arguments->dry_run,
                    "show the grid, what is finished, and how long the rest will take");
  command->callback([arguments, &program, &exit_code] {
    arguments->program = program.get_name();
    exit_code = run(*arguments);
  });
}

}  // namespace eigenrnn
