#include "workers/worker.h"

#include <chrono>
#include <csignal>
#include <iostream>
#include <memory>
#include <optional>
#include <unistd.h>

#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <torch/types.h>

#include "run/task_cache.h"
#include "store/checkpoint_files.h"
#include "store/lease.h"
#include "store/result_store.h"
#include "support/error.h"
#include "support/files.h"
#include "support/json_text.h"
#include "training/gpu_arithmetic.h"
#include "training/trainer.h"
#include "workers/device_errors.h"
#include "workers/protocol.h"

namespace eigenrnn {
namespace {

volatile std::sig_atomic_t stop_requested = 0;

// A message may hold a file's name, which need not be UTF-8.
void send(const WorkerEvent& event) {
  constexpr auto kReplace = nlohmann::json::error_handler_t::replace;
  std::cout << to_json(event).dump(-1, ' ', /*ensure_ascii=*/false, kReplace) << std::endl;
}

void send_log(const std::string& message) { send(LogMessage{message}); }

TrainingHooks hooks(const Lease& lease) {
  TrainingHooks result;
  auto last = std::make_shared<std::chrono::steady_clock::time_point>();
  result.progress = [last](const Progress& progress) {
    const auto now = std::chrono::steady_clock::now();
    if (now - *last < std::chrono::milliseconds(200)) return;
    *last = now;
    send(progress);
  };
  result.stop_requested = [&lease] { return stop_requested != 0 || lease.is_lost(); };
  result.note = send_log;
  return result;
}

// A result that cannot be stored where it belongs is kept in the temporary folder.
std::string keep_elsewhere(const RunSpec& spec, const nlohmann::json& result) {
  try {
    const auto path = std::filesystem::temp_directory_path() / ("eigenrnn-" + spec.key() + ".json");
    write_atomically(path, text_of(result));
    return fmt::format(". The result of {} is kept in {}", spec->describe(), path.string());
  } catch (const std::exception& error) {
    return fmt::format(". The result of {} could not be kept elsewhere either: {}",
                       spec->describe(), error.what());
  }
}

RunDone done(const RunResult& result) {
  RunDone event{result.status, {}, result.seconds};
  if (result.test) event.metrics = *result.test;
  return event;
}

RunEnd serve(const RunOrder& order, TaskCache& tasks) {
  const RunSpec& spec = order.spec;
  const ResultStore store(order.results);
  std::unique_ptr<Lease> lease;
  try {
    lease = Lease::acquire(store.lease_path(spec), order.expired, order.lease_lifetime);
  } catch (const Error& error) {
    return StoreFailed{error.what()};
  }
  if (!lease) return RunBusy{};
  if (!order.force && store.is_done(spec)) return RunDoneByAnother{};

  const Task& task = tasks.get(spec);
  if (order.discard_checkpoints) CheckpointFiles::remove(store.checkpoint_path(spec));
  CheckpointFiles checkpoints(store.checkpoint_path(spec), send_log);
  TrainingHooks run_hooks = hooks(*lease);
  run_hooks.checkpoints = &checkpoints;
  run_hooks.checkpoint_seconds = order.checkpoint_seconds;
  const auto result = run_training(spec, task, torch::Device(order.device), run_hooks);
  lease->renew();  // no one else may take the run over while its files are written
  if (lease->is_lost()) return RunLost{};
  if (!result) return RunStopped{};
  const nlohmann::json json = to_json(*result);
  try {
    store.write(spec, json, result->weights);
  } catch (const Error& error) {
    return StoreFailed{error.what() + keep_elsewhere(spec, json)};
  }
  return done(*result);
}

// As good as a crash: the run is tried once more. Nothing is put in order, for with a broken device
// that may never end; the words come last, after whatever the device's libraries said.
[[noreturn]] void end_process(const std::exception& error) {
  std::cerr << first_words_of(error) << std::endl;
  ::_exit(1);
}

RunEnd serve_or_explain(const RunOrder& order, TaskCache& tasks) {
  try {
    return serve(order, tasks);
  } catch (const DataError& error) {
    return DataMissing{error.what()};
  } catch (const std::exception& error) {
    if (ends_worker(error, order.device)) end_process(error);
    return RunFailed{words_of(error)};
  }
}

RunEnd serve_or_explain(const std::string& line, TaskCache& tasks) {
  std::optional<RunOrder> order;
  try {
    order = RunOrder::from_json(nlohmann::json::parse(line));
  } catch (const std::exception& error) {
    return RunFailed{error.what()};
  }
  return serve_or_explain(*order, tasks);
}

}  // namespace

int serve_runs() {
  struct sigaction action {};
  action.sa_handler = [](int) { stop_requested = 1; };
  ::sigaction(SIGTERM, &action, nullptr);  // without SA_RESTART: a waiting read ends too
  std::signal(SIGINT, SIG_IGN);            // Ctrl-C is the runner's business
  std::signal(SIGPIPE, SIG_IGN);
  set_cublas_workspace();
  at::set_num_threads(1);
  // Vanishing gradients are full of denormals, and those cost a hundred times as much.
  at::globalContext().setFlushDenormal(true);

  TaskCache tasks;
  std::string line;
  while (stop_requested == 0 && std::getline(std::cin, line)) {
    send(serve_or_explain(line, tasks));
    if (!std::cout) break;  // the runner is gone
  }
  return 0;
}

}  // namespace eigenrnn
