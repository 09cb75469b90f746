#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "run/result_record.h"

// Where results lie. A run writes results/<profile>/<experiment>/<key>.json; `make archive` packs
// an experiment's into results/<profile>/<experiment>.jsonl.gz, a line of JSON for each, sorted by
// key. A result is meant by the path that it has, or would have, as a file of its own; where there
// are both, the file counts: it is the newer one.

namespace eigenrnn {

/// results/<profile>/analysis: analyses of networks, by the keys of their results, and no results.
constexpr const char* kAnalysisFolder = "analysis";

/// Is there such a result, in either form? Throws Error for a broken archive.
bool has_result(const std::filesystem::path& path);

/// Its JSON text. Throws Error if there is none, or if what there is cannot be read.
std::string read_result(const std::filesystem::path& path);

/// What it is, or none if there is no such result or it cannot be used: it is then made again.
std::optional<ResultRecord> usable_record(const std::filesystem::path& path);

/// Where a run keeps its weights, beside its result: <key>.safetensors.
std::filesystem::path weights_beside(std::filesystem::path result);

/// The paths of results, sorted, that a path stands for: itself, or all below a folder, which are
/// those named by a key (16 hexadecimal digits). Throws Error for a path that is not there, or a
/// broken archive.
std::vector<std::filesystem::path> result_files(const std::filesystem::path& path);

/// Those of one experiment's folder, results/<profile>/<experiment>, which need not be there.
std::vector<std::filesystem::path> results_of_experiment(const std::filesystem::path& folder);

}  // namespace eigenrnn
