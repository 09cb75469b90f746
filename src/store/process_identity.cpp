#include "store/process_identity.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <fstream>
#include <limits.h>
#include <optional>
#include <sstream>
#include <unistd.h>

#include <fmt/format.h>

namespace eigenrnn {
namespace {

std::string host_name() {
  std::array<char, HOST_NAME_MAX + 1> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "unknown";
}

// Empty where the system does not say: then nothing is concluded from process numbers.
std::string this_system() {
  std::string boot;
  std::ifstream("/proc/sys/kernel/random/boot_id") >> boot;
  std::array<char, 64> space{};
  const ssize_t length = ::readlink("/proc/self/ns/pid", space.data(), space.size());
  if (boot.empty() || length <= 0) return "";
  return boot + " " + std::string(space.data(), static_cast<size_t>(length));
}

struct ProcessStatus {
  char state = ' ';
  std::string start;
};

std::optional<ProcessStatus> status_of(pid_t pid) {
  std::ifstream file(fmt::format("/proc/{}/stat", pid));
  std::string line;
  if (!std::getline(file, line)) return std::nullopt;
  const size_t name_end = line.rfind(')');  // the program's name may hold blanks and parentheses
  if (name_end == std::string::npos) return std::nullopt;
  std::istringstream fields(line.substr(name_end + 1));
  ProcessStatus status;
  fields >> status.state;
  constexpr int kFirst = 4, kStart = 22;  // proc(5) counts the fields; the state is the third
  for (int field = kFirst; field <= kStart; ++field) fields >> status.start;
  return status;
}

}  // namespace

ProcessIdentity ProcessIdentity::of_this_process() {
  const pid_t pid = ::getpid();
  const auto status = status_of(pid);
  return {host_name(), status ? this_system() : "", pid, status ? status->start : ""};
}

ProcessIdentity::State ProcessIdentity::state() const {
  if (system.empty() || system != this_system()) return State::kUnknown;
  if (const auto status = status_of(pid)) {
    const bool is_zombie = status->state == 'Z' || status->state == 'X';
    return status->start == start && !is_zombie ? State::kRunning : State::kEnded;
  }
  return ::kill(pid, 0) != 0 && errno == ESRCH ? State::kEnded : State::kUnknown;
}

}  // namespace eigenrnn
