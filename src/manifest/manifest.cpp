#include "manifest/manifest.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "initializers/initializer.h"
#include "manifest/assignments.h"
#include "manifest/checker.h"
#include "manifest/conditions.h"
#include "manifest/initializer_rows.h"
#include "manifest/overrides.h"
#include "manifest/table_description.h"
#include "support/error.h"
#include "tasks/task.h"

namespace eigenrnn {
namespace {

std::vector<std::string> keys_of_manifest() {
  std::vector<std::string> names;
  for (const auto& [name, summary] : manifest_keys()) names.push_back(name);
  return names;
}

// Values laid over others; both are objects of options.
nlohmann::json merged(nlohmann::json base, const nlohmann::json& over) {
  base.update(over);
  return base;
}

// Reads one manifest under one profile.
class ManifestReader {
 public:
  ManifestReader(ConfigNode root, std::string profile, std::vector<std::string> set,
                 int64_t max_runs, Problems& problems)
      : root_(std::move(root)),
        profile_(std::move(profile)),
        set_(std::move(set)),
        max_runs_(max_runs),
        check_(problems) {}

  Grid read() {
    check_.only_known_keys(root_, keys_of_manifest(), "a manifest");
    read_task();
    apply_profile();
    assigned_ = read_assignments(set_, task_, check_);
    read_task_options();
    conditions_ = read_conditions(root_, task_, check_);
    for (const Condition& condition : conditions_) check_together(condition);
    read_cells();
    initializers_ = read_initializer_rows(root_, check_);
    read_seeds();
    model_ = check_.options(check_.map(root_, "model"), model_section().specs(), "model");
    training_ =
        check_.options(check_.map(root_, "training"), training_section().specs(), "training");
    recording_ = recording_section().from_json(merged(
        check_.options(check_.map(root_, "recording"), recording_section().specs(), "recording"),
        assigned_.recording));
    overrides_ = read_overrides(root_, initializers_, check_);
    const int64_t hidden = model_section().from_json(merged(model_, assigned_.model)).hidden_size;
    const bool is_small_enough = check_number_of_runs();
    if (is_small_enough) check_draws(initializers_, cells_, overrides_, hidden, check_);

    Grid grid;
    grid.experiment = check_.text(root_, "experiment", /*required=*/true);
    grid.profile = profile_;
    check_file_name(grid.experiment);
    if (task_ != nullptr && is_small_enough) {
      expand(grid);
      grid.table = describe_table(root_, *task_, grid, check_);
    }
    return grid;
  }

 private:
  void check_file_name(const std::string& experiment) {
    const std::string allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    // Folders that scripts write beside those of the experiments, and files beside their tables.
    const std::set<std::string> taken = {"tables",      "analysis",   "figures",  "report",
                                         "tensorboard", "statistics", "verdicts", "eigen_variants"};
    if (experiment.find_first_not_of(allowed) != std::string::npos || taken.count(experiment) > 0) {
      check_.report(root_.find("experiment")->place,
                    fmt::format("'experiment' is '{}', and names a folder of results: letters, "
                                "digits, _ and -, and none of {}",
                                experiment, fmt::join(taken, ", ")));
    }
  }

  void read_task() {
    const ConfigNode* task = check_.map(root_, "task", /*required=*/true);
    if (task == nullptr) return;
    check_.only_known_keys(*task, {"name", "options"}, "task");
    const std::string name = check_.text(*task, "name", /*required=*/true);
    const TaskRegistry& registry = TaskRegistry::instance();
    if (!name.empty() && check_.known(task->find("name")->place, "task", name, registry.names())) {
      task_ = &registry.at(name);
    }
  }

  void read_task_options() {
    const ConfigNode* task = root_.find("task");
    if (task_ == nullptr) return;
    task_options_ = check_.options(check_.map(*task, "options"), task_->options,
                                   fmt::format("task {}", task_->name));
  }

  // Checks every profile, and lays the one that is asked for over the manifest.
  void apply_profile() {
    const ConfigNode* section = check_.map(root_, "profiles");
    if (section == nullptr) return;
    const ConfigNode all = *section;
    for (const auto& [name, changes] : all.members) {
      if (!check_.known(changes.place, "profile", name, profile_names())) continue;
      if (check_.map(all, name) == nullptr) continue;
      check_.only_known_keys(changes, {"seeds", "model", "training", "task", "overrides"},
                             "profile " + name);
      check_sizes(check_.map(changes, "model"), model_section().specs(), name);
      check_sizes(check_.map(changes, "training"), training_section().specs(), name);
      if (const ConfigNode* task = check_.map(changes, "task")) {
        check_.only_known_keys(*task, {"options"}, "the task of profile " + name);
        if (task_ != nullptr) check_sizes(check_.map(*task, "options"), task_->options, name);
      }
      if (name == profile_) root_.overlay(changes);
    }
  }

  void check_sizes(const ConfigNode* section, const std::vector<OptionSpec>& specs,
                   const std::string& profile) {
    if (section == nullptr) return;
    check_.options(section, specs, "profile " + profile);
    for (const OptionSpec& spec : specs) {
      const ConfigNode* given = section->find(spec.name);
      if (given != nullptr && !spec.is_size) {
        check_.report(
            given->place,
            fmt::format("profile {} changes '{}', and may only change sizes", profile, spec.name));
      }
    }
  }

  Options options_under(const Condition& condition) const {
    return Options::resolve(
        task_->options, merged(merged(task_options_, condition.options), assigned_.task_options));
  }

  // Options of the task that are right one by one may not fit together.
  void check_together(const Condition& condition) {
    if (task_ == nullptr || !task_->check) return;
    try {
      task_->check(options_under(condition));
    } catch (const Error& error) {
      check_.report(condition.place, error.what());
    }
  }

  void read_cells() {
    if (check_.filled_list(root_, "cells", /*required=*/true) == nullptr) return;
    const Place& place = root_.find("cells")->place;
    for (const std::string& name : check_.texts(root_, "cells")) {
      if (!check_.known(place, "cell", name, cell_names())) continue;
      if (std::find(cells_.begin(), cells_.end(), name) != cells_.end()) {
        check_.report(place, fmt::format("cell '{}' is given twice", name));
      } else {
        cells_.push_back(name);
      }
    }
  }

  void read_seeds() {
    const ConfigNode* node = assigned_.seeds ? &*assigned_.seeds : root_.find("seeds");
    const nlohmann::json value = node == nullptr ? nlohmann::json(1) : node->to_json();
    if (value.is_number_integer() && value.get<int64_t>() >= 1 &&
        value.get<int64_t>() <= max_runs_) {
      for (int64_t seed = 0; seed < value.get<int64_t>(); ++seed) seeds_.push_back(seed);
      return;
    }
    std::set<int64_t> seen;
    bool good = value.is_array() && !value.empty();
    for (const nlohmann::json& seed : good ? value : nlohmann::json::array()) {
      good = good && seed.is_number_integer() && seed.get<int64_t>() >= 0 &&
             seen.insert(seed.get<int64_t>()).second;
      if (good) seeds_.push_back(seed);
    }
    if (!good) {
      check_.report(node->place, fmt::format("'seeds' is {}, and must be a number of seeds from 1 "
                                             "to {}, or a list of different seeds from 0 on",
                                             value.dump(), max_runs_));
    }
  }

  // False if there are so many that they are not to be expanded.
  bool check_number_of_runs() {
    const size_t seeds = seeds_.size(), conditions = conditions_.size(), cells = cells_.size(),
                 rows = initializers_.size();
    double columns = 0;  // pairs of a condition and a seed
    for (const Condition& condition : conditions_) {
      columns += static_cast<double>(std::min(condition.seeds, seeds));
    }
    const double runs = columns * static_cast<double>(cells) * static_cast<double>(rows);
    if (runs <= static_cast<double>(max_runs_)) return true;
    check_.report(root_.place,
                  fmt::format("the grid of profile {} has {:.0f} runs ({} seeds × {} conditions × "
                              "{} cells × {} initializers), and may have at most {}; make several "
                              "manifests of it",
                              profile_, runs, seeds, conditions, cells, rows, max_runs_));
    return false;
  }

  RunSpec spec_for(const Grid& grid, const Condition& condition, const std::string& cell,
                   const InitializerRow& initializer, int64_t seed) const {
    nlohmann::json model = model_, training = training_;
    for (const Override& override : overrides_) {
      if (!override.applies_to(cell, initializer)) continue;
      model.update(override.model);
      training.update(override.training);
    }
    model.update(condition.model);
    training.update(condition.training);
    model.update(assigned_.model);
    training.update(assigned_.training);
    RunParts parts;
    parts.experiment = grid.experiment;
    parts.profile = grid.profile;
    parts.condition = condition.label;
    parts.task = task_->name;
    parts.task_options = options_under(condition);
    parts.cell = cell;
    parts.initializer = initializer.name;
    parts.label = initializer.label;
    parts.initializer_options = options_for(cell, initializer, overrides_);
    parts.seed = seed;
    parts.model = model_section().from_json(model);
    parts.training = training_section().from_json(training);
    parts.recording = recording_;
    return RunSpec(std::move(parts));
  }

  void expand(Grid& grid) {
    std::map<std::string, std::string> seen;
    for (size_t place = 0; place < seeds_.size(); ++place) {
      for (const Condition& condition : conditions_) {
        if (place >= condition.seeds) continue;
        for (const std::string& cell : cells_) {
          for (const InitializerRow& initializer : initializers_) {
            grid.runs.push_back(spec_for(grid, condition, cell, initializer, seeds_[place]));
            const RunSpec& spec = grid.runs.back();
            const auto [other, is_new] = seen.emplace(spec.key(), spec->describe());
            if (!is_new) {
              check_.report(root_.place, fmt::format("'{}' and '{}' are the same run",
                                                     other->second, spec->describe()));
            }
          }
        }
      }
    }
  }

  ConfigNode root_;
  std::string profile_;
  std::vector<std::string> set_;
  const int64_t max_runs_;
  Checker check_;

  const TaskInfo* task_ = nullptr;
  Assignments assigned_;
  nlohmann::json task_options_ = nlohmann::json::object();
  std::vector<Condition> conditions_;
  std::vector<std::string> cells_;
  std::vector<InitializerRow> initializers_;
  std::vector<int64_t> seeds_;
  nlohmann::json model_, training_;
  RecordingSettings recording_;
  std::vector<Override> overrides_;
};

}  // namespace

const std::vector<Profile>& profiles() {
  static const std::vector<Profile> all = {
      {"quick", "minutes on two cores: a first look, and what CI runs"},
      {"cpu", "hours on two cores: results worth reading"},
      {"paper", "full size, meant for a GPU"},
  };
  return all;
}

std::vector<std::string> profile_names() {
  std::vector<std::string> names;
  for (const Profile& profile : profiles()) names.push_back(profile.name);
  return names;
}

const std::vector<std::pair<std::string, std::string>>& manifest_keys() {
  static const std::vector<std::pair<std::string, std::string>> keys = {
      {"include",
       "other files; this one's keys win over theirs, and its lists take the place of theirs; only "
       "overrides add up"},
      {"experiment", "the folder of its results"},
      {"title", "heading of its tables"},
      {"caption", "a sentence under the tables"},
      {"task", "name and options (eigenrnn list tasks)"},
      {"conditions",
       "columns of the tables: a label and what it changes, task options, model or training; "
       "seeds: N for the first N of the manifest's"},
      {"sweep",
       "options by their full names (training.…, model.…, task.options.…) with lists of values: "
       "every condition with every combination of them"},
      {"cells", "names (eigenrnn list cells)"},
      {"initializers", "rows: names, or mappings of name, label, options"},
      {"seeds", "how many (0, 1, …), or a list"},
      {"model", "hidden_size, layers, laws of what initializers leave open"},
      {"training", "optimizer, learning_rate, clip_norm, epochs, batch_size …"},
      {"recording", "keep_weights, epoch_spectra: what is kept of a run besides its metrics"},
      {"overrides",
       "model and training settings, or an initializer's options, for some cells or initializers; "
       "the last that fits wins: those of included files first, then this file's, then this file's "
       "of the profile; [] drops those before"},
      {"tables", "metrics shown, each with label and digits"},
      {"references", "files of published numbers"},
      {"profiles", "sizes that quick, cpu and paper change, and overrides tuned at these sizes"},
  };
  return keys;
}

void load_every_grid(const std::filesystem::path& manifest, const std::function<void(Grid)>& take,
                     Problems& problems, const std::vector<std::string>& set, int64_t max_runs) {
  const size_t before = problems.size();
  const ConfigNode root = load_config(manifest, problems);  // once: it may be a pipe
  if (problems.size() > before) return;  // half a file would only give follow-up mistakes
  for (const Profile& profile : profiles()) {
    Grid grid = ManifestReader(root, profile.name, set, max_runs, problems).read();
    grid.manifest = manifest;
    take(std::move(grid));
  }
  tidy(problems);
}

Grid load_grid(const std::filesystem::path& manifest, const std::string& profile,
               Problems& problems, const std::vector<std::string>& set, int64_t max_runs) {
  Grid grid;
  const auto take = [&](Grid expanded) {
    if (expanded.profile == profile) grid = std::move(expanded);
  };
  load_every_grid(manifest, take, problems, set, max_runs);
  return grid;
}

}  // namespace eigenrnn
