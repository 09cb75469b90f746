#include "cells/kernels/thread_pool.h"

#include <atomic>
#include <chrono>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include <gtest/gtest.h>

#include "cells/kernels/fused.h"

namespace eigenrnn {
namespace {

struct UsingThreads {
  explicit UsingThreads(int count) { set_kernel_threads(count); }
  ~UsingThreads() { set_kernel_threads(1); }
};

// Is every task of `count` done, and once?
bool each_once(int64_t count) {
  std::vector<std::atomic<int>> times(static_cast<size_t>(count));
  fused::for_tasks(count, [&](int64_t task) { ++times[static_cast<size_t>(task)]; });
  for (const std::atomic<int>& n : times) {
    if (n != 1) return false;
  }
  return true;
}

TEST(ThreadPool, EveryTaskIsDoneOnce) {
  for (const int threads : {1, 2, 5}) {
    const UsingThreads use(threads);
    for (int call = 0; call < 300; ++call) {
      ASSERT_TRUE(each_once(1 + call % 17)) << call << " on " << threads << " threads";
    }
  }
}

TEST(ThreadPool, ThreadsThatWentToSleepAreWoken) {
  const UsingThreads use(3);
  std::atomic<int> strangers{0};
  const auto caller = std::this_thread::get_id();
  for (int call = 0; call < 20 && strangers == 0; ++call) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    fused::for_tasks(30, [&](int64_t) {
      if (std::this_thread::get_id() != caller) ++strangers;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    });
  }
  EXPECT_GT(strangers, 0);
}

TEST(ThreadPool, TwoCallersDoNotDisturbEachOther) {
  const UsingThreads use(3);
  std::atomic<bool> good{true};
  const auto call = [&] {
    for (int i = 0; i < 500; ++i) {
      if (!each_once(1 + i % 7)) good = false;
    }
  };
  std::thread other(call);
  call();
  other.join();
  EXPECT_TRUE(good);
}

TEST(ThreadPool, AForkedProcessStartsThreadsOfItsOwn) {
  const UsingThreads use(3);
  ASSERT_TRUE(each_once(10));
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    alarm(20);
    _exit(each_once(10) ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
}

}  // namespace
}  // namespace eigenrnn
