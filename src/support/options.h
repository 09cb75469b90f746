#pragma once
#include <filesystem>
#include <functional>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

namespace eigenrnn {

enum class OptionType {
  kInteger,
  kNumber,
  kFlag,
  kChoice,    // one of `choices`
  kChoices,   // a list of some of `choices`
  kInterval,  // [low, high], or one number for both
  kText,
  kFile,  // "" for none, or a path; resolved to {"file": path, "sha256": of its content}
};

/// One option that a task, an initializer or a section of a manifest understands; made by the
/// factory of its type:
///   OptionSpec::integer("epochs", 10, "passes over the training split").between(1, 1e6).as_size()
struct OptionSpec {
  std::string name;
  OptionType type;
  nlohmann::json default_value;
  std::string help;
  double minimum = -std::numeric_limits<double>::infinity();  // numbers: both bounds inclusive
  double maximum = std::numeric_limits<double>::infinity();
  std::vector<std::string> choices = {};
  bool is_size = false;            // may a profile change it? Only what decides scale may.
  bool is_said_at_default = true;  // does a caption that lists sizes say it also then?
  /// In the place of `choices`, for what is known only once all plug-ins are registered.
  std::function<std::vector<std::string>()> registered_choices = {};

  using Names = std::vector<std::string>;
  static OptionSpec integer(std::string name, int64_t value, std::string help);
  static OptionSpec number(std::string name, double value, std::string help);
  static OptionSpec flag(std::string name, bool value, std::string help);
  /// One of `choices`.
  static OptionSpec choice(std::string name, Names choices, std::string value, std::string help);
  /// A list of some of `choices`.
  static OptionSpec some_of(std::string name, Names choices, Names values, std::string help);
  static OptionSpec some_of(std::string name, std::function<Names()> registered_choices,
                            Names values, std::string help);
  /// Numbers from the first to the second; one number stands for both.
  static OptionSpec interval(std::string name, std::pair<double, double> ends, std::string help);
  static OptionSpec text(std::string name, std::string value, std::string help);
  /// A path, or none, which is the default.
  static OptionSpec file(std::string name, std::string help);

  OptionSpec& between(double low, double high);
  OptionSpec& at_least(double low);
  OptionSpec& as_size();
  /// A size that most studies leave alone.
  OptionSpec& as_rare_size();
  /// The default is null: nothing is there.
  OptionSpec& or_null();

  Names all_choices() const { return registered_choices ? registered_choices() : choices; }
  /// "an integer from 1 to 7", "one of scanline, permuted": what a right value looks like.
  std::string expectation() const;
  /// Is `value` of the right type and in range? A number given for an interval is right; so is a
  /// resolved file whose content has not changed since.
  bool accepts(const nlohmann::json& value) const;
  /// An accepted value in the one spelling that it has among resolved options.
  nlohmann::json resolved(nlohmann::json value) const;
  nlohmann::json resolved_default() const { return resolved(default_value); }
};

/// Checked option values, every one present.
class Options {
 public:
  Options() = default;

  /// The defaults of `specs` with the values in `given` (an object) laid over them, in the order
  /// of `specs`. Throws Error for an unknown name or a value that is not accepted.
  static Options resolve(const std::vector<OptionSpec>& specs, const nlohmann::json& given);

  /// Asking for an option that the specs do not name is a bug: std::out_of_range.
  int64_t integer(const std::string& name) const { return values_.at(name).get<int64_t>(); }
  double number(const std::string& name) const { return values_.at(name).get<double>(); }
  bool flag(const std::string& name) const { return values_.at(name).get<bool>(); }
  std::string choice(const std::string& name) const { return values_.at(name); }
  std::string text(const std::string& name) const { return values_.at(name); }
  std::vector<std::string> choices(const std::string& name) const { return values_.at(name); }
  std::pair<double, double> interval(const std::string& name) const;
  /// Empty if there is none.
  std::filesystem::path file(const std::string& name) const;

  const nlohmann::json& json() const { return values_; }
  /// The same, but a file is its checksum alone: what it holds counts, not where it lies.
  nlohmann::json content() const;

 private:
  nlohmann::json values_ = nlohmann::json::object();
};

/// A problem in words for an option name that `specs` does not have.
std::string unknown_option(const std::string& name, const std::vector<OptionSpec>& specs);

}  // namespace eigenrnn
