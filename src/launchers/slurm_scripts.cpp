#include "launchers/slurm_scripts.h"

#include <map>
#include <regex>
#include <sstream>

#include <fmt/format.h>

#include "support/error.h"
#include "support/files.h"
#include "support/process.h"
#include "support/shell.h"

namespace eigenrnn {
namespace fs = std::filesystem;
namespace {

constexpr int kWarningSeconds = 120;  // before the time is up: a step of a run takes far less

constexpr const char* kArrayScript = R"(#!/usr/bin/env bash
# A task: takes runs from the grid until none is left that nobody is at.
#SBATCH --job-name=eigenrnn
#SBATCH --array=0-{last}
#SBATCH --cpus-per-task={jobs}
#SBATCH --mem-per-cpu={memory}M
#SBATCH --time={minutes}
{gpus}#SBATCH --requeue
#SBATCH --signal=B:USR1@{warning}
#SBATCH --open-mode=append
#SBATCH --output="{folder}/%A_%a.log"

cd {directory} || exit 1
requeue=
trap 'requeue=yes; kill -USR1 "$worker"' USR1  # the time is nearly up
trap 'kill -TERM "$worker"' TERM
{run} --jobs "${{SLURM_CPUS_PER_TASK:-{jobs}}}" \
  --begin-at "$SLURM_ARRAY_TASK_ID/{tasks}" --no-wait &
worker=$!
while :; do  # a signal ends a wait before the worker has ended
  wait "$worker"
  code=$?
  kill -0 "$worker" 2>/dev/null || break
done
if [ -n "$requeue" ] && [ "$code" -ne 0 ]; then
  scontrol requeue "${{SLURM_ARRAY_JOB_ID}}_$SLURM_ARRAY_TASK_ID"
fi
exit "$code"
)";

constexpr const char* kReportScript = R"(#!/usr/bin/env bash
# After the array: says how the grid stands, and makes tables, statistics and page of what there is.
#SBATCH --job-name=eigenrnn-report
#SBATCH --cpus-per-task=1
#SBATCH --mem-per-cpu=1024M
#SBATCH --time=30
#SBATCH --open-mode=append
#SBATCH --output="{folder}/report.log"

cd {directory} || exit 1
python=$(command -v /usr/bin/python3 || command -v python3)
code=0
{status} || code=$?
"$python" scripts/evaluate.py {results} || code=$?
exit "$code"
)";

std::string line_with(std::vector<std::string> words, const std::vector<std::string>& more) {
  words.insert(words.end(), more.begin(), more.end());
  return shell_line(words);
}

fs::path array_script_path(const SlurmLaunch& launch) { return launch.folder / "array.sh"; }
fs::path report_script_path(const SlurmLaunch& launch) { return launch.folder / "report.sh"; }

// The report needs no more of them than one CPU, once.
bool is_for_array_only(const std::string& argument) {
  const auto begins_with = [&](const char* option) { return argument.rfind(option, 0) == 0; };
  return begins_with("--array") || begins_with("-a") || begins_with("--gres") ||
         begins_with("--gpus") || begins_with("-G") || begins_with("--exclusive");
}

// Of an option like --gres or -G, the value may be the next word.
std::vector<std::string> without_array_only(const std::vector<std::string>& arguments) {
  std::vector<std::string> kept;
  bool awaits_value = false;
  for (const std::string& argument : arguments) {
    const bool is_option = argument.rfind('-', 0) == 0;
    if (!is_option && awaits_value) {
      awaits_value = false;
    } else if (is_for_array_only(argument)) {
      const bool is_short = argument.rfind("--", 0) != 0;
      awaits_value = is_short
                         ? argument.size() == 2
                         : argument != "--exclusive" && argument.find('=') == std::string::npos;
    } else {
      awaits_value = false;
      kept.push_back(argument);
    }
  }
  return kept;
}

std::string submit(const std::vector<std::string>& command) {
  return submitted_job(output_of(command));
}

}  // namespace

SlurmRequest slurm_request(const std::string& profile) {
  static const std::map<std::string, SlurmRequest> requests = {
      {"quick", {/*jobs=*/2, /*memory_mb=*/1536, /*minutes=*/60, /*gpus=*/0}},
      {"cpu", {/*jobs=*/4, /*memory_mb=*/2048, /*minutes=*/12 * 60, /*gpus=*/0}},
      // Several runs share a GPU: the networks are small, and one run leaves it idle between steps.
      {"paper", {/*jobs=*/4, /*memory_mb=*/4096, /*minutes=*/24 * 60, /*gpus=*/1}},
  };
  const auto found = requests.find(profile);
  if (found == requests.end()) {
    throw Error(fmt::format("slurm: nothing is known of profile '{}'", profile));
  }
  return found->second;
}

std::string slurm_array_script(const SlurmLaunch& launch) {
  const SlurmRequest& request = launch.request;
  const std::string gpus =
      request.gpus > 0 ? fmt::format("#SBATCH --gres=gpu:{}\n", request.gpus) : "";
  return fmt::format(kArrayScript, fmt::arg("last", launch.tasks - 1),
                     fmt::arg("tasks", launch.tasks), fmt::arg("jobs", request.jobs),
                     fmt::arg("memory", request.memory_mb), fmt::arg("minutes", request.minutes),
                     fmt::arg("gpus", gpus), fmt::arg("warning", kWarningSeconds),
                     fmt::arg("folder", launch.folder.string()),
                     fmt::arg("directory", shell_line({launch.directory.string()})),
                     fmt::arg("run", line_with({launch.program, "run"}, launch.run_arguments)));
}

std::string slurm_report_script(const SlurmLaunch& launch) {
  return fmt::format(
      kReportScript, fmt::arg("folder", launch.folder.string()),
      fmt::arg("directory", shell_line({launch.directory.string()})),
      fmt::arg("status", line_with({launch.program, "status"}, launch.status_arguments)),
      fmt::arg("results", shell_line({launch.results.string()})));
}

std::vector<std::string> slurm_array_command(const SlurmLaunch& launch) {
  std::vector<std::string> command = {"sbatch", "--parsable"};
  command.insert(command.end(), launch.sbatch_arguments.begin(), launch.sbatch_arguments.end());
  command.push_back(array_script_path(launch).string());
  return command;
}

std::vector<std::string> slurm_report_command(const SlurmLaunch& launch,
                                              const std::string& array_job) {
  std::vector<std::string> command = {"sbatch", "--parsable"};
  const std::vector<std::string> kept = without_array_only(launch.sbatch_arguments);
  command.insert(command.end(), kept.begin(), kept.end());
  // Also after tasks that failed: a table with holes says that it has them.
  command.push_back("--dependency=afterany:" + array_job);
  command.push_back("--kill-on-invalid-dep=yes");
  command.push_back(report_script_path(launch).string());
  return command;
}

std::string submitted_job(const std::string& output) {
  static const std::regex number("([0-9]+)(;.*)?");
  std::string job, line;
  for (std::istringstream lines(output); std::getline(lines, line);) {
    std::smatch match;
    if (std::regex_match(line, match, number)) job = match[1];
  }
  if (job.empty()) {
    throw Error(
        fmt::format("sbatch printed '{}' where the number of a job should be; whether one "
                    "was submitted, squeue --me says",
                    output));
  }
  return job;
}

SlurmJobs submit_to_slurm(const SlurmLaunch& launch) {
  write_atomically(array_script_path(launch), slurm_array_script(launch));
  write_atomically(report_script_path(launch), slurm_report_script(launch));
  SlurmJobs jobs;
  jobs.array = submit(slurm_array_command(launch));
  try {
    jobs.report = submit(slurm_report_command(launch, jobs.array));
  } catch (const Error& error) {
    throw Error(fmt::format("{}. The array runs as job {} (scancel {} ends it)", error.what(),
                            jobs.array, jobs.array));
  }
  return jobs;
}

}  // namespace eigenrnn
