#include "manifest/manifest.h"

#include <filesystem>
#include <set>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "initializers/initializer.h"
#include "manifest/run_filter.h"
#include "support/error.h"
#include "support/files.h"

namespace eigenrnn {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kGood = R"(experiment: small
title: Small
task: {name: tomita, options: {train_size: 100}}
conditions:
  - {label: "1", options: {grammar: 1}}
  - {label: "5", options: {grammar: 5}}
cells: [rnn_tanh, lstm]
initializers:
  - xavier
  - {label: gained, name: orthogonal, options: {gain: 1.5}}
seeds: 3
model: {hidden_size: 8}
training: {epochs: 2, learning_rate: 1e-2}
overrides:
  - {cells: [lstm], initializers: [gained], training: {learning_rate: 0.5}}
profiles:
  quick: {seeds: 1, training: {epochs: 1}}
)";

class ManifestFile : public testing::Test {
 protected:
  void SetUp() override { fs::create_directories(folder_); }
  void TearDown() override { fs::remove_all(folder_); }

  fs::path write(const std::string& name, const std::string& text) const {
    write_atomically(folder_ / name, text);
    return folder_ / name;
  }
  Grid load(const std::string& text, const std::string& profile = "cpu") {
    problems_.clear();
    return load_grid(write("test.yaml", text), profile, problems_);
  }
  std::string mistakes(const std::string& text) {
    load(text);
    return to_string(problems_);
  }
  static std::string replaced(const std::string& from, const std::string& to) {
    std::string text = kGood;
    return text.replace(text.find(from), from.size(), to);
  }

  fs::path folder_ = fs::temp_directory_path() / fmt::format("eigenrnn-manifest-{}", ::getpid());
  Problems problems_;
};

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

TEST_F(ManifestFile, EveryMistakeIsShownAtOnce) {
  const std::string text = mistakes(R"(experiment: bad
title: Bad
task: {name: tomita, options: {grammar: 9}}
cells: [rnn_tanh, lstn]
initializers:
  - xaver
  - {name: orthogonal, options: {gian: 2}}
seeds: 0
modle: {hidden_size: 8}
training:
  epochs: many
  learning_rate: -1
)");
  EXPECT_THAT(text, HasSubstr("test.yaml:3: 'grammar' of task tomita is 9"));
  EXPECT_THAT(text, HasSubstr("test.yaml:4: unknown cell 'lstn'; there are: rnn_tanh, rnn_relu, "
                              "lstm, gru (did you mean 'lstm'?)"));
  EXPECT_THAT(text, HasSubstr("test.yaml:6: unknown initializer 'xaver'"));
  EXPECT_THAT(text, HasSubstr("test.yaml:7: unknown key 'gian'"));
  EXPECT_THAT(text, HasSubstr("test.yaml:8: 'seeds' is 0"));
  EXPECT_THAT(text, HasSubstr("test.yaml:9: unknown key 'modle'"));
  EXPECT_THAT(text, HasSubstr("test.yaml:11: 'epochs' of training is \"many\""));
  EXPECT_THAT(text, HasSubstr("test.yaml:12: 'learning_rate' of training is -1"));
  EXPECT_EQ(problems_.size(), 8u) << text;
}

TEST_F(ManifestFile, OptionsThatDoNotFitTogetherAreMistakes) {
  EXPECT_THAT(mistakes(replaced("{grammar: 5}", "{grammar: 5, max_length: 40}")),
              HasSubstr("test.yaml:6: tomita: test_min_length is 31"));
  EXPECT_THAT(
      mistakes(replaced("{gain: 1.5}}", "{gain: 1.5}}\n  - {name: eigen, options: {gates: [n]}}")),
      HasSubstr("initializer eigen on rnn_tanh"));
}

TEST_F(ManifestFile, AProfileMayChangeNothingButSizes) {
  EXPECT_THAT(mistakes(replaced("{epochs: 1}", "{learning_rate: 0.1}")),
              HasSubstr("profile quick changes 'learning_rate', and may only change sizes"));
  EXPECT_THAT(mistakes(replaced("quick: {seeds: 1", "quik: {seeds: 1")),
              HasSubstr("unknown profile 'quik'"));
  EXPECT_THAT(mistakes(replaced("quick: {seeds: 1, training: {epochs: 1}}", "quick: 1")),
              HasSubstr("'quick' is 1, and must be a mapping of keys to values"));
  // A mistake in a profile shows although another one is asked for.
  EXPECT_THAT(mistakes(replaced("{epochs: 1}", "{epochs: 0}")), HasSubstr("'epochs'"));
}

TEST_F(ManifestFile, IncludesMergeAndLocalKeysWin) {
  write("base.yaml", kGood);
  const Grid grid = load("include: base.yaml\nexperiment: derived\nmodel: {layers: 2}\n");
  EXPECT_EQ(to_string(problems_), "");
  EXPECT_EQ(grid.experiment, "derived");
  EXPECT_EQ(grid.runs.front()->model.hidden_size, 8);
  EXPECT_EQ(grid.runs.front()->model.layers, 2);
}

TEST_F(ManifestFile, AMistakeInAnIncludedFileNamesThatFile) {
  write("base.yaml", replaced("epochs: 2", "epochs: -2"));
  EXPECT_THAT(mistakes("include: base.yaml\n"), HasSubstr("base.yaml:13: 'epochs'"));
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

TEST_F(ManifestFile, BrokenIncludesAreMistakes) {
  write("a.yaml", "include: test.yaml\n");
  EXPECT_THAT(mistakes("include: a.yaml\n"), HasSubstr("files include one another"));
  EXPECT_THAT(mistakes("include: nowhere.yaml\n"), HasSubstr("nowhere.yaml"));
  EXPECT_THAT(
      mistakes("a: 1\ninclude: [., '']\n"),
      HasSubstr("test.yaml:2: cannot read " + (folder_ / ".").string() + ": it is a folder"));
  EXPECT_THAT(mistakes("include: [{cells: gru}]\n"),
              HasSubstr("test.yaml:1: 'include' names {\"cells\":\"gru\"}, and must name a file"));
}

TEST_F(ManifestFile, WhatIsNoManifestIsAMistake) {
  EXPECT_THAT(mistakes("a: [1, 2\n"), HasSubstr("not YAML"));
  EXPECT_THAT(mistakes("- a\n- b\n"), HasSubstr("must hold a mapping"));
  EXPECT_THAT(mistakes(""), HasSubstr("must hold a mapping"));
  EXPECT_THAT(mistakes(std::string(kGood) + "seeds: 4\n"), HasSubstr("'seeds' is given twice"));
}

TEST_F(ManifestFile, ANumberThatIsTooLargeIsAMistake) {
  EXPECT_THAT(mistakes(replaced("gain: 1.5", "gain: 1e999")),
              HasSubstr("'gain' of initializer orthogonal is \"1e999\", and must be a number"));
}

TEST_F(ManifestFile, TextThatIsNoUtf8IsAMistake) {
  EXPECT_THAT(mistakes(replaced("epochs: 2", "epochs: caf\xe9")),
              HasSubstr("test.yaml:13: the text is not valid UTF-8"));
  EXPECT_THAT(mistakes("caf\xe9: 1\n"), HasSubstr("test.yaml:1: the text is not valid UTF-8"));
  EXPECT_THROW(parse_value("\xff"), Error);
  EXPECT_EQ(parse_value("caf\u00e9"), "caf\u00e9");
}

TEST_F(ManifestFile, AKeyThatIsNoTextIsAMistake) {
  EXPECT_THAT(mistakes("? [seeds]\n: 1\n"), HasSubstr("test.yaml:1: a key must be a text"));
}

TEST_F(ManifestFile, AnAliasWithinWhatItNamesIsAMistake) {
  EXPECT_THAT(mistakes("a: &a [*a]\n"), HasSubstr("test.yaml:1: values are nested more than 64"));
  EXPECT_THAT(mistakes("a: &a\n  b: *a\n"), HasSubstr("does an alias (*name) stand within"));
  EXPECT_THROW(parse_value("&a [*a]"), Error);
}

TEST_F(ManifestFile, AliasesThatMultiplyAreAMistake) {
  std::string text = "a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n";
  for (char name = 'b'; name <= 'k'; ++name) {  // 10¹¹ values
    const std::string alias = fmt::format("*{}", static_cast<char>(name - 1));
    text += fmt::format("{0}: &{0} [{1}", name, alias);
    for (int i = 1; i < 10; ++i) text += ", " + alias;
    text += "]\n";
  }
  EXPECT_THAT(mistakes(text), HasSubstr("there are more than 20000 values, counting what each"));
  EXPECT_EQ(problems_.size(), 1u);
}

TEST_F(ManifestFile, WhatIsEmptyIsAMistake) {
  const auto with = [](const std::string& line) { return std::string(kGood) + line; };
  const auto without = [](const std::string& from, const std::string& until,
                          const std::string& instead) {
    std::string text = kGood;
    const size_t begin = text.find(from);
    return text.replace(begin, text.find(until) - begin, instead);
  };
  const auto is_empty = [](const std::string& key) {
    return HasSubstr("'" + key + "' is an empty list, and must name at least one");
  };
  EXPECT_THAT(mistakes(replaced("[rnn_tanh, lstm]", "[]")), is_empty("cells"));
  EXPECT_THAT(mistakes(without("conditions:", "cells:", "conditions: []\n")),
              is_empty("conditions"));
  EXPECT_THAT(mistakes(without("initializers:", "seeds:", "initializers: []\n")),
              is_empty("initializers"));
  EXPECT_THAT(mistakes(with("tables: []\n")), is_empty("tables"));
  EXPECT_THAT(mistakes(replaced("{cells: [lstm], ", "{cells: [], ")), is_empty("cells"));
  EXPECT_THAT(mistakes(replaced("initializers: [gained]", "initializers: []")),
              is_empty("initializers"));

  EXPECT_THAT(mistakes(replaced("experiment: small", "experiment: ''")),
              HasSubstr("test.yaml:1: 'experiment' is empty, and must be a text"));
  EXPECT_THAT(mistakes(replaced("title: Small", "title: ''")), HasSubstr("'title' is empty"));
  EXPECT_THAT(mistakes(replaced("label: \"1\"", "label: ''")), HasSubstr("'label' is empty"));
  EXPECT_THAT(mistakes(replaced("label: gained", "label: ''")), HasSubstr("'label' is empty"));
  EXPECT_EQ(mistakes(with("caption: ''\n")), "");
}

TEST_F(ManifestFile, AnOverrideThatIsNoneIsAMistake) {
  EXPECT_THAT(mistakes(replaced("overrides:\n", "overrides:\n  - 5\n")),
              HasSubstr("test.yaml:15: an override must be a mapping of 'cells'"));
  EXPECT_THAT(mistakes(replaced(", training: {learning_rate: 0.5}}", "}")),
              HasSubstr("an override changes nothing without 'model' or 'training'"));
}

TEST_F(ManifestFile, ASecondDocumentIsAMistake) {
  EXPECT_THAT(mistakes(std::string(kGood) + "---\nseeds: 5\n"),
              HasSubstr("test.yaml:19: a second document begins here"));
  EXPECT_EQ(mistakes("---\n" + std::string(kGood) + "---\n"), "");
  EXPECT_THROW(parse_value("1\n---\n2\n"), Error);
}

TEST_F(ManifestFile, TextThatIsShownStaysOnItsLine) {
  const Grid grid =
      load(replaced("title: Small", "title: >\n  Small\n  again\ncaption: |\n  One.\n  Two.\n"));
  EXPECT_EQ(to_string(problems_), "");
  EXPECT_EQ(grid.table.at("title"), "Small again");
  EXPECT_THAT(grid.table.at("caption").get<std::string>(),
              testing::StartsWith("One. Two. Profile"));
  EXPECT_EQ(load(replaced("label: gained", "label: \"a\\nb\"").replace(0, 0, "")).runs.size(),
            0u + load(kGood).runs.size());

  const std::string escape = "\\e[31mred";
  for (const char* place : {"title: Small", "label: gained"}) {
    const std::string key = std::string(place).substr(0, 5);
    EXPECT_THAT(
        mistakes(replaced(place, key + ": \"" + escape + "\"")),
        HasSubstr("'" + key + "' has the control character U+001B, and must be plain text"));
  }
  EXPECT_THAT(mistakes(std::string(kGood) + "tables: [{metric: loss, label: \"a\\x07\"}]\n"),
              HasSubstr("'label' has the control character U+0007"));
}

TEST_F(ManifestFile, AnExperimentIsNotNamedLikeWhatTheScriptsWrite) {
  for (const char* name : {"tables", "analysis", "figures", "report", "statistics", "verdicts",
                           "eigen_variants", "../small"}) {
    EXPECT_THAT(mistakes(replaced("experiment: small", std::string("experiment: ") + name)),
                HasSubstr(std::string("'experiment' is '") + name + "', and names a folder"));
  }
}

TEST_F(ManifestFile, AGridThatIsTooLargeIsAMistakeAndIsNotExpanded) {
  EXPECT_THAT(mistakes(replaced("seeds: 3", "seeds: 1000000000")),
              HasSubstr("'seeds' is 1000000000, and must be a number of seeds from 1 to 200000"));
  const Grid grid = load(replaced("seeds: 3", "seeds: 25001"));
  EXPECT_THAT(to_string(problems_),
              HasSubstr("the grid of profile cpu has 200008 runs (25001 seeds × 2 conditions × 2 "
                        "cells × 2 initializers), and may have at most 200000"));
  EXPECT_TRUE(grid.runs.empty());
}

TEST_F(ManifestFile, ACellIsGivenOnce) {
  EXPECT_THAT(mistakes(replaced("[rnn_tanh, lstm]", "[lstm, lstm]")),
              HasSubstr("test.yaml:7: cell 'lstm' is given twice"));
}

TEST_F(ManifestFile, TwoRowsMayNotBeTheSameRun) {
  EXPECT_THAT(mistakes(replaced("  - xavier\n", "  - xavier\n  - {label: twin, name: xavier}\n")),
              HasSubstr("are the same run"));
  EXPECT_THAT(mistakes(replaced("  - xavier\n", "  - xavier\n  - xavier\n")),
              HasSubstr("initializer 'xavier' is given twice"));
}

TEST_F(ManifestFile, AFilterTakesAPartOfTheGrid) {
  const Grid grid = load(kGood);
  EXPECT_EQ(RunFilter({"init=gained,cell=lstm,seed=0"}).apply(grid.runs).size(), 2u);
  EXPECT_EQ(RunFilter({"seed=0,seed=2", "condition=5"}).apply(grid.runs).size(), 8u);
  EXPECT_EQ(RunFilter({"init=orthogonal"}).apply(grid.runs).size(), 12u);
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
