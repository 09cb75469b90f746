#pragma once
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "manifest/config_node.h"
#include "run/run_spec.h"

namespace eigenrnn {

/// The profiles and what each is for. A manifest says what a profile changes; sizes only.
struct Profile {
  std::string name, summary;
};
const std::vector<Profile>& profiles();
std::vector<std::string> profile_names();

/// The keys of a manifest with a line on each, for `eigenrnn validate --help` and for messages.
const std::vector<std::pair<std::string, std::string>>& manifest_keys();

/// An expanded run takes about 6 kB and 0.1 ms: so many, a gigabyte and half a minute.
constexpr int64_t kMaxRuns = 200000;

/// The runs of one manifest under one profile, and the description of its tables.
struct Grid {
  std::string experiment, profile;
  std::filesystem::path manifest;  // that it was read from
  std::vector<RunSpec> runs;       // seeds outermost, so that early results cover every row
  nlohmann::json table;  // table.json, as docs/table.schema.json describes it, but for "command"
};

/// Reads and checks a manifest, and gives its grid under each profile, in their order, to `take`.
/// Every mistake, in every profile, is added to `problems`; grids are only meaningful if there are
/// none. `set` are texts as in "training.learning_rate=0.1" (assignments.h), stronger than all that
/// the manifest says. More runs than `max_runs`, under any profile, are a mistake and are not
/// expanded.
void load_every_grid(const std::filesystem::path& manifest, const std::function<void(Grid)>& take,
                     Problems& problems, const std::vector<std::string>& set = {},
                     int64_t max_runs = kMaxRuns);

/// The grid under one profile. A mistake in any of them is one: it shows before hours of another.
Grid load_grid(const std::filesystem::path& manifest, const std::string& profile,
               Problems& problems, const std::vector<std::string>& set = {},
               int64_t max_runs = kMaxRuns);

}  // namespace eigenrnn
