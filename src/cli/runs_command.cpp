#include <algorithm>
#include <iostream>
#include <memory>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/commands.h"
#include "cli/grids.h"
#include "run/result_record.h"
#include "store/result_files.h"
#include "store/result_store.h"
#include "support/error.h"
#include "support/json_text.h"
#include "tasks/task.h"

namespace eigenrnn {
namespace {

// A run of the grid and what there is of it.
struct Listed {
  RunSpec spec;
  std::filesystem::path path;  // of its result, as a file of its own or a line of an archive
  std::string status = "not yet";
  ResultRecord record;

  bool is_there() const { return !record.key.empty(); }
};

Listed look_up(const RunSpec& spec, const ResultStore& store) {
  Listed listed{spec, store.path(spec)};
  if (!has_result(listed.path)) return listed;
  const std::optional<ResultRecord> record = usable_record(listed.path);
  listed.status = record ? name_of(record->status) : "broken";
  if (record) listed.record = *record;
  return listed;
}

nlohmann::json facts(const Listed& listed) {
  const RunParts& run = *listed.spec;
  nlohmann::json json = {{"key", listed.spec.key()}, {"experiment", run.experiment},
                         {"profile", run.profile},   {"condition", run.condition},
                         {"cell", run.cell},         {"initializer", run.label},
                         {"seed", run.seed},         {"learning_rate", run.training.learning_rate},
                         {"status", listed.status},  {"path", listed.path.string()}};
  if (!listed.is_there()) return json;
  json["seconds"] = listed.record.seconds;
  json["device"] = listed.record.device;
  json["commit"] = listed.record.commit;
  json["metrics"] = listed.record.metrics;
  return json;
}

// RFC 4180.
std::string csv_field(const nlohmann::json& value) {
  if (value.is_null()) return "";
  const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + '"';
}

void print_csv(const std::vector<Listed>& runs) {
  std::vector<std::string> columns = {"key",    "experiment",  "profile", "condition",
                                      "cell",   "initializer", "seed",    "learning_rate",
                                      "status", "seconds",     "device",  "commit"};
  std::set<std::string> metrics;
  for (const Listed& run : runs) {
    if (!run.is_there()) continue;
    for (const auto& [name, value] : run.record.metrics.items()) metrics.insert(name);
  }
  std::cout << fmt::format("{}{}{},path\n", fmt::join(columns, ","), metrics.empty() ? "" : ",",
                           fmt::join(metrics, ","));
  for (const Listed& run : runs) {
    const nlohmann::json json = facts(run), none;
    const nlohmann::json values = json.value("metrics", nlohmann::json::object());
    for (const std::string& column : columns) {
      std::cout << csv_field(json.value(column, none)) << ',';
    }
    for (const std::string& metric : metrics) {
      std::cout << csv_field(values.value(metric, none)) << ',';
    }
    std::cout << csv_field(json.at("path")) << '\n';
  }
}

// "98.10 accuracy, %" of the metric that chooses the best epoch.
std::string result_in_words(const Listed& run) {
  if (run.status == "failed") return run.record.failure;
  const Metric& metric = TaskRegistry::instance().at(run.spec->task).metrics.front();
  const nlohmann::json value = run.record.metrics.value(metric.name, nlohmann::json());
  if (value.is_string()) return fmt::format("{} {}", value.get<std::string>(), metric.label);
  if (!value.is_number()) return "";
  return fmt::format("{:.6g} {}", value.get<double>() * metric.scale, metric.label);
}

void print_text(const std::vector<Listed>& runs) {
  size_t longest = 0;
  for (const Listed& run : runs) {
    longest = std::max(longest, run.spec->describe().size());
  }
  for (const Listed& run : runs) {
    std::string line =
        fmt::format("{}  {:<{}}  {:<8}", run.spec.key(), run.spec->describe(), longest, run.status);
    if (run.is_there()) line += "  " + result_in_words(run);
    std::cout << line.substr(0, line.find_last_not_of(' ') + 1) << '\n';
  }
}

int list_runs(const GridArguments& arguments, const std::string& format) {
  const std::optional<ChosenGrids> chosen = choose_grids(arguments);
  if (!chosen) return kExitUsage;
  const ResultStore store(arguments.results);
  std::vector<Listed> runs;
  for (const RunSpec& spec : chosen->runs) runs.push_back(look_up(spec, store));
  if (format == "json") {
    nlohmann::json list = nlohmann::json::array();
    for (const Listed& run : runs) list.push_back(facts(run));
    std::cout << text_of(list);
  } else if (format == "csv") {
    print_csv(runs);
  } else {
    print_text(runs);
  }
  return 0;
}

}  // namespace

void add_runs_command(CLI::App& program, int& exit_code) {
  CLI::App* command =
      program.add_subcommand("runs", "List the runs of a grid with their keys and results");
  command->footer(
      "A key names a run wherever one is asked for: --only key=…, verify and analyze\n"
      "results/<profile>/<experiment>/<key>.json, also where the result lies in an archive.\n"
      "Metrics are those of the test, with the weights of the best epoch on validation.\n"
      "Example: eigenrnn runs experiments/tomita.yaml --only init=eigen,cell=lstm\n"
      "         eigenrnn runs experiments/tomita.yaml --format csv > runs.csv\n"
      "Exit codes: 0 whatever there is, 2 bad usage or manifest.");
  auto arguments = std::make_shared<GridArguments>();
  auto format = std::make_shared<std::string>("text");
  arguments->add_to(*command);
  command->add_option("--format", *format, "text, csv (a row per run) or json")
      ->check(CLI::IsMember({"text", "csv", "json"}))
      ->capture_default_str();
  command->callback(
      [arguments, format, &exit_code] { exit_code = list_runs(*arguments, *format); });
}

}  // namespace eigenrnn
