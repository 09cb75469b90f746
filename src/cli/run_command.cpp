#include <cstdio>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/commands.h"
#include "cli/grids.h"
#include "cli/run_summary.h"
#include "cli/validators.h"
#include "launchers/launcher.h"
#include "support/error.h"
#include "support/shell.h"
#include "support/terminal.h"
#include "support/utf8.h"

namespace eigenrnn {
namespace {

struct RunArguments {
  std::string program;  // as it was called
  GridArguments grid;
  std::string device = "auto";
  int jobs = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  bool jobs_given = false;
  std::optional<int> jobs_per_gpu;
  double checkpoint_seconds = kCheckpointSeconds;
  bool force = false, dry_run = false, no_wait = false, no_summary = false;
  std::string begin_at;  // "I/N"
  int lease_seconds = static_cast<int>(kLeaseLifetime.count());
  std::string launcher = "local";
};

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
  if (arguments.jobs_per_gpu) {
    add({"--jobs-per-gpu", std::to_string(*arguments.jobs_per_gpu)});
  }
  if (arguments.lease_seconds != RunArguments().lease_seconds) {
    add({"--lease", std::to_string(arguments.lease_seconds)});
  }
  if (!arguments.begin_at.empty()) add({"--begin-at", arguments.begin_at});
  if (arguments.no_wait) add({"--no-wait"});
  if (arguments.force) add({"--force"});
  return shell_line(words);
}

// What carries out the whole grid of one manifest, into the same folder.
std::string grid_command(const Grid& grid, GridArguments arguments) {
  arguments.manifests = {grid.manifest.string()};
  arguments.only = {};
  std::vector<std::string> words = arguments.words();
  words.insert(words.begin(), {"build/eigenrnn", "run"});
  return shell_line(words);
}

LaunchRequest::Table table_of(const Grid& grid, const GridArguments& arguments) {
  nlohmann::json table = grid.table;
  table["command"] = grid_command(grid, arguments);
  return {std::filesystem::path(arguments.results) / grid.profile / grid.experiment / "table.json",
          table.dump(1) + "\n"};
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

LaunchRequest launch_request(const RunArguments& arguments, ChosenGrids chosen) {
  LaunchRequest request;
  request.runs = std::move(chosen.runs);
  request.profile = arguments.grid.profile;
  request.store = ResultStore(arguments.grid.results);
  for (const Grid& grid : chosen.grids) {
    request.experiments.push_back(grid.experiment);
    request.tables.push_back(table_of(grid, arguments.grid));
  }
  request.settings.jobs = arguments.jobs;
  request.settings.force = arguments.force;
  request.settings.wait_for_others = !arguments.no_wait;
  request.settings.begin_at = begin_at(arguments.begin_at);
  request.settings.lease_lifetime = std::chrono::seconds(arguments.lease_seconds);
  request.settings.checkpoint_seconds = arguments.checkpoint_seconds;
  request.device = arguments.device;
  request.jobs_given = arguments.jobs_given;
  request.jobs_per_gpu = arguments.jobs_per_gpu;
  request.run_words = run_arguments(arguments);
  request.status_words = arguments.grid.words();
  request.program = arguments.program;
  request.same_command = command_line(arguments);
  return request;
}

int run(const RunArguments& arguments, Launcher& launcher) {
  std::optional<ChosenGrids> chosen = choose_grids(arguments.grid);
  if (!chosen) return kExitUsage;
  const LaunchRequest request = launch_request(arguments, *chosen);
  if (arguments.dry_run) {
    launcher.describe(request);
    return 0;
  }
  const int exit_code = launcher.submit(request);
  if (arguments.launcher == "local" && !arguments.no_summary && exit_code != kExitInterrupted) {
    std::cout << run_summary(*chosen, request.store, is_terminal(STDOUT_FILENO));
  }
  return exit_code;
}

// "local: worker processes on this machine; slurm: …"
std::string launchers_in_words() {
  std::vector<std::string> texts;
  for (const std::string& name : LauncherRegistry::instance().names()) {
    texts.push_back(name + ": " + LauncherRegistry::instance().at(name).summary);
  }
  return fmt::format("{}", fmt::join(texts, "; "));
}

// Where the runs are carried out.
void add_devices(CLI::App& command, RunArguments& arguments) {
  command
      .add_option("--jobs", arguments.jobs,
                  "worker processes, one thread each; on GPUs it wins over --jobs-per-gpu")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  command
      .add_option("--jobs-per-gpu", arguments.jobs_per_gpu,
                  "on GPUs, worker processes that share each of them (default: as many as there "
                  "are CPU threads for and 2 GiB of its memory for each, 8 at most)")
      ->check(CLI::Range(1, 128));
  command.add_option("--device", arguments.device, "auto, cpu, cuda (all GPUs) or cuda:N")
      ->capture_default_str();
}

// What is kept, repeated, and left to others.
void add_sharing(CLI::App& command, RunArguments& arguments) {
  command
      .add_option("--checkpoint-seconds", arguments.checkpoint_seconds,
                  "keep a checkpoint of a run at the end of an epoch if the last one is at least "
                  "so many seconds old; 0 for every epoch")
      ->check(number_from(0, 86400))
      ->capture_default_str();
  command.add_flag("--force", arguments.force,
                   "run again what is finished, and from the start what was begun");
  command.add_flag("--no-summary", arguments.no_summary, "say nothing of what came out at the end");
  command.add_flag("--no-wait", arguments.no_wait,
                   "end when all that is left is being done by others, seen to be alive, rather "
                   "than stay to take over what they might leave");
  command.add_option("--begin-at", arguments.begin_at,
                     "I/N: begin with the I-th of N parts of what is left, 0 the first, so that N "
                     "that start together do not all try the same runs");
  command
      .add_option("--lease", arguments.lease_seconds,
                  "seconds without a sign of life after which another machine may take a run over")
      ->check(CLI::Range(1, 86400))
      ->capture_default_str();
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
  add_devices(*command, *arguments);
  add_sharing(*command, *arguments);
  command->add_option("--launcher", arguments->launcher, launchers_in_words())
      ->check(CLI::IsMember(LauncherRegistry::instance().names()))
      ->capture_default_str();
  auto launchers = std::make_shared<std::map<std::string, std::unique_ptr<Launcher>>>();
  for (const std::string& name : LauncherRegistry::instance().names()) {
    (*launchers)[name] = LauncherRegistry::instance().at(name).make();
    (*launchers)[name]->add_options(*command);
  }
  command->add_flag(
      "--dry-run", arguments->dry_run,
      "show the grid, what is finished, and how long the rest will take; with --launcher "
      "slurm, the batch scripts and how they would be submitted");
  command->callback([arguments, launchers, command, &program, &exit_code] {
    arguments->jobs_given = command->count("--jobs") > 0;
    arguments->program = program.get_name();
    exit_code = run(*arguments, *launchers->at(arguments->launcher));
  });
}

}  // namespace eigenrnn
