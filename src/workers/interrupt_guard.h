#pragma once
#include <csignal>

namespace eigenrnn {

/// How many signals came while an InterruptGuard lived.
inline volatile std::sig_atomic_t interrupts = 0;

/// Catches SIGINT, SIGTERM and SIGUSR1 while it lives, and ignores SIGPIPE.
class InterruptGuard {
 public:
  InterruptGuard() {
    interrupts = 0;
    struct sigaction action {};
    action.sa_handler = [](int) { interrupts = interrupts + 1; };
    ::sigaction(SIGINT, &action, &old_interrupt_);
    ::sigaction(SIGTERM, &action, &old_terminate_);
    ::sigaction(SIGUSR1, &action, &old_user_);
    old_pipe_ = std::signal(SIGPIPE, SIG_IGN);  // a dead worker shows as a failed write
  }
  ~InterruptGuard() {
    ::sigaction(SIGINT, &old_interrupt_, nullptr);
    ::sigaction(SIGTERM, &old_terminate_, nullptr);
    ::sigaction(SIGUSR1, &old_user_, nullptr);
    std::signal(SIGPIPE, old_pipe_);
  }

 private:
  struct sigaction old_interrupt_ {
  }, old_terminate_{}, old_user_{};
  void (*old_pipe_)(int) = nullptr;
};

}  // namespace eigenrnn
