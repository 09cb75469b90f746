#include "support/process.h"

#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/error.h"

namespace eigenrnn {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
using ::testing::StrEq;
using ::testing::ThrowsMessage;
using Stream = ProcessSettings::Stream;

ProcessSettings shell(const std::string& script) {
  ProcessSettings settings;
  settings.words = {"sh", "-c", script};
  settings.input = settings.output = settings.errors = Stream::kPiped;
  return settings;
}

std::string output_until_end(const Process& process) {
  std::string output;
  while (read_available(process.output(), output)) {
  }
  return output;
}

TEST(Process, IsSpokenToThroughPipes) {
  Process process(shell("read word; echo \"out $word\"; echo \"error $word\" >&2; exit 3"));
  ASSERT_TRUE(write_whole(process.input(), "hello\n"));
  std::string errors;
  EXPECT_EQ(output_until_end(process), "out hello\n");
  EXPECT_FALSE(read_available(process.errors(), errors));
  EXPECT_EQ(errors, "error hello\n");
  EXPECT_EQ(how_it_ended(process.wait()), "ended with exit code 3");
}

TEST(Process, HasTheEnvironmentOfThisOneAndWhatIsAdded) {
  ASSERT_EQ(::setenv("EIGENRNN_TEST_KEPT", "kept", 1), 0);
  ASSERT_EQ(::setenv("OMP_NUM_THREADS", "7", 1), 0);
  ProcessSettings settings = shell("echo $EIGENRNN_TEST_KEPT $OMP_NUM_THREADS $MKL_NUM_THREADS");
  settings.environment = single_threaded();
  EXPECT_EQ(output_until_end(Process(settings)), "kept 1 1\n");
  EXPECT_STREQ(std::getenv("OMP_NUM_THREADS"), "7");  // this process keeps its own
  ::unsetenv("OMP_NUM_THREADS");
}

TEST(Process, RunsAProgramUnderAnotherName) {
  ProcessSettings settings = shell("echo $0");
  settings.words = {"another name", "-c", "cat /proc/$$/cmdline | tr '\\0' ' '"};
  settings.program = "/bin/sh";
  EXPECT_THAT(output_until_end(Process(settings)), StartsWith("another name -c "));
}

TEST(Process, SaysWhichProgramIsNotThereAndWhy) {
  ProcessSettings settings;
  settings.words = {"eigenrnn-no-such-program", "two words"};
  EXPECT_THAT([&] { Process process(settings); },
              ThrowsMessage<Error>(StrEq("eigenrnn-no-such-program is not there: "
                                         "eigenrnn-no-such-program 'two words'")));
  settings.words = {"/etc/passwd"};
  EXPECT_THAT([&] { Process process(settings); },
              ThrowsMessage<Error>(HasSubstr("cannot be started: Permission denied")));
}

TEST(Process, IsKilledWithItsHandle) {
  std::string number;
  {
    Process process(shell("echo $$; exec sleep 100"));
    process.do_not_wait_for_output();
    while (number.empty()) read_available(process.output(), number);
  }
  EXPECT_NE(::kill(std::atoi(number.c_str()), 0), 0);
}

TEST(Process, HasAGroupOfItsOwnAndIgnoresWhatItIsTold) {
  ProcessSettings settings = shell("cut -d' ' -f5 /proc/$$/stat; kill -USR1 $$; echo $$");
  settings.has_own_group = true;
  settings.ignored_signals = {SIGUSR1};
  const std::string output = output_until_end(Process(settings));
  const std::string group = output.substr(0, output.find('\n'));
  EXPECT_EQ(output, group + "\n" + group + "\n");
}

// The pipe ends when nobody is left who could write into it.
TEST(Process, EndsWithItsParent) {
  std::array<int, 2> ends;
  ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  const pid_t parent = ::fork();
  if (parent == 0) {
    ::dup2(ends[1], STDOUT_FILENO);
    ProcessSettings settings = shell("echo started; exec sleep 100");
    settings.output = Stream::kInherited;
    settings.ends_with_parent = true;
    const Process process(settings);
    while (true) ::pause();
  }
  ::close(ends[1]);
  std::array<char, 8> started;
  ASSERT_EQ(::read(ends[0], started.data(), started.size()), 8);
  const auto begin = std::chrono::steady_clock::now();
  ::kill(parent, SIGKILL);
  ::waitpid(parent, nullptr, 0);
  std::string rest;
  EXPECT_FALSE(read_available(ends[0], rest));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(50));
  ::close(ends[0]);
}

TEST(Process, OfASignalItSaysWhich) {
  Process process(shell("kill -KILL $$"));
  EXPECT_THAT(how_it_ended(process.wait()), StartsWith("ended by signal 9 (Killed), as"));
}

TEST(Process, TheOutputOfOneThatFailsIsNotUsed) {
  EXPECT_EQ(output_of({"printf", "two\nlines"}), "two\nlines");
  EXPECT_THAT(
      [] {
        output_of({"sh", "-c", "echo half; exit 4"});
      },
      ThrowsMessage<Error>(HasSubstr("sh failed with exit code 4: sh -c ")));
}

}  // namespace
}  // namespace eigenrnn
