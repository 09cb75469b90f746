#include "workers/worker_process.h"

#include <csignal>

namespace eigenrnn {
namespace {

constexpr size_t kErrorTail = 2000;  // characters of standard error that are kept

ProcessSettings worker_settings() {
  using Stream = ProcessSettings::Stream;
  ProcessSettings settings;
  settings.words = {"eigenrnn", "worker"};
  settings.program = "/proc/self/exe";
  settings.environment = single_threaded();
  settings.input = settings.output = settings.errors = Stream::kPiped;
  settings.has_own_group = true;  // Ctrl-C is the runner's business
  settings.ends_with_parent = true;
  settings.ignored_signals = {SIGUSR1};  // a cluster may send it to all; the runner acts on it
  return settings;
}

}  // namespace

WorkerProcess::WorkerProcess() : process_(worker_settings()) { process_.do_not_wait_for_output(); }

bool WorkerProcess::send(const nlohmann::json& order) {
  return write_whole(process_.input(), order.dump() + "\n");
}

std::vector<nlohmann::json> WorkerProcess::receive(bool& ended) {
  ended = !read_available(process_.output(), partial_line_);
  std::vector<nlohmann::json> events;
  size_t start = 0;
  for (size_t end; (end = partial_line_.find('\n', start)) != std::string::npos; start = end + 1) {
    nlohmann::json event = nlohmann::json::parse(partial_line_.substr(start, end - start), nullptr,
                                                 /*allow_exceptions=*/false);
    if (event.is_object() && event.contains("event")) {
      events.push_back(std::move(event));
    } else {
      error_tail_ += partial_line_.substr(start, end - start + 1);  // a library's chatter
    }
  }
  partial_line_.erase(0, start);
  return events;
}

void WorkerProcess::drain_errors() {
  read_available(process_.errors(), error_tail_);
  if (error_tail_.size() > kErrorTail) error_tail_.erase(0, error_tail_.size() - kErrorTail);
}

std::string WorkerProcess::wait_for_end() {
  const int status = process_.wait();
  drain_errors();
  std::string reason = "the worker " + how_it_ended(status);
  if (!error_tail_.empty()) reason += "; it said last: " + error_tail_;
  while (!reason.empty() && reason.back() == '\n') reason.pop_back();
  return reason;
}

}  // namespace eigenrnn
