#pragma once
#include <nlohmann/json.hpp>

#include "manifest/checker.h"

namespace eigenrnn {

/// Published numbers from the reference files that `manifest` names (each a list of mappings under
/// `references`; paths are relative to the file that names them), as table.json holds them. Those
/// of conditions that the table does not have are left out.
nlohmann::json load_references(const ConfigNode& manifest, const nlohmann::json& table,
                               Checker& check);

}  // namespace eigenrnn
