#include <chrono>
#include <filesystem>
#include <iostream>
#include <memory>

#include <fmt/format.h>

#include "cli/analysis_summary.h"
#include "cli/commands.h"
#include "cli/validators.h"
#include "dynamics/analysis.h"
#include "support/error.h"
#include "support/files.h"
#include "support/shell.h"
#include "training/model.h"
#include "training/weights.h"

namespace eigenrnn {
namespace fs = std::filesystem;
namespace {

struct AnalyzeArguments {
  std::string result, results = "results", at = "best", split = "test", output;
  int64_t sequences = AnalysisSettings().sequences;
  bool json = false;
};

// The file that is meant by a path or by a key.
fs::path find_result(const AnalyzeArguments& arguments) {
  if (fs::is_regular_file(arguments.result)) return arguments.result;
  if (arguments.result.find('/') != std::string::npos || !fs::is_directory(arguments.results)) {
    throw Error(
        fmt::format("there is no file {}, and no folder {} to look for it as a key; give a "
                    "result's path, or its key and --results DIR",
                    arguments.result, arguments.results));
  }
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(arguments.results)) {
    if (entry.path().filename() == arguments.result + ".json") return entry.path();
  }
  throw Error(
      fmt::format("no result has the key {} below {}; a key is the name of a result's file "
                  "without .json, 16 hexadecimal digits",
                  arguments.result, arguments.results));
}

RunSpec read_spec(const fs::path& path) {
  try {
    return RunSpec::from_json(nlohmann::json::parse(read_file(path)).at("spec"));
  } catch (const nlohmann::json::exception& error) {
    throw Error(fmt::format("{} is not the result of a run: {}", path.string(), error.what()));
  }
}

// results/<profile>/<experiment>/<key>.json. By its key the run is found under any label.
std::string rerun_command(const RunSpec& spec, const fs::path& result) {
  const fs::path root = fs::absolute(result).parent_path().parent_path().parent_path();
  std::vector<std::string> words = {
      "eigenrnn",          "run",        fmt::format("experiments/{}.yaml", spec.experiment),
      "--profile",         spec.profile, "--only",
      "key=" + spec.key(), "--results",  fs::proximate(root).string()};
  if (spec.model.choice("kernel") != "fused") {
    words.insert(words.end(), {"--kernel", spec.model.choice("kernel")});
  }
  words.push_back("--force");
  return shell_line(words);
}

void load_best(const RunSpec& spec, const fs::path& result, Model& model) {
  const fs::path weights = fs::path(result).replace_extension(".weights.pt");
  if (!fs::exists(weights)) {
    throw Error(fmt::format(
        "{} has no weights beside it ({} is not there). Put\n"
        "  recording: {{keep_weights: true}}\n"
        "into experiments/{}.yaml and train this run again:\n  {}\n"
        "Or analyze it as it was before training, which needs no weights, with --at start",
        result.string(), weights.filename().string(), spec.experiment,
        rerun_command(spec, result)));
  }
  load_weights(weights, model);
}

void analyze(const AnalyzeArguments& arguments) {
  const fs::path path = find_result(arguments);
  const RunSpec spec = read_spec(path);
  const auto start = std::chrono::steady_clock::now();
  AnalysisSettings settings;
  settings.split = split_named(arguments.split);
  settings.sequences = arguments.sequences;
  settings.progress = [&](const std::string& stage) {
    const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - start;
    std::cerr << fmt::format("{:>6.1f} s  {}\n", passed.count(), stage);
  };
  // Vanishing gradients are full of denormals, and those cost a hundred times as much.
  at::globalContext().setFlushDenormal(true);

  settings.progress("data and weights");
  const auto task = TaskRegistry::instance().at(spec.task).make(spec.task_options);
  const std::shared_ptr<Model> model = make_model(spec, *task);
  if (arguments.at == "best") load_best(spec, path, *model);
  nlohmann::json json = analyze_run(spec, *model, *task, settings);
  json["at"] = arguments.at;
  settings.progress("done");

  if (!arguments.output.empty()) write_output(arguments.output, json.dump(1) + "\n");
  if (arguments.json) {
    std::cout << json.dump(1) << '\n';
    return;
  }
  std::cout << fmt::format("{}, {}\n\n", spec.describe(),
                           arguments.at == "best" ? "weights of the best validation epoch"
                                                  : "before training")
            << summarize_analysis(json);
}

}  // namespace

void add_analyze_command(CLI::App& program, int& exit_code) {
  CLI::App* command =
      program.add_subcommand("analyze", "Show what a trained network's hidden state does");
  command->footer(
      "Spectra of the recurrent weights, modes of the linear model, memory, gradients by lag,\n"
      "Lyapunov exponents, what a linear readout finds in the state, and fixed points (for tasks\n"
      "of symbols). It takes seconds. docs/analysis.md explains each number.\n"
      "The run must have kept its weights (recording: {keep_weights: true} in the manifest); how\n"
      "it was before training can be rebuilt for any run, with --at start.\n"
      "Examples: eigenrnn analyze results/quick/tomita/0f3a96c2b1d4e587.json\n"
      "          eigenrnn analyze 0f3a96c2b1d4e587 --results results --at start\n"
      "          eigenrnn analyze 0f3a96c2b1d4e587 --output analysis.json\n"
      "Exit codes: 0 done, 1 data was missing, 2 bad usage or a run without weights.");
  auto arguments = std::make_shared<AnalyzeArguments>();
  command->add_option("result", arguments->result, "a result's file, or its key")
      ->required()
      ->type_name("RESULT.json|KEY");
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
  command->callback([arguments, &exit_code] {
    analyze(*arguments);
    exit_code = 0;
  });
}

}  // namespace eigenrnn
