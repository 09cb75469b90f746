#include "workers/mps_server.h"

#include <cstdlib>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/error.h"
#include "support/files.h"

namespace eigenrnn {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

// A folder that stands alone in $PATH but for the shell's own programs, for a control program that
// writes down how it is called.
class MpsServerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "eigenrnn-fake-mps-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
    const char* path = std::getenv("PATH");
    path_ = path == nullptr ? "" : path;
    ::setenv("PATH", (folder_.string() + ":/usr/bin:/bin").c_str(), 1);
    ::unsetenv("CUDA_MPS_PIPE_DIRECTORY");
    facts_.driver.gpus.resize(2);
    facts_.driver.gpus[0].uuid = "GPU-a";
    facts_.driver.gpus[1].uuid = "GPU-b";
  }
  void TearDown() override {
    ::setenv("PATH", path_.c_str(), 1);
    ::unsetenv("CUDA_MPS_PIPE_DIRECTORY");
    fs::remove_all(folder_);
  }

  void install(const std::string& then) const {
    const fs::path program = folder_ / "nvidia-cuda-mps-control";
    std::ofstream(program) << "#!/bin/sh\n"
                           << "word=$1; [ -n \"$word\" ] || read -r word\n"
                           << "test -d \"$CUDA_MPS_PIPE_DIRECTORY\" || exit 9\n"
                           << "test -d \"$CUDA_MPS_LOG_DIRECTORY\" || exit 9\n"
                           << "echo \"$word $CUDA_VISIBLE_DEVICES\" >>'" << log().string() << "'\n"
                           << then << '\n';
    fs::permissions(program, fs::perms::owner_all);
  }
  fs::path log() const { return folder_ / "log.txt"; }
  std::unique_ptr<MpsServer> start(size_t jobs = 4) {
    return start_mps({"cuda:0", "cuda:1"}, jobs, facts_, remark_);
  }
  void expect_none(size_t jobs = 4) {
    EXPECT_EQ(start(jobs), nullptr);
    EXPECT_EQ(remark_, "");
    EXPECT_FALSE(fs::exists(log()));
  }

  fs::path folder_;
  std::string path_, remark_;
  DeviceFacts facts_;
};

TEST_F(MpsServerTest, LivesAsLongAsItsObject) {
  install("exit 0");
  auto server = start();
  ASSERT_NE(server, nullptr) << remark_;
  EXPECT_EQ(remark_, "workers share each GPU through NVIDIA's MPS");
  const std::map<std::string, std::string> environment = server->environment();
  EXPECT_EQ(environment.at("CUDA_VISIBLE_DEVICES"), "GPU-a,GPU-b");
  const fs::path pipes = environment.at("CUDA_MPS_PIPE_DIRECTORY");
  EXPECT_TRUE(fs::is_directory(pipes));
  EXPECT_EQ(read_file(log()), "-d GPU-a,GPU-b\n");
  server.reset();
  EXPECT_EQ(read_file(log()), "-d GPU-a,GPU-b\nquit GPU-a,GPU-b\n");
  EXPECT_FALSE(fs::exists(pipes.parent_path()));
}

TEST_F(MpsServerTest, ThatDoesNotStartIsALineAndNothingStays) {
  install("echo Cannot start >&2; exit 3");
  EXPECT_EQ(start(), nullptr);
  EXPECT_EQ(remark_,
            "workers take turns on each GPU, without NVIDIA's MPS: nvidia-cuda-mps-control ended "
            "with exit code 3");
  EXPECT_EQ(read_file(log()), "-d GPU-a,GPU-b\n");
}

TEST_F(MpsServerTest, ThatIsNotInstalledIsALine) {
  ::setenv("PATH", folder_.c_str(), 1);
  EXPECT_EQ(start(), nullptr);
  EXPECT_THAT(remark_, HasSubstr("take turns on each GPU"));
  EXPECT_THAT(remark_, HasSubstr("nvidia-cuda-mps-control"));
  EXPECT_EQ(remark_.find('\n'), std::string::npos);
}

TEST_F(MpsServerTest, IsOfNoUseToOneWorkerPerGpuOrOnTheCpu) {
  install("exit 0");
  expect_none(/*jobs=*/2);
  EXPECT_EQ(start_mps({"cpu"}, 4, facts_, remark_), nullptr);
  EXPECT_EQ(remark_, "");
}

TEST_F(MpsServerTest, IsLeftToTheUserWhoHasOne) {
  install("exit 0");
  ::setenv("CUDA_MPS_PIPE_DIRECTORY", "/tmp/nvidia-mps", 1);
  expect_none();
}

TEST_F(MpsServerTest, TakesNoGpuThatTakesOneProcessAloneOrIsAPart) {
  install("exit 0");
  facts_.visible = "MIG-0123";
  expect_none();
  facts_.visible.reset();
  facts_.driver.gpus[1].takes_several_processes = false;
  expect_none();
  facts_.driver.gpus.clear();
  expect_none();
}

}  // namespace
}  // namespace eigenrnn
