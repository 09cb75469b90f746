#pragma once
#include <string>

namespace eigenrnn {

/// A manifest that runs, with every section in it.
const std::string& example_manifest();

/// docs/manifest.md: every key of a manifest with its type, range, default and meaning, from the
/// declarations that manifests are checked by.
std::string manifest_document();

}  // namespace eigenrnn
