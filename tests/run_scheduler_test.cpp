#include "workers/run_scheduler.h"

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "checkpoint_fixture.h"
#include "run/run_result.h"
#include "support/files.h"

namespace eigenrnn {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

RunSpec run_with(int64_t seed, const std::string& task = "tomita") {
  RunParts parts = *small_run("gru", nlohmann::json::object(), task);
  parts.experiment = task;
  parts.recording = {};
  parts.seed = seed;
  return RunSpec(std::move(parts));
}

class RunSchedulerTest : public ::testing::Test {
 protected:
  void TearDown() override { fs::remove_all(store_.root()); }

  RunScheduler& schedule(std::vector<RunSpec> runs, RunnerSettings settings = {}) {
    runs_ = std::move(runs);
    scheduler_ = std::make_unique<RunScheduler>(
        runs_, store_, settings,
        RunScheduler::Report{[this](const std::string& line) { shown_.push_back(line); },
                             [this](const std::string& line) { log_.push_back(line); }});
    return *scheduler_;
  }

  void store_result(const RunSpec& spec, double seconds = 10) const {
    RunResult result(spec);
    result.seconds = seconds;
    store_.write(spec, to_json(result));
  }

  std::unique_ptr<QueuedRun> take() { return scheduler_->take().run; }
  // -1 if there is none now.
  int64_t seed_of_next() {
    const auto run = take();
    return run ? run->spec->seed : -1;
  }

  const ResultStore store_{fs::temp_directory_path() / ("eigenrnn-scheduler-" + unique_word())};
  std::vector<RunSpec> runs_;
  std::vector<std::string> shown_, log_;
  std::unique_ptr<RunScheduler> scheduler_;
};

TEST_F(RunSchedulerTest, LeavesOutWhatIsDoneAndTriesTheRestInOrder) {
  store_result(run_with(1));
  RunScheduler& scheduler = schedule({run_with(0), run_with(1), run_with(2)});
  EXPECT_EQ(scheduler.outcome().sum().skipped, 1u);
  EXPECT_EQ(scheduler.waiting(), 2u);
  EXPECT_EQ(scheduler.waiting_seconds(), 20);  // as the one that is done took
  EXPECT_EQ(seed_of_next(), 0);
  EXPECT_EQ(seed_of_next(), 2);
  EXPECT_EQ(seed_of_next(), -1);
  EXPECT_TRUE(scheduler.is_exhausted());
}

TEST_F(RunSchedulerTest, BeginsWithThePartThatItIsTold) {
  RunnerSettings settings;
  settings.begin_at = 0.5;
  schedule({run_with(0), run_with(1), run_with(2), run_with(3)}, settings);
  EXPECT_EQ(seed_of_next(), 2);
  EXPECT_EQ(seed_of_next(), 3);
  EXPECT_EQ(seed_of_next(), 0);
}

TEST_F(RunSchedulerTest, ARunThatIsDoneCountsAndTeachesHowLongItsKindTakes) {
  RunScheduler& scheduler = schedule({run_with(0), run_with(1), run_with(2)});
  EXPECT_EQ(scheduler.waiting_seconds(), std::nullopt);
  scheduler.end(take(), "cpu", RunDone{RunStatus::kFinished, {{"accuracy", 0.5}}, 7});
  scheduler.end(take(), "cpu", RunDone{RunStatus::kDiverged, {}, 3});
  EXPECT_EQ(scheduler.outcome().sum().finished, 1u);
  EXPECT_EQ(scheduler.outcome().sum().diverged, 1u);
  EXPECT_EQ(scheduler.outcome().sum().done(), 2u);
  EXPECT_EQ(scheduler.waiting_seconds(), 5);
  ASSERT_EQ(log_.size(), 2u);
  EXPECT_THAT(log_[0], HasSubstr("[1/3] "));
  EXPECT_THAT(log_[1], HasSubstr("diverged (3 s)"));
}

TEST_F(RunSchedulerTest, ACrashIsTriedOnceMoreAtOnceAndThenRecorded) {
  RunScheduler& scheduler = schedule({run_with(0), run_with(1)});
  scheduler.crash(take(), "cpu", "the worker ended by signal 9");
  EXPECT_THAT(shown_, ElementsAre(HasSubstr("signal 9; trying once more")));
  EXPECT_TRUE(scheduler.outcome().failed.empty());
  auto again = take();
  ASSERT_EQ(again->spec->seed, 0);
  scheduler.crash(std::move(again), "cuda:0", "the worker ended by signal 11");
  EXPECT_THAT(scheduler.outcome().failed, ElementsAre(HasSubstr("signal 11")));
  const auto json = nlohmann::json::parse(read_file(store_.path(run_with(0))));
  EXPECT_EQ(json.at("status"), "failed");
  EXPECT_EQ(json.at("failure").at("attempts"), 2);
  EXPECT_EQ(json.at("provenance").at("device"), "cuda:0");
  EXPECT_EQ(seed_of_next(), 1);
  EXPECT_EQ(scheduler.outcome().exit_code(), 1);
}

TEST_F(RunSchedulerTest, WhatCannotBeCarriedOutIsNotTriedAgain) {
  RunScheduler& scheduler = schedule({run_with(0)});
  scheduler.end(take(), "cpu", RunFailed{"no such device"});
  EXPECT_TRUE(scheduler.is_exhausted());
  const auto json = nlohmann::json::parse(read_file(store_.path(run_with(0))));
  EXPECT_EQ(json.at("failure").at("attempts"), 1);
}

TEST_F(RunSchedulerTest, ShowsTheFirstFailuresAndLogsTheRest) {
  RunScheduler& scheduler =
      schedule({run_with(0), run_with(1), run_with(2), run_with(3), run_with(4), run_with(5)});
  for (int i = 0; i < 6; ++i) scheduler.end(take(), "cpu", RunFailed{"no such device"});
  EXPECT_EQ(shown_.size(), 5u);
  EXPECT_THAT(log_, ElementsAre(HasSubstr("failed: ")));
  EXPECT_EQ(scheduler.outcome().sum().failed, 6u);
}

TEST_F(RunSchedulerTest, AFailureIsNotRecordedOverAnothersWork) {
  RunScheduler& scheduler = schedule({run_with(0), run_with(1)});
  auto run = take();
  store_result(run->spec);  // by another, meanwhile
  scheduler.end(std::move(run), "cpu", RunFailed{"no such device"});
  EXPECT_TRUE(scheduler.outcome().failed.empty());
  EXPECT_EQ(scheduler.waiting(), 2u);  // looked at again later

  auto leased = take();
  const auto lease = Lease::acquire(leased->lease_path);
  scheduler.end(std::move(leased), "cpu", RunFailed{"no such device"});
  EXPECT_TRUE(scheduler.outcome().failed.empty());
  EXPECT_FALSE(fs::exists(store_.path(run_with(1))));
}

TEST_F(RunSchedulerTest, MissingDataLeavesOutAllRunsOfTheTaskAndNoOthers) {
  RunScheduler& scheduler =
      schedule({run_with(0), run_with(1), run_with(2, "adding"), run_with(3)});
  scheduler.end(take(), "cpu", DataMissing{"fetch it"});
  const auto& missing = scheduler.outcome().missing_data;
  ASSERT_EQ(missing.count("tomita"), 1u);
  EXPECT_EQ(missing.at("tomita").runs, 3u);
  EXPECT_EQ(missing.at("tomita").message, "fetch it");
  EXPECT_EQ(scheduler.outcome().experiments.at("tomita").left_out, 3u);
  EXPECT_EQ(scheduler.outcome().experiments.at("tomita").why_left_out, "fetch it");
  EXPECT_EQ(scheduler.outcome().experiments.at("adding").left_out, 0u);
  EXPECT_EQ(scheduler.outcome().sum().done(), 3u);
  EXPECT_EQ(seed_of_next(), 2);
  EXPECT_TRUE(scheduler.is_exhausted());
  EXPECT_EQ(scheduler.outcome().exit_code(), 1);
}

TEST_F(RunSchedulerTest, ARunThatWasStoppedByOthersIsNextAgain) {
  RunScheduler& scheduler = schedule({run_with(0), run_with(1)});
  for (int i = 0; i < 3; ++i) {  // it never counts as a crash
    auto run = take();
    ASSERT_EQ(run->spec->seed, 0);
    EXPECT_EQ(run->attempts, 0);
    scheduler.end(std::move(run), "cpu", RunStopped{});
  }
}

TEST_F(RunSchedulerTest, ARunThatAnotherIsAtIsLookedAtAgainLater) {
  RunScheduler& scheduler = schedule({run_with(0), run_with(1)});
  scheduler.end(take(), "cpu", RunBusy{});
  scheduler.end(take(), "cpu", RunLost{});
  EXPECT_EQ(seed_of_next(), -1);
  EXPECT_EQ(scheduler.waiting(), 2u);
  EXPECT_FALSE(scheduler.is_exhausted());
}

TEST_F(RunSchedulerTest, OthersThatAreAliveNeedNotBeWaitedFor) {
  RunnerSettings settings;
  settings.wait_for_others = false;
  const auto lease = Lease::acquire(store_.lease_path(run_with(0)));
  RunScheduler& scheduler = schedule({run_with(0)}, settings);
  EXPECT_FALSE(scheduler.is_exhausted());  // nobody has been seen at it yet
  EXPECT_EQ(seed_of_next(), -1);
  EXPECT_TRUE(scheduler.is_exhausted());
  EXPECT_EQ(scheduler.waiting(), 1u);
}

TEST_F(RunSchedulerTest, SeesWhatOthersDidMeanwhile) {
  RunScheduler& scheduler = schedule({run_with(0), run_with(1), run_with(2)});
  store_result(run_with(0));
  store_.write(run_with(1), failed_result(run_with(1), "cpu", "no memory", 2));
  EXPECT_EQ(seed_of_next(), 2);
  EXPECT_EQ(scheduler.outcome().sum().done_by_others, 1u);
  EXPECT_THAT(scheduler.outcome().failed, ElementsAre(HasSubstr("no memory")));
}

TEST_F(RunSchedulerTest, AFailureFromBeforeIsTriedAnew) {
  store_.write(run_with(0), failed_result(run_with(0), "cpu", "no memory", 2));
  schedule({run_with(0)});
  EXPECT_EQ(seed_of_next(), 0);
}

TEST_F(RunSchedulerTest, ForceDoesAllAgainAndDiscardsCheckpointsOnce) {
  store_result(run_with(0));
  RunnerSettings settings;
  settings.force = true;
  settings.lease_lifetime = std::chrono::milliseconds(1500);
  RunScheduler& scheduler = schedule({run_with(0)}, settings);
  RunQueue::Next first = scheduler.take();
  const RunOrder order = scheduler.order_for(first, "cuda:1");
  EXPECT_TRUE(order.force);
  EXPECT_TRUE(order.discard_checkpoints);
  EXPECT_EQ(order.device, "cuda:1");
  EXPECT_EQ(order.results, store_.root().string());
  EXPECT_EQ(order.lease_lifetime, settings.lease_lifetime);
  scheduler.crash(std::move(first.run), "cuda:1", "gone");
  // What the first attempt kept is of this call.
  EXPECT_FALSE(scheduler.order_for(scheduler.take(), "cuda:1").discard_checkpoints);
}

TEST_F(RunSchedulerTest, ALeaseThatMayBeTakenOverIsPassedOn) {
  LeaseRecord ended{ProcessIdentity::of_this_process(), "0123456789abcdef", "", kLeaseLifetime, 0};
  ended.owner.start += "0";  // this number had another process before
  write_atomically(store_.lease_path(run_with(0)), ended.text());
  RunScheduler& scheduler = schedule({run_with(0)});
  const RunQueue::Next next = scheduler.take();
  EXPECT_EQ(scheduler.order_for(next, "cpu").expired, ended.text());
  EXPECT_THAT(shown_, ElementsAre(HasSubstr("taken over, its owner is gone")));
}

TEST_F(RunSchedulerTest, AStoreThatFailsShowsInTheOutcome) {
  RunScheduler& scheduler = schedule({run_with(0), run_with(1)});
  scheduler.end(take(), "cpu", StoreFailed{"disk full"});
  EXPECT_EQ(scheduler.outcome().store_error, "disk full");
  EXPECT_EQ(scheduler.outcome().exit_code(), 1);
}

}  // namespace
}  // namespace eigenrnn
