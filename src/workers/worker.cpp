#include "workers/worker.h"

#include <atomic>
#include <chrono>
#include <csignal>
#include <iostream>
#include <map>
#include <memory>
#include <unistd.h>

#include <fmt/format.h>
#include <torch/torch.h>

#include "run/task_cache.h"
#include "store/checkpoint_files.h"
#include "store/lease.h"
#include "store/result_store.h"
#include "support/error.h"
#include "support/files.h"
#include "support/json_text.h"
#include "training/trainer.h"

namespace eigenrnn {
namespace {

volatile std::sig_atomic_t stop_requested = 0;

void tell(const nlohmann::json& event) { std::cout << event.dump() << std::endl; }

void tell_note(const std::string& message) { tell({{"event", "note"}, {"message", message}}); }

TrainingHooks hooks(const Lease& lease) {
  TrainingHooks result;
  auto last = std::make_shared<std::chrono::steady_clock::time_point>();
  result.progress = [last](const Progress& progress) {
    const auto now = std::chrono::steady_clock::now();
    if (now - *last < std::chrono::milliseconds(200)) return;
    *last = now;
    tell({{"event", "progress"},
          {"epoch", progress.epoch},
          {"epochs", progress.epochs},
          {"fraction", progress.fraction},
          {"loss", progress.loss},
          {"metric", progress.metric},
          {"value", progress.value ? nlohmann::json(*progress.value) : nlohmann::json(nullptr)}});
  };
  result.stop_requested = [&lease] { return stop_requested != 0 || lease.is_lost(); };
  result.note = tell_note;
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

std::unique_ptr<Lease> claim(const nlohmann::json& order, const std::filesystem::path& path) {
  const nlohmann::json& expired = order.at("expired");
  return Lease::acquire(
      path, expired.is_null() ? std::nullopt : std::optional(expired.get<std::string>()),
      std::chrono::milliseconds(order.at("lease_ms").get<int64_t>()));
}

nlohmann::json serve(const nlohmann::json& order, TaskCache& tasks) {
  const RunSpec spec(RunParts::from_json(order.at("spec")));
  const ResultStore store(order.at("results").get<std::string>());
  std::unique_ptr<Lease> lease;
  try {
    lease = claim(order, store.lease_path(spec));
  } catch (const Error& error) {
    return {{"event", "store_failed"}, {"message", error.what()}};
  }
  if (!lease) return {{"event", "busy"}};
  if (!order.at("force") && store.is_done(spec)) return {{"event", "already"}};

  const Task& task = tasks.get(spec);
  if (order.at("discard_checkpoints")) CheckpointFiles::remove(store.checkpoint_path(spec));
  CheckpointFiles checkpoints(store.checkpoint_path(spec), tell_note);
  TrainingHooks run_hooks = hooks(*lease);
  run_hooks.checkpoints = &checkpoints;
  run_hooks.checkpoint_seconds = order.at("checkpoint_seconds");
  const auto result =
      run_training(spec, task, torch::Device(order.at("device").get<std::string>()), run_hooks);
  lease->renew();  // no one else may take the run over while its files are written
  if (lease->is_lost()) return {{"event", "lost"}};
  if (!result) return {{"event", "stopped"}};
  const nlohmann::json json = to_json(*result);
  try {
    store.write(spec, json, result->weights);
  } catch (const Error& error) {
    return {{"event", "store_failed"}, {"message", error.what() + keep_elsewhere(spec, json)}};
  }
  return {{"event", "done"},
          {"status", json.at("status")},
          {"metrics", json.at("metrics")},
          {"seconds", result->seconds}};
}

nlohmann::json serve_or_explain(const std::string& line, TaskCache& tasks) {
  try {
    return serve(nlohmann::json::parse(line), tasks);
  } catch (const DataError& error) {
    return {{"event", "data_missing"}, {"message", error.what()}};
  } catch (const std::bad_alloc&) {
    throw;  // as good as a crash: the process ends, and the run is tried once more
  } catch (const std::exception& error) {
    return {{"event", "error"}, {"message", error.what()}};
  }
}

}  // namespace

int serve_runs() {
  struct sigaction action {};
  action.sa_handler = [](int) { stop_requested = 1; };
  ::sigaction(SIGTERM, &action, nullptr);  // without SA_RESTART: a waiting read ends too
  std::signal(SIGINT, SIG_IGN);            // Ctrl-C is the runner's business
  std::signal(SIGPIPE, SIG_IGN);
  torch::set_num_threads(1);
  // Vanishing gradients are full of denormals, and those cost a hundred times as much.
  at::globalContext().setFlushDenormal(true);

  TaskCache tasks;
  std::string line;
  while (stop_requested == 0 && std::getline(std::cin, line)) {
    tell(serve_or_explain(line, tasks));
    if (!std::cout) break;  // the runner is gone
  }
  return 0;
}

}  // namespace eigenrnn
