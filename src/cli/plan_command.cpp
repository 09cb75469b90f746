#include <algorithm>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <thread>

#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/commands.h"
#include "cli/grids.h"
#include "cli/validators.h"
#include "forecast/estimator.h"
#include "forecast/schedule.h"
#include "run/task_cache.h"
#include "store/result_store.h"
#include "support/error.h"
#include "support/time.h"
#include "support/utf8.h"
#include "training/timing.h"
#include "workers/devices.h"

namespace eigenrnn {
namespace {

// LibTorch loads in about as long, and the first run's data.
constexpr double kStartUp = 1.0;

struct PlanArguments {
  GridArguments grid;
  std::string device = "auto";
  std::vector<int> workers, gpus;   // one of them, or none
  std::optional<int> jobs_per_gpu;  // where there are GPUs; else default_jobs_per_gpu()
  double probe_seconds = 3, price = 0;
};

// Runs that take about the same time, and how that is known.
struct Kind {
  RunSpec example;
  size_t runs = 0;
  double seconds = 0;  // of one
  std::string source;
};

// The runs that are left, by kind in the order of the grid.
struct Plan {
  std::vector<std::string> order;
  std::map<std::string, Kind> kinds;
  std::vector<std::string> runs;  // the kind of each
};

Plan read_plan(const std::vector<RunSpec>& runs, const std::vector<StoredRun>& stored) {
  Plan plan;
  for (size_t i = 0; i < runs.size(); ++i) {
    if (stored[i].is_done()) continue;
    const RunSpec& spec = runs[i];
    const std::string kind = spec->kind();
    if (plan.kinds.count(kind) == 0) {
      plan.order.push_back(kind);
      plan.kinds.emplace(kind, Kind{spec});
    }
    ++plan.kinds.at(kind).runs;
    plan.runs.push_back(kind);
  }
  return plan;
}

// False if the time of some kind cannot be known.
bool time_kinds(Plan& plan, const Estimator& finished, const PlanArguments& arguments) {
  const Devices devices = resolve_devices(arguments.device);
  const std::string device = devices.names.front();
  if (!devices.remark.empty()) std::cerr << devices.remark << '\n';
  TaskCache tasks;
  size_t at = 0;
  bool good = true;
  for (const std::string& name : plan.order) {
    Kind& kind = plan.kinds.at(name);
    ++at;
    if (finished.knows(name)) {
      kind.seconds = *finished.seconds(name);
      kind.source = "finished runs";
      continue;
    }
    std::cerr << fmt::format("timing {} of {}: {}\n", at, plan.order.size(), name);
    const std::optional<double> seconds = time_run(kind.example, tasks.get(kind.example),
                                                   torch::Device(device), arguments.probe_seconds);
    if (!seconds) {
      std::cerr << fmt::format("{} diverged before it could be timed\n", kind.example->describe());
      good = false;
      continue;
    }
    kind.seconds = *seconds;
    kind.source = fmt::format("{:g} s of training on {}", arguments.probe_seconds, device);
  }
  return good;
}

void print_kinds(const Plan& plan) {
  size_t width = 4;
  for (const std::string& name : plan.order) width = std::max(width, display_width(name));
  std::cout << fmt::format("{:<{}}  {:>6}  {:>13}  {:>13}  {}\n", "kind", width, "runs", "each",
                           "all", "timed by");
  for (const std::string& name : plan.order) {
    const Kind& kind = plan.kinds.at(name);
    std::cout << fmt::format("{}  {:>6}  {:>13}  {:>13}  {}\n", padded_to_width(name, width),
                             kind.runs, duration(kind.seconds),
                             duration(kind.seconds * static_cast<double>(kind.runs)), kind.source);
  }
}

// Processes that share a GPU, where the grid would be carried out on GPUs like this machine's.
int jobs_on_each(const PlanArguments& arguments) {
  if (arguments.jobs_per_gpu) return *arguments.jobs_per_gpu;
  const DeviceFacts& facts = device_facts();
  if (facts.libtorch_gpus == 0) return 1;
  const auto threads = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  return default_jobs_per_gpu(facts, facts.libtorch_gpus, threads);
}

void print_schedules(const Plan& plan, const PlanArguments& arguments) {
  std::vector<double> seconds;
  for (const std::string& kind : plan.runs) seconds.push_back(plan.kinds.at(kind).seconds);
  const bool on_gpus = !arguments.gpus.empty();
  const std::vector<int>& asked = on_gpus ? arguments.gpus : arguments.workers;
  const int jobs_per_gpu = on_gpus ? jobs_on_each(arguments) : 1;
  std::set<int> counts(asked.begin(), asked.end());
  counts.insert(1);
  std::cout << '\n' << (on_gpus ? fmt::format("{:>8}  ", "GPUs") : "");
  std::cout << fmt::format("{:>8}  {:>15}  {:>11}{}\n", "workers", "the grid takes", "efficiency",
                           arguments.price > 0 ? fmt::format("  {:>12}", "cost") : "");
  for (int count : counts) {
    const int workers = count * jobs_per_gpu;
    const Schedule schedule = simulate_schedule(seconds, workers, kStartUp);
    std::cout << (on_gpus ? fmt::format("{:>8}  ", count) : "");
    std::cout << fmt::format("{:>8}  {:>15}  {:>9.1f} %", workers, duration(schedule.seconds),
                             100 * schedule.efficiency);
    if (arguments.price > 0) {
      std::cout << fmt::format("  {:>12.2f}", schedule.seconds / 3600 * count * arguments.price);
    }
    std::cout << '\n';
  }
}

void print_assumptions(const PlanArguments& arguments) {
  std::cout << fmt::format(
      "\nAssumed: runs of a kind take the same time, whatever their initializer; all workers are "
      "as\n"
      "fast as what was timed, one run at a time each; they take runs in the grid's order and "
      "need\n"
      "{:g} s to start; nobody waits for a queue or a file system. A kind that was timed by less\n"
      "than an epoch lacks its validation. Finished runs were timed where they were made.\n",
      kStartUp);
  if (arguments.gpus.empty()) return;
  std::cout << "Workers that share a GPU are taken not to slow one another, which holds while "
               "there is room\n"
               "on it, and with MPS: runs that were finished side by side tell what it costs.\n";
  if (!resolve_devices(arguments.device).are_gpus()) {
    std::cout << "This is a guess: nothing was timed on a GPU here.\n";
  }
}

int plan(const PlanArguments& arguments) {
  const std::optional<ChosenGrids> chosen = choose_grids(arguments.grid);
  if (!chosen) return kExitUsage;
  const std::vector<RunSpec>& runs = chosen->runs;
  const std::vector<StoredRun> stored = ResultStore(arguments.grid.results).read(runs);
  Plan plan = read_plan(runs, stored);
  std::cout << fmt::format("{} runs, {} of them finished before; {} are left, of {} kinds\n",
                           runs.size(), runs.size() - plan.runs.size(), plan.runs.size(),
                           plan.order.size());
  if (plan.runs.empty()) return 0;
  at::set_num_threads(1);  // as a worker
  at::globalContext().setFlushDenormal(true);
  if (!time_kinds(plan, Estimator(runs, stored), arguments)) return 1;
  print_kinds(plan);
  print_schedules(plan, arguments);
  print_assumptions(arguments);
  return 0;
}

}  // namespace

void add_plan_command(CLI::App& program, int& exit_code) {
  CLI::App* command = program.add_subcommand(
      "plan", "Say what a grid would take on how many workers, before it is started");
  command->footer(
      "Each kind of run (experiment, condition, cell) is timed: by finished runs, if there are "
      "any, "
      "else by\ntraining one for a few seconds here. Run it on a machine like those that will do "
      "the "
      "work.\n"
      "Example: eigenrnn plan experiments/tomita.yaml --profile paper --workers 8 --price 2.5\n"
      "Exit codes: 0 done, 1 a kind could not be timed or data was missing, 2 bad usage or "
      "manifest.");
  auto arguments = std::make_shared<PlanArguments>();
  arguments->grid.add_to(*command);
  command
      ->add_option("--workers", arguments->workers,
                   "how many, one run at a time each; several numbers are compared, and 1 is "
                   "always among them")
      ->check(CLI::Range(1, 100000));
  command
      ->add_option("--gpus", arguments->gpus,
                   "how many GPUs in place of --workers, compared in the same way")
      ->check(CLI::Range(1, 1000))
      ->excludes("--workers");
  command
      ->add_option("--jobs-per-gpu", arguments->jobs_per_gpu,
                   "workers that share each GPU (default: as eigenrnn run has it for the GPUs that "
                   "are here, and 1 where there is none)")
      ->check(CLI::Range(1, 128))
      ->needs("--gpus");
  command
      ->add_option("--price", arguments->price,
                   "of a worker's hour, or of a GPU's, to show what the grid costs")
      ->check(number_from(0, 1e9));
  command
      ->add_option("--probe-seconds", arguments->probe_seconds,
                   "how long to train a kind that was never run, s")
      ->check(number_from(0.05, 3600))
      ->capture_default_str();
  command->add_option("--device", arguments->device, "auto, cpu, cuda or cuda:N, to time on")
      ->capture_default_str();
  command->callback([arguments, &exit_code] { exit_code = plan(*arguments); });
}

}  // namespace eigenrnn
