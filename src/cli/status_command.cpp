#include <algorithm>
#include <array>
#include <ctime>
#include <iostream>
#include <memory>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/commands.h"
#include "cli/grids.h"
#include "forecast/estimator.h"
#include "forecast/grid_state.h"
#include "support/json_text.h"
#include "support/time.h"

namespace eigenrnn {
namespace {

using Phase = RunState::Phase;
constexpr std::array<Phase, 5> kPhases = {Phase::kFinished, Phase::kDiverged, Phase::kFailed,
                                          Phase::kRunning, Phase::kWaiting};

std::vector<RunState> runs_in(const GridState& grid, Phase phase) {
  std::vector<RunState> found;
  std::copy_if(grid.runs.begin(), grid.runs.end(), std::back_inserter(found),
               [&](const RunState& state) { return state.phase == phase; });
  return found;
}

GridState part_of(const GridState& grid, const std::string& experiment) {
  GridState part;
  std::copy_if(grid.runs.begin(), grid.runs.end(), std::back_inserter(part.runs),
               [&](const RunState& state) { return state.spec->experiment == experiment; });
  return part;
}

std::string estimated_end(double seconds_left) {
  const auto end = std::time(nullptr) + static_cast<std::time_t>(seconds_left);
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(end));
}

nlohmann::json counts(const GridState& grid) {
  nlohmann::json json = {{"total", grid.runs.size()}};
  for (const Phase phase : kPhases) json[name_of(phase)] = grid.count(phase);
  return json;
}

nlohmann::json facts(const RunState& state) {
  nlohmann::json json = {{"experiment", state.spec->experiment},
                         {"key", state.spec.key()},
                         {"run", state.spec->describe()}};
  if (state.phase == Phase::kFailed) json["reason"] = state.failure;
  if (!state.lease) return json;
  json["host"] = state.lease->owner.host;
  json["pid"] = state.lease->owner.pid;
  json["since"] = state.lease->since;
  json["silent_seconds"] = state.silent_seconds;
  json["silent"] = state.is_silent();
  return json;
}

void print_json(const std::vector<Grid>& grids, const GridState& state) {
  nlohmann::json json = counts(state);
  json["experiments"] = nlohmann::json::object();
  for (const Grid& grid : grids) {
    json["experiments"][grid.experiment] = counts(part_of(state, grid.experiment));
  }
  for (const Phase phase : {Phase::kRunning, Phase::kFailed}) {
    nlohmann::json& list = json[name_of(phase) + "_runs"] = nlohmann::json::array();
    for (const RunState& run : runs_in(state, phase)) list.push_back(facts(run));
  }
  const auto left = state.seconds_left();
  json["seconds_left"] = left ? nlohmann::json(*left) : nlohmann::json();
  json["estimated_end"] = left ? nlohmann::json(estimated_end(*left)) : nlohmann::json();
  std::cout << text_of(json);
}

std::string in_words(const GridState& grid) {
  std::string text = fmt::format("{} runs", grid.runs.size());
  const char* separator = ": ";
  for (const Phase phase : kPhases) {
    if (grid.count(phase) == 0) continue;
    text += fmt::format("{}{} {}", separator, grid.count(phase), name_of(phase));
    separator = ", ";
  }
  return text;
}

void print_running(const RunState& run) {
  std::cout << fmt::format("running: {} on {} (process {}) since {}, {}", run.spec->describe(),
                           run.lease->owner.host, run.lease->owner.pid, run.lease->since,
                           duration(run.running_seconds));
  if (run.is_silent()) {
    std::cout << fmt::format("; no sign of life for {}", duration(run.silent_seconds));
  }
  std::cout << '\n';
}

void print_end(const GridState& state) {
  const size_t at_work = state.count(Phase::kRunning);
  if (at_work + state.count(Phase::kWaiting) == 0) return;
  if (const auto left = state.seconds_left()) {
    std::cout << fmt::format("about {} left with {} at work, until about {}\n", duration(*left),
                             at_work, estimated_end(*left));
  } else if (state.work_seconds) {
    std::cout << fmt::format("nobody is at work; about {} of one worker's time are left\n",
                             duration(*state.work_seconds));
  } else {
    std::cout << "how long it takes shows once a run has been finished\n";
  }
}

void print_text(const std::vector<Grid>& grids, const GridState& state) {
  for (const Grid& grid : grids) {
    const GridState part = part_of(state, grid.experiment);
    if (part.runs.empty()) continue;
    std::cout << fmt::format("{} ({}): {}\n", grid.experiment, grid.profile, in_words(part));
  }
  for (const RunState& run : runs_in(state, Phase::kRunning)) print_running(run);
  for (const RunState& run : runs_in(state, Phase::kFailed)) {
    std::cout << fmt::format("failed: {}: {}\n", run.spec->describe(), run.failure);
  }
  print_end(state);
}

int show_status(const GridArguments& arguments, bool as_json) {
  const std::optional<ChosenGrids> chosen = choose_grids(arguments);
  if (!chosen) return kExitUsage;
  const GridState state = grid_state(chosen->runs, ResultStore(arguments.results));
  if (as_json) {
    print_json(chosen->grids, state);
  } else {
    print_text(chosen->grids, state);
  }
  return 0;
}

}  // namespace

void add_status_command(CLI::App& program, int& exit_code) {
  CLI::App* command = program.add_subcommand(
      "status", "Show how far a grid is: what is done, who is at what, and when it may end");
  command->footer(
      "Only files of results and leases are read, so it works from any machine that has the "
      "folder,\n"
      "while others work on it. \"No sign of life\" is judged by clocks and may be wrong where "
      "those\n"
      "differ; whether a run is taken over does not depend on them.\n"
      "Example: eigenrnn status experiments/tomita.yaml --profile quick --json\n"
      "Exit codes: 0 whatever the state, 2 bad usage or manifest.");
  auto arguments = std::make_shared<GridArguments>();
  auto as_json = std::make_shared<bool>(false);
  arguments->add_to(*command);
  command->add_flag("--json", *as_json, "as JSON, with the keys of the runs");
  command->callback(
      [arguments, as_json, &exit_code] { exit_code = show_status(*arguments, *as_json); });
}

}  // namespace eigenrnn
