#include "workers/device_errors.h"

#include <chrono>
#include <filesystem>
#include <new>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/cuda.h>
#include <torch/types.h>

#include "checkpoint_fixture.h"
#include "support/error.h"
#include "support/files.h"
#include "workers/run_scheduler.h"
#include "workers/worker_pool.h"

namespace eigenrnn {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

void answers(const std::string&) {}
void is_dead(const std::string&) { throw std::runtime_error("CUDA error: unspecified"); }

c10::Error error_of_libtorch(const std::string& words) {
  return c10::Error({__func__, __FILE__, __LINE__}, words);
}

TEST(DeviceErrors, WhatBreaksAContextOrFillsAGpuEndsTheWorker) {
  for (const char* words :
       {"CUDA out of memory. Tried to allocate 20.00 MiB",
        "CUDA error: device-side assert triggered\nCUDA kernel errors might be asynchronously",
        "CUDA error: an illegal memory access was encountered",
        "cuDNN error: CUDNN_STATUS_EXECUTION_FAILED",
        "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"}) {
    EXPECT_TRUE(ends_worker(error_of_libtorch(words), "cuda:0", answers)) << words;
    EXPECT_TRUE(ends_worker(std::runtime_error(words), "cuda:1", answers)) << words;
    EXPECT_FALSE(ends_worker(error_of_libtorch(words), "cpu", is_dead)) << words;
  }
  const c10::OutOfMemoryError full({__func__, __FILE__, __LINE__}, "no room");
  EXPECT_TRUE(ends_worker(full, "cuda:0", answers));
}

TEST(DeviceErrors, AnErrorOfAnotherKindEndsItOnlyIfTheGpuIsDead) {
  const Error error("the task has no such option");
  EXPECT_FALSE(ends_worker(error, "cuda:0", answers));
  EXPECT_TRUE(ends_worker(error, "cuda:0", is_dead));
  std::string asked;
  ends_worker(error, "cuda:1", [&](const std::string& device) { asked = device; });
  EXPECT_EQ(asked, "cuda:1");
}

TEST(DeviceErrors, OnTheCpuOnlyMemoryDoes) {
  EXPECT_TRUE(ends_worker(std::bad_alloc(), "cpu", answers));
  EXPECT_TRUE(ends_worker(std::bad_alloc(), "cuda:0", answers));
  EXPECT_FALSE(ends_worker(std::runtime_error("shapes do not fit"), "cpu", is_dead));
  EXPECT_NO_THROW(wait_for_device("cpu"));
}

TEST(DeviceErrors, AreToldWithoutABacktrace) {
  try {
    torch::zeros({2, 3}).mm(torch::zeros({4, 5}));
    FAIL();
  } catch (const std::exception& error) {
    EXPECT_THAT(error.what(), HasSubstr("Exception raised from"));  // else there is nothing to do
    EXPECT_THAT(words_of(error), HasSubstr("2x3 and 4x5"));
    EXPECT_THAT(words_of(error), Not(HasSubstr("Exception raised from")));
  }
  EXPECT_EQ(words_of(Error("two\nlines")), "two\nlines");
  EXPECT_EQ(first_words_of(Error("two\nlines")), "two");
  EXPECT_EQ(first_words_of(Error("one")), "one");
}

// The way of a GPU's error through pool and scheduler, from a worker that ends as a real one does.
TEST(DeviceErrors, ARunIsTriedInAFreshWorkerAndThenRecordedWithItsWords) {
  ProcessSettings dying = worker_program();
  dying.program = "/bin/sh";
  dying.words = {"sh", "-c", R"(read -r order
    for i in $(seq 500); do echo "a line of somebody else, number $i" >&2; done
    echo "of process $$: CUDA error: device-side assert triggered" >&2; exit 1)"};
  const ResultStore store(fs::temp_directory_path() / ("eigenrnn-errors-" + unique_word()));
  const std::vector<RunSpec> runs = {small_run("gru")};
  std::vector<std::string> shown;
  const auto show = [&](const std::string& line) { shown.push_back(line); };
  RunScheduler scheduler(runs, store, {}, {show, show});
  WorkerPool pool(1, {"cuda:0"}, dying);
  const WorkerPool::Listener listener = {
      [](const auto&, const auto&) {},
      [](auto, const auto&, const auto&) { FAIL() << "no worker has said anything"; },
      [&](auto run, const std::string& device, const std::string& reason) {
        scheduler.crash(std::move(run), device, reason);
      }};
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!scheduler.is_exhausted() || pool.is_at_work()) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline);
    if (WorkerPool::Worker* worker = pool.idle()) {
      RunQueue::Next next = scheduler.take();
      if (next.run) {
        const RunOrder order = scheduler.order_for(next, worker->device);
        pool.start(*worker, std::move(next.run), order);
      }
    }
    pool.listen(listener);
  }
  const auto json = nlohmann::json::parse(read_file(store.path(runs[0])));
  fs::remove_all(store.root());
  EXPECT_EQ(json.at("failure").at("attempts"), 2);
  const std::string reason = json.at("failure").at("reason");
  EXPECT_THAT(reason, EndsWith("CUDA error: device-side assert triggered"));
  ASSERT_EQ(shown.size(), 2u);
  EXPECT_THAT(shown[0], HasSubstr("trying once more"));
  const auto process = [](const std::string& text) {
    return text.substr(text.find("of process"), 25);
  };
  EXPECT_NE(process(shown[0]), process(shown[1]));  // a fresh one
}

// In a process of its own, whose context it breaks.
TEST(DeviceErrorsOnGpuDeathTest, AnAssertionOfAKernelEndsTheWorker) {
  if (!torch::cuda::is_available()) GTEST_SKIP() << "LibTorch sees no GPU";
  GTEST_FLAG_SET(death_test_style, "threadsafe");  // CUDA does not survive a fork
  const auto break_context = [] {
    try {
      const auto options = torch::TensorOptions(torch::kCUDA);
      const torch::Tensor index = torch::full({1}, 10, options.dtype(torch::kLong));
      torch::zeros({4}, options).index_select(0, index).cpu();
    } catch (const std::exception& error) {
      std::cerr << first_words_of(error) << std::endl;
      ::_exit(ends_worker(error, "cuda:0") && ends_worker(Error("what comes next"), "cuda:0") ? 7
                                                                                              : 8);
    }
    ::_exit(9);
  };
  EXPECT_EXIT(break_context(), ::testing::ExitedWithCode(7), "CUDA error: device-side assert");
}

TEST(DeviceErrorsOnGpu, MemoryThatRanOutEndsTheWorker) {
  if (!torch::cuda::is_available()) GTEST_SKIP() << "LibTorch sees no GPU";
  try {
    torch::zeros({int64_t{1} << 40}, torch::TensorOptions(torch::kCUDA).dtype(torch::kDouble));
    FAIL() << "8 TiB";
  } catch (const std::exception& error) {
    EXPECT_TRUE(ends_worker(error, "cuda:0", answers)) << words_of(error);
    EXPECT_THAT(first_words_of(error), HasSubstr("out of memory"));
  }
  EXPECT_FALSE(ends_worker(Error("another"), "cuda:0"));  // the device still answers
}

}  // namespace
}  // namespace eigenrnn
