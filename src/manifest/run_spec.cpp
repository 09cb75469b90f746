#include "manifest/run_spec.h"

#include <fmt/format.h>

#include "initializers/initializer.h"
#include "support/files.h"
#include "support/json_integer.h"
#include "tasks/task.h"

namespace eigenrnn {
namespace {

// Raise this when the code changes so that the same spec gives another outcome: old results then
// no longer count as finished.
constexpr int kOutcomeVersion = 1;

}  // namespace

const std::vector<OptionSpec>& model_options() {
  static const std::vector<OptionSpec> specs = {
      {"hidden_size", OptionType::kInteger, 100, "units per layer, H", 1, 65536, {}, true},
      {"layers",
       OptionType::kInteger,
       1,
       "recurrent layers on top of one another",
       1,
       64,
       {},
       true},
      {"input_weight",
       OptionType::kChoice,
       "xavier",
       "law of W_ih where the initializer leaves it open",
       0,
       0,
       {"xavier", "torch_default"}},
      {"bias",
       OptionType::kChoice,
       "zeros",
       "law of both biases where the initializer leaves them open",
       0,
       0,
       {"zeros", "torch_default"}},
      {"forget_bias", OptionType::kNumber, 1.0, "LSTM: added to the forget gate's bias", -100, 100},
      {"kernel",
       OptionType::kChoice,
       "fused",
       "which code runs the sequences on the CPU: this project's, or LibTorch's to compare",
       0,
       0,
       {"fused", "libtorch"}},
  };
  return specs;
}

const std::vector<OptionSpec>& training_options() {
  static const std::vector<OptionSpec> specs = {
      {"optimizer",
       OptionType::kChoice,
       "adam",
       "LibTorch's optimizer",
       0,
       0,
       {"adam", "rmsprop", "sgd"}},
      {"learning_rate", OptionType::kNumber, 1e-3, "step size", 1e-12, 1e3},
      {"momentum", OptionType::kNumber, 0.0, "for sgd and rmsprop", 0, 1},
      {"weight_decay", OptionType::kNumber, 0.0, "L2 penalty as the optimizers define it", 0, 1},
      {"clip_norm", OptionType::kNumber, 1.0,
       "bound on the norm of the gradient of all parameters; 0 for none", 0},
      {"epochs", OptionType::kInteger, 10, "passes over the training split", 1, 1e6, {}, true},
      {"batch_size", OptionType::kInteger, 100, "sequences per step", 1, 1e6, {}, true},
  };
  return specs;
}

const std::vector<OptionSpec>& recording_options() {
  static const std::vector<OptionSpec> specs = {
      {"keep_weights", OptionType::kFlag, false,
       "the weights of the best validation epoch, in <key>.weights.pt beside the result"},
      {"epoch_spectra",
       OptionType::kChoice,
       "summary",
       "the recurrent spectra after each epoch, besides those at start and end",
       0,
       0,
       {"none", "summary", "all"}},
  };
  return specs;
}

std::string RunSpec::key() const {
  const nlohmann::json outcome = {{"version", kOutcomeVersion},
                                  {"task", task},
                                  {"task_options", task_options.content()},
                                  {"cell", cell},
                                  {"initializer", initializer},
                                  {"initializer_options", initializer_options.content()},
                                  {"seed", seed},
                                  {"model", model.json()},
                                  {"training", training.json()}};
  return sha256(outcome.dump()).substr(0, 16);
}

std::string RunSpec::describe() const {
  return fmt::format("{} {} · {} · {} · seed {}", experiment, condition, cell, label, seed);
}

std::string RunSpec::kind() const {
  return fmt::format("{}/{}/{}/{}", profile, experiment, condition, cell);
}

nlohmann::json RunSpec::to_json() const {
  return {{"experiment", experiment},
          {"profile", profile},
          {"condition", condition},
          {"task", {{"name", task}, {"options", task_options.json()}}},
          {"cell", cell},
          {"initializer",
           {{"name", initializer}, {"label", label}, {"options", initializer_options.json()}}},
          {"seed", seed},
          {"model", model.json()},
          {"training", training.json()},
          {"recording", recording.json()}};
}

RunSpec RunSpec::from_json(const nlohmann::json& json) {
  RunSpec spec;
  spec.experiment = json.at("experiment");
  spec.profile = json.at("profile");
  spec.condition = json.at("condition");
  spec.task = json.at("task").at("name");
  spec.task_options = Options::resolve(TaskRegistry::instance().at(spec.task).options,
                                       json.at("task").at("options"));
  spec.cell = cell_named(json.at("cell").get_ref<const std::string&>()).name;
  const nlohmann::json& initializer = json.at("initializer");
  spec.initializer = initializer.at("name");
  spec.label = initializer.at("label");
  spec.initializer_options = Options::resolve(
      InitializerRegistry::instance().at(spec.initializer).options, initializer.at("options"));
  spec.seed = int64_at(json, "seed");
  spec.model = Options::resolve(model_options(), json.at("model"));
  spec.training = Options::resolve(training_options(), json.at("training"));
  spec.recording =
      Options::resolve(recording_options(), json.value("recording", nlohmann::json::object()));
  return spec;
}

}  // namespace eigenrnn
