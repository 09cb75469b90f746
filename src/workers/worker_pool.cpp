#include "workers/worker_pool.h"

#include <algorithm>
#include <csignal>
#include <poll.h>
#include <utility>

#include "support/overloaded.h"

namespace eigenrnn {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kPollInterval(100);

}  // namespace

WorkerPool::WorkerPool(size_t size, const std::vector<std::string>& devices,
                       ProcessSettings program)
    : program_(std::move(program)), workers_(size) {
  for (size_t i = 0; i < size; ++i) workers_[i].device = devices.at(i % devices.size());
}

WorkerPool::Worker* WorkerPool::idle() {
  const auto found = std::find_if(workers_.begin(), workers_.end(), [](const Worker& worker) {
    return !worker.run && !worker.is_ending;
  });
  return found == workers_.end() ? nullptr : &*found;
}

void WorkerPool::start(Worker& worker, std::unique_ptr<QueuedRun> run, const RunOrder& order) {
  if (!worker.process) worker.process = std::make_unique<WorkerProcess>(program_);
  worker.run = std::move(run);
  worker.progress = std::nullopt;
  worker.begun_at = 0;
  worker.started = Clock::now();
  worker.process->send(order);  // if it fails, its output has ended, which listen() deals with
}

void WorkerPool::listen(const Listener& listener) {
  wait_for_news();
  for (Worker& worker : workers_) {
    if (worker.process) listen_to(worker, listener);
  }
}

void WorkerPool::wait_for_news() const {
  std::vector<pollfd> descriptors;
  for (const Worker& worker : workers_) {
    if (!worker.process) continue;
    descriptors.push_back({worker.process->events_descriptor(), POLLIN, 0});
    descriptors.push_back({worker.process->errors_descriptor(), POLLIN, 0});
  }
  ::poll(descriptors.data(), descriptors.size(), static_cast<int>(kPollInterval.count()));
}

void WorkerPool::listen_to(Worker& worker, const Listener& listener) {
  bool ended = false;
  worker.process->drain_errors();
  for (const WorkerEvent& event : worker.process->receive(ended)) {
    if (!worker.run) break;
    std::visit(Overloaded{[&](const Progress& progress) {
                            if (!worker.progress) worker.begun_at = progress.fraction;
                            worker.progress = progress;
                          },
                          [&](const LogMessage& message) { listener.log(*worker.run, message); },
                          [&](const RunEnd& end) {
                            worker.is_ending = std::holds_alternative<RunStopped>(end);
                            listener.end(std::move(worker.run), worker.device, end);
                          }},
               event);
  }
  if (!ended) return;
  const std::string reason = worker.process->wait_for_end();
  worker.process = nullptr;
  worker.is_ending = false;
  if (worker.run) listener.crash(std::move(worker.run), worker.device, reason);
}

void WorkerPool::stop() const {
  for (const Worker& worker : workers_) {
    if (worker.process) worker.process->signal(SIGTERM);
  }
}

bool WorkerPool::is_at_work() const {
  return std::any_of(workers_.begin(), workers_.end(),
                     [](const Worker& worker) { return worker.run != nullptr; });
}

bool WorkerPool::has_processes() const {
  return std::any_of(workers_.begin(), workers_.end(),
                     [](const Worker& worker) { return worker.process != nullptr; });
}

}  // namespace eigenrnn
