#include "manifest/documentation.h"

#include <fmt/format.h>

#include "initializers/initializer.h"
#include "manifest/manifest.h"
#include "run/settings.h"
#include "tasks/task.h"

namespace eigenrnn {
namespace {

// In a place of a table a bar would end it.
std::string escaped(const std::string& text) {
  std::string result;
  for (const char c : text) {
    if (c == '|' || c == '*' || c == '<') result += '\\';
    result += c;
  }
  return result;
}

std::string option_table(const std::vector<OptionSpec>& specs) {
  std::string table = "| key | is | default | what it means |\n| --- | --- | --- | --- |\n";
  for (const OptionSpec& spec : specs) {
    table +=
        fmt::format("| `{}`{} | {} | `{}` | {} |\n", spec.name, spec.is_size ? " ⇔" : "",
                    escaped(spec.expectation()), spec.default_value.dump(), escaped(spec.help));
  }
  return table;
}

std::string keys_table() {
  std::string table = "| key | what it holds |\n| --- | --- |\n";
  for (const auto& [key, summary] : manifest_keys()) {
    table += fmt::format("| `{}` | {} |\n", key, escaped(summary));
  }
  return table;
}

std::string tasks() {
  std::string text;
  for (const std::string& name : TaskRegistry::instance().names()) {
    const TaskInfo& info = TaskRegistry::instance().at(name);
    text += fmt::format("\n### Task `{}`\n\n{}. Measures", name, escaped(info.summary));
    for (size_t i = 0; i < info.metrics.size(); ++i) {
      text += fmt::format("{} `{}` ({} is better)", i == 0 ? "" : ",", info.metrics[i].name,
                          info.metrics[i].higher_is_better ? "higher" : "lower");
    }
    text += ".\n";
    if (!info.options.empty()) text += "\n" + option_table(info.options);
  }
  return text;
}

std::string initializers() {
  std::string text;
  for (const std::string& name : InitializerRegistry::instance().names()) {
    const InitializerInfo& info = InitializerRegistry::instance().at(name);
    text += fmt::format("\n### Initializer `{}`\n\n{} ({}).\n", name, escaped(info.summary),
                        escaped(info.citation));
    if (!info.options.empty()) text += "\n" + option_table(info.options);
  }
  return text;
}

std::string list_of_profiles() {
  std::string text;
  for (const Profile& profile : profiles()) {
    text += fmt::format("- `{}`: {}\n", profile.name, profile.summary);
  }
  return text;
}

std::string list_of_cells() {
  std::string text;
  for (const Cell& cell : cells()) {
    text += fmt::format("- `{}`: {}\n", cell.name, escaped(cell.summary));
  }
  return text;
}

constexpr const char* kHead = R"(# Manifests

Written by `eigenrnn list manifest` from what manifests are checked by; `eigenrnn list schema` writes the same as the JSON Schema
[manifest.schema.json](manifest.schema.json), by which an editor completes and checks keys while you type, once the first line of a
manifest is `# yaml-language-server: $schema=../docs/manifest.schema.json`. `eigenrnn validate FILE` finds every mistake of a manifest
with file and line, and what the schema cannot say: options that do not fit together, labels that are taken, names of
metrics.

A manifest is a YAML file that spans a grid: every cell × every initializer × every condition × every seed is one run.

## A whole one

Save it as `my_study.yaml`, then `eigenrnn run my_study.yaml --profile quick`.

```yaml
)";

}  // namespace

const std::string& example_manifest() {
  static const std::string text =
      R"(experiment: my_study            # results go to results/<profile>/my_study/
title: "Does a wider ring help on the adding problem?"
caption: "The sum of two marked numbers among T."

task:
  name: adding
  options: {train_size: 5000, validation_size: 500, test_size: 1000}

conditions:                     # columns of the table
  - {label: "T=50", options: {length: 50}}
  - {label: "T=50, slow", options: {length: 50}, training: {learning_rate: 0.0003}, seeds: 1}

# With  sweep: {training.learning_rate: [0.001, 0.003]}  each column would be there for each of these rates.
cells: [rnn_tanh, rnn_relu]
initializers:                   # rows of the table
  - orthogonal
  - eigen
  - {label: "eigen, wide ring", name: eigen, options: {radius: [0.8, 1.0]}}

seeds: 3                        # 0, 1 and 2; or a list of them

model: {hidden_size: 64}
training: {optimizer: adam, learning_rate: 0.001, clip_norm: 1.0, epochs: 10, batch_size: 50}
recording: {keep_weights: true}

overrides:                      # for some cells or rows, in the place of the above
  - {cells: [rnn_relu], initializers: [orthogonal], training: {learning_rate: 0.0005}}

tables:
  - {metric: mse, label: "test mean squared error", digits: 4}

profiles:                       # other sizes
  quick:
    seeds: 1
    model: {hidden_size: 32}
    training: {epochs: 2}
    task: {options: {train_size: 500}}
)";
  return text;
}

std::string manifest_document() {
  std::string text = kHead + example_manifest() + "```\n\n## Its keys\n\n" + keys_table();
  text += "\nA profile changes what is marked ⇔, sizes, beside `seeds` and `overrides`:\n\n";
  text += list_of_profiles();
  text += "\n## `model`\n\n" + option_table(model_section().specs());
  text += "\n## `training`\n\n" + option_table(training_section().specs());
  text += "\n## `recording`\n\n" + option_table(recording_section().specs());
  text += "\n## `cells`\n\n" + list_of_cells();
  text += "\n## `task`\n" + tasks();
  text += "\n## `initializers`\n" + initializers();
  return text;
}

}  // namespace eigenrnn
