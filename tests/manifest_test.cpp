#include "manifest/manifest.h"

#include <set>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "initializers/initializer.h"
#include "manifest/run_filter.h"
#include "manifest_fixture.h"
#include "support/error.h"

namespace eigenrnn {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

TEST_F(ManifestFile, ExpandsTheWholeGrid) {
  const Grid grid = load(kGood);
  EXPECT_EQ(to_string(problems_), "");
  EXPECT_EQ(grid.runs.size(), 2u * 2u * 2u * 3u);
  std::set<std::string> keys;
  for (const RunSpec& run : grid.runs) keys.insert(run.key());
  EXPECT_EQ(keys.size(), grid.runs.size());
  EXPECT_EQ(grid.table.at("entries").size(), 8u);
  EXPECT_EQ(grid.table.at("entries")[0].at("runs").size(), 3u);
}

TEST_F(ManifestFile, TheTableSaysWhatIsKnownOfTaskMetricsAndGates) {
  const nlohmann::json table = load(kGood).table;
  EXPECT_EQ(table.at("task"),
            nlohmann::json::parse(R"({"name": "tomita", "label": "Tomita grammars",
    "phrase": "the Tomita grammars", "kind": "classification"})"));
  const nlohmann::json& metrics = table.at("metrics");
  ASSERT_EQ(metrics.size(), 3u);
  EXPECT_EQ(metrics[0].at("name"), "accuracy");
  EXPECT_EQ(metrics[0].at("logarithmic"), false);
  EXPECT_EQ(metrics[0].at("null_is_never"), false);
  EXPECT_EQ(metrics[0].at("trivial").at("value"), 0.5);
  EXPECT_TRUE(metrics[0].at("trivial").at("margin").is_null());
  EXPECT_EQ(metrics[1].at("name"), "loss");
  EXPECT_EQ(metrics[1].at("logarithmic"), true);
  EXPECT_TRUE(metrics[1].at("trivial").is_null());
  EXPECT_EQ(metrics[2].at("name"), "epochs_to_threshold");
  EXPECT_EQ(metrics[2].at("null_is_never"), true);
  EXPECT_EQ(table.at("curves")[0].at("name"), "train_loss");
  const nlohmann::json& cells = table.at("cells");
  EXPECT_EQ(cells[0].at("gates"), nlohmann::json::parse(R"([{"name": "h", "label": ""}])"));
  EXPECT_EQ(cells[1].at("gates")[1],
            nlohmann::json::parse(R"({"name": "f", "label": "forget gate"})"));
}

TEST_F(ManifestFile, AProfileChangesSizes) {
  const Grid grid = load(kGood, "quick");
  EXPECT_EQ(grid.runs.size(), 8u);
  EXPECT_EQ(grid.runs.front()->training.epochs, 1);
}

TEST_F(ManifestFile, OverridesApplyWhereTheySay) {
  for (const RunSpec& run : load(kGood).runs) {
    const bool overridden = run->cell == "lstm" && run->label == "gained";
    EXPECT_EQ(run->training.learning_rate, overridden ? 0.5 : 0.01);
  }
}

TEST_F(ManifestFile, AConditionMayHaveTheFirstSeedsAlone) {
  const Grid grid = load(replaced("options: {grammar: 1}}", "options: {grammar: 1}, seeds: 2}"));
  EXPECT_EQ(grid.runs.size(), 4 * (2 + 3));
  for (const RunSpec& run : grid.runs) {
    EXPECT_TRUE(run->seed < 2 || run->condition == "5") << run->describe();
  }
  EXPECT_THAT(grid.table["caption"].get<std::string>(), HasSubstr("2 to 3 seeds"));
  const Grid quick =
      load(replaced("options: {grammar: 1}}", "options: {grammar: 1}, seeds: 2}"), "quick");
  EXPECT_EQ(quick.runs.size(), 4 * 2);
}

TEST_F(ManifestFile, AnOverrideMaySetAnInitializersOptions) {
  for (const RunSpec& run :
       load(replaced("training: {learning_rate: 0.5}}", "options: {gain: 0.75}}")).runs) {
    if (run->label != "gained") continue;
    EXPECT_EQ(run->initializer_options.number("gain"), run->cell == "lstm" ? 0.75 : 1.5);
  }
}

TEST_F(ManifestFile, OverridesMayBeSharedWithOtherGrids) {
  const std::string kFor = "{cells: [lstm], initializers: [gained]";
  const Grid grid = load(replaced(kFor, "{cells: [gru], initializers: [irnn]"));
  EXPECT_EQ(grid.runs.front()->training.learning_rate, 0.01);
  EXPECT_THAT(mistakes(replaced(kFor, "{cells: [gro], initializers: [gaind]")),
              testing::AllOf(HasSubstr("unknown cell 'gro'"), HasSubstr("'gaind'")));
}

TEST_F(ManifestFile, AnOverrideOfALabelIsAboutThatRowAlone) {
  const std::string tuned = replaced("{label: gained, name: orthogonal",
                                     "orthogonal\n  - {label: gained, name: orthogonal");
  const std::string both = std::string(tuned).replace(tuned.find("initializers: [gained]"), 22,
                                                      "initializers: [orthogonal]");
  for (const RunSpec& run : load(both).runs) {
    const bool overridden = run->cell == "lstm" && run->label == "orthogonal";
    EXPECT_EQ(run->training.learning_rate, overridden ? 0.5 : 0.01) << run->describe();
  }
}

TEST_F(ManifestFile, AProfileMayHaveOverridesThatWereTunedAtItsSizes) {
  const std::string tuned =
      replaced("quick: {seeds: 1, training: {epochs: 1}}",
               "quick: {overrides: [{initializers: [gained], training: {learning_rate: 0.125}}]}");
  for (const RunSpec& run : load(tuned, "quick").runs) {  // after the manifest's own
    EXPECT_EQ(run->training.learning_rate, run->label == "gained" ? 0.125 : 0.01);
  }
  for (const RunSpec& run : load(tuned, "cpu").runs) {
    const bool overridden = run->cell == "lstm" && run->label == "gained";
    EXPECT_EQ(run->training.learning_rate, overridden ? 0.5 : 0.01);
  }
}

// Issue: a manifest's own overrides were dropped where an included profile had some.
TEST_F(ManifestFile, AManifestsOwnOverridesApplyAfterThoseOfAnIncludedProfile) {
  write("tuned.yaml",
        "overrides:\n  - {training: {momentum: 0.5}}\n"
        "profiles: {cpu: {overrides: [{training: {learning_rate: 0.003}}]}}\n");
  const std::string own =
      "include: tuned.yaml\n" +
      replaced("{cells: [lstm], initializers: [gained], training: {learning_rate: 0.5}}",
               "{cells: [lstm], training: {learning_rate: 0.02}}");
  for (const RunSpec& run : load(own).runs) {
    EXPECT_EQ(run->training.learning_rate, run->cell == "lstm" ? 0.02 : 0.003);
    EXPECT_EQ(run->training.momentum, 0.5);
  }
  for (const RunSpec& run : load(own, "paper").runs) {
    EXPECT_EQ(run->training.learning_rate, run->cell == "lstm" ? 0.02 : 0.01);
  }
  const std::string none =
      "include: tuned.yaml\n" +
      replaced(
          "overrides:\n  - {cells: [lstm], initializers: [gained], training: {learning_rate: 0.5}}",
          "overrides: []");
  for (const RunSpec& run : load(none, "paper").runs) {
    EXPECT_EQ(run->training.momentum, 0);
  }
  EXPECT_EQ(to_string(problems_), "");
}

TEST_F(ManifestFile, AConditionMayChangeTraining) {
  const Grid grid =
      load(replaced("{grammar: 5}}", "{grammar: 5}, training: {learning_rate: 0.25}}"));
  for (const RunSpec& run : grid.runs) {  // and comes after an override
    const bool overridden = run->cell == "lstm" && run->label == "gained";
    EXPECT_EQ(run->training.learning_rate, run->condition == "5" ? 0.25 : overridden ? 0.5 : 0.01);
  }
  EXPECT_THAT(mistakes(replaced("{grammar: 5}}", "{grammar: 5}, training: {learn: 1}}")),
              HasSubstr("unknown key 'learn' in condition '5'"));
}

TEST_F(ManifestFile, SpecsSurviveJson) {
  for (const RunSpec& run : load(kGood).runs) {
    const RunSpec copy(RunParts::from_json(nlohmann::json::parse(run->to_json().dump())));
    EXPECT_EQ(copy->to_json(), run->to_json());
    EXPECT_EQ(copy.key(), run.key());
  }
}

TEST_F(ManifestFile, ASpecOfJsonHasAnIntegerForASeed) {
  nlohmann::json json = load(kGood).runs.front()->to_json();
  for (const nlohmann::json& seed : {nlohmann::json(1e300), nlohmann::json(0.5),
                                     nlohmann::json(18446744073709551615u), nlohmann::json("0")}) {
    json["seed"] = seed;
    EXPECT_THROW(RunParts::from_json(json), Error) << seed;
  }
}

TEST_F(ManifestFile, AKeyIsDecidedByTheOutcomeAlone) {
  const Grid grid = load(kGood);
  RunParts run = *grid.runs.front();
  const std::string key = run_key(run);
  run.label = run.condition = run.experiment = run.profile = "other";
  EXPECT_EQ(run_key(run), key);
  run.seed = 99;
  EXPECT_NE(run_key(run), key);
}

TEST_F(ManifestFile, WhatIsRecordedIsInTheSpecAndNotInTheKey) {
  const RunSpec plain = load(kGood).runs.front();
  EXPECT_FALSE(plain->recording.keep_weights);
  const RunSpec kept = load(std::string(kGood) + "recording: {keep_weights: true}\n").runs.front();
  EXPECT_TRUE(kept->recording.keep_weights);
  EXPECT_EQ(kept->recording.epoch_spectra, "summary");
  EXPECT_EQ(kept.key(), plain.key());
  EXPECT_TRUE(RunParts::from_json(kept->to_json()).recording.keep_weights);
  nlohmann::json before_there_was_any = kept->to_json();
  before_there_was_any.erase("recording");
  EXPECT_FALSE(RunParts::from_json(before_there_was_any).recording.keep_weights);
  EXPECT_THAT(mistakes(std::string(kGood) + "recording: {keep_wights: true}\n"),
              HasSubstr("unknown key 'keep_wights' in recording"));
}

TEST_F(ManifestFile, TheSameNumberInAnotherSpellingIsTheSameRun) {
  const Grid one = load(replaced("gain: 1.5", "gain: 1"));
  const Grid other = load(replaced("gain: 1.5", "gain: 1.0"));
  EXPECT_EQ(one.runs[1].key(), other.runs[1].key());
}

TEST_F(ManifestFile, IncludesMergeAndLocalKeysWin) {
  write("base.yaml", kGood);
  const Grid grid = load("include: base.yaml\nexperiment: derived\nmodel: {layers: 2}\n");
  EXPECT_EQ(to_string(problems_), "");
  EXPECT_EQ(grid.experiment, "derived");
  EXPECT_EQ(grid.runs.front()->model.hidden_size, 8);
  EXPECT_EQ(grid.runs.front()->model.layers, 2);
}

TEST_F(ManifestFile, ReferencesAreLookedUpBesideTheFileThatNamesThem) {
  fs::create_directories(folder_ / "shared");
  write("shared/numbers.yaml",
        "references:\n  - {condition: '1', metric: accuracy, label: L, value: 1, citation: C}\n");
  write("shared/base.yaml", std::string(kGood) + "references: numbers.yaml\n");
  const Grid grid = load("include: shared/base.yaml\n");
  EXPECT_EQ(to_string(problems_), "");
  ASSERT_EQ(grid.table.at("references").size(), 1u);
  EXPECT_EQ(grid.table.at("references")[0].at("citation"), "C");

  write("base.yaml", std::string(kGood) + "references: [shared/numbers.yaml]\n");
  EXPECT_EQ(load("include: base.yaml\nreferences: []\n").table.at("references").size(), 0u);
  EXPECT_EQ(to_string(problems_), "");
  EXPECT_THAT(mistakes(std::string(kGood) + "references: [nowhere.yaml]\n"),
              HasSubstr("cannot read " + (folder_ / "nowhere.yaml").string()));
  EXPECT_THAT(mistakes(std::string(kGood) + "references: [{a: 1}]\n"),
              HasSubstr("'references' names {\"a\":1}, and must name a file"));
}

TEST_F(ManifestFile, AFilterTakesAPartOfTheGrid) {
  const Grid grid = load(kGood);
  EXPECT_EQ(RunFilter({"init=gained,cell=lstm,seed=0"}).apply(grid.runs).size(), 2u);
  EXPECT_EQ(RunFilter({"seed=0,seed=2", "condition=5"}).apply(grid.runs).size(), 8u);
  EXPECT_EQ(RunFilter({"init=orthogonal"}).apply(grid.runs).size(), 12u);  // no row is called so
  EXPECT_EQ(RunFilter({"name=orthogonal"}).apply(grid.runs).size(), 12u);
  EXPECT_EQ(RunFilter({}).apply(grid.runs).size(), grid.runs.size());
  EXPECT_THROW(RunFilter({"colour=red"}), Error);
  EXPECT_THROW(RunFilter({"cell"}), Error);
  try {
    RunFilter({"cell=gru"}).apply(grid.runs);
    FAIL() << "no run has this cell";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("there are: lstm, rnn_tanh"));
  }
}

TEST_F(ManifestFile, ARowOfAVariantDoesNotBelongToTheRowThatIsCalledLikeItsInitializer) {
  const Grid grid = load(replaced("  - xavier\n", "  - orthogonal\n"));
  EXPECT_EQ(RunFilter({"init=orthogonal"}).apply(grid.runs).size(), 12u);
  EXPECT_EQ(RunFilter({"init=orthogonal,init=gained"}).apply(grid.runs).size(), 24u);
  EXPECT_EQ(RunFilter({"name=orthogonal"}).apply(grid.runs).size(), 24u);
}

TEST_F(ManifestFile, AFilterChoosesALabelWithACommaAndARunByItsKey) {
  const Grid grid = load(replaced("label: \"1\"", "label: \"a, b=c,d=e\""));
  EXPECT_EQ(RunFilter({"condition=a, b=c,d=e,seed=0"}).apply(grid.runs).size(), 4u);
  const RunSpec& one = grid.runs.at(5);
  const std::vector<RunSpec> found = RunFilter({"key=" + one.key()}).apply(grid.runs);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found.front()->describe(), one->describe());
  try {
    RunFilter({"init=gained,colour=red"}).apply(grid.runs);
    FAIL() << "no run has this initializer";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("keys that may follow a comma: experiment, condition"));
  }
  for (const char* label : {"label: \"1\"", "label: gained"}) {
    EXPECT_THAT(mistakes(replaced(label, "label: \"a,seed=0\"")),
                HasSubstr("'label' is 'a,seed=0', which --only would take apart"));
  }
}

TEST_F(ManifestFile, TheProjectsManifestsAreRight) {
  for (const char* name : {"tomita", "pixel_mnist", "adding", "mackey_glass",
                           "eigen_ablation_tomita", "eigen_ablation_mnist"}) {
    for (const Profile& profile : profiles()) {
      Problems problems;
      const Grid grid =
          load_grid(fs::path(EIGENRNN_SOURCE_DIR) / "experiments" / (std::string(name) + ".yaml"),
                    profile.name, problems);
      EXPECT_EQ(to_string(problems), "");
      EXPECT_GT(grid.runs.size(), 0u);
    }
  }
}

}  // namespace
}  // namespace eigenrnn
