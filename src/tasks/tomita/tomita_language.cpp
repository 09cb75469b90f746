#include "tasks/tomita/tomita_language.h"

#include <fmt/format.h>

#include "support/error.h"

namespace eigenrnn {

const Dfa& tomita_dfa(int64_t grammar) {
  static const std::array<Dfa, 7> grammars = {{
      // 1: 1*; state 1 is the trap
      {{{1, 0}, {1, 1}}, {true, false}},
      // 2: (10)*; 0 between pairs, 1 after a 1, 2 the trap
      {{{2, 1}, {0, 2}, {2, 2}}, {true, false, false}},
      // 3: 0 no odd run of 1s closed yet, 1s even; 1: 1s odd; 2: zeros odd after an odd run of 1s,
      // 3: zeros even after it; 4: the trap (an odd run of 0s ended), entered from 2 by a 1
      {{{0, 1}, {2, 0}, {3, 4}, {2, 3}, {4, 4}}, {true, true, false, true, false}},
      // 4: no 000; the state counts trailing 0s, 3 is the trap
      {{{1, 0}, {2, 0}, {3, 0}, {3, 3}}, {true, true, true, false}},
      // 5: state = 2·(#0 odd) + (#1 odd)
      {{{2, 1}, {3, 0}, {0, 3}, {1, 2}}, {true, false, false, false}},
      // 6: state = (#0 − #1) mod 3
      {{{1, 2}, {2, 0}, {0, 1}}, {true, false, false}},
      // 7: 0*1*0*1*; the state is the part reached, 4 the trap
      {{{0, 1}, {2, 1}, {2, 3}, {4, 3}, {4, 4}}, {true, true, true, true, false}},
  }};
  if (grammar < 1 || grammar > 7) {
    throw Error(fmt::format("Tomita grammar {} does not exist; there are 1 to 7", grammar));
  }
  return grammars[static_cast<size_t>(grammar - 1)];
}

LanguageSampler::LanguageSampler(const Dfa& dfa, int64_t max_length) : dfa_(dfa) {
  if (max_length < 0 || max_length > 62) {
    throw Error(fmt::format("LanguageSampler: length {} must be from 0 to 62, or counts overflow",
                            max_length));
  }
  completions_.assign(static_cast<size_t>(max_length) + 1,
                      std::vector<uint64_t>(static_cast<size_t>(dfa.states())));
  for (int state = 0; state < dfa.states(); ++state) completions_[0][state] = dfa.accepting[state];
  for (size_t n = 1; n < completions_.size(); ++n) {
    for (int state = 0; state < dfa.states(); ++state) {
      completions_[n][state] =
          completions_[n - 1][dfa.next[state][0]] + completions_[n - 1][dfa.next[state][1]];
    }
  }
}

uint64_t LanguageSampler::count(int64_t length, bool accepted) const {
  const uint64_t good = completions_.at(static_cast<size_t>(length))[0];
  return accepted ? good : (uint64_t{1} << length) - good;
}

std::string LanguageSampler::draw(int64_t length, bool accepted, Random& random) const {
  if (count(length, accepted) == 0) {
    throw Error(
        fmt::format("no string of length {} is {}", length, accepted ? "accepted" : "rejected"));
  }
  const auto completions = [&](int64_t left, int state) {
    const uint64_t good = completions_[static_cast<size_t>(left)][state];
    return accepted ? good : (uint64_t{1} << left) - good;
  };
  std::string text;
  int state = 0;
  for (int64_t left = length; left > 0; --left) {
    const uint64_t zero = completions(left - 1, dfa_.next[state][0]);
    const auto pick =
        static_cast<uint64_t>(random.index(static_cast<int64_t>(completions(left, state))));
    const int symbol = pick < zero ? 0 : 1;
    text += static_cast<char>('0' + symbol);
    state = dfa_.next[state][symbol];
  }
  return text;
}

std::string with_one_edit(const std::string& text, Random& random) {
  std::string edited = text;
  const auto length = static_cast<int64_t>(text.size());
  const int64_t kind = length == 0 ? 1 : random.index(3);
  if (kind == 0) {
    char& symbol = edited[static_cast<size_t>(random.index(length))];
    symbol = symbol == '0' ? '1' : '0';
  } else if (kind == 1) {
    // One after the other: a call's arguments are evaluated in an order of the compiler's.
    const auto symbol = static_cast<char>('0' + random.index(2));
    edited.insert(static_cast<size_t>(random.index(length + 1)), 1, symbol);
  } else {
    edited.erase(static_cast<size_t>(random.index(length)), 1);
  }
  return edited;
}

}  // namespace eigenrnn
