#pragma once
#include <filesystem>
#include <string>
#include <vector>

// A grid as jobs of a Slurm cluster: an array whose tasks are long-lived workers that each take
// runs from the grid until none is left (store/lease.h keeps them apart), and a job after it that
// collates the results. A task costs the scheduler about a second, so a run is never a task.

namespace eigenrnn {

/// What a task of the array asks for.
struct SlurmRequest {
  int jobs = 1;          // worker processes, a CPU each
  int memory_mb = 1024;  // per worker
  int minutes = 60;      // then it is queued again and goes on
  int gpus = 0;
};

/// What suits the sizes of a profile: our choice. Throws Error for an unknown profile.
SlurmRequest slurm_request(const std::string& profile);

struct SlurmLaunch {
  std::string program;                        // eigenrnn
  std::filesystem::path directory;            // where it is run, as its relative paths are meant
  std::filesystem::path folder;               // for scripts and logs
  std::filesystem::path results;              // results/<profile>, to collate
  std::vector<std::string> run_arguments;     // of `eigenrnn run`, but --jobs
  std::vector<std::string> status_arguments;  // of `eigenrnn status`
  int tasks = 1;
  SlurmRequest request;
  std::vector<std::string> sbatch_arguments;  // they win over the request; the report gets those
                                              // that are not about GPUs or the array
};

/// The batch scripts.
std::string slurm_array_script(const SlurmLaunch& launch);
std::string slurm_report_script(const SlurmLaunch& launch);

/// The command lines that submit them.
std::vector<std::string> slurm_array_command(const SlurmLaunch& launch);
std::vector<std::string> slurm_report_command(const SlurmLaunch& launch,
                                              const std::string& array_job);

/// The number of the job, in what `sbatch --parsable` printed: the last line that is one, followed
/// on federations by ";cluster". A site's plug-ins may say something before it. Throws Error if
/// there is none.
std::string submitted_job(const std::string& output);

struct SlurmJobs {
  std::string array, report;  // their numbers
};

/// Writes the scripts and submits them. Throws Error if a file cannot be written or sbatch refuses.
SlurmJobs submit_to_slurm(const SlurmLaunch& launch);

}  // namespace eigenrnn
