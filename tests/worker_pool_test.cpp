#include "workers/worker_pool.h"

#include <chrono>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "checkpoint_fixture.h"

namespace eigenrnn {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

// A worker that does as this script says with each order in $order.
ProcessSettings worker_that(const std::string& script) {
  ProcessSettings program = worker_program();
  program.program = "/bin/sh";
  program.words = {"sh", "-c", "while read -r order; do " + script + "\ndone"};
  return program;
}

// What a pool tells, in the order in which it does.
struct Told {
  std::vector<std::string> logs, crashes, devices;
  std::vector<RunEnd> ends;
  std::vector<std::unique_ptr<QueuedRun>> runs;

  WorkerPool::Listener listener() {
    return {[this](const QueuedRun&, const LogMessage& log) { logs.push_back(log.message); },
            [this](auto run, const std::string& device, const RunEnd& end) {
              runs.push_back(std::move(run));
              devices.push_back(device);
              ends.push_back(end);
            },
            [this](auto run, const std::string& device, const std::string& reason) {
              runs.push_back(std::move(run));
              devices.push_back(device);
              crashes.push_back(reason);
            }};
  }
};

class WorkerPoolTest : public ::testing::Test {
 protected:
  void start_idle(WorkerPool& pool) {
    while (WorkerPool::Worker* worker = pool.idle()) {
      RunOrder order{spec_};
      order.device = worker->device;
      pool.start(*worker, std::make_unique<QueuedRun>(QueuedRun{spec_, "lease", ""}), order);
    }
  }
  void listen_until_idle(WorkerPool& pool) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (pool.is_at_work()) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline);
      pool.listen(told_.listener());
    }
  }

  const RunSpec spec_ = small_run("gru");
  Told told_;
};

TEST_F(WorkerPoolTest, GivesEveryRunBackWithItsEnd) {
  WorkerPool pool(3, {"cpu", "cuda:0"}, worker_that(R"(echo '{"event": "log", "message": "on it"}'
                                 echo '{"event": "busy"}')"));
  for (int round = 0; round < 2; ++round) {  // workers stay for the next run
    told_ = {};
    start_idle(pool);
    EXPECT_EQ(pool.idle(), nullptr);
    listen_until_idle(pool);
    EXPECT_EQ(told_.logs.size(), 3u);
    ASSERT_EQ(told_.ends.size(), 3u);
    EXPECT_TRUE(std::holds_alternative<RunBusy>(told_.ends[0]));
    EXPECT_THAT(told_.devices, UnorderedElementsAre("cpu", "cpu", "cuda:0"));
    EXPECT_TRUE(told_.crashes.empty());
  }
}

TEST_F(WorkerPoolTest, TellsAWorkerWhichRunAndWhere) {
  WorkerPool pool(1, {"cuda:0"}, worker_that(R"(echo "{\"event\": \"failed\", \"message\": \
    \"$(printf %s "$order" | grep -o '"device":"[^"]*"' | tr -d '"')\"}")"));
  start_idle(pool);
  listen_until_idle(pool);
  ASSERT_EQ(told_.ends.size(), 1u);
  EXPECT_EQ(std::get<RunFailed>(told_.ends[0]).message, "device:cuda:0");
}

TEST_F(WorkerPoolTest, KnowsHowFarARunIs) {
  WorkerPool pool(1, {"cpu"}, worker_that(R"(
    for part in 0.5 0.75; do
      echo "{\"event\": \"progress\", \"epoch\": 2, \"epochs\": 4, \"fraction\": $part, \
             \"loss\": 1, \"metric\": \"accuracy\", \"value\": null}"
    done
    sleep 0.2; echo '{"event": "lost"}')"));
  start_idle(pool);
  const WorkerPool::Worker& worker = pool.workers().front();
  while (pool.is_at_work() && (!worker.progress || worker.progress->fraction < 0.75)) {
    pool.listen(told_.listener());
  }
  EXPECT_EQ(worker.begun_at, 0.5);
  ASSERT_TRUE(worker.progress);
  EXPECT_EQ(worker.progress->fraction, 0.75);
  listen_until_idle(pool);
}

TEST_F(WorkerPoolTest, SaysHowAWorkerDiedAndWhatItSaidLast) {
  WorkerPool pool(1, {"cpu"}, worker_that("echo chatter; echo last words >&2; kill -9 $$"));
  start_idle(pool);
  listen_until_idle(pool);
  EXPECT_THAT(told_.crashes, ElementsAre(HasSubstr("the worker ended by signal 9")));
  EXPECT_THAT(told_.crashes[0], HasSubstr("last words"));
  EXPECT_THAT(told_.crashes[0], HasSubstr("chatter"));
  ASSERT_NE(told_.runs[0], nullptr);
  EXPECT_FALSE(pool.has_processes());
  start_idle(pool);  // the next run gets a new one
  EXPECT_TRUE(pool.has_processes());
}

TEST_F(WorkerPoolTest, AWorkerThatSaysWhatNoWorkerSaysLosesItsRun) {
  WorkerPool pool(1, {"cpu"}, worker_that(R"(echo '{"event": "tired"}'; sleep 100)"));
  start_idle(pool);
  listen_until_idle(pool);
  EXPECT_THAT(told_.crashes, ElementsAre(HasSubstr("there is no event 'tired'")));
}

TEST_F(WorkerPoolTest, WhatArrivesWhileItStopsIsHeard) {
  WorkerPool pool(1, {"cpu"}, worker_that(R"(
    trap 'echo "{\"event\": \"done\", \"status\": \"finished\", \"metrics\": {}, \"seconds\": 2}"
          exit 0' TERM
    echo '{"event": "log", "message": "trapped"}'
    while :; do sleep 0.05; done)"));
  start_idle(pool);
  while (told_.logs.empty()) pool.listen(told_.listener());
  pool.stop();
  while (pool.has_processes()) pool.listen(told_.listener());
  ASSERT_EQ(told_.ends.size(), 1u);
  EXPECT_EQ(std::get<RunDone>(told_.ends[0]).seconds, 2);
}

TEST_F(WorkerPoolTest, AWorkerThatIsEndingGetsNoRun) {
  WorkerPool pool(1, {"cpu"}, worker_that(R"(echo '{"event": "stopped"}'; sleep 0.3; exit 0)"));
  start_idle(pool);
  while (told_.ends.empty()) pool.listen(told_.listener());
  EXPECT_EQ(pool.idle(), nullptr);
  while (pool.has_processes()) pool.listen(told_.listener());
  EXPECT_NE(pool.idle(), nullptr);
  EXPECT_TRUE(told_.crashes.empty());
}

}  // namespace
}  // namespace eigenrnn
