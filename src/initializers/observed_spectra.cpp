#include "initializers/observed_spectra.h"

#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "support/error.h"
#include "support/files.h"

namespace eigenrnn {
namespace {

constexpr int kSchema = 1;

Spectrum read_eigenvalues(const nlohmann::json& list) {
  Spectrum spectrum;
  for (const nlohmann::json& item : list) {
    const double re = item.at(0), im = item.at(1);
    if (im < 0.0) {
      throw Error(fmt::format("an eigenvalue is {}, and its imaginary part must be at least 0",
                              item.dump()));
    }
    if (im > 0.0) {
      spectrum.pairs.emplace_back(re, im);
    } else {
      spectrum.reals.push_back(re);
    }
  }
  if (spectrum.size() == 0) throw Error("a group must have eigenvalues");
  return spectrum;
}

}  // namespace

ObservedSpectra::ObservedSpectra(const std::filesystem::path& file) : file_(file) {
  try {
    const nlohmann::json json = nlohmann::json::parse(read_file(file));
    if (json.at("schema") != kSchema) {
      throw Error(fmt::format("schema is {}, and must be {}", json.at("schema").dump(), kSchema));
    }
    for (const nlohmann::json& group : json.at("groups")) {
      groups_.push_back({group.at("task"), group.at("condition"), group.at("cell"),
                         group.at("gate"), read_eigenvalues(group.at("eigenvalues"))});
    }
  } catch (const std::exception& error) {
    throw Error(fmt::format("{} is no file of scripts/collect_spectra.py: {}", file.string(),
                            error.what()));
  }
}

Spectrum ObservedSpectra::of(const std::string& task, const std::string& cell,
                             const std::string& gate) const {
  Spectrum all;
  std::set<std::string> names;
  for (const Group& group : groups_) {
    names.insert(group.name());
    const bool wanted =
        task == "any" || task == group.task || task == group.task + "/" + group.condition;
    if (!wanted || cell != group.cell || gate != group.gate) continue;
    all.pairs.insert(all.pairs.end(), group.spectrum.pairs.begin(), group.spectrum.pairs.end());
    all.reals.insert(all.reals.end(), group.spectrum.reals.begin(), group.spectrum.reals.end());
  }
  if (all.size() == 0) {
    throw Error(
        fmt::format("eigen: observed_task is {}, and {} has no eigenvalues of it for gate "
                    "{} of {}; there are: {}",
                    task, file_.string(), gate, cell, fmt::join(names, ", ")));
  }
  return all;
}

}  // namespace eigenrnn
