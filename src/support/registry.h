#pragma once
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "support/alternatives.h"
#include "support/error.h"

namespace eigenrnn {

/// The plug-ins of one kind by name. `Entry` has a `name`, and a static `kKind` for messages
/// ("initializer", "task").
template <class Entry>
class Registry {
 public:
  /// The one registry of this kind; plug-ins add themselves before main() starts.
  static Registry& instance() {
    static Registry registry;
    return registry;
  }

  /// Throws Error if the name is taken.
  void add(Entry entry) {
    std::string name = entry.name;
    if (!entries_.emplace(name, std::move(entry)).second) {
      throw Error(fmt::format("{} '{}' is registered twice", Entry::kKind, name));
    }
  }

  bool contains(std::string_view name) const { return entries_.count(name) != 0; }

  /// Throws Error listing the names that exist if this one does not.
  const Entry& at(std::string_view name) const {
    auto found = entries_.find(name);
    if (found == entries_.end()) {
      throw Error(fmt::format("unknown {} '{}'{}", Entry::kKind, name,
                              alternatives(std::string(name), names())));
    }
    return found->second;
  }

  /// In alphabetical order.
  std::vector<std::string> names() const {
    std::vector<std::string> result;
    for (const auto& [name, entry] : entries_) result.push_back(name);
    return result;
  }

 private:
  std::map<std::string, Entry, std::less<>> entries_;
};

/// A namespace-scope object of this type registers a plug-in when the program starts.
template <class Entry>
struct Registration {
  explicit Registration(Entry entry) { Registry<Entry>::instance().add(std::move(entry)); }
};

}  // namespace eigenrnn
