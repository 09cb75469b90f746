#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "support/random.h"

namespace eigenrnn {

/// A minimal complete deterministic finite automaton over the symbols 0 and 1. State 0 is the
/// start.
struct Dfa {
  std::vector<std::array<int, 2>> next;  // next[state][symbol]
  std::vector<bool> accepting;

  int states() const { return static_cast<int>(next.size()); }
  /// `text` is made of '0' and '1'.
  bool accepts(const std::string& text) const;
};

/// Tomita's grammars 1 to 7 (Tomita 1982, "Dynamic construction of finite automata from examples
/// using hill-climbing"); the empty string is in all of them:
///   1: 1*   2: (10)*   3: no odd run of 0s anywhere after an odd run of 1s   4: no 000
///   5: an even number of 0s and of 1s   6: #0 − #1 divisible by 3   7: 0*1*0*1*
/// Grammar 3 is read as in Weiss, Goldberg & Yahav 2018; "immediately after" is another language.
/// Throws Error for any other number.
const Dfa& tomita_dfa(int64_t grammar);

/// How many strings of a length a DFA accepts or rejects, and uniform draws among them.
class LanguageSampler {
 public:
  /// For lengths up to `max_length` ≤ 62, so that counts fit 64 bits.
  LanguageSampler(const Dfa& dfa, int64_t max_length);

  /// Number of strings of this length that are accepted (or rejected).
  uint64_t count(int64_t length, bool accepted) const;
  /// One of them, uniformly. Throws Error if there is none.
  std::string draw(int64_t length, bool accepted, Random& random) const;

 private:
  const Dfa& dfa_;
  // completions_[n][state]: accepted continuations of n symbols from this state
  std::vector<std::vector<uint64_t>> completions_;
};

/// One edit (a substitution, an insertion or a deletion, each as likely) at a uniform place.
std::string with_one_edit(const std::string& text, Random& random);

}  // namespace eigenrnn
