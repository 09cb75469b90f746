#pragma once
#include <nlohmann/json.hpp>

#include "manifest/checker.h"
#include "manifest/manifest.h"
#include "tasks/task.h"

namespace eigenrnn {

/// What the tables of a grid show, as docs/table.schema.json describes it: title, caption, metrics,
/// rows, columns, the keys of the runs behind each entry, published numbers; but for the command,
/// which is the caller's to know. `root` is the manifest with its profile applied; mistakes in what
/// it says about tables go to `check`.
nlohmann::json describe_table(const ConfigNode& root, const TaskInfo& task, const Grid& grid,
                              Checker& check);

}  // namespace eigenrnn
