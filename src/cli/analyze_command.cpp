#include <chrono>
#include <filesystem>
#include <iostream>
#include <memory>
#include <thread>

#include <fmt/format.h>

#include "cli/analysis_summary.h"
#include "cli/analyze_grid.h"
#include "cli/commands.h"
#include "cli/foreign_network.h"
#include "cli/validators.h"
#include "dynamics/analysis.h"
#include "model/model.h"
#include "model/weights.h"
#include "run/result_record.h"
#include "store/result_files.h"
#include "support/error.h"
#include "support/files.h"
#include "support/shell.h"
#include "training/make_model.h"

namespace eigenrnn {
namespace fs = std::filesystem;
namespace {

constexpr const char* kFooter =
    "Spectra of the recurrent weights, modes of the linear model, memory, gradients by lag,\n"
    "Lyapunov exponents, what a linear readout finds in the state, and fixed points (for tasks\n"
    "of symbols). It takes seconds. docs/analysis.md explains each number.\n"
    "The run must have kept its weights (run … --set recording.keep_weights=true); how\n"
    "it was before training can be rebuilt for any run, with --at start.\n"
    "Examples: eigenrnn analyze results/quick/tomita/0f3a96c2b1d4e587.json\n"
    "          eigenrnn analyze 0f3a96c2b1d4e587 --results results --at start\n"
    "          eigenrnn analyze 0f3a96c2b1d4e587 --output analysis.json\n"
    "          eigenrnn analyze results/quick/dynamics_tomita --jobs 2\n"
    "          eigenrnn analyze my_lstm.safetensors\n"
    "A file of weights, of torch.nn's names, is driven by white noise in the place of a task.\n"
    "Of a folder, or of several results, it analyses every finished run that kept its weights, as\n"
    "it was before training and after its best epoch (or at one of them, with --at), and writes\n"
    "<profile>/analysis/<key>.best.json and <key>.start.json; what is there and newer is skipped,\n"
    "so that an interrupted call goes on where it stopped. The files take about 100 kB each.\n"
    "Exit codes: 0 done, 1 data was missing, or of several some failed or there was none, 2 bad\n"
    "usage or a run without weights, 130 interrupted.";

struct AnalyzeArguments {
  std::string result, results = "results", at = "best", split = "test", output;
  int64_t sequences = 600;  // half of them to fit the readouts, half to test
  bool json = false;
  std::vector<std::string> paths;  // as they were given: one is a result, or they are a grid
  int jobs = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  bool force = false;
  std::string cell;  // of a file of weights
};

// The file that is meant by a path or by a key.
fs::path find_result(const AnalyzeArguments& arguments) {
  if (fs::is_regular_file(arguments.result) || has_result(arguments.result))
    return arguments.result;
  if (arguments.result.find('/') != std::string::npos || !fs::is_directory(arguments.results)) {
    throw Error(
        fmt::format("there is no file {}, and no folder {} to look for it as a key; give a "
                    "result's path, or its key and --results DIR",
                    arguments.result, arguments.results));
  }
  for (const fs::path& path : result_files(arguments.results)) {
    if (path.stem() == arguments.result) return path;
  }
  throw Error(
      fmt::format("no result has the key {} below {}; a key is the name of a result's file "
                  "without .json, 16 hexadecimal digits",
                  arguments.result, arguments.results));
}

RunSpec read_spec(const fs::path& path) {
  try {
    const auto record = ResultRecord::from_json(nlohmann::json::parse(read_result(path)));
    return RunSpec(RunParts::from_json(record.spec));
  } catch (const nlohmann::json::exception& error) {
    throw Error(fmt::format("{} is not the result of a run: {}", path.string(), error.what()));
  }
}

// results/<profile>/<experiment>/<key>.json. By its key the run is found under any label.
std::string rerun_command(const RunSpec& spec, const fs::path& result) {
  const fs::path root = fs::absolute(result).parent_path().parent_path().parent_path();
  std::vector<std::string> words = {
      "eigenrnn",          "run",         fmt::format("experiments/{}.yaml", spec->experiment),
      "--profile",         spec->profile, "--only",
      "key=" + spec.key(), "--results",   fs::proximate(root).string()};
  if (spec->model.kernel != "fused") {
    words.insert(words.end(), {"--kernel", spec->model.kernel});
  }
  words.insert(words.end(), {"--set", "recording.keep_weights=true"});
  return shell_line(words);
}

bool is_grid(const AnalyzeArguments& arguments) {
  return arguments.paths.size() > 1 || fs::is_directory(arguments.paths.front());
}

int analyze_all(const AnalyzeArguments& arguments, const CLI::App& command) {
  for (const char* option : {"--output", "--json", "--split", "--sequences"}) {
    if (command.count(option) == 0) continue;
    throw Error(fmt::format(
        "{}: only with one result; of several, each is written into a file of its own", option));
  }
  GridAnalysis grid;
  AnalyzeArguments one = arguments;
  for (const std::string& path : arguments.paths) {
    one.result = path;
    const auto files = fs::is_directory(path) ? result_files(path) : std::vector{find_result(one)};
    grid.results.insert(grid.results.end(), files.begin(), files.end());
  }
  if (command.count("--at") > 0) grid.moments = {arguments.at};
  grid.jobs = arguments.jobs;
  grid.force = arguments.force;
  return analyze_grid(grid);
}

void load_best(const RunSpec& spec, const fs::path& result, Model& model) {
  const fs::path weights = weights_beside(result);
  if (!fs::exists(weights)) {
    throw Error(fmt::format(
        "{} has no weights beside it ({} is not there). Train this run again and keep them:\n  {}\n"
        "Or analyze it as it was before training, which needs no weights, with --at start",
        result.string(), weights.filename().string(), rerun_command(spec, result)));
  }
  load_weights(weights, model);
}

// That tell of each stage with the time since they were made.
AnalysisSettings telling_settings() {
  // Vanishing gradients are full of denormals, and those cost a hundred times as much.
  at::globalContext().setFlushDenormal(true);
  AnalysisSettings settings;
  settings.progress = [start = std::chrono::steady_clock::now()](const std::string& stage) {
    const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - start;
    std::cerr << fmt::format("{:>6.1f} s  {}\n", passed.count(), stage);
  };
  return settings;
}

// `whose` and `drive` say in words what was analysed, and by which sequences it was driven.
void show(const Analysis& analysis, const nlohmann::json& facts, const std::string& whose,
          const std::string& drive, const AnalyzeArguments& arguments) {
  nlohmann::json json = to_json(analysis);
  json.update(facts);
  if (!arguments.output.empty()) write_output(arguments.output, json.dump(1) + "\n");
  if (arguments.json) {
    std::cout << json.dump(1) << '\n';
  } else {
    std::cout << whose << "\n\n" << summarize_analysis(analysis, drive);
  }
}

void analyze_file(const AnalyzeArguments& arguments, const CLI::App& command) {
  for (const char* option : {"--at", "--split", "--sequences"}) {
    if (command.count(option) == 0) continue;
    throw Error(fmt::format(
        "{}: of a run's result, and {} is a file of weights, which is driven by white noise",
        option, arguments.result));
  }
  const AnalysisSettings settings = telling_settings();
  const std::shared_ptr<Model> network = network_in(arguments.result, arguments.cell);
  const Analysis analysis = analyze_model(*network, white_noise_for(*network), {}, settings);
  settings.progress("done");
  show(analysis, {{"schema", 1}, {"file", arguments.result}},
       arguments.result + ", driven by white noise", "white noise", arguments);
}

void analyze(const AnalyzeArguments& arguments) {
  const fs::path path = find_result(arguments);
  const RunSpec spec = read_spec(path);
  const AnalysisSettings settings = telling_settings();
  settings.progress("data and weights");
  const auto task = TaskRegistry::instance().at(spec->task).make(spec->task_options);
  const std::shared_ptr<Model> model = make_model(spec, *task).network;
  if (arguments.at == "best") load_best(spec, path, *model);
  // The same sequences for every run of a task.
  Random random = Random(0).stream("sample");
  const Batch batch =
      sample_batch(*task, split_named(arguments.split), arguments.sequences, random);
  const Analysis analysis = analyze_model(*model, batch, task->automaton(), settings);
  settings.progress("done");
  show(analysis,
       {{"schema", 1},
        {"key", spec.key()},
        {"spec", spec->to_json()},
        {"split", arguments.split},
        {"at", arguments.at}},
       fmt::format(
           "{}, {}", spec->describe(),
           arguments.at == "best" ? "weights of the best validation epoch" : "before training"),
       fmt::format("sequences of the {} split", arguments.split), arguments);
}

}  // namespace

void add_analyze_command(CLI::App& program, int& exit_code) {
  CLI::App* command =
      program.add_subcommand("analyze", "Show what a trained network's hidden state does");
  command->footer(kFooter);
  auto arguments = std::make_shared<AnalyzeArguments>();
  command
      ->add_option("paths", arguments->paths,
                   "a result's file, or its key; several, or folders of results: all of them; or a "
                   "file of weights, .safetensors or TorchScript, of any program")
      ->required()
      ->type_name("RESULT.json|KEY|FOLDER|WEIGHTS");
  command->add_option("--results", arguments->results, "folder in which to look for a key")
      ->check(not_empty())
      ->capture_default_str();
  command
      ->add_option("--at", arguments->at,
                   "best: the weights of the best validation epoch; start: before training")
      ->check(CLI::IsMember({"best", "start"}))
      ->capture_default_str();
  command->add_option("--split", arguments->split, "whose sequences: train, validation or test")
      ->check(CLI::IsMember({"train", "validation", "test"}))
      ->capture_default_str();
  command->add_option("--sequences", arguments->sequences, "how many of them at most")
      ->check(CLI::Range(8, 100000))
      ->capture_default_str();
  command->add_option("--output", arguments->output, "write everything to this file, as JSON")
      ->check(not_empty());
  command->add_flag("--json", arguments->json, "for programs: print everything, as JSON");
  command
      ->add_option("--jobs", arguments->jobs,
                   "of several results: how many at a time, one thread each")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  command
      ->add_option("--cell", arguments->cell,
                   "of a file of weights, where the number of gates does not say it: rnn_relu")
      ->check(CLI::IsMember(cell_names()));
  command->add_flag("--force", arguments->force,
                    "of several results: analyse again what is up to date");
  command->callback([arguments, command, &exit_code] {
    if (is_grid(*arguments)) {
      exit_code = analyze_all(*arguments, *command);
    } else {
      arguments->result = arguments->paths.front();
      if (is_file_of_weights(arguments->result)) {
        analyze_file(*arguments, *command);
      } else {
        analyze(*arguments);
      }
      exit_code = 0;
    }
  });
}

}  // namespace eigenrnn
