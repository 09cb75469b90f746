#include "manifest/assignments.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "manifest_fixture.h"

namespace eigenrnn {
namespace {

using testing::HasSubstr;

class Assigned : public ManifestFile {
 protected:
  Grid load_with(const std::vector<std::string>& set, const std::string& profile = "cpu") {
    problems_.clear();
    return load_grid(write("test.yaml", kGood), profile, problems_, set);
  }
  std::string mistakes_of(const std::string& set) {
    load_with({set});
    return to_string(problems_);
  }
};

TEST_F(Assigned, WinsOverManifestOverrideAndProfile) {
  for (const RunSpec& run : load_with({"training.learning_rate=0.1"}).runs) {
    EXPECT_EQ(run->training.learning_rate, 0.1) << run->describe();
  }
  for (const RunSpec& run : load_with({"training.epochs=7", "model.layers=2"}, "quick").runs) {
    EXPECT_EQ(run->training.epochs, 7);
    EXPECT_EQ(run->model.layers, 2);
  }
  EXPECT_EQ(to_string(problems_), "");
}

TEST_F(Assigned, IsInTheKeyAsIfTheManifestSaidIt) {
  const Grid set = load_with({"model.hidden_size=16"});
  const Grid said = load(replaced("hidden_size: 8", "hidden_size: 16"));
  ASSERT_EQ(set.runs.size(), said.runs.size());
  for (size_t i = 0; i < set.runs.size(); ++i) EXPECT_EQ(set.runs[i].key(), said.runs[i].key());
  EXPECT_NE(set.runs.front().key(), load(kGood).runs.front().key());
}

TEST_F(Assigned, ReachesTaskSeedsAndRecording) {
  const Grid grid = load_with(
      {"task.options.train_size=50", "seeds=[7, 8]", "recording.keep_weights=true", "seeds=[9]"});
  EXPECT_EQ(to_string(problems_), "");
  EXPECT_EQ(grid.runs.size(), 8u);
  for (const RunSpec& run : grid.runs) {
    EXPECT_EQ(run->task_options.integer("train_size"), 50);
    EXPECT_EQ(run->seed, 9);
    EXPECT_TRUE(run->recording.keep_weights);
  }
}

TEST_F(Assigned, MistakesNameTheAssignment) {
  EXPECT_THAT(mistakes_of("training.lr=0.1"),
              HasSubstr("--set training.lr=0.1: unknown key 'lr' in training"));
  EXPECT_THAT(mistakes_of("training.lr=0.1"), HasSubstr("did you mean 'learning_rate'?"));
  EXPECT_THAT(mistakes_of("model.hidden_size=big"),
              HasSubstr("--set model.hidden_size=big: 'hidden_size' of model is \"big\""));
  EXPECT_THAT(mistakes_of("seeds=0"), HasSubstr("--set seeds=0: 'seeds' is 0, and must be"));
  EXPECT_THAT(mistakes_of("epochs=3"), HasSubstr("'epochs' cannot be set here"));
  EXPECT_THAT(mistakes_of("trainig.epochs=3"), HasSubstr("did you mean 'training'?"));
  EXPECT_THAT(mistakes_of("training.epochs"), HasSubstr("it must be KEY=VALUE"));
  EXPECT_THAT(mistakes_of("training.epochs=[1"), HasSubstr("cannot be read as a value"));
}

TEST_F(Assigned, WhatMakesTwoColumnsOneIsAMistake) {
  EXPECT_THAT(mistakes_of("task.options.grammar=3"), HasSubstr("are the same run"));
}

}  // namespace
}  // namespace eigenrnn
