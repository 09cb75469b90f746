#include "store/result_files.h"

#include <filesystem>
#include <zlib.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "checkpoint_fixture.h"
#include "run/run_result.h"
#include "store/result_store.h"
#include "support/error.h"
#include "support/files.h"
#include "verification/recorded_result.h"

namespace eigenrnn {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

RunSpec run_with_seed(int64_t seed) {
  RunParts parts = *small_run("gru");
  parts.seed = seed;
  return RunSpec(std::move(parts));
}

nlohmann::json result_of(const RunSpec& spec, double seconds) {
  RunResult result(spec);
  result.seconds = seconds;
  return to_json(result);
}

class ResultFiles : public testing::Test {
 protected:
  void SetUp() override { fs::create_directories(folder_.parent_path()); }
  void TearDown() override { fs::remove_all(root_); }

  void pack(const std::vector<nlohmann::json>& results) const {
    gzFile file = gzopen((folder_.string() + ".jsonl.gz").c_str(), "wb");
    for (const nlohmann::json& result : results) {
      const std::string line = result.dump() + "\n";
      gzwrite(file, line.data(), static_cast<unsigned>(line.size()));
    }
    gzclose(file);
  }

  std::string error_of(const fs::path& path) const {
    try {
      read_result(path);
    } catch (const Error& error) {
      return error.what();
    }
    return "(no error)";
  }

  const fs::path root_ = fs::temp_directory_path() / ("eigenrnn-archive-" + unique_word());
  const fs::path folder_ = root_ / "quick" / "test";
  const ResultStore store_{root_};
  const RunSpec first_ = run_with_seed(1), second_ = run_with_seed(2), none_ = run_with_seed(3);
};

TEST_F(ResultFiles, APackedResultIsReadLikeAFile) {
  pack({result_of(first_, 5), result_of(second_, 7)});
  EXPECT_TRUE(has_result(store_.path(first_)));
  EXPECT_FALSE(has_result(store_.path(none_)));
  EXPECT_EQ(nlohmann::json::parse(read_result(store_.path(second_))).at("key"), second_.key());
  EXPECT_EQ(result_files(root_).size(), 2u);
  EXPECT_EQ(result_files(folder_), result_files(root_));
  EXPECT_EQ(result_files(folder_.string() + ".jsonl.gz"), result_files(root_));
  EXPECT_THAT(error_of(store_.path(none_)), HasSubstr(none_.key()));
}

TEST_F(ResultFiles, PackedAnalysesAreNoResults) {
  pack({result_of(first_, 5)});
  const fs::path packed = folder_.string() + ".jsonl.gz";
  fs::create_directories(root_ / "quick" / "analysis");
  fs::copy_file(packed, root_ / "quick" / "analysis" / "analyses.jsonl.gz");
  EXPECT_EQ(result_files(root_), std::vector{store_.path(first_)});
}

TEST_F(ResultFiles, TheStoreCountsWhatIsPacked) {
  pack({result_of(first_, 5)});
  RunParts parts = *first_;
  parts.recording = {/*keep_weights=*/false, /*epoch_spectra=*/"all"};
  const std::vector<StoredRun> stored = store_.read({RunSpec(parts), none_});
  EXPECT_TRUE(stored[0].is_done());
  EXPECT_EQ(stored[0].seconds, 5);
  EXPECT_FALSE(stored[1].is_done());
  EXPECT_TRUE(store_.is_done(RunSpec(parts)));
}

TEST_F(ResultFiles, AFileCountsBeforeALine) {
  pack({result_of(first_, 5), result_of(second_, 7)});
  store_.write(first_, result_of(first_, 11));
  EXPECT_EQ(result_files(root_).size(), 2u);
  EXPECT_EQ(store_.read(first_).seconds, 11);
  EXPECT_EQ(store_.read(second_).seconds, 7);
}

TEST_F(ResultFiles, VerificationFindsARowInBothForms) {
  pack({result_of(first_, 5)});
  store_.write(second_, result_of(second_, 7));
  const RecordedResult packed = RecordedResult::read(store_.path(first_));
  EXPECT_EQ(packed.state, RecordedResult::State::kRepeatable) << packed.problem;
  EXPECT_EQ(results_of_row(packed).size(), 2u);
}

TEST_F(ResultFiles, ABrokenArchiveIsToldByName) {
  pack({result_of(first_, 5), {{"key", "nonsense"}}});
  EXPECT_THAT(error_of(store_.path(first_)),
              HasSubstr("test.jsonl.gz:2 is not the result of a run"));
  const std::string whole = read_file(folder_.string() + ".jsonl.gz");
  write_atomically(folder_.string() + ".jsonl.gz", whole.substr(0, whole.size() / 2));
  EXPECT_THAT(error_of(store_.path(first_)), HasSubstr("test.jsonl.gz is truncated"));
}

TEST_F(ResultFiles, AnArchiveThatWasMadeAnewIsReadAnew) {
  pack({result_of(first_, 5)});
  EXPECT_FALSE(has_result(store_.path(second_)));
  pack({result_of(first_, 5), result_of(second_, 7)});
  fs::last_write_time(folder_.string() + ".jsonl.gz",
                      fs::file_time_type::clock::now() + std::chrono::seconds(5));
  EXPECT_TRUE(has_result(store_.path(second_)));
}

}  // namespace
}  // namespace eigenrnn
