#include "support/files.h"

#include <filesystem>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

#include <fmt/format.h>
#include <gmock/gmock.h>
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

// --output /dev/null, a link, a pipe: what stands there stays what it is.
TEST_F(Files, OutputIsWrittenToDevicesAndThroughLinks) {
  write_output("/dev/null", "text");
  EXPECT_TRUE(fs::is_character_file("/dev/null"));

  fs::create_directories(folder_ / "deep");
  fs::create_symlink("deep/new", folder_ / "link");
  fs::create_symlink("link", folder_ / "link to it");
  for (const char* text : {"one", "two"}) {  // first there is nothing at its end
    write_output(folder_ / "link to it", text);
    EXPECT_TRUE(fs::is_symlink(folder_ / "link to it"));
    EXPECT_TRUE(fs::is_symlink(folder_ / "link"));
    EXPECT_EQ(read_file(folder_ / "deep" / "new"), text);
  }

  ASSERT_EQ(::mkfifo((folder_ / "pipe").c_str(), 0600), 0);
  std::string arrived;
  std::thread reader([&] { arrived = read_file(folder_ / "pipe"); });
  write_output(folder_ / "pipe", "through it");
  reader.join();
  EXPECT_EQ(arrived, "through it");
  EXPECT_TRUE(fs::is_fifo(folder_ / "pipe"));
}

TEST_F(Files, OutputThatCannotBeWrittenIsAnErrorThatSaysWhy) {
  fs::create_directories(folder_);
  fs::create_symlink("loop", folder_ / "loop");
  const std::vector<std::pair<fs::path, std::string>> cases = {
      {"/dev/full", "No space left"},
      {folder_, "Is a directory"},
      {folder_ / "loop", "Too many levels of symbolic links"}};
  for (const auto& [path, reason] : cases) {
    try {
      write_output(path, "text");
      FAIL() << path;
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find(reason), std::string::npos) << error.what();
    }
  }
}

TEST_F(Files, Sha256OfPublishedExamples) {  // FIPS 180-4
  EXPECT_EQ(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST_F(Files, AMissingFileIsNamed) { EXPECT_THROW(read_file(folder_ / "nothing"), Error); }

// What the user must do decides the kind of an error, and so the program's exit code.
TEST(ErrorKinds, AFileThatCannotBeWrittenIsNoBadUsage) {
  EXPECT_THROW(write_atomically("/proc/none/file", "text"), StorageError);
  EXPECT_THROW(write_output("/proc/none/file", "text"), StorageError);
  try {
    read_file("/proc/none/file");
    FAIL() << "there is no such file";
  } catch (const StorageError&) {
    FAIL() << "a path that names nothing is for the user to mend";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("/proc/none/file"));
  }
}

}  // namespace
}  // namespace eigenrnn
