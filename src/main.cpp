#include <iostream>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/commands.h"
#include "support/alternatives.h"
#include "support/blas.h"
#include "support/error.h"
#include "support/standard_streams.h"
#include "version.h"

namespace {

// The exit code of a program that has done its work, unless its words were lost.
int with_output_written(int exit_code) {
  const std::string problem = eigenrnn::standard_output_problem();
  if (problem.empty()) return exit_code;
  std::cerr << "eigenrnn: " << problem << '\n';
  return exit_code == 0 ? 1 : exit_code;
}

// By what the user must do about it: support/error.h.
int exit_code_of(const std::exception& error) {
  if (dynamic_cast<const eigenrnn::Bug*>(&error) != nullptr) return 70;  // EX_SOFTWARE
  const bool is_usage = dynamic_cast<const eigenrnn::Error*>(&error) != nullptr &&
                        dynamic_cast<const eigenrnn::DataError*>(&error) == nullptr &&
                        dynamic_cast<const eigenrnn::StorageError*>(&error) == nullptr;
  return is_usage ? eigenrnn::kExitUsage : 1;
}

// The parser's own words for a command that there is not, "A subcommand is required", name neither
// it nor any other.
void check_command(CLI::App& program, int argc, char** argv) {
  const std::string given = argc > 1 ? argv[1] : "";
  std::vector<std::string> names;
  for (const CLI::App* command : program.get_subcommands({})) {
    if (!command->get_group().empty()) names.push_back(command->get_name());  // not a hidden one
    if (command->get_name() == given) return;
  }
  if (given.empty()) {
    throw eigenrnn::Error(fmt::format("say what to do: {}; `eigenrnn --help` has a line on each",
                                      fmt::join(names, ", ")));
  }
  if (given.front() == '-') return;
  throw eigenrnn::Error(
      fmt::format("unknown command '{}'{}", given, eigenrnn::alternatives(given, names)));
}

}  // namespace

int main(int argc, char** argv) {
  eigenrnn::restart_with_better_blas_kernels(argv);
  eigenrnn::reserve_standard_streams();
  CLI::App program(
      "Does this way of initializing a recurrent network really help? Trains every cell with "
      "every\n"
      "initializer on real tasks and keeps each run as a JSON file.\n"
      "Start with: eigenrnn run experiments/tomita.yaml --profile quick --dry-run");
  program.footer(
      "Whatever the command, output that cannot be written makes its exit code 1 at least.");
  program.require_subcommand(1);
  program.set_version_flag("--version", std::string("eigenrnn, commit ") + eigenrnn::kCommit);
  int exit_code = 0;
  eigenrnn::add_run_command(program, exit_code);
  eigenrnn::add_plan_command(program, exit_code);
  eigenrnn::add_status_command(program, exit_code);
  eigenrnn::add_runs_command(program, exit_code);
  eigenrnn::add_validate_command(program, exit_code);
  eigenrnn::add_list_command(program, exit_code);
  eigenrnn::add_verify_command(program, exit_code);
  eigenrnn::add_spectrum_command(program, exit_code);
  eigenrnn::add_analyze_command(program, exit_code);
  eigenrnn::add_data_command(program, exit_code);
  eigenrnn::add_bleu_command(program, exit_code);
  eigenrnn::add_worker_command(program, exit_code);
  try {
    check_command(program, argc, argv);
    program.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return program.exit(error) == 0 ? with_output_written(0) : eigenrnn::kExitUsage;
  } catch (const std::exception& error) {
    std::cerr << "eigenrnn: " << error.what() << '\n';
    return exit_code_of(error);
  }
  return with_output_written(exit_code);
}
