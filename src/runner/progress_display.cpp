#include "runner/progress_display.h"

#include <cstdlib>
#include <iostream>
#include <sys/ioctl.h>
#include <unistd.h>

#include <fmt/format.h>
#include <spdlog/sinks/basic_file_sink.h>

#include "runner/estimator.h"
#include "support/utf8.h"

namespace eigenrnn {
namespace {

constexpr std::chrono::milliseconds kTerminalInterval(200);
constexpr std::chrono::seconds kPlainInterval(30);

size_t terminal_width() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

// One whose lines can be drawn over: not Emacs's shell, say, which sets TERM=dumb.
bool is_terminal() {
  const char* type = std::getenv("TERM");
  return ::isatty(STDOUT_FILENO) != 0 && type != nullptr && *type != '\0' &&
         std::string(type) != "dumb";
}

std::string status_line(const ProgressDisplay::Status& status) {
  std::string line =
      fmt::format("{}/{} runs done, {} running", status.done, status.total, status.running);
  if (status.failed > 0) line += fmt::format(", {} failed", status.failed);
  line += status.seconds_left ? ", about " + duration(*status.seconds_left) + " left"
                              : std::string(", time left: not known yet");
  return line;
}

}  // namespace

ProgressDisplay::ProgressDisplay(const std::filesystem::path& log)
    : is_terminal_(is_terminal()), last_update_(std::chrono::steady_clock::now()) {
  auto sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(log.string());
  log_ = std::make_shared<spdlog::logger>("runner", std::move(sink));
  log_->set_pattern("%Y-%m-%d %H:%M:%S [%P] %v");
  log_->flush_on(spdlog::level::info);
  log_->set_error_handler([](const std::string&) {});  // a full disk is told of elsewhere
}

ProgressDisplay::~ProgressDisplay() { erase_block(); }

void ProgressDisplay::erase_block() {
  for (; drawn_lines_ > 0; --drawn_lines_) std::cout << "\x1b[1A\x1b[2K";
  std::cout << std::flush;
}

void ProgressDisplay::say(const std::string& line) {
  erase_block();
  std::cout << line << std::endl;
  log_->info("{}", line);
}

void ProgressDisplay::update(const Status& status) {
  const auto now = std::chrono::steady_clock::now();
  if (now - last_update_ < (is_terminal_ ? kTerminalInterval : kPlainInterval)) return;
  last_update_ = now;
  if (!is_terminal_) {
    std::cout << status_line(status) << std::endl;
    return;
  }
  erase_block();
  const size_t width = terminal_width();
  std::cout << cut_to_width(status_line(status), width) << '\n';
  for (const std::string& worker : status.workers) {
    std::cout << cut_to_width("  " + worker, width) << '\n';
  }
  std::cout << std::flush;
  drawn_lines_ = 1 + status.workers.size();
}

}  // namespace eigenrnn
