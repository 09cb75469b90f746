#pragma once
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include <nlohmann/json.hpp>

#include "support/options.h"
#include "tasks/task.h"
#include "tasks/tomita/tomita_language.h"

namespace eigenrnn {

/// A string of a Tomita task and whether its grammar accepts it.
struct LabelledString {
  std::string text;
  bool accepted;
};

const std::vector<OptionSpec>& tomita_options();
/// Throws Error if a split has no length with strings of both classes, or the test has one that
/// training or validation has, or validation is on lengths of its own and has one of training's.
void check_tomita_options(const Options& options);

/// The three splits of a Tomita task; they depend on the options alone.
///
/// Uniform strings would be rejected almost always, so each split is made of pairs: one accepted
/// and one rejected string of the same length, and neither class nor length gives the label away.
/// The length is uniform among those that have strings of both kinds; the accepted string is
/// uniform at its length; the rejected one is uniform, or with probability `near_miss_fraction` one
/// edit away from an accepted string. Where a language has few strings they repeat. The empty
/// string is left out: a recurrent network takes no step on it.
///
/// Test strings are longer than all others. Validation strings are longer than training's where
/// options say so, and an epoch is then chosen by how well it generalizes to longer strings; else
/// both share lengths, and share a string only if it is the only one of its length and class.
class TomitaData {
 public:
  /// Throws Error as check_tomita_options does.
  explicit TomitaData(const Options& options);

  const std::vector<LabelledString>& split(Split split) const { return splits_.at(split); }
  const Dfa& dfa() const { return dfa_; }
  /// Sizes, distinct strings, strings that training and validation share and why, a checksum.
  nlohmann::json facts() const;

 private:
  void reserve(const std::vector<int64_t>& lengths, Random& random);
  void fill(Split split, int64_t size, const std::vector<int64_t>& lengths, Random& random);
  bool take(Split split, const std::string& text);
  std::string draw(Split split, int64_t length, bool accepted, Random& random);
  std::string draw_near_miss(Split split, int64_t length, Random& random);

  const Dfa& dfa_;
  LanguageSampler sampler_;
  double near_miss_fraction_;
  // Which split a string was first drawn for, and one string of each length and class that is
  // kept for each split.
  std::map<std::string, Split> owner_;
  std::map<std::tuple<Split, int64_t, bool>, std::string> reserved_;
  std::map<Split, std::vector<LabelledString>> splits_;
};

}  // namespace eigenrnn
