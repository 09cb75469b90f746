#include <algorithm>
#include <map>
#include <regex>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/error.h"
#include "tasks/task.h"
#include "tasks/tomita/tomita_data.h"
#include "tasks/tomita/tomita_language.h"

namespace eigenrnn {
namespace {

std::vector<std::string> all_strings(int64_t max_length) {
  std::vector<std::string> strings = {""};
  for (size_t i = 0; strings[i].size() < static_cast<size_t>(max_length); ++i) {
    strings.push_back(strings[i] + '0');
    strings.push_back(strings[i] + '1');
  }
  strings.resize((size_t{1} << (max_length + 1)) - 1);
  return strings;
}

// Membership by the words of each grammar's definition, without an automaton.
bool is_member(int grammar, const std::string& text) {
  const auto zeros = std::count(text.begin(), text.end(), '0');
  const auto ones = std::count(text.begin(), text.end(), '1');
  static const std::regex two("(10)*"), seven("0*1*0*1*");
  switch (grammar) {
    case 1:
      return zeros == 0;
    case 2:
      return std::regex_match(text, two);
    case 3: {
      bool odd_ones_before = false;
      for (size_t start = 0; start < text.size();) {
        size_t end = start;
        while (end < text.size() && text[end] == text[start]) ++end;
        const bool odd = (end - start) % 2 == 1;
        if (text[start] == '0' && odd && odd_ones_before) return false;
        if (text[start] == '1' && odd) odd_ones_before = true;
        start = end;
      }
      return true;
    }
    case 4:
      return text.find("000") == std::string::npos;
    case 5:
      return zeros % 2 == 0 && ones % 2 == 0;
    case 6:
      return (zeros - ones) % 3 == 0;
    default:
      return std::regex_match(text, seven);
  }
}

// The number of states that no string tells apart: Moore's partition refinement.
size_t minimal_states(const Dfa& dfa) {
  std::vector<int> block(dfa.accepting.begin(), dfa.accepting.end());
  for (int round = 0; round < dfa.states(); ++round) {
    std::map<std::array<int, 3>, int> numbers;
    std::vector<int> refined;
    for (int state = 0; state < dfa.states(); ++state) {
      const std::array<int, 3> signature = {block[state], block[dfa.next[state][0]],
                                            block[dfa.next[state][1]]};
      refined.push_back(numbers.emplace(signature, static_cast<int>(numbers.size())).first->second);
    }
    block = refined;
  }
  return std::set<int>(block.begin(), block.end()).size();
}

class TomitaGrammar : public testing::TestWithParam<int> {
 protected:
  const Dfa& dfa_ = tomita_dfa(GetParam());
};

TEST_P(TomitaGrammar, TheAutomatonAgreesWithTheDefinition) {
  for (const std::string& text : all_strings(12)) {
    ASSERT_EQ(dfa_.accepts(text), is_member(GetParam(), text)) << '"' << text << '"';
  }
}

TEST_P(TomitaGrammar, TheAutomatonIsMinimal) {
  const std::vector<size_t> published = {2, 3, 5, 4, 4, 3, 5};
  EXPECT_EQ(static_cast<size_t>(dfa_.states()), published[GetParam() - 1]);
  EXPECT_EQ(minimal_states(dfa_), published[GetParam() - 1]);
  std::set<int> reached;
  for (const std::string& text : all_strings(dfa_.states())) {
    int state = 0;
    for (char symbol : text) state = dfa_.next[state][symbol - '0'];
    reached.insert(state);
  }
  EXPECT_EQ(reached.size(), published[GetParam() - 1]);
}

TEST_P(TomitaGrammar, CountsEqualBruteForce) {
  const LanguageSampler sampler(dfa_, 62);
  std::map<size_t, uint64_t> accepted;
  for (const std::string& text : all_strings(12)) accepted[text.size()] += dfa_.accepts(text);
  for (int64_t length = 0; length <= 12; ++length) {
    EXPECT_EQ(sampler.count(length, true), accepted[static_cast<size_t>(length)]);
    EXPECT_EQ(sampler.count(length, false),
              (uint64_t{1} << length) - accepted[static_cast<size_t>(length)]);
  }
}

TEST_P(TomitaGrammar, DrawsAreUniform) {
  const LanguageSampler sampler(dfa_, 8);
  Random random(GetParam());
  for (bool accepted : {true, false}) {
    const uint64_t strings = sampler.count(6, accepted);
    ASSERT_GT(strings, 0u);
    const int draws = 200 * static_cast<int>(strings);
    std::map<std::string, int> counts;
    for (int i = 0; i < draws; ++i) ++counts[sampler.draw(6, accepted, random)];
    EXPECT_EQ(counts.size(), strings);
    double chi_square = 0;
    for (const auto& [text, count] : counts) {
      EXPECT_EQ(dfa_.accepts(text), accepted);
      chi_square += (count - 200.0) * (count - 200.0) / 200.0;
    }
    // Mean strings − 1, variance twice that; six standard deviations.
    const double degrees = static_cast<double>(strings) - 1;
    EXPECT_LE(chi_square, degrees + 6 * std::sqrt(2 * degrees) + 1e-9);
  }
}

class TomitaSplits : public TomitaGrammar {
 protected:
  Options options_ = Options::resolve(tomita_options(), {{"grammar", GetParam()},
                                                         {"train_size", 1200},
                                                         {"validation_size", 600},
                                                         {"test_size", 800}});
  TomitaData data_{options_};

  static std::set<std::string> distinct(const std::vector<LabelledString>& strings) {
    std::set<std::string> texts;
    for (const LabelledString& string : strings) texts.insert(string.text);
    return texts;
  }
};

TEST_P(TomitaSplits, LabelsAreTrueAndBalancedAtEveryLength) {
  for (Split split : {Split::kTrain, Split::kValidation, Split::kTest}) {
    std::map<size_t, int> balance;  // accepted minus rejected
    for (const LabelledString& string : data_.split(split)) {
      ASSERT_EQ(string.accepted, is_member(GetParam(), string.text)) << string.text;
      balance[string.text.size()] += string.accepted ? 1 : -1;
    }
    for (const auto& [length, difference] : balance) {
      EXPECT_EQ(difference, 0) << name_of(split) << ", length " << length;
      EXPECT_GE(length, split == Split::kTest ? 31u : 1u);
      EXPECT_LE(length, split == Split::kTest ? 60u : 30u);
    }
    EXPECT_GE(balance.size(), 10u);  // many lengths, not one
  }
  EXPECT_EQ(data_.split(Split::kTrain).size(), 1200u);
  EXPECT_EQ(data_.split(Split::kValidation).size(), 600u);
  EXPECT_EQ(data_.split(Split::kTest).size(), 800u);
}

TEST_P(TomitaSplits, NoStringIsSharedWhereTheLanguageAllows) {
  const LanguageSampler sampler(dfa_, 62);
  const auto train = distinct(data_.split(Split::kTrain));
  int64_t shared = 0;
  for (const std::string& text : distinct(data_.split(Split::kValidation))) {
    if (train.count(text) == 0) continue;
    ++shared;
    EXPECT_EQ(sampler.count(static_cast<int64_t>(text.size()), dfa_.accepts(text)), 1u)
        << text << " is shared though there are others";
  }
  EXPECT_EQ(data_.facts().at("shared_by_train_and_validation"), shared);
  for (const std::string& text : distinct(data_.split(Split::kTest))) {
    EXPECT_EQ(train.count(text), 0u);
  }
}

TEST_P(TomitaSplits, NearMissesAreThere) {
  // With a near miss in every pair, each rejected string is one edit from an accepted one.
  nlohmann::json given = options_.json();
  given["near_miss_fraction"] = 1.0;
  const TomitaData near(Options::resolve(tomita_options(), given));
  int found = 0, rejected = 0;
  for (const LabelledString& string : near.split(Split::kTest)) {
    if (string.accepted) continue;
    ++rejected;
    bool is_near = false;
    for (size_t i = 0; i <= string.text.size() && !is_near; ++i) {
      std::string text = string.text;
      if (i < text.size()) {
        text[i] = text[i] == '0' ? '1' : '0';
        is_near = is_near || dfa_.accepts(text);
        is_near = is_near || dfa_.accepts(std::string(string.text).erase(i, 1));
      }
      is_near = is_near || dfa_.accepts(std::string(string.text).insert(i, 1, '0')) ||
                dfa_.accepts(std::string(string.text).insert(i, 1, '1'));
    }
    found += is_near ? 1 : 0;
  }
  EXPECT_EQ(found, rejected);
}

TEST_P(TomitaSplits, TheSameOptionsGiveTheSameData) {
  EXPECT_EQ(TomitaData(options_).facts(), data_.facts());
  nlohmann::json other = options_.json();
  other["data_seed"] = 1;
  EXPECT_NE(TomitaData(Options::resolve(tomita_options(), other)).facts().at("sha256"),
            data_.facts().at("sha256"));
}

const auto kGrammarName = [](const auto& info) { return "Grammar" + std::to_string(info.param); };
INSTANTIATE_TEST_SUITE_P(All, TomitaGrammar, testing::Range(1, 8), kGrammarName);
INSTANTIATE_TEST_SUITE_P(All, TomitaSplits, testing::Range(1, 8), kGrammarName);

// As in the committed results, whatever the compiler.
TEST(Tomita, TheDataAreThoseOfTheCommittedResults) {
  const std::map<int, std::string> pinned = {
      {3, "60d53c195460802e6ce9a21e2b1a4c33890e3a1bfb03d6f16146f8aa9fc3fdb5"},
      {4, "47ddda57a71f75e34203304567479bc6c739d74d9b623d9be9c89c34d369ba70"},
      {7, "272248c6fc7a1d206448fd9130f7ef5f5fb2452ead8802a3d472455d62450949"}};
  for (const auto& [grammar, checksum] : pinned) {
    const Options options = Options::resolve(tomita_options(), {{"grammar", grammar}});
    EXPECT_EQ(TomitaData(options).facts().at("sha256"), checksum) << grammar;
  }
}

TEST(Tomita, Grammar3MeansAnywhereAfter) {
  EXPECT_FALSE(tomita_dfa(3).accepts("100110"));
  EXPECT_TRUE(tomita_dfa(3).accepts("1001100"));
}

TEST(Tomita, TheEmptyStringIsInAll) {
  for (int grammar = 1; grammar <= 7; ++grammar) EXPECT_TRUE(tomita_dfa(grammar).accepts(""));
}

TEST(Tomita, BadOptionsAreErrors) {
  EXPECT_THROW(tomita_dfa(8), Error);
  const auto make = [](const nlohmann::json& given) {
    return TomitaData(Options::resolve(tomita_options(), given));
  };
  EXPECT_THROW(make({{"max_length", 40}}), Error);                    // overlaps the test
  EXPECT_THROW(make({{"min_length", 9}, {"max_length", 8}}), Error);  // empty
  EXPECT_THROW(make({{"grammar", 2}, {"min_length", 3}, {"max_length", 3}}), Error);  // odd
  const auto validating_on = [&](int64_t low, int64_t high) {
    return make({{"validation_min_length", low}, {"validation_max_length", high}});
  };
  EXPECT_THROW(validating_on(30, 35), Error);  // 30 is a training length
  EXPECT_THROW(validating_on(31, 31), Error);  // 31 is a test length
  EXPECT_THROW(validating_on(0, 35), Error);   // half a range
  EXPECT_THROW(validating_on(31, 0), Error);
}

TEST(Tomita, ValidatesOnLengthsBetweenThoseOfTrainingAndTestWhereAsked) {
  for (int grammar = 1; grammar <= 7; ++grammar) {
    const TomitaData data(Options::resolve(tomita_options(), {{"grammar", grammar},
                                                              {"validation_min_length", 31},
                                                              {"validation_max_length", 45},
                                                              {"test_min_length", 46},
                                                              {"test_max_length", 60}}));
    const auto lengths = [&](Split split) {
      std::set<size_t> found;
      for (const LabelledString& string : data.split(split)) found.insert(string.text.size());
      return found;
    };
    EXPECT_LE(*lengths(Split::kTrain).rbegin(), 30u) << grammar;
    EXPECT_GE(*lengths(Split::kValidation).begin(), 31u) << grammar;
    EXPECT_LE(*lengths(Split::kValidation).rbegin(), 45u) << grammar;
    EXPECT_GE(*lengths(Split::kTest).begin(), 46u) << grammar;
    EXPECT_EQ(data.facts().at("shared_by_train_and_validation"), 0) << grammar;
  }
}

TEST(Tomita, ALengthWithoutStringsOfBothClassesIsFoundBeforeTheRun) {
  const auto check = [](const nlohmann::json& given) {
    check_tomita_options(Options::resolve(tomita_options(), given));
  };
  EXPECT_THROW(check({{"grammar", 2}, {"test_min_length", 31}, {"test_max_length", 31}}), Error);
  EXPECT_THROW(check({{"grammar", 2}, {"min_length", 3}, {"max_length", 3}}), Error);
  EXPECT_NO_THROW(check({{"grammar", 2}, {"test_min_length", 32}, {"test_max_length", 32}}));
}

TEST(Tomita, BatchesArePaddedIndicesWithLengths) {
  const TaskInfo& info = TaskRegistry::instance().at("tomita");
  const auto task = info.make(Options::resolve(info.options, {{"grammar", 4}}));
  const Batch batch = task->batch(Split::kTrain, {4, 0, 7});
  EXPECT_EQ(batch.size(), 3);
  EXPECT_EQ(batch.input.size(0), batch.lengths.max().item<int64_t>());
  const std::vector<int64_t> items = {4, 0, 7};
  for (int64_t b = 0; b < 3; ++b) {
    const nlohmann::json item = task->to_json(Split::kTrain, items[b]);
    const std::string text = item.at("string");
    ASSERT_EQ(batch.lengths[b].item<int64_t>(), static_cast<int64_t>(text.size()));
    EXPECT_EQ(batch.target[b].item<float>(), item.at("label").get<float>());
    for (size_t t = 0; t < text.size(); ++t) {
      EXPECT_EQ(batch.input[static_cast<int64_t>(t)][b].item<int64_t>(), text[t] - '0');
    }
  }
}

}  // namespace
}  // namespace eigenrnn
