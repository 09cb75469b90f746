#pragma once
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "run/run_spec.h"
#include "store/result_store.h"
#include "support/registry.h"
#include "workers/runner_settings.h"

namespace eigenrnn {

/// A grid that is to be carried out, and how.
struct LaunchRequest {
  std::vector<RunSpec> runs;
  std::vector<std::string> experiments;  // of the runs, in the order of their manifests
  std::string profile;
  ResultStore store{"results"};
  RunnerSettings settings;          // but for the devices, which are known where the workers are
  std::string device = "auto";      // as resolve_devices() takes it
  bool jobs_given = false;          // settings.jobs is what the user asked for, and no default
  std::optional<int> jobs_per_gpu;  // asked for in place of the default, where the workers use GPUs
  struct Table {
    std::filesystem::path path;
    std::string text;
  };
  std::vector<Table> tables;  // that describe the experiments, to be written beside their results

  // Command lines of this program that are about the same runs.
  std::vector<std::string> run_words;     // what follows `eigenrnn run`, wherever it is carried out
  std::vector<std::string> status_words;  // what follows `eigenrnn status`
  std::string program;                    // as it was called
  std::string same_command;               // the whole line again, for a shell
};

/// Where a grid is carried out. A new one is one file beside this: a class, and its registration.
class Launcher {
 public:
  virtual ~Launcher() = default;

  /// Declares options of its own for `eigenrnn run`.
  virtual void add_options(CLI::App& /*command*/) {}
  /// Carries the grid out, or hands it over to what will, and prints what came of it. The exit code
  /// of the program.
  virtual int submit(const LaunchRequest& request) = 0;
  /// Prints what submit() would do.
  virtual void describe(const LaunchRequest& request) = 0;
};

struct LauncherInfo {
  static constexpr const char* kKind = "launcher";

  std::string name;
  std::string summary;  // follows the name in the help
  std::function<std::unique_ptr<Launcher>()> make;
};
using LauncherRegistry = Registry<LauncherInfo>;
using LauncherRegistration = Registration<LauncherInfo>;

/// What a launcher does first that leaves anything behind. Throws Error if they cannot be written.
void write_tables(const LaunchRequest& request);
/// Prints that results cannot be written, and why; the exit code for that.
int refuse_store(const std::string& why);

}  // namespace eigenrnn
