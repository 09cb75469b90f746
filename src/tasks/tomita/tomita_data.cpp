#include "tasks/tomita/tomita_data.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "support/error.h"
#include "support/files.h"

namespace eigenrnn {
namespace {

constexpr int64_t kLongest = 62;  // counts of strings fit 64 bits up to here
constexpr int kTries = 1000;

struct Lengths {
  int64_t low, high;
};

bool validates_on_other_lengths(const Options& options) {
  return options.integer("validation_min_length") != 0 ||
         options.integer("validation_max_length") != 0;
}

Lengths lengths_of(Split split, const Options& options) {
  std::string prefix;
  if (split == Split::kTest) prefix = "test_";
  if (split == Split::kValidation && validates_on_other_lengths(options)) prefix = "validation_";
  return {options.integer(prefix + "min_length"), options.integer(prefix + "max_length")};
}

// Those of which there are both accepted and rejected strings. Throws Error if there is none.
std::vector<int64_t> usable_lengths(const LanguageSampler& sampler, const Lengths& range) {
  std::vector<int64_t> lengths;
  for (int64_t length = range.low; length <= range.high; ++length) {
    if (sampler.count(length, true) > 0 && sampler.count(length, false) > 0) {
      lengths.push_back(length);
    }
  }
  if (lengths.empty()) {
    throw Error(
        fmt::format("tomita: no length from {} to {} has both accepted and rejected strings",
                    range.low, range.high));
  }
  return lengths;
}

}  // namespace

void check_tomita_options(const Options& options) {
  const LanguageSampler sampler(tomita_dfa(options.integer("grammar")), kLongest);
  for (Split split : {Split::kTrain, Split::kValidation, Split::kTest}) {
    const Lengths range = lengths_of(split, options);
    if (range.low > range.high) {
      throw Error(fmt::format("tomita: no length lies from {} to {}", range.low, range.high));
    }
  }
  const Lengths train = lengths_of(Split::kTrain, options);
  const Lengths validation = lengths_of(Split::kValidation, options);
  const Lengths test = lengths_of(Split::kTest, options);
  if (validates_on_other_lengths(options) && validation.low <= train.high) {
    throw Error(
        fmt::format("tomita: validation_min_length is {}, and must be above max_length, {}, or 0 "
                    "for validation on the lengths of training",
                    validation.low, train.high));
  }
  const bool is_above_training = test.low > train.high;
  if (!is_above_training || test.low <= validation.high) {
    throw Error(
        fmt::format("tomita: test_min_length is {}, and must be above {}, {}: the test is about "
                    "lengths never seen before",
                    test.low, is_above_training ? "validation_max_length" : "max_length",
                    is_above_training ? validation.high : train.high));
  }
  for (const Lengths& range : {train, validation, test}) usable_lengths(sampler, range);
}

const std::vector<OptionSpec>& tomita_options() {
  static const std::vector<OptionSpec> specs = {
      OptionSpec::integer("grammar", 1, "which of Tomita's grammars").between(1, 7),
      OptionSpec::integer("train_size", 2000, "training strings").between(2, 1e7).as_size(),
      OptionSpec::integer("validation_size", 1000, "validation strings").between(2, 1e7).as_size(),
      OptionSpec::integer("test_size", 2000, "test strings").between(2, 1e7).as_size(),
      OptionSpec::integer("min_length", 1, "shortest training string").between(1, kLongest),
      OptionSpec::integer("max_length", 30, "longest training string").between(1, kLongest),
      OptionSpec::integer("validation_min_length", 0,
                          "shortest validation string; 0: lengths as in training")
          .between(0, kLongest),
      OptionSpec::integer("validation_max_length", 0,
                          "longest validation string; 0: lengths as in training")
          .between(0, kLongest),
      OptionSpec::integer("test_min_length", 31, "shortest test string").between(1, kLongest),
      OptionSpec::integer("test_max_length", 60, "longest test string").between(1, kLongest),
      OptionSpec::number(
          "near_miss_fraction", 0.5,
          "share of the rejected strings that are one edit away from an accepted one")
          .between(0, 1),
      OptionSpec::integer("data_seed", 0, "of the strings, which are the same for every run")
          .at_least(0),
  };
  return specs;
}

TomitaData::TomitaData(const Options& options)
    : dfa_(tomita_dfa(options.integer("grammar"))),
      sampler_(dfa_, kLongest),
      near_miss_fraction_(options.number("near_miss_fraction")) {
  check_tomita_options(options);
  const Random random = Random(static_cast<uint64_t>(options.integer("data_seed")))
                            .stream(fmt::format("tomita {}", options.integer("grammar")));
  const auto usable = [&](Split split) {
    return usable_lengths(sampler_, lengths_of(split, options));
  };
  if (!validates_on_other_lengths(options)) {
    Random reserving = random.stream("reserve");
    reserve(usable(Split::kTrain), reserving);
  }
  for (Split split : {Split::kTrain, Split::kValidation, Split::kTest}) {
    Random stream = random.stream(name_of(split));
    fill(split, options.integer(name_of(split) + "_size"), usable(split), stream);
  }
}

// Gives training and validation a string each of every length and class that has two, so that
// neither can use up what there is.
void TomitaData::reserve(const std::vector<int64_t>& lengths, Random& random) {
  for (int64_t length : lengths) {
    for (bool accepted : {true, false}) {
      if (sampler_.count(length, accepted) < 2) continue;
      const std::string first = sampler_.draw(length, accepted, random);
      std::string second = first;
      while (second == first) second = sampler_.draw(length, accepted, random);
      owner_[first] = Split::kTrain;
      owner_[second] = Split::kValidation;
      reserved_[{Split::kTrain, length, accepted}] = first;
      reserved_[{Split::kValidation, length, accepted}] = second;
    }
  }
}

bool TomitaData::take(Split split, const std::string& text) {
  return owner_.emplace(text, split).first->second == split;
}

std::string TomitaData::draw(Split split, int64_t length, bool accepted, Random& random) {
  for (int i = 0; i < kTries; ++i) {
    const std::string text = sampler_.draw(length, accepted, random);
    if (take(split, text)) return text;
  }
  // The other split owns (almost) all of them, or there is only one.
  const auto kept = reserved_.find({split, length, accepted});
  return kept != reserved_.end() ? kept->second : sampler_.draw(length, accepted, random);
}

std::string TomitaData::draw_near_miss(Split split, int64_t length, Random& random) {
  for (int i = 0; i < kTries; ++i) {
    const int64_t source = length - 1 + random.index(3);
    if (source > kLongest || sampler_.count(source, true) == 0) continue;
    const std::string text = with_one_edit(sampler_.draw(source, true, random), random);
    if (static_cast<int64_t>(text.size()) == length && !dfa_.accepts(text) && take(split, text)) {
      return text;
    }
  }
  return draw(split, length, /*accepted=*/false, random);
}

void TomitaData::fill(Split split, int64_t size, const std::vector<int64_t>& lengths,
                      Random& random) {
  std::vector<LabelledString>& strings = splits_[split];
  while (static_cast<int64_t>(strings.size()) < size) {
    const int64_t length = lengths[random.index(static_cast<int64_t>(lengths.size()))];
    strings.push_back({draw(split, length, /*accepted=*/true, random), true});
    if (static_cast<int64_t>(strings.size()) == size) break;  // an odd size
    const bool near = random.uniform() < near_miss_fraction_;
    strings.push_back({near ? draw_near_miss(split, length, random)
                            : draw(split, length, /*accepted=*/false, random),
                       false});
  }
}

nlohmann::json TomitaData::facts() const {
  nlohmann::json facts;
  std::map<Split, std::set<std::string>> distinct;
  std::string all;
  for (const auto& [split, strings] : splits_) {
    for (const LabelledString& string : strings) {
      distinct[split].insert(string.text);
      all += string.text + (string.accepted ? "+" : "-");
    }
    facts[name_of(split)] = {{"strings", strings.size()}, {"distinct", distinct[split].size()}};
  }
  const auto& train = distinct[Split::kTrain];
  facts["shared_by_train_and_validation"] =
      std::count_if(distinct[Split::kValidation].begin(), distinct[Split::kValidation].end(),
                    [&](const std::string& text) { return train.count(text) > 0; });
  facts["shared_because"] = "each is the only string of its length and class";
  facts["sha256"] = sha256(all);
  return facts;
}

}  // namespace eigenrnn
