#include <iostream>
#include <map>
#include <memory>

#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/grids.h"
#include "initializers/initializer.h"
#include "manifest/documentation.h"
#include "manifest/schema.h"
#include "tasks/task.h"

namespace eigenrnn {
namespace {

void print_options(const std::vector<OptionSpec>& options) {
  for (const OptionSpec& option : options) {
    std::cout << fmt::format("    {} = {}: {}; {}\n", option.name, option.default_value.dump(),
                             option.help, option.expectation());
  }
}

void list_cells() {
  for (const Cell& cell : cells()) std::cout << fmt::format("{:<10} {}\n", cell.name, cell.summary);
}

void list_initializers() {
  const auto& registry = InitializerRegistry::instance();
  for (const std::string& name : registry.names()) {
    const InitializerInfo& info = registry.at(name);
    std::cout << fmt::format("{:<14} {} [{}]\n", name, info.summary, info.citation);
    for (const std::string& cell : info.defined_for) {
      std::cout << fmt::format("    defined for {}; elsewhere tables mark it\n", cell);
    }
    print_options(info.options);
  }
}

void list_tasks() {
  const auto& registry = TaskRegistry::instance();
  for (const std::string& name : registry.names()) {
    const TaskInfo& info = registry.at(name);
    std::cout << fmt::format("{:<14} {}\n", name, info.summary);
    for (const Metric& metric : info.metrics) {
      std::cout << fmt::format("    measures {}; {} is better\n", metric.name,
                               metric.higher_is_better ? "higher" : "lower");
    }
    print_options(info.options);
  }
}

void list_profiles() {
  for (const Profile& profile : profiles()) {
    std::cout << fmt::format("{:<7} {}\n", profile.name, profile.summary);
  }
  std::cout << "A manifest says under `profiles` which sizes each one changes.\n";
}

}  // namespace

void add_list_command(CLI::App& program, int& exit_code) {
  static const std::map<std::string, void (*)()> lists = {
      {"cells", list_cells},
      {"initializers", list_initializers},
      {"tasks", list_tasks},
      {"profiles", list_profiles},
      {"manifest", [] { std::cout << manifest_document(); }},
      {"schema", [] { std::cout << manifest_schema().dump(1) << '\n'; }},
  };
  CLI::App* command = program.add_subcommand(
      "list",
      "Show what there is, with a line on each and its options: cells, initializers, tasks or\n"
      "profiles; or all that may stand in a manifest: manifest (Markdown, docs/manifest.md) or\n"
      "schema (JSON Schema, docs/manifest.schema.json).");
  auto what = std::make_shared<std::string>();
  command->add_option("what", *what, "cells, initializers, tasks, profiles, manifest or schema")
      ->required()
      ->check(CLI::IsMember({"cells", "initializers", "tasks", "profiles", "manifest", "schema"}));
  command->callback([what, &exit_code] {
    lists.at (*what)();
    exit_code = 0;
  });
}

}  // namespace eigenrnn
