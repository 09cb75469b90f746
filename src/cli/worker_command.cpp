#include "cli/commands.h"
#include "workers/worker.h"

namespace eigenrnn {

void add_worker_command(CLI::App& program, int& exit_code) {
  CLI::App* command = program.add_subcommand("worker", "");
  command->group("");  // hidden
  command->callback([&exit_code] { exit_code = serve_runs(); });
}

}  // namespace eigenrnn
