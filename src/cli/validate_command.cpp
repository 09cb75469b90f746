#include <iostream>
#include <memory>

#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/grids.h"

namespace eigenrnn {
namespace {

std::string keys() {
  std::string text = "Keys of a manifest:";
  for (const auto& [key, summary] : manifest_keys()) {
    text += fmt::format("\n  {:<13} {}", key, summary);
  }
  return text;
}

}  // namespace

void add_validate_command(CLI::App& program, int& exit_code) {
  CLI::App* command = program.add_subcommand(
      "validate", "Check manifests and show every mistake at once, with file and line");
  command->footer(keys());
  auto manifests = std::make_shared<std::vector<std::string>>();
  command->add_option("manifests", *manifests, "manifest files")
      ->required()
      ->check(CLI::ExistingFile);
  command->callback([manifests, &exit_code] {
    for (const std::string& profile : profile_names()) {
      const auto grids = load_grids(*manifests, profile);
      if (!grids) {
        exit_code = kExitUsage;
        return;
      }
      for (const Grid& grid : *grids) {
        std::cout << fmt::format("{} {}: {} runs\n", grid.experiment, profile, grid.runs.size());
      }
    }
  });
}

}  // namespace eigenrnn
