#include "recurrent/cell.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "support/error.h"

namespace eigenrnn {

const std::vector<Cell>& cells() {
  static const std::vector<Cell> all = {
      {CellKind::kRnnTanh, "rnn_tanh", "RNN (tanh)", {"h"}, "h' = tanh(W_ih x + W_hh h + b)"},
      {CellKind::kRnnRelu, "rnn_relu", "RNN (ReLU)", {"h"}, "h' = max(0, W_ih x + W_hh h + b)"},
      {CellKind::kLstm,
       "lstm",
       "LSTM",
       {"i", "f", "g", "o"},
       "c' = f c + i g, h' = o tanh(c') with gates i, f, o and candidate g"},
      {CellKind::kGru,
       "gru",
       "GRU",
       {"r", "z", "n"},
       "h' = (1 - z) n + z h, n = tanh(W_in x + b_in + r (W_hn h + b_hn))"},
  };
  return all;
}

std::vector<std::string> cell_names() {
  std::vector<std::string> names;
  for (const Cell& cell : cells()) names.push_back(cell.name);
  return names;
}

const Cell& cell_named(const std::string& name) {
  for (const Cell& cell : cells()) {
    if (cell.name == name) return cell;
  }
  throw Error(fmt::format("unknown cell '{}'; there are: {}", name, fmt::join(cell_names(), ", ")));
}

}  // namespace eigenrnn
