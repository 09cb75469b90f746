#pragma once
#include <string>
#include <sys/types.h>

namespace eigenrnn {

/// A process, named so that its end can be told on the machine where it runs, although process
/// numbers are used again after a while, after a reboot, and in every container.
struct ProcessIdentity {
  std::string host;  // for people
  std::string
      system;  // boot and process namespace: where `pid` has its meaning; may be unknown, ""
  pid_t pid = 0;
  std::string start;  // when it started, in the kernel's ticks since boot

  static ProcessIdentity of_this_process();

  enum class State { kRunning, kEnded, kUnknown };
  /// Unknown where it cannot be told from here: the process is on another machine, in another
  /// container or of before a reboot, or the system hides it from this user.
  State state() const;
};

}  // namespace eigenrnn
