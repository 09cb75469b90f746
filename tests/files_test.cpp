#include "support/files.h"

#include <filesystem>
#include <unistd.h>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "support/error.h"

namespace eigenrnn {
namespace {

namespace fs = std::filesystem;

class Files : public testing::Test {
 protected:
  void TearDown() override { fs::remove_all(folder_); }
  fs::path folder_ = fs::temp_directory_path() / fmt::format("eigenrnn-files-{}", ::getpid());
};

TEST_F(Files, WritesWholeAndLeavesNoTemporary) {
  write_atomically(folder_ / "deep" / "a", "one");
  write_atomically(folder_ / "deep" / "a", "two");
  EXPECT_EQ(read_file(folder_ / "deep" / "a"), "two");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_ / "deep"), {}), 1);
}

TEST_F(Files, AFailedWriteKeepsTheOldContent) {
  // A folder of the target's name makes the rename fail.
  fs::create_directories(folder_ / "a" / "b");
  EXPECT_THROW(write_atomically(folder_ / "a", "text"), Error);
  EXPECT_TRUE(fs::is_directory(folder_ / "a" / "b"));
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), {}), 1);
}

TEST_F(Files, AFullDiskIsAnErrorThatSaysSo) {
  if (!fs::exists("/dev/full")) GTEST_FAIL() << "/dev/full is not there";
  fs::create_directories(folder_);
  fs::create_symlink("/dev/full", temporary_beside(folder_ / "a"));
  try {
    write_atomically(folder_ / "a", "text");
    FAIL() << "the disk is full";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("No space left"), std::string::npos) << error.what();
  }
  EXPECT_FALSE(fs::exists(folder_ / "a"));
}

TEST_F(Files, Sha256OfPublishedExamples) {  // FIPS 180-4
  EXPECT_EQ(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST_F(Files, AMissingFileIsNamed) { EXPECT_THROW(read_file(folder_ / "nothing"), Error); }

}  // namespace
}  // namespace eigenrnn
