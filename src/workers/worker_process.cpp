#include "workers/worker_process.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>

#include "support/error.h"

namespace eigenrnn {
namespace {

constexpr size_t kErrorTail = 2000;  // characters of standard error that are kept

// False at the end of the stream.
bool read_available(int descriptor, std::string& text) {
  std::array<char, 4096> buffer;
  while (true) {
    const ssize_t count = ::read(descriptor, buffer.data(), buffer.size());
    if (count > 0) {
      text.append(buffer.data(), static_cast<size_t>(count));
    } else if (count == 0) {
      return false;
    } else if (errno != EINTR) {
      return errno == EAGAIN;
    }
  }
}

void make_pipe(int ends[2]) {
  if (::pipe2(ends, O_CLOEXEC) != 0) {
    throw Error(fmt::format("cannot start a worker: {}", std::strerror(errno)));
  }
}

std::string how_it_ended(int status) {
  if (WIFSIGNALED(status)) {
    const int number = WTERMSIG(status);
    return fmt::format("ended by signal {} ({}){}", number, ::strsignal(number),
                       number == SIGKILL ? ", as the system does when memory runs out" : "");
  }
  return fmt::format("ended with exit code {}", WEXITSTATUS(status));
}

}  // namespace

WorkerProcess::WorkerProcess() {
  int orders[2], events[2], errors[2];
  make_pipe(orders);
  make_pipe(events);
  make_pipe(errors);
  const pid_t parent = ::getpid();
  process_ = ::fork();
  if (process_ < 0) throw Error(fmt::format("cannot start a worker: {}", std::strerror(errno)));
  if (process_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (::getppid() != parent) ::_exit(1);  // it died before we asked to be told
    start_child(orders, events, errors);
  }
  ::close(orders[0]);
  ::close(events[1]);
  ::close(errors[1]);
  orders_ = orders[1];
  events_ = events[0];
  errors_ = errors[0];
  ::fcntl(events_, F_SETFL, O_NONBLOCK);
  ::fcntl(errors_, F_SETFL, O_NONBLOCK);
}

void WorkerProcess::start_child(const int orders[2], const int events[2], const int errors[2]) {
  std::signal(SIGUSR1, SIG_IGN);  // a cluster may send it to all; the runner acts on it
  ::setpgid(0, 0);                // a terminal's Ctrl-C reaches the runner alone
  ::dup2(orders[0], STDIN_FILENO);
  ::dup2(events[1], STDOUT_FILENO);
  ::dup2(errors[1], STDERR_FILENO);
  // One thread per worker: the numbers do not depend on what else runs, and nothing fights.
  ::setenv("OMP_NUM_THREADS", "1", 1);
  ::setenv("OPENBLAS_NUM_THREADS", "1", 1);
  ::setenv("MKL_NUM_THREADS", "1", 1);
  ::execl("/proc/self/exe", "eigenrnn", "worker", nullptr);
  ::_exit(127);
}

WorkerProcess::~WorkerProcess() {
  if (process_ > 0) {
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
  }
  for (int descriptor : {orders_, events_, errors_}) {
    if (descriptor >= 0) ::close(descriptor);
  }
}

bool WorkerProcess::send(const nlohmann::json& order) {
  const std::string line = order.dump() + "\n";
  size_t sent = 0;
  while (sent < line.size()) {
    const ssize_t count = ::write(orders_, line.data() + sent, line.size() - sent);
    if (count < 0 && errno != EINTR) return false;
    if (count > 0) sent += static_cast<size_t>(count);
  }
  return true;
}

std::vector<nlohmann::json> WorkerProcess::receive(bool& ended) {
  ended = !read_available(events_, partial_line_);
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
  read_available(errors_, error_tail_);
  if (error_tail_.size() > kErrorTail) error_tail_.erase(0, error_tail_.size() - kErrorTail);
}

void WorkerProcess::signal(int number) const {
  if (process_ > 0) ::kill(process_, number);
}

std::string WorkerProcess::wait_for_end() {
  int status = 0;
  while (::waitpid(process_, &status, 0) < 0 && errno == EINTR) {
  }
  process_ = -1;
  drain_errors();
  std::string reason = "the worker " + how_it_ended(status);
  if (!error_tail_.empty()) reason += "; it said last: " + error_tail_;
  while (!reason.empty() && reason.back() == '\n') reason.pop_back();
  return reason;
}

}  // namespace eigenrnn
