#pragma once
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "manifest/checker.h"

namespace eigenrnn {

/// Published numbers from reference files (`references:` a list of mappings; paths relative to
/// `from`'s file), as table.json holds them. Those of conditions that the table does not have are
/// left out; a cell or row that the table does not have is a mistake.
nlohmann::json load_references(const std::vector<std::string>& files, const Place& from,
                               const nlohmann::json& table, Checker& check);

}  // namespace eigenrnn
