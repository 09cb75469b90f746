#include "workers/worker_process.h"

#include <csignal>

#include <fmt/format.h>

#include "support/error.h"

namespace eigenrnn {
namespace {

constexpr size_t kErrorTail = 2000;  // characters of standard error that are kept

}  // namespace

ProcessSettings worker_program() {
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

WorkerProcess::WorkerProcess(const ProcessSettings& program) : process_(program) {
  process_.do_not_wait_for_output();
}

bool WorkerProcess::send(const RunOrder& order) {
  return write_whole(process_.input(), order.to_json().dump() + "\n");
}

std::vector<WorkerEvent> WorkerProcess::receive(bool& ended) {
  ended = !read_available(process_.output(), partial_line_);
  std::vector<WorkerEvent> events;
  size_t start = 0;
  for (size_t end; (end = partial_line_.find('\n', start)) != std::string::npos; start = end + 1) {
    const std::string line = partial_line_.substr(start, end - start);
    try {
      if (auto event = parse_event(line)) {
        events.push_back(std::move(*event));
      } else {
        error_tail_ += line + "\n";  // a library's chatter
      }
    } catch (const Error& error) {
      mistake_ = fmt::format("was killed, for it said what no worker says: {}", error.what());
      process_.signal(SIGKILL);
      ended = true;  // whoever else may hold its output
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
  std::string reason = "the worker " + (mistake_.empty() ? how_it_ended(status) : mistake_);
  if (!error_tail_.empty()) reason += "; it said last: " + error_tail_;
  while (!reason.empty() && reason.back() == '\n') reason.pop_back();
  return reason;
}

}  // namespace eigenrnn
