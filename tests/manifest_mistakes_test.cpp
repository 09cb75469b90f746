// Every mistake in a manifest is told, with its file and line, before anything runs.

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

class ManifestMistakes : public ManifestFile {};

TEST_F(ManifestMistakes, EveryMistakeIsShownAtOnce) {
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

TEST_F(ManifestMistakes, OptionsThatDoNotFitTogetherAreMistakes) {
  EXPECT_THAT(mistakes(replaced("{grammar: 5}", "{grammar: 5, max_length: 40}")),
              HasSubstr("test.yaml:6: tomita: test_min_length is 31"));
  EXPECT_THAT(
      mistakes(replaced("{gain: 1.5}}", "{gain: 1.5}}\n  - {name: eigen, options: {gates: [n]}}")),
      HasSubstr("initializer eigen on rnn_tanh"));
  const std::string narrow =
      mistakes(replaced("{gain: 1.5}}", "{gain: 1.5}}\n  - rescaled_glorot"));
  EXPECT_THAT(narrow, HasSubstr("initializer rescaled_glorot on rnn_tanh: hidden_size is "));
  EXPECT_THAT(narrow, HasSubstr("; it must be at least 164 for this law"));
}

TEST_F(ManifestMistakes, AProfileMayChangeNothingButSizes) {
  EXPECT_THAT(mistakes(replaced("{epochs: 1}", "{learning_rate: 0.1}")),
              HasSubstr("profile quick changes 'learning_rate', and may only change sizes"));
  EXPECT_THAT(mistakes(replaced("quick: {seeds: 1", "quik: {seeds: 1")),
              HasSubstr("unknown profile 'quik'"));
  EXPECT_THAT(mistakes(replaced("quick: {seeds: 1, training: {epochs: 1}}", "quick: 1")),
              HasSubstr("'quick' is 1, and must be a mapping of keys to values"));
  // A mistake in a profile shows although another one is asked for.
  EXPECT_THAT(mistakes(replaced("{epochs: 1}", "{epochs: 0}")), HasSubstr("'epochs'"));
}

TEST_F(ManifestMistakes, AMistakeInAnIncludedFileNamesThatFile) {
  write("base.yaml", replaced("epochs: 2", "epochs: -2"));
  EXPECT_THAT(mistakes("include: base.yaml\n"), HasSubstr("base.yaml:13: 'epochs'"));
}

TEST_F(ManifestMistakes, BrokenIncludesAreMistakes) {
  write("a.yaml", "include: test.yaml\n");
  EXPECT_THAT(mistakes("include: a.yaml\n"), HasSubstr("files include one another"));
  EXPECT_THAT(mistakes("include: nowhere.yaml\n"), HasSubstr("nowhere.yaml"));
  EXPECT_THAT(
      mistakes("a: 1\ninclude: [., '']\n"),
      HasSubstr("test.yaml:2: cannot read " + (folder_ / ".").string() + ": it is a folder"));
  EXPECT_THAT(mistakes("include: [{cells: gru}]\n"),
              HasSubstr("test.yaml:1: 'include' names {\"cells\":\"gru\"}, and must name a file"));
}

TEST_F(ManifestMistakes, WhatIsNoManifestIsAMistake) {
  EXPECT_THAT(mistakes("a: [1, 2\n"), HasSubstr("not YAML"));
  EXPECT_THAT(mistakes("- a\n- b\n"), HasSubstr("must hold a mapping"));
  EXPECT_THAT(mistakes(""), HasSubstr("must hold a mapping"));
  EXPECT_THAT(mistakes(std::string(kGood) + "seeds: 4\n"), HasSubstr("'seeds' is given twice"));
}

TEST_F(ManifestMistakes, ANumberThatIsTooLargeIsAMistake) {
  EXPECT_THAT(mistakes(replaced("gain: 1.5", "gain: 1e999")),
              HasSubstr("'gain' of initializer orthogonal is \"1e999\", and must be a number"));
}

TEST_F(ManifestMistakes, TextThatIsNoUtf8IsAMistake) {
  EXPECT_THAT(mistakes(replaced("epochs: 2", "epochs: caf\xe9")),
              HasSubstr("test.yaml:13: the text is not valid UTF-8"));
  EXPECT_THAT(mistakes("caf\xe9: 1\n"), HasSubstr("test.yaml:1: the text is not valid UTF-8"));
  EXPECT_THROW(parse_value("\xff"), Error);
  EXPECT_EQ(parse_value("caf\u00e9"), "caf\u00e9");
}

TEST_F(ManifestMistakes, AKeyThatIsNoTextIsAMistake) {
  EXPECT_THAT(mistakes("? [seeds]\n: 1\n"), HasSubstr("test.yaml:1: a key must be a text"));
}

TEST_F(ManifestMistakes, AnAliasWithinWhatItNamesIsAMistake) {
  EXPECT_THAT(mistakes("a: &a [*a]\n"), HasSubstr("test.yaml:1: values are nested more than 64"));
  EXPECT_THAT(mistakes("a: &a\n  b: *a\n"), HasSubstr("does an alias (*name) stand within"));
  EXPECT_THROW(parse_value("&a [*a]"), Error);
}

TEST_F(ManifestMistakes, AliasesThatMultiplyAreAMistake) {
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

TEST_F(ManifestMistakes, WhatIsEmptyIsAMistake) {
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

TEST_F(ManifestMistakes, AnOverrideThatIsNoneIsAMistake) {
  EXPECT_THAT(mistakes(replaced("overrides:\n", "overrides:\n  - 5\n")),
              HasSubstr("test.yaml:15: an override must be a mapping of 'cells'"));
  EXPECT_THAT(mistakes(replaced(", training: {learning_rate: 0.5}}", "}")),
              HasSubstr("an override changes nothing without 'model', 'training'"));
}

TEST_F(ManifestMistakes, AConditionsSeedsAreANumber) {
  EXPECT_THAT(mistakes(replaced("options: {grammar: 1}}", "options: {grammar: 1}, seeds: [0]}")),
              HasSubstr("test.yaml:5: 'seeds' of a condition is [0]"));
  EXPECT_THAT(mistakes(replaced("options: {grammar: 1}}", "options: {grammar: 1}, seeds: 0}")),
              HasSubstr("'seeds' of a condition is 0, and must be a number from 1 on"));
}

TEST_F(ManifestMistakes, AnOverridesOptionsAreThoseOfOneInitializer) {
  const std::string kTraining = "training: {learning_rate: 0.5}}",
                    kNamed = "initializers: [gained]";
  EXPECT_THAT(mistakes(replaced(kTraining, "options: {gian: 1}}")), HasSubstr("'gian'"));
  EXPECT_THAT(mistakes(replaced(kTraining, "options: {gain: much}}")),
              HasSubstr("test.yaml:15: 'gain' of initializer orthogonal is \"much\""));
  EXPECT_THAT(mistakes(replaced(kNamed + ", " + kTraining, "options: {gain: 1}}")),
              HasSubstr("'options' of an override are those of one initializer"));
}

TEST_F(ManifestMistakes, ASecondDocumentIsAMistake) {
  EXPECT_THAT(mistakes(std::string(kGood) + "---\nseeds: 5\n"),
              HasSubstr("test.yaml:19: a second document begins here"));
  EXPECT_EQ(mistakes("---\n" + std::string(kGood) + "---\n"), "");
  EXPECT_THROW(parse_value("1\n---\n2\n"), Error);
}

TEST_F(ManifestMistakes, ACommaThatBelongsToNothingEndsTheReading) {
  EXPECT_THAT(mistakes("# A comment.\n   , so it stands\n# beside.\n" + std::string(kGood)),
              HasSubstr("test.yaml:2: not YAML: what stands here belongs to no key and no value"));
  EXPECT_THROW(parse_value(", 1"), Error);
}

TEST_F(ManifestMistakes, TextThatIsShownStaysOnItsLine) {
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

TEST_F(ManifestMistakes, AnExperimentIsNotNamedLikeWhatTheScriptsWrite) {
  for (const char* name : {"tables", "analysis", "figures", "report", "statistics", "verdicts",
                           "eigen_variants", "../small"}) {
    EXPECT_THAT(mistakes(replaced("experiment: small", std::string("experiment: ") + name)),
                HasSubstr(std::string("'experiment' is '") + name + "', and names a folder"));
  }
}

TEST_F(ManifestMistakes, AGridThatIsTooLargeIsAMistakeAndIsNotExpanded) {
  EXPECT_THAT(mistakes(replaced("seeds: 3", "seeds: 1000000000")),
              HasSubstr("'seeds' is 1000000000, and must be a number of seeds from 1 to 200000"));
  const Grid grid = load(replaced("seeds: 3", "seeds: 25001"));
  EXPECT_THAT(to_string(problems_),
              HasSubstr("the grid of profile cpu has 200008 runs (25001 seeds × 2 conditions × 2 "
                        "cells × 2 initializers), and may have at most 200000"));
  EXPECT_TRUE(grid.runs.empty());
}

TEST_F(ManifestMistakes, ACellIsGivenOnce) {
  EXPECT_THAT(mistakes(replaced("[rnn_tanh, lstm]", "[lstm, lstm]")),
              HasSubstr("test.yaml:7: cell 'lstm' is given twice"));
}

TEST_F(ManifestMistakes, TwoRowsMayNotBeTheSameRun) {
  EXPECT_THAT(mistakes(replaced("  - xavier\n", "  - xavier\n  - {label: twin, name: xavier}\n")),
              HasSubstr("are the same run"));
  EXPECT_THAT(mistakes(replaced("  - xavier\n", "  - xavier\n  - xavier\n")),
              HasSubstr("initializer 'xavier' is given twice"));
}

}  // namespace
}  // namespace eigenrnn
