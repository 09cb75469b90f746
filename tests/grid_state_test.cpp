#include "forecast/grid_state.h"

#include <filesystem>

#include <gtest/gtest.h>

#include "manifest/manifest.h"
#include "run/run_result.h"
#include "support/files.h"
#include "support/time.h"

namespace eigenrnn {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using Phase = RunState::Phase;

class GridStates : public ::testing::Test {
 protected:
  void SetUp() override {
    Problems problems;
    runs_ = load_grid(EIGENRNN_SOURCE_DIR "/experiments/tomita.yaml", "quick", problems).runs;
    ASSERT_TRUE(problems.empty());
    runs_.erase(runs_.begin() + 6, runs_.end());
  }
  void TearDown() override { fs::remove_all(store_.root()); }

  void finish(const RunSpec& spec, RunStatus status, double seconds) const {
    RunResult result(spec);
    result.status = status;
    result.seconds = seconds;
    store_.write(spec, to_json(result));
  }

  void lease_elsewhere(const RunSpec& spec) const {
    const LeaseRecord record{
        {"node7", "boot pid:[1]", 42, "7"}, "0123456789abcdef", utc_now(), 60s, 3};
    write_atomically(store_.lease_path(spec), record.text());
  }

  std::vector<RunSpec> runs_;
  const ResultStore store_{fs::temp_directory_path() / ("eigenrnn-state-" + unique_word())};
};

TEST_F(GridStates, AResultThatIsNotWholeIsMadeAgain) {
  for (const char* text :
       {R"({"status": "failed"})", R"({"status": "finished"})", R"({"status": 1})",
        R"({"status": "failed", "failure": {"reason": "", "attempts": 1}, "timing": []})",
        R"({"status": "diverged", "spec": 5})",
        R"({"status": "diverged", "spec": {"recording": {"epoch_spectra": 1}}})"}) {
    write_atomically(store_.path(runs_[0]), text);
    EXPECT_EQ(grid_state(runs_, store_).runs[0].phase, Phase::kWaiting) << text;
  }
}

TEST_F(GridStates, AreToldFromResultsAndLeases) {
  finish(runs_[0], RunStatus::kFinished, 10);
  finish(runs_[1], RunStatus::kDiverged, 1);
  store_.write(runs_[2], failed_result(runs_[2], "cpu", "no memory", 2));
  lease_elsewhere(runs_[3]);
  const GridState grid = grid_state(runs_, store_);
  const std::vector<Phase> expected = {Phase::kFinished, Phase::kDiverged, Phase::kFailed,
                                       Phase::kRunning,  Phase::kWaiting,  Phase::kWaiting};
  for (size_t i = 0; i < runs_.size(); ++i) EXPECT_EQ(grid.runs[i].phase, expected[i]) << i;
  EXPECT_NE(grid.runs[2].failure.find("no memory"), std::string::npos);
  EXPECT_EQ(grid.runs[3].lease->owner.host, "node7");
  EXPECT_FALSE(grid.runs[3].is_silent());
  EXPECT_NEAR(grid.seconds_left().value(), 30, 2);  // three runs of 10 s, one process at work
}

TEST_F(GridStates, ALeaseThatIsNotRenewedIsSilent) {
  lease_elsewhere(runs_[0]);
  fs::last_write_time(store_.lease_path(runs_[0]), fs::file_time_type::clock::now() - 61s);
  EXPECT_TRUE(grid_state(runs_, store_).runs[0].is_silent());
}

TEST_F(GridStates, ARunWhoseOwnerIsSeenToHaveEndedWaits) {
  LeaseRecord ended{ProcessIdentity::of_this_process(), "0123456789abcdef", utc_now(), 60s, 0};
  ended.owner.start += "0";  // this number had another process before
  write_atomically(store_.lease_path(runs_[0]), ended.text());
  const GridState grid = grid_state(runs_, store_);
  EXPECT_EQ(grid.count(Phase::kWaiting), runs_.size());
  EXPECT_FALSE(grid.seconds_left());
}

TEST_F(GridStates, ARunThatIsDoneAgainIsRunning) {
  finish(runs_[0], RunStatus::kFinished, 10);
  lease_elsewhere(runs_[0]);
  EXPECT_EQ(grid_state(runs_, store_).count(Phase::kRunning), 1u);
}

}  // namespace
}  // namespace eigenrnn
