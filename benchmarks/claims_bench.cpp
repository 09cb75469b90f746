// Many workers on one folder of results: the protocol of leases is the real one, on real files, and
// the runs are simulated by sleeping. Says what the protocol costs, and whether each run was done
// once.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <iostream>
#include <mutex>
#include <random>
#include <sys/resource.h>
#include <thread>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "manifest/manifest.h"
#include "run/run_result.h"
#include "support/error.h"
#include "support/files.h"
#include "workers/run_queue.h"

namespace eigenrnn {
namespace {

namespace fs = std::filesystem;
using Seconds = std::chrono::duration<double>;

struct Settings {
  int machines = 25, workers = 4;
  int64_t runs = 5000;
  double run_seconds = 0.5;  // mean
  double start_seconds = 2;  // machines start at random within
  fs::path folder = fs::temp_directory_path();
};

// What happened to runs that were taken, over all machines.
struct Events {
  std::atomic<int64_t> done{0};            // by who drew it
  std::atomic<int64_t> done_elsewhere{0};  // seen when it was taken
  std::atomic<int64_t> busy{0};            // another took it between the look and the claim
  std::atomic<int64_t> already{0};         // done between the look and the claim
};

// A result of about the size that those of the grid have.
nlohmann::json result_of(const RunSpec& spec, double seconds) {
  RunResult result(spec);
  result.seconds = seconds;
  nlohmann::json json = to_json(result);
  json["epochs"] = nlohmann::json(std::vector<double>(600, 0.123456));
  return json;
}

std::vector<RunSpec> make_runs(int64_t count) {
  Problems problems;
  const Grid grid = load_grid("experiments/tomita.yaml", "cpu", problems);
  if (!problems.empty()) throw Error(to_string(problems));
  std::vector<RunSpec> runs;
  runs.reserve(static_cast<size_t>(count));
  for (int64_t i = 0; i < count; ++i) {
    RunParts run = *grid.runs[static_cast<size_t>(i) % grid.runs.size()];
    run.seed = i;
    runs.emplace_back(std::move(run));
  }
  return runs;
}

// A machine: workers that take runs from one queue, as run_grid() does.
class Machine {
 public:
  Machine(const std::vector<RunSpec>& runs, const ResultStore& store, double begin_at)
      : store_(store), queue_(store) {
    const std::vector<StoredRun> stored = store.read(runs);
    for (size_t i = 0; i < runs.size(); ++i) {
      if (!stored[i].is_done()) queue_.add(runs[i]);
    }
    queue_.rotate(begin_at);
  }

  void work(Events& events, std::vector<std::atomic<int>>& times_done, std::mt19937_64 generator,
            double run_seconds) {
    std::exponential_distribution<double> law(1 / run_seconds);
    while (true) {
      RunQueue::Next next;
      {
        const std::lock_guard<std::mutex> lock(mutex_);
        if (queue_.only_others_left()) return;
        next = queue_.take();
      }
      if (!next.run) {
        std::this_thread::sleep_for(std::chrono::milliseconds(100));  // as the runner polls
      } else if (next.stored.is_done()) {
        ++events.done_elsewhere;
      } else {
        carry_out(std::move(next), events, times_done, law(generator));
      }
    }
  }

 private:
  void carry_out(RunQueue::Next next, Events& events, std::vector<std::atomic<int>>& times_done,
                 double seconds) {
    const RunSpec& spec = next.run->spec;
    const auto lease = Lease::acquire(next.run->lease_path, next.expired);
    if (!lease) {
      ++events.busy;
      const std::lock_guard<std::mutex> lock(mutex_);
      queue_.leave_to_another(std::move(next.run));
      return;
    }
    if (store_.is_done(spec)) {
      ++events.already;
      return;
    }
    std::this_thread::sleep_for(Seconds(seconds));
    lease->renew();
    store_.write(spec, result_of(spec, seconds));
    ++events.done;
    ++times_done[static_cast<size_t>(spec->seed)];
  }

  const ResultStore& store_;
  std::mutex mutex_;
  RunQueue queue_;
};

double cpu_seconds() {
  rusage usage;
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) { return t.tv_sec + 1e-6 * t.tv_usec; };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

void report(const Settings& settings, const Events& events, double wall, double cpu,
            const std::vector<std::atomic<int>>& times_done) {
  const double workers = settings.machines * settings.workers;
  const double ideal = static_cast<double>(settings.runs) * settings.run_seconds / workers;
  const auto count = [&](auto condition) {
    return std::count_if(times_done.begin(), times_done.end(), condition);
  };
  std::cout << fmt::format(
      "{} runs of {:g} s on average, {} machines of {} workers\n"
      "wall time                    {:10.1f} s, {:.1f} s without any cost: {:.1f} %\n"
      "CPU time of the protocol     {:10.1f} s, {:.2f} ms a run\n"
      "done                         {:10}\n"
      "seen to be done elsewhere    {:10}  ({:.1f} a run)\n"
      "taken between look and claim {:10}\n"
      "done between look and claim  {:10}\n"
      "runs lost                    {:10}\n"
      "runs done twice              {:10}\n",
      settings.runs, settings.run_seconds, settings.machines, settings.workers, wall, ideal,
      100 * ideal / wall, cpu, 1000 * cpu / static_cast<double>(settings.runs), events.done.load(),
      events.done_elsewhere.load(),
      static_cast<double>(events.done_elsewhere) / static_cast<double>(settings.runs),
      events.busy.load(), events.already.load(),
      count([](const auto& times) { return times == 0; }),
      count([](const auto& times) { return times > 1; }));
}

void measure(const Settings& settings) {
  const fs::path root = settings.folder / ("eigenrnn-claims-" + unique_word());
  const ResultStore store(root);
  const std::vector<RunSpec> runs = make_runs(settings.runs);
  std::vector<std::atomic<int>> times_done(runs.size());
  Events events;
  std::mt19937_64 generator(0);
  std::uniform_real_distribution<double> start(0, settings.start_seconds);
  const double cpu_before = cpu_seconds();
  const auto began = std::chrono::steady_clock::now();
  std::vector<std::thread> machines;
  for (int m = 0; m < settings.machines; ++m) {
    machines.emplace_back([&, m, delay = start(generator), seed = generator()] {
      std::this_thread::sleep_for(Seconds(delay));
      Machine machine(runs, store, static_cast<double>(m) / settings.machines);
      std::vector<std::thread> workers;
      for (int w = 0; w < settings.workers; ++w) {
        const uint64_t own_seed = seed + static_cast<uint64_t>(w);
        workers.emplace_back([&, own_seed] {
          machine.work(events, times_done, std::mt19937_64(own_seed), settings.run_seconds);
        });
      }
      for (std::thread& worker : workers) worker.join();
    });
  }
  for (std::thread& machine : machines) machine.join();
  const Seconds wall = std::chrono::steady_clock::now() - began;
  report(settings, events, wall.count(), cpu_seconds() - cpu_before, times_done);
  fs::remove_all(root);
}

}  // namespace
}  // namespace eigenrnn

int main(int argc, char** argv) {
  using namespace eigenrnn;
  Settings settings;
  CLI::App app("Many workers on one folder of results, with runs that only sleep");
  app.add_option("--machines", settings.machines)
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("--workers", settings.workers, "of each machine")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("--runs", settings.runs)->check(CLI::Range(1, 10000000))->capture_default_str();
  app.add_option("--run-seconds", settings.run_seconds, "mean of an exponential law")
      ->check(CLI::Range(1e-3, 3600.0))
      ->capture_default_str();
  app.add_option("--folder", settings.folder, "where the results' folder is made, and removed")
      ->check(CLI::ExistingDirectory)
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  try {
    measure(settings);
  } catch (const std::exception& error) {
    std::cerr << "claims_bench: " << error.what() << '\n';
    return 1;
  }
  return 0;
}
