#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <memory>
#include <set>
#include <thread>
#include <unistd.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/commands.h"
#include "cli/grids.h"
#include "cli/validators.h"
#include "runner/checkpoint_files.h"
#include "runner/devices.h"
#include "runner/estimator.h"
#include "runner/runner.h"
#include "runner/slurm.h"
#include "support/error.h"
#include "support/files.h"
#include "support/shell.h"
#include "support/utf8.h"

namespace eigenrnn {
namespace {

struct RunArguments {
  std::string program;  // as it was called
  GridArguments grid;
  std::string device = "auto";
  int jobs = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  bool jobs_given = false;
  double checkpoint_seconds = kCheckpointSeconds;
  bool force = false, dry_run = false, no_wait = false;
  std::string begin_at;  // "I/N"
  int lease_seconds = static_cast<int>(kLeaseLifetime.count());
  std::string launcher = "local";
  int tasks = 0;  // of a cluster's array; 0 is as many as there is work for, up to kMostTasks
  std::vector<std::string> sbatch_arguments;
};

constexpr int kMostTasks = 8;

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
  const auto note = [](std::vector<std::string>& list, const std::string& name) {
    if (std::find(list.begin(), list.end(), name) == list.end()) list.push_back(name);
  };
  size_t count = 0;
  for (size_t i = 0; i < runs.size(); ++i) {
    const RunSpec& spec = runs[i];
    if (spec.experiment != experiment) continue;
    ++count;
    note(rows, spec.label);
    note(columns, spec.cell);
    conditions.insert(spec.condition);
    seeds.insert(spec.seed);
    auto& [done, total] = counts[{spec.label, spec.cell}];
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

// What a job of a cluster needs to know too.
std::vector<std::string> run_arguments(const RunArguments& arguments) {
  std::vector<std::string> words = arguments.grid.words();
  if (arguments.device != "auto") words.insert(words.end(), {"--device", arguments.device});
  if (arguments.checkpoint_seconds != kCheckpointSeconds) {
    words.insert(words.end(),
                 {"--checkpoint-seconds", fmt::format("{}", arguments.checkpoint_seconds)});
  }
  return words;
}

// The same command again; what is finished is skipped, unless it was told to force it.
std::string command_line(const RunArguments& arguments) {
  std::vector<std::string> words = {arguments.program, "run"};
  const auto add = [&](const std::vector<std::string>& more) {
    words.insert(words.end(), more.begin(), more.end());
  };
  add(run_arguments(arguments));
  if (arguments.jobs_given) add({"--jobs", std::to_string(arguments.jobs)});
  if (arguments.lease_seconds != RunArguments().lease_seconds) {
    add({"--lease", std::to_string(arguments.lease_seconds)});
  }
  if (!arguments.begin_at.empty()) add({"--begin-at", arguments.begin_at});
  if (arguments.no_wait) add({"--no-wait"});
  if (arguments.force) add({"--force"});
  return shell_line(words);
}

std::string status_command(const RunArguments& arguments) {
  std::vector<std::string> words = arguments.grid.words();
  words.insert(words.begin(), {arguments.program, "status"});
  return shell_line(words);
}

void print_outcome(const RunnerOutcome& outcome, const RunArguments& arguments) {
  std::cout << fmt::format(
      "{} runs: {} finished now, {} were finished before, {} diverged, {} failed\n", outcome.total,
      outcome.finished, outcome.skipped, outcome.diverged, outcome.failed.size());
  if (outcome.left_to_others > 0) {
    std::cout << fmt::format("{} runs are being done by others\n", outcome.left_to_others);
  }
  for (const std::string& text : outcome.failed) std::cerr << "failed: " << text << '\n';
  for (const auto& [task, missing] : outcome.missing_data) {
    std::cerr << fmt::format("{} run{} of task {} left out: {}\n", missing.runs,
                             missing.runs == 1 ? "" : "s", task, missing.message);
  }
  if (!outcome.store_error.empty()) {
    std::cerr << "stopped, because a result cannot be written: " << outcome.store_error << '\n';
  }
  if (outcome.exit_code() != 0) {
    std::cout << (arguments.force ? "To do it all again: " : "To go on where this stopped: ")
              << command_line(arguments) << '\n';
  }
}

// What carries out the whole grid of one manifest, into the same folder.
std::string grid_command(const Grid& grid, GridArguments arguments) {
  arguments.manifests = {grid.manifest.string()};
  arguments.only = {};
  std::vector<std::string> words = arguments.words();
  words.insert(words.begin(), {"build/eigenrnn", "run"});
  return shell_line(words);
}

void write_tables(const std::vector<Grid>& grids, const GridArguments& arguments) {
  for (const Grid& grid : grids) {
    nlohmann::json table = grid.table;
    table["command"] = grid_command(grid, arguments);
    write_atomically(
        std::filesystem::path(arguments.results) / grid.profile / grid.experiment / "table.json",
        table.dump(1) + "\n");
  }
}

// "I/N" as the part I / N of a grid.
double begin_at(const std::string& text) {
  if (text.empty()) return 0;
  int task = 0, tasks = 0;
  char rest = 0;
  if (std::sscanf(text.c_str(), "%d/%d%c", &task, &tasks, &rest) != 2 || task < 0 ||
      task >= tasks) {
    throw Error(fmt::format("--begin-at: '{}' must be I/N with 0 <= I < N, as in 2/8", text));
  }
  return static_cast<double>(task) / tasks;
}

SlurmLaunch slurm_launch(const RunArguments& arguments, size_t runs_left) {
  SlurmLaunch launch;
  launch.program = std::filesystem::canonical("/proc/self/exe").string();
  launch.directory = std::filesystem::current_path();
  if (!std::filesystem::exists(launch.directory / "scripts/collate.py")) {
    throw Error(
        fmt::format("--launcher slurm: must be called in the project's folder, since the job "
                    "that collates runs scripts/collate.py; {} has none",
                    launch.directory.string()));
  }
  launch.results = std::filesystem::path(arguments.grid.results) / arguments.grid.profile;
  launch.folder = std::filesystem::absolute(launch.results) / ".slurm" / unique_word();
  launch.run_arguments = run_arguments(arguments);
  const std::string lease = fmt::format("{}", arguments.lease_seconds);
  launch.run_arguments.insert(launch.run_arguments.end(), {"--lease", lease});
  launch.status_arguments = arguments.grid.words();
  launch.request = slurm_request(arguments.grid.profile);
  if (arguments.jobs_given) launch.request.jobs = arguments.jobs;
  const size_t enough = (runs_left + launch.request.jobs - 1) / launch.request.jobs;
  launch.tasks = arguments.tasks > 0 ? arguments.tasks
                                     : static_cast<int>(std::min<size_t>(enough, kMostTasks));
  launch.sbatch_arguments = arguments.sbatch_arguments;
  return launch;
}

void show_launch(const SlurmLaunch& launch) {
  std::cout << fmt::format("# {}/array.sh\n{}\n# {}/report.sh\n{}\n", launch.folder.string(),
                           slurm_array_script(launch), launch.folder.string(),
                           slurm_report_script(launch));
  std::cout << shell_line(slurm_array_command(launch)) << '\n'
            << shell_line(slurm_report_command(launch, "ARRAY_JOB")) << '\n';
}

int run_on_slurm(const RunArguments& arguments, const std::vector<RunSpec>& runs,
                 const ResultStore& store) {
  if (arguments.force) {
    throw Error("--force: not with --launcher slurm, whose tasks would all do every run again");
  }
  const auto left = static_cast<size_t>(std::count_if(
      runs.begin(), runs.end(), [&](const RunSpec& spec) { return !store.is_done(spec); }));
  if (left == 0) {
    std::cout << fmt::format("all {} runs are finished; nothing is submitted\n", runs.size());
    return 0;
  }
  const SlurmLaunch launch = slurm_launch(arguments, left);
  if (arguments.dry_run) {
    show_launch(launch);
    return 0;
  }
  const SlurmJobs jobs = submit_to_slurm(launch);
  std::cout << fmt::format(
      "{} runs are left: job {} works on them in {} tasks of {} workers, job {} collates then\n"
      "scripts and logs: {}\n"
      "how far it is: {}\n",
      left, jobs.array, launch.tasks, launch.request.jobs, jobs.report, launch.folder.string(),
      status_command(arguments));
  return 0;
}

int run(const RunArguments& arguments) {
  const std::optional<ChosenGrids> chosen = choose_grids(arguments.grid);
  if (!chosen) return kExitUsage;
  const auto& [grids, runs] = *chosen;
  RunnerSettings settings;
  settings.jobs = arguments.jobs;
  settings.force = arguments.force;
  settings.wait_for_others = !arguments.no_wait;
  settings.begin_at = begin_at(arguments.begin_at);
  settings.lease_lifetime = std::chrono::seconds(arguments.lease_seconds);
  settings.checkpoint_seconds = arguments.checkpoint_seconds;
  const ResultStore store(arguments.grid.results);
  if (arguments.launcher == "slurm") {
    if (!arguments.dry_run) write_tables(grids, arguments.grid);
    return run_on_slurm(arguments, runs, store);
  }
  settings.devices = resolve_devices(arguments.device);
  if (arguments.dry_run) {
    const std::vector<StoredRun> stored = store.look(runs);
    for (const Grid& grid : grids) print_grid(grid.experiment, runs, stored);
    print_estimate(runs, stored, store, settings.jobs);
    return 0;
  }
  RunnerOutcome outcome;
  try {
    write_tables(grids, arguments.grid);
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
      "Any number of these may work on one folder of results at a time, also from several machines "
      "that\nshare it: each run is done once.\n"
      "Exit codes: 0 all finished, 1 runs failed or data was missing, 2 bad usage or manifest,\n"
      "130 interrupted.");
  auto arguments = std::make_shared<RunArguments>();
  arguments->grid.add_to(*command);
  command->add_option("--jobs", arguments->jobs, "worker processes, one thread each")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  command->add_option("--device", arguments->device, "auto, cpu, cuda (all GPUs) or cuda:N")
      ->capture_default_str();
  command
      ->add_option("--checkpoint-seconds", arguments->checkpoint_seconds,
                   "keep a checkpoint of a run at the end of an epoch if the last one is at least "
                   "so many seconds old; 0 for every epoch")
      ->check(number_from(0, 86400))
      ->capture_default_str();
  command->add_flag("--force", arguments->force,
                    "run again what is finished, and from the start what was begun");
  command->add_flag("--no-wait", arguments->no_wait,
                    "end when all that is left is being done by others, seen to be alive, rather "
                    "than stay to take over what they might leave");
  command->add_option("--begin-at", arguments->begin_at,
                      "I/N: begin with the I-th of N parts of what is left, 0 the first, so that N "
                      "that start together do not all try the same runs");
  command
      ->add_option("--lease", arguments->lease_seconds,
                   "seconds without a sign of life after which another machine may take a run over")
      ->check(CLI::Range(1, 86400))
      ->capture_default_str();
  command
      ->add_option("--launcher", arguments->launcher,
                   "local, or slurm: submit the grid to a Slurm cluster (docs/cluster.md)")
      ->check(CLI::IsMember({"local", "slurm"}))
      ->capture_default_str();
  command
      ->add_option("--tasks", arguments->tasks,
                   "slurm: tasks of the job array, each with --jobs workers that draw runs until "
                   "none is left (default: as many as there is work for, at most 8)")
      ->check(CLI::Range(1, 1000));
  command
      ->add_option("--sbatch-arg", arguments->sbatch_arguments,
                   "slurm: a word for sbatch, which wins over what the profile asks for; may be "
                   "repeated, as in --sbatch-arg=--partition=long --sbatch-arg=--time=60")
      ->allow_extra_args(false);
  command->add_flag(
      "--dry-run", arguments->dry_run,
      "show the grid, what is finished, and how long the rest will take; with --launcher "
      "slurm, the batch scripts and how they would be submitted");
  command->callback([arguments, command, &program, &exit_code] {
    arguments->jobs_given = command->count("--jobs") > 0;
    arguments->program = program.get_name();
    exit_code = run(*arguments);
  });
}

}  // namespace eigenrnn
