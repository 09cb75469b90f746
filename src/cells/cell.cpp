#include "cells/cell.h"

#include <algorithm>

#include <fmt/format.h>

#include "support/alternatives.h"
#include "support/error.h"

namespace eigenrnn {

const std::vector<std::reference_wrapper<const Cell>>& cells() {
  static const auto all = [] {
    std::vector<std::reference_wrapper<const Cell>> found;
    for (const std::string& name : CellRegistry::instance().names()) {
      found.emplace_back(CellRegistry::instance().at(name));
    }
    std::stable_sort(found.begin(), found.end(),
                     [](const Cell& a, const Cell& b) { return a.place < b.place; });
    return found;
  }();
  return all;
}

std::vector<std::string> cell_names() {
  std::vector<std::string> names;
  for (const Cell& cell : cells()) names.push_back(cell.name);
  return names;
}

std::vector<std::string> gate_names() {
  std::vector<std::string> names;
  for (const Cell& cell : cells()) {
    for (const std::string& gate : cell.gates) {
      if (std::find(names.begin(), names.end(), gate) == names.end()) names.push_back(gate);
    }
  }
  return names;
}

std::vector<GateLabel> shown_gates(const Cell& cell) {
  if (!cell.gate_labels.empty()) return cell.gate_labels;
  std::vector<GateLabel> shown;
  const bool only = cell.gates.size() == 1;
  for (const std::string& gate : cell.gates) shown.push_back({gate, only ? "" : gate});
  return shown;
}

std::vector<std::reference_wrapper<const Cell>> cells_fitting(const torch::Tensor& recurrent) {
  std::vector<std::reference_wrapper<const Cell>> fitting;
  if (recurrent.dim() != 2 || recurrent.size(1) == 0) return fitting;
  for (const Cell& cell : cells()) {
    if (recurrent.size(0) == cell.gate_count() * recurrent.size(1)) fitting.emplace_back(cell);
  }
  return fitting;
}

const Cell& cell_named(std::string_view name) {
  if (CellRegistry::instance().contains(name)) return CellRegistry::instance().at(name);
  throw Error(
      fmt::format("unknown cell '{}'{}", name, alternatives(std::string(name), cell_names())));
}

}  // namespace eigenrnn
