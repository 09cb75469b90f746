#include <algorithm>
#include <iostream>
#include <memory>
#include <optional>
#include <random>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/commands.h"
#include "cli/validators.h"
#include "forecast/estimator.h"
#include "manifest/run_filter.h"
#include "store/result_files.h"
#include "support/error.h"
#include "support/files.h"
#include "support/json_text.h"
#include "support/random.h"
#include "support/time.h"
#include "verification/verification.h"

namespace eigenrnn {
namespace fs = std::filesystem;
namespace {

constexpr size_t kShownDifferences = 3;

const std::map<std::string, Strictness> kStrictness = {{"auto", Strictness::kByProvenance},
                                                       {"bits", Strictness::kBits},
                                                       {"tolerance", Strictness::kTolerance}};

struct VerifyArguments {
  std::vector<std::string> paths, only;
  int64_t sample = 5;
  std::optional<uint64_t> seed;
  std::optional<double> max_seconds;
  VerificationSettings settings;
  std::string output;
};

// What the paths hold: the pool to choose from, and what is reported whether chosen or not.
struct Found {
  std::vector<RecordedResult> pool, broken;
  size_t failed = 0, total = 0;
};

std::string listed(const std::vector<std::string>& paths) {
  return fmt::format("{}", fmt::join(paths, ", "));
}

Found read_results(const std::vector<std::string>& paths) {
  std::set<fs::path> files;
  for (const std::string& path : paths) {
    for (const fs::path& file : result_files(path)) files.insert(file.lexically_normal());
  }
  if (files.empty()) {
    throw Error(fmt::format(
        "no results in {}: a result's file is named by its key, 16 hexadecimal digits. `eigenrnn "
        "run` makes them, as in results/<profile>/<experiment>/<key>.json",
        listed(paths)));
  }
  Found found;
  found.total = files.size();
  for (const fs::path& file : files) {
    RecordedResult result = RecordedResult::read(file);
    if (result.state == RecordedResult::State::kBroken) {
      found.broken.push_back(std::move(result));
    } else if (result.state == RecordedResult::State::kFailed) {
      ++found.failed;
    } else {
      found.pool.push_back(std::move(result));
    }
  }
  return found;
}

// Throws Error if nothing is left of what there is.
void filter(std::vector<RecordedResult>& pool, const VerifyArguments& arguments) {
  if (pool.empty()) return;
  std::vector<NamedRun> runs;
  for (const RecordedResult& result : pool) runs.push_back({result.labels, result.key});
  const std::vector<bool> pass = RunFilter(arguments.only).passes(runs);
  std::vector<RecordedResult> chosen;
  for (size_t i = 0; i < pool.size(); ++i) {
    if (pass[i]) chosen.push_back(std::move(pool[i]));
  }
  pool = std::move(chosen);
  if (pool.empty()) throw Error("--only: no run has all that was asked for");
  if (!arguments.max_seconds) return;
  double shortest = pool.front().seconds;
  for (const RecordedResult& result : pool) shortest = std::min(shortest, result.seconds);
  if (shortest > *arguments.max_seconds) {
    throw Error(fmt::format("--max-seconds {:g}: the shortest of {} runs took {:.3g} s",
                            *arguments.max_seconds, pool.size(), shortest));
  }
  const auto is_longer = [&](const RecordedResult& result) {
    return result.seconds > *arguments.max_seconds;
  };
  pool.erase(std::remove_if(pool.begin(), pool.end(), is_longer), pool.end());
}

// In the order of the pool, so that runs on the same data follow one another.
std::vector<RecordedResult> choose(const std::vector<RecordedResult>& pool, int64_t sample,
                                   uint64_t seed) {
  const auto size = static_cast<int64_t>(pool.size());
  if (size == 0) return {};
  std::vector<int64_t> order = Random(seed).permutation(size);
  order.resize(static_cast<size_t>(sample == 0 ? size : std::min(sample, size)));
  std::sort(order.begin(), order.end());
  std::vector<RecordedResult> chosen;
  for (int64_t i : order) chosen.push_back(pool[static_cast<size_t>(i)]);
  return chosen;
}

void print_choice(const VerifyArguments& arguments, const Found& found,
                  const std::vector<RecordedResult>& chosen, uint64_t seed) {
  double seconds = 0;
  for (const RecordedResult& result : chosen) seconds += result.seconds;
  std::cout << fmt::format("{}: {} results", listed(arguments.paths), found.total);
  if (found.failed > 0) std::cout << fmt::format(", {} of runs that failed", found.failed);
  std::cout << fmt::format("; repeating {} of {}", chosen.size(), found.pool.size());
  if (chosen.size() < found.pool.size()) {
    std::cout << fmt::format(", chosen with --seed {}", seed);
  }
  std::cout << fmt::format("; they took {} in all\n", duration(seconds)) << std::flush;
}

void print(const Verification& result) {
  const std::string run =
      result.record.labels.experiment.empty() ? "" : result.record.labels.describe() + "  ";
  std::cout << fmt::format("{:<18}  {}{}\n", name_of(result.verdict), run,
                           result.record.path.string());
  if (!result.remark.empty()) std::cout << fmt::format("{:<20}{}\n", "", result.remark);
  const size_t shown = std::min(result.differences.size(), kShownDifferences);
  for (size_t i = 0; i < shown; ++i) {
    std::cout << fmt::format("{:<20}{}\n", "", result.differences[i].describe());
  }
  if (shown < result.differences.size()) {
    std::cout << fmt::format("{:<20}and {} more\n", "", result.differences.size() - shown);
  }
}

void print_summary(const std::vector<Verification>& results) {
  std::map<Verdict, size_t> counts;
  for (const Verification& result : results) ++counts[result.verdict];
  std::vector<std::string> parts;
  for (const auto& [verdict, count] : counts) {
    parts.push_back(fmt::format("{} {}", count, name_of(verdict)));
  }
  std::cout << fmt::format("{} result{}: {}\n", results.size(), results.size() == 1 ? "" : "s",
                           fmt::join(parts, ", "));
}

nlohmann::json to_json(const std::vector<Verification>& results, uint64_t seed) {
  nlohmann::json list = nlohmann::json::array();
  for (const Verification& result : results) {
    nlohmann::json differences = nlohmann::json::array();
    for (const Difference& difference : result.differences) {
      differences.push_back({{"where", difference.where},
                             {"recorded", difference.recorded},
                             {"repeated", difference.repeated}});
    }
    list.push_back({{"path", result.record.path.string()},
                    {"verdict", name_of(result.verdict)},
                    {"remark", result.remark},
                    {"differences", differences}});
  }
  return {{"seed", seed}, {"results", list}};
}

int verify(const VerifyArguments& arguments) {
  Found found = read_results(arguments.paths);
  filter(found.pool, arguments);
  if (found.pool.empty() && found.broken.empty()) {
    throw Error(
        fmt::format("all {} runs in {} failed when they were recorded: there is nothing "
                    "to compare with",
                    found.failed, listed(arguments.paths)));
  }
  const uint64_t seed = arguments.seed.value_or(std::random_device()());
  const std::vector<RecordedResult> chosen = choose(found.pool, arguments.sample, seed);
  print_choice(arguments, found, chosen, seed);

  bool interrupted = false;
  std::vector<Verification> results = verify_results(chosen, arguments.settings, interrupted);
  for (const RecordedResult& broken : found.broken) {
    results.push_back({broken, Verdict::kBroken, broken.problem, {}});
  }
  for (const Verification& result : results) print(result);
  print_summary(results);
  if (!arguments.output.empty()) {
    write_output(arguments.output, text_of(to_json(results, seed)));
  }
  if (interrupted) return kExitInterrupted;
  return std::all_of(results.begin(), results.end(),
                     [](const Verification& result) {
                       return result.verdict == Verdict::kSameBits ||
                              result.verdict == Verdict::kWithinTolerance;
                     })
             ? 0
             : 1;
}

std::string explanation() {
  return fmt::format(
      "The record's status, metrics, epochs, spectra, samples and weights' checksum are compared "
      "with\nthose of a fresh run. On the same CPU model, instruction set, compiler, LibTorch and "
      "threads, all\nmust be the same, bit by bit (curves and spectra at the 6 digits recorded), "
      "also if another\ncommit made it, unless it rounds otherwise. Elsewhere, and on GPUs, "
      "rounding differs and training "
      "amplifies it, so that later\nepochs say nothing. There must agree:\n"
      "  status;\n"
      "  spectra at start: norms to {:g}, eigenvalues to the larger of {:g} and {:g}·κ(V), of the\n"
      "    spectral norm (Bauer & Fike): weights depend on random draws and LAPACK alone;\n"
      "  training loss of the first epoch: to {:.0f} %, what chaos makes of rounding in an epoch;\n"
      "  test metrics: to the larger of {:g} standard deviations over the other seeds of the row, "
      "for\n"
      "    another rounding can do what another seed does, and {:.0f} % of the value, of the "
      "logarithm\n    where lower is better; not judged with fewer than {} of them.\n"
      "Every result's key is checked against its spec, chosen or not.\n"
      "Examples: eigenrnn verify results/cpu --sample 10\n"
      "          eigenrnn verify results/cpu/tomita --only init=eigen --max-seconds 5 --seed 1\n"
      "          eigenrnn verify results/cpu/tomita/0f3a96c2b1d4e587.json\n"
      "Exit codes: 0 all the same, 1 some differ, are broken or cannot be run here, 2 bad usage,\n"
      "130 interrupted.",
      kSpectrumTolerance, kSpectrumTolerance, kWeightRounding, 100 * kFirstLossTolerance,
      kSeedDeviations, 100 * kLeastMetricTolerance, kFewestSeeds);
}

}  // namespace

void add_verify_command(CLI::App& program, int& exit_code) {
  CLI::App* command =
      program.add_subcommand("verify", "Repeat recorded runs and compare: are the results true?");
  command->footer(explanation());
  auto arguments = std::make_shared<VerifyArguments>();
  command
      ->add_option("paths", arguments->paths,
                   "folders of results (of a profile, of an experiment) or results' files")
      ->required()
      ->type_name("PATH");
  command->add_option("--sample", arguments->sample, "how many to choose at random; 0 for all")
      ->check(CLI::Range(0, 1000000))
      ->capture_default_str();
  command->add_option("--seed", arguments->seed,
                      "of the choice, to choose the same again (default: another one each time)");
  command->add_option("--only", arguments->only,
                      "choose among these, as in init=eigen,cell=lstm; see eigenrnn run --help");
  command
      ->add_option("--max-seconds", arguments->max_seconds,
                   "choose among runs that took no longer when they were recorded")
      ->check(positive_number());
  command
      ->add_option("--jobs", arguments->settings.jobs,
                   "worker processes, one thread each (default: as eigenrnn run has it)")
      ->check(CLI::Range(1, 1024));
  command
      ->add_option("--device", arguments->settings.device,
                   "recorded (each result's own kind), auto, cpu, cuda or cuda:N")
      ->capture_default_str();
  command
      ->add_option_function<std::string>(
          "--compare",
          [arguments](const std::string& name) {
            arguments->settings.strictness = kStrictness.at(name);
          },
          "bits, tolerance, or auto: which of the two the results' provenance calls for")
      ->check(CLI::IsMember({"auto", "bits", "tolerance"}))
      ->default_str("auto");
  command
      ->add_option("--output", arguments->output,
                   "write verdicts and every difference to this file, as JSON")
      ->check(not_empty());
  command->callback([arguments, &exit_code] { exit_code = verify(*arguments); });
}

}  // namespace eigenrnn
