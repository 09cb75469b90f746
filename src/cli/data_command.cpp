#include <iostream>
#include <memory>

#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/plugin_options.h"
#include "tasks/task.h"

namespace eigenrnn {
namespace {

struct DataArguments {
  std::string task, split = "train";
  std::vector<std::string> options;
  int64_t limit = 10;
  bool json = false;
};

void show(const DataArguments& arguments) {
  const TaskInfo& info = TaskRegistry::instance().at(arguments.task);
  const Split split = split_named(arguments.split);
  const auto task = info.make(parse_options(arguments.options, info.options));
  const int64_t count = std::min(arguments.limit, task->size(split));
  if (!arguments.json) {
    std::cout << fmt::format("{}, {} split: {} of {} items\n", arguments.task, arguments.split,
                             count, task->size(split));
    for (int64_t i = 0; i < count; ++i) std::cout << task->describe(split, i) << '\n';
    return;
  }
  nlohmann::json items = nlohmann::json::array();
  for (int64_t i = 0; i < count; ++i) items.push_back(task->to_json(split, i));
  std::cout << nlohmann::json({{"task", arguments.task},
                               {"split", arguments.split},
                               {"size", task->size(split)},
                               {"facts", task->data_facts()},
                               {"items", items}})
                   .dump(1)
            << '\n';
}

}  // namespace

void add_data_command(CLI::App& program, int& exit_code) {
  CLI::App* command = program.add_subcommand("data", "Show what the network is fed");
  command->footer("Example: eigenrnn data tomita --option grammar=3 --limit 5");
  auto arguments = std::make_shared<DataArguments>();
  command->add_option("task", arguments->task, "task (eigenrnn list tasks)")->required();
  command->add_option("--split", arguments->split, "train, validation or test")
      ->capture_default_str();
  command->add_option("--option", arguments->options, "a task option, name=value")
      ->allow_extra_args(false);
  command->add_option("--limit", arguments->limit, "how many items at most")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  command->add_flag("--json", arguments->json, "for programs");
  command->callback([arguments, &exit_code] {
    show(*arguments);
    exit_code = 0;
  });
}

}  // namespace eigenrnn
