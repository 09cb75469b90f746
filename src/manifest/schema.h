#pragma once
#include <nlohmann/json.hpp>

namespace eigenrnn {

/// docs/manifest.schema.json: a JSON Schema (draft 7, which YAML language servers know) from the
/// declarations that manifests are checked by. No key is required, as a manifest may include others
/// that hold the rest; what options have to do with one another is left to the program.
nlohmann::ordered_json manifest_schema();

}  // namespace eigenrnn
