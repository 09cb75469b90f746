#pragma once
#include <array>
#include <string>
#include <vector>

namespace eigenrnn {

/// A complete deterministic finite automaton over the symbols 0 and 1. State 0 is the start.
struct Dfa {
  std::vector<std::array<int, 2>> next;  // next[state][symbol]
  std::vector<bool> accepting;

  int states() const { return static_cast<int>(next.size()); }
  /// `text` is made of '0' and '1'.
  bool accepts(const std::string& text) const {
    int state = 0;
    for (char symbol : text) state = next[state][symbol - '0'];
    return accepting[state];
  }
};

}  // namespace eigenrnn
