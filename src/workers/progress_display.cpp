#include "workers/progress_display.h"

#include <iostream>
#include <sys/ioctl.h>
#include <unistd.h>

#include <fmt/format.h>
#include <spdlog/sinks/basic_file_sink.h>

#include "support/terminal.h"
#include "support/time.h"
#include "support/utf8.h"

namespace eigenrnn {
namespace {

constexpr std::chrono::milliseconds kTerminalInterval(200);
constexpr std::chrono::seconds kPlainInterval(30);  // the shortest, and the longest
constexpr std::chrono::minutes kPlainSilence(10);
constexpr size_t kPlainParts = 20;

size_t terminal_width() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
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
    : is_terminal_(is_terminal(STDOUT_FILENO)), last_update_(std::chrono::steady_clock::now()) {
  auto sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(log.string());
  file_ = std::make_shared<spdlog::logger>("runner", std::move(sink));
  file_->set_pattern("%Y-%m-%d %H:%M:%S [%P] %v");
  file_->flush_on(spdlog::level::info);
  file_->set_error_handler([](const std::string&) {});  // a full disk is told of elsewhere
}

ProgressDisplay::~ProgressDisplay() { erase_block(); }

void ProgressDisplay::erase_block() {
  for (; shown_lines_ > 0; --shown_lines_) std::cout << "\x1b[1A\x1b[2K";
  std::cout << std::flush;
}

void ProgressDisplay::show(const std::string& line) {
  erase_block();
  std::cout << line << std::endl;
  log(line);
}

void ProgressDisplay::log(const std::string& line) { file_->info("{}", line); }

void ProgressDisplay::update(const Status& status) {
  const auto now = std::chrono::steady_clock::now();
  const auto silence = now - last_update_;
  if (silence < (is_terminal_ ? kTerminalInterval : kPlainInterval)) return;
  if (!is_terminal_) {
    const bool is_part = (status.done - last_done_) * kPlainParts >= status.total;
    if (!is_part && silence < kPlainSilence) return;
    last_done_ = status.done;
  }
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
  shown_lines_ = 1 + status.workers.size();
}

}  // namespace eigenrnn
