#include "workers/command_batch.h"

#include <csignal>
#include <memory>
#include <poll.h>

#include <fmt/format.h>

#include "support/process.h"
#include "workers/interrupt_guard.h"

namespace eigenrnn {
namespace {

constexpr int kPollMilliseconds = 100;

struct Running {
  size_t index = 0;
  std::unique_ptr<Process> process;
  std::string errors;
};

Running start(const std::vector<std::string>& words, size_t index) {
  using Stream = ProcessSettings::Stream;
  ProcessSettings settings;
  settings.words = {"eigenrnn"};
  settings.words.insert(settings.words.end(), words.begin(), words.end());
  settings.program = "/proc/self/exe";
  settings.environment = single_threaded();
  settings.output = Stream::kDiscarded;
  settings.errors = Stream::kPiped;
  settings.has_own_group = true;
  settings.ends_with_parent = true;
  Running running{index, std::make_unique<Process>(settings), ""};
  running.process->do_not_wait_for_output();
  return running;
}

std::string last_line(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text.empty() ? "it said nothing" : text.substr(text.rfind('\n') + 1);
}

void wait_for_news(const std::vector<Running>& running) {
  std::vector<pollfd> descriptors;
  for (const Running& one : running) descriptors.push_back({one.process->errors(), POLLIN, 0});
  ::poll(descriptors.data(), descriptors.size(), kPollMilliseconds);
}

}  // namespace

bool run_commands(const std::vector<std::vector<std::string>>& commands, int jobs,
                  const std::function<void(size_t, const std::string&)>& ended) {
  const InterruptGuard guard;
  std::vector<Running> running;
  size_t next = 0;
  while (next < commands.size() || !running.empty()) {
    if (interrupts > 0) {
      for (const Running& one : running) one.process->signal(SIGTERM);
      for (const Running& one : running) one.process->wait();
      return false;
    }
    while (next < commands.size() && running.size() < static_cast<size_t>(jobs)) {
      running.push_back(start(commands[next], next));
      ++next;
    }
    wait_for_news(running);
    std::vector<Running> still_running;
    for (Running& one : running) {
      if (read_available(one.process->errors(), one.errors)) {
        still_running.push_back(std::move(one));
        continue;
      }
      const int status = one.process->wait();
      ended(one.index, status == 0
                           ? ""
                           : fmt::format("it {}: {}", how_it_ended(status), last_line(one.errors)));
    }
    running = std::move(still_running);
  }
  return true;
}

}  // namespace eigenrnn
