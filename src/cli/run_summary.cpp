#include "cli/run_summary.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "store/result_files.h"
#include "support/utf8.h"

namespace eigenrnn {
namespace {

constexpr size_t kBarWidth = 20, kColumn = 12;

// The finished runs of one place: a row, a cell, a condition.
struct Mean {
  double sum = 0;
  size_t runs = 0;

  std::optional<double> value() const {
    return runs == 0 ? std::nullopt : std::optional(sum / static_cast<double>(runs));
  }
};

// What is shown of an experiment: names in the order of the grid, and its first table's numbers.
struct Summary {
  std::vector<std::string> cells, rows, conditions;
  std::map<std::string, std::map<std::string, std::map<std::string, Mean>>>
      means;  // by these three
  size_t runs = 0, diverged = 0;
};

void add_name(std::vector<std::string>& names, const std::string& name) {
  if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
}

Summary summary_of(const Grid& grid, const std::vector<RunSpec>& runs, const ResultStore& store) {
  const nlohmann::json& table = grid.table.at("tables").at(0);
  const std::string metric = table.at("metric");
  const double scale = table.at("scale");
  Summary summary;
  for (const RunSpec& spec : runs) {
    if (spec->experiment != grid.experiment) continue;
    add_name(summary.cells, spec->cell);
    add_name(summary.rows, spec->label);
    add_name(summary.conditions, spec->condition);
    const std::optional<ResultRecord> record = usable_record(store.path(spec));
    if (!record || record->status == RunStatus::kFailed) continue;
    ++summary.runs;
    if (record->status == RunStatus::kDiverged) {
      ++summary.diverged;
      continue;
    }
    const nlohmann::json value = record->metrics.value(metric, nlohmann::json());
    if (!value.is_number()) continue;  // never, or an overflow
    Mean& mean = summary.means[spec->cell][spec->label][spec->condition];
    mean.sum += value.get<double>() * scale;
    ++mean.runs;
  }
  return summary;
}

// Of a row over all conditions, if it has a number in each of them.
std::optional<double> mean_of_row(const Summary& summary, const std::map<std::string, Mean>& row) {
  Mean all;
  for (const std::string& condition : summary.conditions) {
    const auto found = row.find(condition);
    const auto value = found == row.end() ? std::nullopt : found->second.value();
    if (!value) return std::nullopt;
    all.sum += *value;
    ++all.runs;
  }
  return all.value();
}

std::string bar(double value, double largest) {
  if (!(largest > 0) || !(value >= 0)) return "";
  static const std::vector<std::string> eighths = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const auto parts = static_cast<size_t>(std::lround(8.0 * kBarWidth * value / largest));
  std::string text;
  for (size_t i = 0; i < parts / 8; ++i) text += "█";
  return text + eighths[parts % 8];
}

std::string in_columns(const std::vector<std::string>& texts) {
  std::string line;
  for (const std::string& text : texts) {
    const std::string cut = cut_to_width(text, kColumn);
    line += "  " + std::string(kColumn - display_width(cut), ' ') + cut;
  }
  return line;
}

std::string lines_of_cell(const Summary& summary, const std::string& cell, int digits, size_t width,
                          bool with_bars) {
  const auto found = summary.means.find(cell);
  if (found == summary.means.end()) return "";
  double largest = 0;
  for (const auto& [label, row] : found->second) {
    largest = std::max(largest, mean_of_row(summary, row).value_or(0));
  }
  std::string text = "  " + padded_to_width(cell, width) + in_columns(summary.conditions) + '\n';
  for (const std::string& label : summary.rows) {
    const auto row = found->second.find(label);
    if (row == found->second.end()) continue;
    std::vector<std::string> numbers;
    for (const std::string& condition : summary.conditions) {
      const auto mean = row->second.find(condition);
      const auto value = mean == row->second.end() ? std::nullopt : mean->second.value();
      numbers.push_back(value ? fmt::format("{:.{}f}", *value, digits) : "–");
    }
    text += "    " + padded_to_width(label, width - 2) + in_columns(numbers);
    const std::optional<double> mean = mean_of_row(summary, row->second);
    if (with_bars && mean) text += "  " + bar(*mean, largest);
    text += '\n';
  }
  return text;
}

}  // namespace

std::string run_summary(const ChosenGrids& chosen, const ResultStore& store, bool with_bars) {
  std::string text;
  for (const Grid& grid : chosen.grids) {
    const Summary summary = summary_of(grid, chosen.runs, store);
    if (summary.means.empty()) continue;
    const nlohmann::json& table = grid.table.at("tables").at(0);
    text += fmt::format(
        "\n{}: {}, {} is better, means of {} run{}{}\n", grid.experiment,
        table.at("label").get<std::string>(),
        table.at("higher_is_better").get<bool>() ? "higher" : "lower", summary.runs,
        summary.runs == 1 ? "" : "s",
        summary.diverged > 0 ? fmt::format(", of which {} diverged", summary.diverged) : "");
    size_t width = 14;
    for (const std::string& row : summary.rows) width = std::max(width, display_width(row) + 2);
    for (const std::string& cell : summary.cells) {
      text += lines_of_cell(summary, cell, table.at("digits").get<int>(), width, with_bars);
    }
  }
  return text;
}

}  // namespace eigenrnn
