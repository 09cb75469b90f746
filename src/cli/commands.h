#pragma once
#include <CLI/CLI.hpp>

// The commands of `eigenrnn`, one file each. Each function adds its command to the program;
// `exit_code` is set when the command was run.

namespace eigenrnn {

constexpr int kExitUsage = 2;  // bad usage or a bad manifest
constexpr int kExitInterrupted = 130;

void add_run_command(CLI::App& program, int& exit_code);
void add_plan_command(CLI::App& program, int& exit_code);
void add_status_command(CLI::App& program, int& exit_code);
void add_runs_command(CLI::App& program, int& exit_code);
void add_validate_command(CLI::App& program, int& exit_code);
void add_list_command(CLI::App& program, int& exit_code);
void add_verify_command(CLI::App& program, int& exit_code);
void add_spectrum_command(CLI::App& program, int& exit_code);
void add_analyze_command(CLI::App& program, int& exit_code);
void add_data_command(CLI::App& program, int& exit_code);
void add_bleu_command(CLI::App& program, int& exit_code);
/// Hidden: the runner starts it.
void add_worker_command(CLI::App& program, int& exit_code);

}  // namespace eigenrnn
