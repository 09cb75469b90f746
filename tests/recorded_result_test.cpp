#include "verification/recorded_result.h"

#include <filesystem>

#include <gtest/gtest.h>

#include "manifest/manifest.h"
#include "run/run_result.h"
#include "support/files.h"

namespace eigenrnn {
namespace {

namespace fs = std::filesystem;
using State = RecordedResult::State;

class RecordedResults : public testing::Test {
 protected:
  void SetUp() override {
    Problems problems;
    const Grid grid = load_grid(EIGENRNN_SOURCE_DIR "/experiments/tomita.yaml", "quick", problems);
    ASSERT_TRUE(problems.empty());
    json_ = to_json(RunResult(grid.runs.front()));
  }
  void TearDown() override { fs::remove_all(folder_); }

  fs::path write(const std::string& name, const nlohmann::json& json) const {
    write_atomically(folder_ / name, json.dump());
    return folder_ / name;
  }
  fs::path write() const { return write(json_.at("key").get<std::string>() + ".json", json_); }

  nlohmann::json json_;
  const fs::path folder_ = fs::temp_directory_path() / ("eigenrnn-recorded-" + unique_word());
};

TEST_F(RecordedResults, AreReadWhole) {
  const RecordedResult result = RecordedResult::read(write());
  EXPECT_EQ(result.state, State::kRepeatable) << result.problem;
  EXPECT_EQ(result.spec->key(), json_.at("key"));
  EXPECT_EQ(results_of_row(result).size(), 1u);
}

TEST_F(RecordedResults, ASeedThatIsNoIntegerIsTold) {
  for (const nlohmann::json& seed : {nlohmann::json(1e300), nlohmann::json(1.5)}) {
    json_["spec"]["seed"] = seed;
    const RecordedResult result = RecordedResult::read(write());
    EXPECT_EQ(result.state, State::kBroken);
    EXPECT_EQ(result.problem, "its seed is " + seed.dump() + ", and must be an integer");
  }
}

TEST_F(RecordedResults, FilesOfAnotherShapeAreNotOfTheRow) {
  const RecordedResult result = RecordedResult::read(write());
  write("0000000000000000.json", {{"metrics", nullptr}, {"spec", 5}});
  nlohmann::json odd = json_;
  odd["spec"]["condition"] = 1;
  write("0000000000000001.json", odd);
  odd = json_;
  odd["spec"]["initializer"] = "xavier";
  write("0000000000000002.json", odd);
  EXPECT_EQ(results_of_row(result).size(), 1u);
}

}  // namespace
}  // namespace eigenrnn
