#pragma once
#include <memory>
#include <string>

#include "run/run_spec.h"
#include "tasks/task.h"

namespace eigenrnn {

/// The data of the latest task, since runs on the same data follow one another.
class TaskCache {
 public:
  /// The task of `spec` with its options, valid until another is asked for. Throws as
  /// TaskInfo::make does.
  const Task& get(const RunSpec& spec) {
    const std::string key = spec->task + spec->task_options.json().dump();
    if (key != key_) {
      task_ = nullptr;  // free the old data before loading the new
      task_ = TaskRegistry::instance().at(spec->task).make(spec->task_options);
      key_ = key;
    }
    return *task_;
  }

 private:
  std::string key_;
  std::unique_ptr<Task> task_;
};

}  // namespace eigenrnn
