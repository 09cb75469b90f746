#include <algorithm>
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "launchers/slurm_scripts.h"
#include "manifest/manifest.h"
#include "support/error.h"
#include "support/files.h"
#include "support/process.h"
#include "support/shell.h"

namespace eigenrnn {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

SlurmLaunch example_launch() {
  SlurmLaunch launch;
  launch.program = "/opt/eigen rnn/eigenrnn";
  launch.directory = "/home/o'neill/project";
  launch.folder = "/home/project/results/paper/.slurm/1";
  launch.results = "results/paper";
  launch.run_arguments = {"experiments/tomita.yaml", "--only", "condition=no attention"};
  launch.status_arguments = {"experiments/tomita.yaml"};
  launch.tasks = 4;
  launch.request = slurm_request("paper");
  launch.sbatch_arguments = {"--partition=long", "--gres=gpu:a100:1"};
  return launch;
}

TEST(SlurmScript, AsksForWhatTheProfileNeeds) {
  const std::string script = slurm_array_script(example_launch());
  for (const char* line :
       {"#SBATCH --array=0-3\n", "#SBATCH --cpus-per-task=4\n", "#SBATCH --mem-per-cpu=4096M\n",
        "#SBATCH --time=1440\n", "#SBATCH --gres=gpu:1\n", "#SBATCH --requeue\n",
        "#SBATCH --signal=B:USR1@120\n", "--begin-at \"$SLURM_ARRAY_TASK_ID/4\" --no-wait",
        "cd '/home/o'\\''neill/project' || exit 1\n",
        "'/opt/eigen rnn/eigenrnn' run experiments/tomita.yaml --only 'condition=no attention'"}) {
    EXPECT_THAT(script, HasSubstr(line));
  }
  SlurmLaunch on_cpus = example_launch();
  on_cpus.request = slurm_request("quick");
  EXPECT_THAT(slurm_array_script(on_cpus), Not(HasSubstr("gpu")));
}

TEST(SlurmScript, KnowsEveryProfile) {
  for (const std::string& profile : profile_names()) EXPECT_NO_THROW(slurm_request(profile));
  EXPECT_THROW(slurm_request("huge"), Error);
}

TEST(SlurmScript, IsOneThatBashReads) {
  const auto path = std::filesystem::temp_directory_path() / ("eigenrnn-" + unique_word() + ".sh");
  for (const std::string& script :
       {slurm_array_script(example_launch()), slurm_report_script(example_launch())}) {
    write_atomically(path, script);
    EXPECT_NO_THROW(output_of({"bash", "-n", path.string()})) << script;
  }
  std::filesystem::remove(path);
}

TEST(SlurmScript, TheReportFollowsTheArrayHoweverThatEndsAndNeedsNoGpu) {
  const auto array = slurm_array_command(example_launch());
  EXPECT_THAT(array, Contains("--partition=long"));
  EXPECT_THAT(array, Contains("--gres=gpu:a100:1"));
  const auto report = slurm_report_command(example_launch(), "17");
  EXPECT_THAT(report, Contains("--partition=long"));
  EXPECT_THAT(report, Not(Contains("--gres=gpu:a100:1")));
  EXPECT_THAT(report, Contains("--dependency=afterany:17"));
  EXPECT_THAT(report, Contains("--kill-on-invalid-dep=yes"));
}

TEST(SlurmScript, TheReportLeavesOutAValueThatIsAWordOfItsOwn) {
  SlurmLaunch launch = example_launch();
  launch.sbatch_arguments = {"--gres",      "gpu:1", "-G", "1",
                             "--exclusive", "-A",    "me", "--comment=two words"};
  const std::vector<std::string> expected = {"sbatch",
                                             "--parsable",
                                             "-A",
                                             "me",
                                             "--comment=two words",
                                             "--dependency=afterany:17",
                                             "--kill-on-invalid-dep=yes",
                                             (launch.folder / "report.sh").string()};
  EXPECT_EQ(slurm_report_command(launch, "17"), expected);
}

TEST(SlurmScript, MessagesBeforeTheNumberOfAJobDoNotHideIt) {
  EXPECT_EQ(submitted_job("17\n"), "17");
  EXPECT_EQ(submitted_job("17;cluster\n"), "17");
  EXPECT_EQ(submitted_job("2 nodes are down\nWelcome\n4242;east\n"), "4242");
  EXPECT_EQ(submitted_job("17\nDo not forget to log out\n"), "17");
  EXPECT_THROW(submitted_job("Submitted batch job\n"), Error);
  EXPECT_THROW(submitted_job(""), Error);
}

TEST(Shell, GivesAProgramTheWordsAsTheyAre) {
  const std::vector<std::string> words = {"",     "two words", "it's", "$HOME",
                                          "a\\b", "*",         "\"",   "--x=1"};
  std::vector<std::string> command = {"printf", "<%s>"};
  command.insert(command.end(), words.begin(), words.end());
  std::string expected;
  for (const std::string& word : words) expected += "<" + word + ">";
  EXPECT_EQ(output_of({"sh", "-c", shell_line(command)}), expected);
  EXPECT_EQ(output_of(command), expected);  // without a shell between
}

}  // namespace
}  // namespace eigenrnn
