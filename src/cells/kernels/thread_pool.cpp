#include "cells/kernels/thread_pool.h"

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <unistd.h>
#include <vector>

#include <fmt/format.h>

#include "cells/kernels/fused.h"
#include "support/error.h"

namespace eigenrnn {
namespace fused {
namespace {

// Looks at an atomic before a thread gives its core away: about the time between the passes of a
// small network.
constexpr int kLooks = 4000;

void pause_core() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

// Threads that share the tasks of one call at a time. What is left of a call is one number, so that
// who takes a task knows that its call has not ended: the call's number above, tasks left below.
class Pool {
 public:
  explicit Pool(int helpers) {
    for (int i = 0; i < helpers; ++i) helpers_.emplace_back([this] { help(); });
  }
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;
  ~Pool() {
    {
      const std::lock_guard lock(mutex_);
      stopped_ = true;
    }
    wake_.notify_all();
    for (std::thread& helper : helpers_) helper.join();
  }

  void run(int64_t count, const std::function<void(int64_t)>& body) {
    body_ = &body;
    done_ = 0;
    left_ = ++calls_ << kTaskBits | static_cast<uint64_t>(count);
    if (sleepers_ > 0) {
      const std::lock_guard lock(mutex_);
      wake_.notify_all();
    }
    while (take_task()) {
    }
    for (int looks = 0; done_ < count; ++looks) {
      looks < kLooks ? pause_core() : std::this_thread::yield();
    }
  }

 private:
  static constexpr int kTaskBits = 32;
  static int64_t tasks_in(uint64_t left) {
    return static_cast<int64_t>(left & ((uint64_t{1} << kTaskBits) - 1));
  }

  bool take_task() {
    uint64_t left = left_;
    while (tasks_in(left) > 0) {
      if (!left_.compare_exchange_weak(left, left - 1)) continue;
      (*body_)(tasks_in(left) - 1);
      ++done_;
      return true;
    }
    return false;
  }

  void help() {
    for (int looks = 0; !stopped_; ++looks) {
      if (take_task()) looks = 0;
      pause_core();
      if (looks < kLooks) continue;
      std::unique_lock lock(mutex_);
      ++sleepers_;
      wake_.wait(lock, [this] { return stopped_ || tasks_in(left_) > 0; });
      --sleepers_;
      looks = 0;
    }
  }

  std::vector<std::thread> helpers_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::atomic<bool> stopped_{false};
  std::atomic<int> sleepers_{0};
  uint64_t calls_ = 0;
  const std::function<void(int64_t)>* body_ = nullptr;  // of the call; valid while tasks are left
  std::atomic<uint64_t> left_{0};
  std::atomic<int64_t> done_{0};
};

// The pool of this process. A fork has the memory of its parent's, and none of its threads.
struct Shared {
  std::mutex in_use;
  std::unique_ptr<Pool> pool;
  pid_t process = 0;
};
Shared& shared() {
  static Shared* const one = new Shared;  // never destroyed: helpers may outlive main()
  return *one;
}

std::atomic<int> threads{1};

}  // namespace

void for_tasks(int64_t count, const std::function<void(int64_t)>& body) {
  Shared& all = shared();
  const int wanted = threads;
  std::unique_lock lock(all.in_use, std::defer_lock);
  if (wanted == 1 || count == 1 || !lock.try_lock()) {
    for (int64_t i = 0; i < count; ++i) body(i);
    return;
  }
  if (all.process != getpid()) {
    all.pool.release();
    all.process = getpid();
  }
  if (!all.pool) all.pool = std::make_unique<Pool>(wanted - 1);
  all.pool->run(count, body);
}

}  // namespace fused

void set_kernel_threads(int count) {
  if (count < 1) {
    throw Error(fmt::format("set_kernel_threads: {} threads; at least 1 is needed", count));
  }
  fused::Shared& all = fused::shared();
  const std::lock_guard lock(all.in_use);
  if (count == fused::threads) return;
  if (all.process == getpid()) all.pool.reset();
  fused::threads = count;
}

int kernel_threads() { return fused::threads; }

}  // namespace eigenrnn
