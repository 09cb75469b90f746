#include <algorithm>
#include <cmath>
#include <iostream>
#include <memory>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/commands.h"
#include "cli/plugin_options.h"
#include "initializers/initializer.h"
#include "linear_algebra/block_spectrum.h"
#include "model/weights.h"
#include "support/error.h"

namespace eigenrnn {
namespace {

struct SpectrumArguments {
  std::string weights, initializer, cell = "rnn_tanh";
  std::vector<std::string> options;
  int64_t hidden_size = 64, input_size = 1;
  uint64_t seed = 0;
  bool json = false, all = false;
};

// The complex plane in characters: · the unit circle, o an eigenvalue, @ several.
std::string picture(const BlockSpectrum& block) {
  constexpr int kRows = 21, kColumns = 43;
  const double extent = std::max(1.1, 1.05 * block.spectral_radius);
  std::vector<std::vector<std::string>> cells(kRows, std::vector<std::string>(kColumns, " "));
  const auto cell_at = [&](double re, double im) -> std::string& {
    const auto column = std::lround((re / extent + 1) / 2 * (kColumns - 1));
    const auto row = std::lround((1 - im / extent) / 2 * (kRows - 1));
    return cells[static_cast<size_t>(row)][static_cast<size_t>(column)];
  };
  for (int i = 0; i < 360; ++i) cell_at(std::cos(i * M_PI / 180), std::sin(i * M_PI / 180)) = "·";
  for (const std::complex<double>& value : block.eigenvalues) {
    std::string& cell = cell_at(value.real(), value.imag());
    cell = cell == "o" || cell == "@" ? "@" : "o";
  }
  std::string text =
      fmt::format("  real and imaginary part from {0:.2f} to {1:.2f}\n", -extent, extent);
  for (const auto& row : cells) {
    text += "  ";
    for (const std::string& cell : row) text += cell;
    text += '\n';
  }
  return text;
}

void print_block(const BlockSpectrum& block, bool all) {
  const auto count = static_cast<double>(block.eigenvalues.size());
  std::cout << fmt::format(
      "gate {}: spectral radius {:.4f}, spectral norm {:.4f}, {:.0f} of {:.0f} eigenvalues outside "
      "the unit circle\n"
      "  departure from normality {:.3g} (0 normal, 1 nilpotent), eigenvectors of condition "
      "{:.3g}\n",
      block.gate, block.spectral_radius, block.spectral_norm, block.fraction_outside * count, count,
      block.relative_departure, block.eigenvector_condition);
  if (!block.warning.empty()) std::cout << "  warning: " << block.warning << '\n';
  std::cout << picture(block);
  const size_t shown =
      all ? block.eigenvalues.size() : std::min<size_t>(8, block.eigenvalues.size());
  std::cout << fmt::format("  {:>9} {:>9} {:>9} {:>10}\n", "real", "imaginary", "modulus",
                           "phase/π");
  for (size_t i = 0; i < shown; ++i) {
    const std::complex<double> value = block.eigenvalues[i];
    std::cout << fmt::format("  {:>9.5f} {:>9.5f} {:>9.5f} {:>9.4f}\n", value.real(), value.imag(),
                             std::abs(value), std::arg(value) / M_PI);
  }
  if (shown < block.eigenvalues.size()) {
    std::cout << fmt::format("  … and {} more (--all shows them)\n",
                             block.eigenvalues.size() - shown);
  }
}

// Prints the blocks of stacked weights [G·H, H], or adds them to `list`.
void show_blocks(const torch::Tensor& recurrent, const std::vector<std::string>& gates,
                 const std::string& layer, const SpectrumArguments& arguments,
                 nlohmann::json& list) {
  const std::vector<torch::Tensor> blocks = recurrent.chunk(static_cast<int64_t>(gates.size()));
  for (size_t i = 0; i < blocks.size(); ++i) {
    BlockSpectrum block = matrix_spectrum(blocks[i]);
    block.layer = layer;
    block.gate = gates[i];
    if (arguments.json) {
      list.push_back(to_json(block));
    } else {
      print_block(block, arguments.all);
    }
  }
}

// The gates of recurrent weights that a file calls `name`; none if they are no such weights.
std::optional<std::vector<std::string>> gates_of(const std::string& name,
                                                 const torch::Tensor& weights,
                                                 const SpectrumArguments& arguments) {
  if (name.find("weight_hh") == std::string::npos) return std::nullopt;
  const Cell* found = nullptr;
  for (const Cell& cell : cells_fitting(weights)) {
    if (!found || cell.name == arguments.cell) found = &cell;
  }
  return found ? std::optional(found->gates) : std::nullopt;
}

void show_file(const SpectrumArguments& arguments) {
  nlohmann::json list = nlohmann::json::array();
  std::vector<std::string> names;
  bool is_any = false;
  for (const auto& [name, tensor] : read_weights(arguments.weights)) {
    names.push_back(name);
    const auto gates = gates_of(name, tensor, arguments);
    if (!gates) continue;
    is_any = true;
    if (!arguments.json) std::cout << name << '\n';
    show_blocks(tensor, *gates, name, arguments, list);
  }
  if (!is_any) {
    throw Error(
        fmt::format("{} has no recurrent weights, a matrix [G·H, H] with \"weight_hh\" in "
                    "its name, as torch.nn calls it; it has: {}",
                    arguments.weights, fmt::join(names, ", ")));
  }
  if (arguments.json) {
    std::cout << nlohmann::json({{"file", arguments.weights}, {"blocks", list}}).dump(1) << '\n';
  }
}

void show_draw(const SpectrumArguments& arguments) {
  const InitializerInfo& info = InitializerRegistry::instance().at(arguments.initializer);
  const Cell& cell = cell_named(arguments.cell);
  const Options options = parse_options(arguments.options, info.options);
  const RecurrentWeights weights =
      draw_weights(*info.make(options), {}, cell, arguments.hidden_size, arguments.input_size,
                   Random(arguments.seed).stream("model"));
  nlohmann::json list = nlohmann::json::array();
  show_blocks(weights.recurrent, cell.gates, "", arguments, list);
  if (arguments.json) {
    std::cout << nlohmann::json({{"initializer", arguments.initializer},
                                 {"options", options.json()},
                                 {"cell", cell.name},
                                 {"hidden_size", arguments.hidden_size},
                                 {"seed", arguments.seed},
                                 {"blocks", list}})
                     .dump(1)
              << '\n';
  }
}

}  // namespace

void add_spectrum_command(CLI::App& program, int& exit_code) {
  CLI::App* command =
      program.add_subcommand("spectrum",
                             "Show the eigenvalues that an initializer really produces, or those "
                             "of weights in a file,\nper gate block of W_hh");
  command->footer(
      "Examples: eigenrnn spectrum --initializer eigen --option radius=[0.9,1] --hidden 64\n"
      "          eigenrnn spectrum results/quick/tomita/<key>.safetensors");
  auto arguments = std::make_shared<SpectrumArguments>();
  command
      ->add_option("weights", arguments->weights,
                   "a safetensors file, of a run or of any other program: its weight_hh…")
      ->check(CLI::ExistingFile);
  command->add_option("--initializer", arguments->initializer, "eigenrnn list initializers");
  command->add_option("--option", arguments->options, "an option of it, name=value")
      ->allow_extra_args(false);
  command->add_option("--hidden", arguments->hidden_size, "hidden size H")
      ->check(CLI::Range(1, 4096))
      ->capture_default_str();
  command->add_option("--cell", arguments->cell, "eigenrnn list cells")->capture_default_str();
  command->add_option("--seed", arguments->seed, "seed of the draw")->capture_default_str();
  command->add_flag("--json", arguments->json, "for programs: all eigenvalues");
  command->add_flag("--all", arguments->all, "print every eigenvalue");
  command->callback([arguments, &exit_code] {
    if (arguments->weights.empty() == arguments->initializer.empty()) {
      throw Error("spectrum: name a file of weights, or an --initializer, and not both");
    }
    if (arguments->weights.empty()) {
      show_draw(*arguments);
    } else {
      show_file(*arguments);
    }
    exit_code = 0;
  });
}

}  // namespace eigenrnn
