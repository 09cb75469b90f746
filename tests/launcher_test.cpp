#include "launchers/launcher.h"

#include <filesystem>
#include <iostream>
#include <optional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "checkpoint_fixture.h"
#include "cli/commands.h"
#include "support/error.h"
#include "support/files.h"

namespace eigenrnn {
namespace {

namespace fs = std::filesystem;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

// What a launcher in one file looks like: the command line knows it and its option by its
// registration alone.
struct Call {
  LaunchRequest request;
  std::string option;
  bool was_submitted = false;
};
std::optional<Call> latest_call;

class RecordingLauncher : public Launcher {
 public:
  void add_options(CLI::App& command) override { command.add_option("--record", option_); }
  int submit(const LaunchRequest& request) override {
    latest_call = Call{request, option_, true};
    return 17;
  }
  void describe(const LaunchRequest& request) override {
    latest_call = Call{request, option_, false};
  }

 private:
  std::string option_;
};

const LauncherRegistration kRegistration{
    {"recording", "keeps what it is given", [] { return std::make_unique<RecordingLauncher>(); }}};

int call_run(const std::vector<std::string>& more) {
  CLI::App program("eigenrnn", "eigenrnn");
  int exit_code = -1;
  add_run_command(program, exit_code);
  std::vector<std::string> words = {"run",       EIGENRNN_SOURCE_DIR "/experiments/tomita.yaml",
                                    "--profile", "quick",
                                    "--only",    "seed=0"};
  words.insert(words.end(), more.begin(), more.end());
  std::reverse(words.begin(), words.end());  // as CLI11 takes them
  program.parse(words);
  return exit_code;
}

TEST(Launchers, AreChosenByNameAndGivenTheGrid) {
  latest_call.reset();
  EXPECT_EQ(call_run({"--launcher", "recording", "--record", "this", "--results", "elsewhere",
                      "--jobs", "3", "--begin-at", "1/4", "--device", "cpu"}),
            17);
  ASSERT_TRUE(latest_call);
  EXPECT_TRUE(latest_call->was_submitted);
  EXPECT_EQ(latest_call->option, "this");
  const LaunchRequest& request = latest_call->request;
  EXPECT_FALSE(request.runs.empty());
  for (const RunSpec& spec : request.runs) EXPECT_EQ(spec->seed, 0);
  EXPECT_THAT(request.experiments, ElementsAre("tomita"));
  EXPECT_EQ(request.profile, "quick");
  EXPECT_EQ(request.store.root(), "elsewhere");
  EXPECT_EQ(request.settings.jobs, 3);
  EXPECT_TRUE(request.jobs_given);
  EXPECT_EQ(request.settings.begin_at, 0.25);
  EXPECT_EQ(request.device, "cpu");
  ASSERT_EQ(request.tables.size(), 1u);
  EXPECT_EQ(request.tables[0].path, fs::path("elsewhere/quick/tomita/table.json"));
  EXPECT_THAT(request.run_words, Contains("--only"));
  EXPECT_THAT(request.same_command, HasSubstr("eigenrnn run "));
}

TEST(Launchers, OnlyDescribeInADryRun) {
  latest_call.reset();
  EXPECT_EQ(call_run({"--launcher", "recording", "--dry-run"}), 0);
  ASSERT_TRUE(latest_call);
  EXPECT_FALSE(latest_call->was_submitted);
  EXPECT_FALSE(latest_call->request.jobs_given);
}

TEST(Launchers, ThoseThatAreThereAreListed) {
  CLI::App program("eigenrnn", "eigenrnn");
  int exit_code = -1;
  add_run_command(program, exit_code);
  const std::string help = program.get_subcommand("run")->help();
  for (const char* words : {"local: ", "slurm: ", "recording: keeps what it is given"}) {
    EXPECT_THAT(help, HasSubstr(words));
  }
  EXPECT_THROW(call_run({"--launcher", "nowhere"}), CLI::ParseError);
}

class LaunchTest : public ::testing::Test {
 protected:
  LaunchTest() {
    request_.runs = {small_run("gru")};
    request_.experiments = {"test"};
    request_.profile = "quick";
    request_.store = ResultStore(root_);
    request_.tables = {{root_ / "quick" / "test" / "table.json", "{}\n"}};
  }
  void TearDown() override { fs::remove_all(root_); }

  std::string described_by(const std::string& launcher) const {
    ::testing::internal::CaptureStdout();
    LauncherRegistry::instance().at(launcher).make()->describe(request_);
    return ::testing::internal::GetCapturedStdout();
  }
  static std::unique_ptr<Launcher> launcher(const std::string& name) {
    return LauncherRegistry::instance().at(name).make();
  }

  const fs::path root_ = fs::temp_directory_path() / ("eigenrnn-launch-" + unique_word());
  LaunchRequest request_;
};

TEST_F(LaunchTest, LocallyShowsTheGridAndWritesNothing) {
  EXPECT_THAT(described_by("local"), HasSubstr("1 of 1 runs are left"));
  EXPECT_FALSE(fs::exists(root_));
}

TEST_F(LaunchTest, ADeviceThatIsNotThereIsRefusedBeforeAnythingIsWritten) {
  request_.device = "tpu";
  EXPECT_THAT([&] { launcher("local")->submit(request_); },
              ThrowsMessage<Error>(HasSubstr("unknown device 'tpu'")));
  EXPECT_FALSE(fs::exists(root_));
}

TEST_F(LaunchTest, OnSlurmForceIsRefused) {
  request_.settings.force = true;
  EXPECT_THAT([&] { launcher("slurm")->submit(request_); },
              ThrowsMessage<Error>(HasSubstr("--force: not with --launcher slurm")));
  EXPECT_FALSE(fs::exists(root_));
}

TEST_F(LaunchTest, WhereverItRunsAStoreThatCannotBeWrittenIsToldAlike) {
  write_atomically(root_, "a file where the folder should be");
  for (const char* name : {"local", "slurm"}) {
    ::testing::internal::CaptureStderr();
    EXPECT_EQ(launcher(name)->submit(request_), 1) << name;
    EXPECT_THAT(::testing::internal::GetCapturedStderr(), HasSubstr("results cannot be written"));
  }
}

}  // namespace
}  // namespace eigenrnn
