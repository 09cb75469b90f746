#pragma once
#include <array>
#include <csignal>

namespace eigenrnn {

/// How many signals came while an InterruptGuard lived.
inline volatile std::sig_atomic_t interrupts = 0;

/// Catches SIGINT, SIGTERM and SIGUSR1 while it lives, and ignores SIGPIPE. Who started this
/// process with one of them ignored (a shell does so with SIGINT for what it puts into the
/// background, nohup and the like do it) does not want it to be acted on.
class InterruptGuard {
 public:
  InterruptGuard() {
    interrupts = 0;
    struct sigaction action {};
    action.sa_handler = [](int) { interrupts = interrupts + 1; };
    for (size_t i = 0; i < kSignals.size(); ++i) {
      ::sigaction(kSignals[i], nullptr, &old_[i]);
      if (old_[i].sa_handler != SIG_IGN) ::sigaction(kSignals[i], &action, nullptr);
    }
    old_pipe_ = std::signal(SIGPIPE, SIG_IGN);  // a dead worker shows as a failed write
  }
  ~InterruptGuard() {
    for (size_t i = 0; i < kSignals.size(); ++i) ::sigaction(kSignals[i], &old_[i], nullptr);
    std::signal(SIGPIPE, old_pipe_);
  }
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

 private:
  static constexpr std::array<int, 3> kSignals = {SIGINT, SIGTERM, SIGUSR1};

  std::array<struct sigaction, kSignals.size()> old_ = {};
  void (*old_pipe_)(int) = nullptr;
};

}  // namespace eigenrnn
