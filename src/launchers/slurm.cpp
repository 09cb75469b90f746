#include <algorithm>
#include <chrono>
#include <iostream>

#include <fmt/format.h>

#include "launchers/launcher.h"
#include "launchers/slurm_scripts.h"
#include "support/error.h"
#include "support/files.h"
#include "support/shell.h"

namespace eigenrnn {
namespace fs = std::filesystem;
namespace {

constexpr int kMostTasks = 8;

struct SlurmOptions {
  int tasks = 0;  // of the array; 0 is as many as there is work for, up to kMostTasks
  std::vector<std::string> sbatch_arguments;
};

SlurmLaunch launch_of(const LaunchRequest& request, const SlurmOptions& options, size_t runs_left) {
  SlurmLaunch launch;
  launch.program = fs::canonical("/proc/self/exe").string();
  launch.directory = fs::current_path();
  if (!fs::exists(launch.directory / "scripts/evaluate.py")) {
    throw Error(
        fmt::format("--launcher slurm: must be called in the project's folder, since the job "
                    "that collates runs scripts/evaluate.py; {} has none",
                    launch.directory.string()));
  }
  launch.results = request.store.root() / request.profile;
  launch.folder = fs::absolute(launch.results) / ".slurm" / unique_word();
  launch.run_arguments = request.run_words;
  const auto lease =
      std::chrono::duration_cast<std::chrono::seconds>(request.settings.lease_lifetime);
  launch.run_arguments.insert(launch.run_arguments.end(),
                              {"--lease", fmt::format("{}", lease.count())});
  launch.status_arguments = request.status_words;
  launch.request = slurm_request(request.profile);
  if (request.jobs_per_gpu && launch.request.gpus > 0) {
    launch.request.jobs = *request.jobs_per_gpu * launch.request.gpus;
  }
  if (request.jobs_given) launch.request.jobs = request.settings.jobs;
  const size_t enough = (runs_left + launch.request.jobs - 1) / launch.request.jobs;
  launch.tasks =
      options.tasks > 0 ? options.tasks : static_cast<int>(std::min<size_t>(enough, kMostTasks));
  launch.sbatch_arguments = options.sbatch_arguments;
  return launch;
}

void check(const LaunchRequest& request) {
  if (!request.settings.force) return;
  throw Error("--force: not with --launcher slurm, whose tasks would all do every run again");
}

// How many; if none is, says so.
size_t runs_left(const LaunchRequest& request) {
  const auto left = static_cast<size_t>(
      std::count_if(request.runs.begin(), request.runs.end(),
                    [&](const RunSpec& spec) { return !request.store.is_done(spec); }));
  if (left == 0) {
    std::cout << fmt::format("all {} runs are finished; nothing is submitted\n",
                             request.runs.size());
  }
  return left;
}

// Jobs of a Slurm cluster (docs/cluster.md).
class SlurmLauncher : public Launcher {
 public:
  void add_options(CLI::App& command) override {
    command
        .add_option("--tasks", options_.tasks,
                    "slurm: tasks of the job array, each with --jobs workers that take runs until "
                    "none is left (default: as many as there is work for, at most 8)")
        ->check(CLI::Range(1, 1000));
    command
        .add_option("--sbatch-arg", options_.sbatch_arguments,
                    "slurm: a word for sbatch, which wins over what the profile asks for; may be "
                    "repeated, as in --sbatch-arg=--partition=long --sbatch-arg=--time=60")
        ->allow_extra_args(false);
  }

  int submit(const LaunchRequest& request) override {
    check(request);
    try {
      write_tables(request);
    } catch (const StorageError& error) {
      return refuse_store(error.what());
    }
    const size_t left = runs_left(request);
    if (left == 0) return 0;
    const SlurmLaunch launch = launch_of(request, options_, left);
    const SlurmJobs jobs = submit_to_slurm(launch);
    std::vector<std::string> status_command = {request.program, "status"};
    status_command.insert(status_command.end(), request.status_words.begin(),
                          request.status_words.end());
    std::cout << fmt::format(
        "{} runs are left: job {} works on them in {} tasks of {} workers, job {} collates then\n"
        "scripts and logs: {}\n"
        "how far it is: {}\n",
        left, jobs.array, launch.tasks, launch.request.jobs, jobs.report, launch.folder.string(),
        shell_line(status_command));
    return 0;
  }

  void describe(const LaunchRequest& request) override {
    check(request);
    const size_t left = runs_left(request);
    if (left == 0) return;
    const SlurmLaunch launch = launch_of(request, options_, left);
    std::cout << fmt::format("# {}/array.sh\n{}\n# {}/report.sh\n{}\n", launch.folder.string(),
                             slurm_array_script(launch), launch.folder.string(),
                             slurm_report_script(launch));
    std::cout << shell_line(slurm_array_command(launch)) << '\n'
              << shell_line(slurm_report_command(launch, "ARRAY_JOB")) << '\n';
  }

 private:
  SlurmOptions options_;
};

const LauncherRegistration kRegistration{{"slurm",
                                          "submit the grid to a Slurm cluster (docs/cluster.md)",
                                          [] { return std::make_unique<SlurmLauncher>(); }}};

}  // namespace
}  // namespace eigenrnn
