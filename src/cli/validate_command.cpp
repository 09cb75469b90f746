#include <iostream>
#include <map>
#include <memory>

#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/grids.h"
#include "cli/validators.h"

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
      ->check(manifest_file());
  command->callback([manifests, &exit_code] {
    std::map<std::string, std::string> lines;  // by profile
    const auto take = [&](const Grid& grid) {
      lines[grid.profile] +=
          fmt::format("{} {}: {} runs\n", grid.experiment, grid.profile, grid.runs.size());
    };
    if (!load_every_grid(*manifests, take)) {
      exit_code = kExitUsage;
      return;
    }
    for (const std::string& profile : profile_names()) std::cout << lines[profile];
  });
}

}  // namespace eigenrnn
