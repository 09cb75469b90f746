#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace eigenrnn {

enum class CellKind { kRnnTanh, kRnnRelu, kLstm, kGru };

/// What distinguishes one recurrent cell from another. Stacked weights hold the gates' blocks in
/// the order of `gates`, which is LibTorch's.
struct Cell {
  CellKind kind;
  std::string name;                // as in manifests: "rnn_tanh"
  std::string label;               // as in tables: "RNN (tanh)"
  std::vector<std::string> gates;  // {"h"}; {"i", "f", "g", "o"}; {"r", "z", "n"}
  std::string summary;             // the update, in a line

  int64_t gate_count() const { return static_cast<int64_t>(gates.size()); }
  bool has_cell_state() const { return kind == CellKind::kLstm; }
};

const std::vector<Cell>& cells();
std::vector<std::string> cell_names();

/// Throws Error listing the names that exist if this one does not.
const Cell& cell_named(const std::string& name);

}  // namespace eigenrnn
