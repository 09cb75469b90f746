#pragma once
#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <spdlog/spdlog.h>

namespace eigenrnn {

/// What the runner shows while it works: on a terminal, a status line and a line per worker that
/// are written over and over; elsewhere, a plain line now and then: at most one for every twentieth
/// of the runs, and one every ten minutes.
class ProgressDisplay {
 public:
  struct Status {
    size_t total = 0, done = 0, running = 0, failed = 0;
    std::optional<double> seconds_left;
    std::vector<std::string> workers;
  };

  /// What is said goes to the file `log` too, with the time, after what stands there already.
  explicit ProgressDisplay(const std::filesystem::path& log);
  ~ProgressDisplay();  // leaves the screen clean

  /// Something that happened, kept on the screen and in the log.
  void show(const std::string& line);
  /// Something that is kept in the log alone.
  void log(const std::string& line);
  void update(const Status& status);

 private:
  void erase_block();

  bool is_terminal_;
  std::shared_ptr<spdlog::logger> file_;
  size_t shown_lines_ = 0;
  size_t last_done_ = 0;
  std::chrono::steady_clock::time_point last_update_;
};

}  // namespace eigenrnn
