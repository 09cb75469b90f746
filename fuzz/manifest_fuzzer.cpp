// A manifest of an experiment, checked and expanded to its grid under every profile, and the same
// text as a value on the command line.
#include <cstdlib>

#include "manifest/manifest.h"
#include "scratch_file.h"
#include "support/error.h"
#include "support/json_text.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const eigenrnn::ScratchFile file("manifest.yaml");
  constexpr int64_t kMaxRuns = 100;  // under sanitizers each takes a millisecond
  eigenrnn::Problems problems;
  const eigenrnn::Grid grid =
      eigenrnn::load_grid(file.with(data, size), "quick", problems, {}, kMaxRuns);
  if (problems.empty()) {
    for (const eigenrnn::RunSpec& run : grid.runs) {
      // What a worker is told is the run that was meant.
      const auto told = nlohmann::json::parse(run->to_json().dump());
      if (eigenrnn::RunSpec(eigenrnn::RunParts::from_json(told)).key() != run.key()) std::abort();
    }
    eigenrnn::text_of(grid.table);
  }
  try {
    eigenrnn::parse_value(std::string(reinterpret_cast<const char*>(data), size)).dump();
  } catch (const eigenrnn::Error&) {
  }
  return 0;
}
