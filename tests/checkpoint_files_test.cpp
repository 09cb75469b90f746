#include "store/checkpoint_files.h"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sys/resource.h>
#include <unistd.h>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "checkpoint_fixture.h"
#include "store/result_store.h"
#include "support/error.h"
#include "support/files.h"

namespace eigenrnn {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

class CheckpointsOnDisk : public testing::Test {
 protected:
  void TearDown() override { fs::remove_all(folder_); }

  CheckpointFiles files() {
    return CheckpointFiles(path_, [this](const std::string& text) { said_.push_back(text); });
  }

  // What is handed out, "" for nothing.
  std::string loaded() {
    std::string content;
    files().load([&](const std::string& checkpoint) { content = checkpoint; });
    return content;
  }

  static void change(const fs::path& path, const std::function<void(std::string&)>& edit) {
    std::string content = read_file(path);
    edit(content);
    std::ofstream(path, std::ios::binary) << content;
  }
  static void flip_a_bit(const fs::path& path) {
    change(path, [](std::string& content) { content[content.size() / 2] ^= 4; });
  }
  static void cut(const fs::path& path) {
    change(path, [](std::string& content) { content.resize(content.size() / 2); });
  }

  fs::path folder_ = fs::temp_directory_path() / fmt::format("eigenrnn-checkpoint-{}", ::getpid());
  fs::path path_ = folder_ / "a" / "run.checkpoint";
  fs::path previous_ = folder_ / "a" / "run.checkpoint.previous";
  std::vector<std::string> said_;
};

TEST_F(CheckpointsOnDisk, TheNewestIsUsedAndTheOneBeforeIsKept) {
  EXPECT_EQ(loaded(), "");
  EXPECT_FALSE(CheckpointFiles::exist(path_));
  CheckpointFiles store = files();
  const std::string third("third\n\0bytes", 12);
  for (const std::string& text : {std::string("first"), std::string("second"), third}) {
    store.save(text);
  }
  EXPECT_EQ(loaded(), third);
  EXPECT_TRUE(fs::exists(previous_));
  EXPECT_EQ(std::distance(fs::directory_iterator(path_.parent_path()), {}), 2);
  fs::remove(path_);  // as if cut between making room for a new one and writing it
  EXPECT_EQ(loaded(), "second");
  write_atomically(path_.string() + ".123.tmp", "of a writer that was killed");
  CheckpointFiles::remove(path_);
  EXPECT_TRUE(fs::is_empty(path_.parent_path()));
  EXPECT_FALSE(CheckpointFiles::exist(path_));
  EXPECT_EQ(loaded(), "");
}

TEST_F(CheckpointsOnDisk, ADamagedOneIsNamedAndTheOneBeforeIsUsed) {
  const auto damage_empty = [](const fs::path& path) {
    change(path, [](std::string& content) { content.clear(); });
  };
  for (const auto& damage : {flip_a_bit, cut, +damage_empty}) {
    CheckpointFiles store = files();
    store.save("the one before, long enough to be cut");
    store.save("the newest, which is also long enough");
    damage(path_);
    said_.clear();
    EXPECT_EQ(loaded(), "the one before, long enough to be cut");
    ASSERT_EQ(said_.size(), 1u);
    EXPECT_THAT(said_[0], HasSubstr(path_.string() + " is not used: it"));
    // The good one stays until there are two others.
    store.save("a newer one");
    EXPECT_EQ(loaded(), "a newer one");
    flip_a_bit(path_);
    EXPECT_EQ(loaded(), "the one before, long enough to be cut");
  }
}

TEST_F(CheckpointsOnDisk, TwoDamagedOnesAreBothNamedAndNoneIsUsed) {
  CheckpointFiles store = files();
  store.save("the one before");
  store.save("the newest");
  flip_a_bit(path_);
  cut(previous_);
  EXPECT_EQ(loaded(), "");
  EXPECT_THAT(said_, ElementsAre(HasSubstr(path_.string() + " is not used"),
                                 HasSubstr(previous_.string() + " is not used"),
                                 HasSubstr("starts afresh")));
}

// No file of this process can be larger than so many bytes while it lives; as on a full disk, a
// write fails.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    ::getrlimit(RLIMIT_FSIZE, &old_limit_);
    old_handler_ = std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{bytes, old_limit_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &old_limit_);
    std::signal(SIGXFSZ, old_handler_);
  }

 private:
  rlimit old_limit_{};
  void (*old_handler_)(int) = nullptr;
};

TEST_F(CheckpointsOnDisk, AFullDiskIsSaidOnceAndKeepsWhatThereWas) {
  CheckpointFiles store = files();
  store.save("before the disk was full");
  {
    const FileSizeLimit full(1);
    for (int i = 0; i < 3; ++i) store.save("more");
  }
  EXPECT_THAT(said_, ElementsAre(HasSubstr("File too large")));
  EXPECT_EQ(loaded(), "before the disk was full");
  store.save("when there was room again");
  EXPECT_EQ(loaded(), "when there was room again");
}

TEST_F(CheckpointsOnDisk, ARunGoesOnFromTheOneBeforeADamagedOneToTheSameBits) {
  const RunSpec spec = small_run("gru");
  const ResultStore results(folder_);
  path_ = results.checkpoint_path(spec);
  const RunResult whole = *train_with(spec, {}, nullptr);
  TrainingHooks cut_in_the_second_epoch = after_every_step();
  int steps = 0;
  cut_in_the_second_epoch.stop_requested = [&] { return ++steps == 5; };
  CheckpointFiles store = files();
  EXPECT_FALSE(train_with(spec, cut_in_the_second_epoch, &store));
  flip_a_bit(path_);

  std::vector<std::string> notes;
  TrainingHooks hooks;
  hooks.note = [&](const std::string& text) { notes.push_back(text); };
  const RunResult parts = *train_with(spec, hooks, &store);
  EXPECT_THAT(said_, ElementsAre(HasSubstr("damaged")));
  EXPECT_THAT(notes, ElementsAre("goes on in epoch 2 of 3, after 1 of its steps"));
  expect_same_bits(whole, parts);

  EXPECT_TRUE(CheckpointFiles::exist(path_));
  results.write(spec, to_json(parts), parts.weights);
  EXPECT_FALSE(CheckpointFiles::exist(path_));
}

TEST_F(CheckpointsOnDisk, ARunWithoutAGoodOneStartsAfreshToTheSameBits) {
  const RunSpec spec = small_run("gru");
  RunParts other = *spec;
  other.seed = 4;
  CheckpointFiles store = files();
  train_with(RunSpec(other), after_every_step(), &store);
  const RunResult result = *train_with(spec, {}, &store);
  EXPECT_THAT(said_, ElementsAre(HasSubstr("its key is"), HasSubstr("its key is"),
                                 HasSubstr("starts afresh")));
  EXPECT_EQ(result.resumed, 0);
  expect_same_bits(*train_with(spec, {}, nullptr), result);
}

}  // namespace
}  // namespace eigenrnn
