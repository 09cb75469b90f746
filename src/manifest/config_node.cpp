#include "manifest/config_node.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <set>
#include <sstream>
#include <tuple>

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include "support/error.h"
#include "support/files.h"
#include "support/utf8.h"

namespace eigenrnn {
namespace fs = std::filesystem;
namespace {

// What the parser says of a tab in the indentation tells nobody what to do.
std::string in_words(const YAML::Exception& error, const std::string& text) {
  std::istringstream lines(text);
  std::string line;
  for (int i = 0; i <= error.mark.line; ++i) std::getline(lines, line);
  const std::string indentation = line.substr(0, line.find_first_not_of(" \t"));
  if (indentation.find('\t') == std::string::npos) return "not YAML: " + error.msg;
  return "not YAML: it is indented with a tab, and must be with spaces";
}

// More than a manifest needs. An alias (*name) stands for all that it names, so that a few lines
// can mean values without end.
constexpr int kMaxDepth = 64, kMaxValues = 20000;

// Lists of changes to what stands elsewhere: one does not take the place of another.
bool is_joined(const std::string& key) { return key == "overrides"; }

void set_turn(ConfigNode& node, int turn) {
  node.place.turn = turn;
  for (ConfigNode& item : node.items) set_turn(item, turn);
  for (auto& [key, value] : node.members) set_turn(value, turn);
}

// Hears where documents begin, and nothing else.
class DocumentStarts : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark& mark) override {
    if (any_ && mark.pos == last_) {
      throw YAML::ParserException(mark, "what stands here belongs to no key and no value");
    }
    any_ = true;
    last_ = mark.pos;
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t,
                const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}

 private:
  bool any_ = false;
  int last_ = 0;
};

// The parser never gets past some stray characters, a comma between two keys among them: it gives
// one empty document after the other until memory ends.
std::vector<YAML::Node> documents_of(const std::string& text) {
  std::istringstream stream(text);
  YAML::Parser parser(stream);
  DocumentStarts starts;
  while (parser.HandleNextDocument(starts)) {
  }
  return YAML::LoadAll(text);
}

// The one document of a file. An empty one is nothing: what a last `---` begins, say.
YAML::Node only_document(const std::vector<YAML::Node>& documents, const std::string& file,
                         Problems& problems) {
  YAML::Node only;
  for (const YAML::Node& document : documents) {
    if (document.IsNull()) continue;
    if (!only.IsNull()) {
      problems.push_back({{file, document.Mark().line + 1},
                          "a second document begins here (after ---), and a file has only one"});
      break;
    }
    only.reset(document);
  }
  return only;
}

// Turns a YAML document into a ConfigNode; mistakes go to `problems`.
class Converter {
 public:
  Converter(std::string file, Problems& problems) : file_(std::move(file)), problems_(problems) {}

  ConfigNode convert(const YAML::Node& node, int depth = 0) {
    ConfigNode result;
    result.place = place_of(node);
    if (!is_within_limits(result.place, depth)) return result;
    if (node.IsScalar()) {
      result.kind = ConfigNode::Kind::kScalar;
      result.text = text_of(node);
      result.quoted = node.Tag() == "!";
    } else if (node.IsSequence()) {
      result.kind = ConfigNode::Kind::kList;
      for (const YAML::Node& item : node) result.items.push_back(convert(item, depth + 1));
    } else if (node.IsMap()) {
      result.kind = ConfigNode::Kind::kMap;
      for (const auto& member : node) add_member(result, member.first, member.second, depth);
    }
    return result;
  }

 private:
  Place place_of(const YAML::Node& node) const { return {file_, node.Mark().line + 1}; }

  // Messages and results are UTF-8, and text from here goes into both.
  std::string text_of(const YAML::Node& scalar) {
    if (is_utf8(scalar.Scalar())) return scalar.Scalar();
    problems_.push_back({place_of(scalar), "the text is not valid UTF-8"});
    return "";
  }

  void add_member(ConfigNode& map, const YAML::Node& key, const YAML::Node& given, int depth) {
    if (!key.IsScalar()) {
      problems_.push_back({place_of(key), "a key must be a text"});
      return;
    }
    const std::string name = text_of(key);
    if (map.find(name) != nullptr) {
      problems_.push_back(
          {place_of(key), fmt::format("'{}' is given twice in the same place", name)});
      return;
    }
    ConfigNode value = convert(given, depth + 1);
    value.place = place_of(key);  // a reader looks for the key
    map.members.emplace_back(name, std::move(value));
  }

  // Says once that they are passed; what is left is then not converted.
  bool is_within_limits(const Place& place, int depth) {
    if (gave_up_) return false;
    if (depth > kMaxDepth) {
      give_up(place, fmt::format("values are nested more than {} deep; does an alias (*name) stand "
                                 "within what it names?",
                                 kMaxDepth));
    } else if (++values_ > kMaxValues) {
      give_up(place, fmt::format("there are more than {} values, counting what each alias (*name) "
                                 "stands for",
                                 kMaxValues));
    }
    return !gave_up_;
  }

  void give_up(const Place& place, std::string message) {
    problems_.push_back({place, std::move(message)});
    gave_up_ = true;
  }

  const std::string file_;
  Problems& problems_;
  int values_ = 0;
  bool gave_up_ = false;
};

// The files that include one another on the way to the one that is read, and how many were read.
struct Reading {
  std::vector<fs::path> including;
  int files = 0;
};

ConfigNode load_with_includes(const fs::path& path, const Place& from, Reading& reading,
                              Problems& problems);

void resolve_includes(ConfigNode& node, const fs::path& path, Reading& reading,
                      Problems& problems) {
  const ConfigNode* include = node.find("include");
  if (include == nullptr) {
    set_turn(node, ++reading.files);
    return;
  }
  std::vector<ConfigNode> files = include->items;
  if (include->kind == ConfigNode::Kind::kScalar) files = {*include};
  if (files.empty()) {
    problems.push_back({include->place, "'include' must be a file name or a list of them"});
  }
  ConfigNode base;
  base.kind = ConfigNode::Kind::kMap;
  base.place = node.place;
  for (const ConfigNode& file : files) {
    if (file.kind != ConfigNode::Kind::kScalar) {
      problems.push_back({file.place, fmt::format("'include' names {}, and must name a file",
                                                  file.to_json().dump())});
      continue;
    }
    base.overlay(load_with_includes(path.parent_path() / file.text, file.place, reading, problems));
  }
  node.erase("include");
  set_turn(node, ++reading.files);
  base.overlay(node);
  node = std::move(base);
}

ConfigNode load_with_includes(const fs::path& path, const Place& from, Reading& reading,
                              Problems& problems) {
  std::vector<fs::path>& including = reading.including;
  ConfigNode empty;
  empty.kind = ConfigNode::Kind::kMap;
  empty.place = {path.string(), 1};
  std::error_code unresolved;
  const fs::path identity = fs::weakly_canonical(path, unresolved);
  if (std::find(including.begin(), including.end(), identity) != including.end()) {
    std::string chain;
    for (const fs::path& file : including) chain += file.filename().string() + " -> ";
    problems.push_back(
        {from, fmt::format("files include one another: {}{}", chain, path.filename().string())});
    return empty;
  }
  if (fs::is_directory(path, unresolved)) {  // of which yaml-cpp does not say so
    problems.push_back({from, fmt::format("cannot read {}: it is a folder", path.string())});
    return empty;
  }
  std::string text;
  try {
    text = read_file(path);
  } catch (const Error&) {
    problems.push_back({from, fmt::format("cannot read {}", path.string())});
    return empty;
  }
  including.push_back(identity);
  ConfigNode node = empty;
  try {
    node = Converter(path.string(), problems)
               .convert(only_document(documents_of(text), path.string(), problems));
    if (node.kind != ConfigNode::Kind::kMap) {
      problems.push_back({{path.string(), 1}, "the file must hold a mapping of keys to values"});
      node = empty;
    }
    resolve_includes(node, path, reading, problems);
  } catch (const YAML::Exception& error) {
    problems.push_back({{path.string(), error.mark.line + 1}, in_words(error, text)});
  }
  including.pop_back();
  return node;
}

nlohmann::json scalar_to_json(const std::string& text) {
  static const std::set<std::string> nulls = {"", "~", "null", "Null", "NULL"};
  static const std::set<std::string> yes = {"true", "True", "TRUE"};
  static const std::set<std::string> no = {"false", "False", "FALSE"};
  if (nulls.count(text) > 0) return nullptr;
  if (yes.count(text) > 0) return true;
  if (no.count(text) > 0) return false;
  if (text.find_first_not_of("+-0123456789.eE") == std::string::npos &&
      text.find_first_of("0123456789") != std::string::npos) {
    char* end = nullptr;
    errno = 0;
    const long long integer = std::strtoll(text.c_str(), &end, 10);
    if (*end == '\0' && errno == 0) return integer;
    const double number = std::strtod(text.c_str(), &end);
    // What is too large for a number is left as it is written: JSON knows no infinity.
    if (*end == '\0' && std::isfinite(number)) return number;
  }
  return text;
}

}  // namespace

std::string to_string(const Problems& problems) {
  std::string text;
  for (const Problem& problem : problems) {
    const std::string line =
        problem.place.line > 0 ? fmt::format("{}:", problem.place.line) : std::string();
    text += fmt::format("{}:{} {}\n", problem.place.file, line, problem.message);
  }
  return text;
}

void tidy(Problems& problems) {
  const auto order = [](const Problem& p) {
    return std::tie(p.place.file, p.place.line, p.message);
  };
  std::sort(problems.begin(), problems.end(),
            [&](const Problem& a, const Problem& b) { return order(a) < order(b); });
  problems.erase(
      std::unique(problems.begin(), problems.end(),
                  [&](const Problem& a, const Problem& b) { return order(a) == order(b); }),
      problems.end());
}

const ConfigNode* ConfigNode::find(const std::string& key) const {
  for (const auto& [name, value] : members) {
    if (name == key) return &value;
  }
  return nullptr;
}

void ConfigNode::erase(const std::string& key) {
  members.erase(std::remove_if(members.begin(), members.end(),
                               [&](const auto& member) { return member.first == key; }),
                members.end());
}

nlohmann::json ConfigNode::to_json() const {
  nlohmann::json result;
  switch (kind) {
    case Kind::kNull:
      break;
    case Kind::kScalar:
      return quoted ? nlohmann::json(text) : scalar_to_json(text);
    case Kind::kList:
      result = nlohmann::json::array();
      for (const ConfigNode& item : items) result.push_back(item.to_json());
      break;
    case Kind::kMap:
      result = nlohmann::json::object();
      for (const auto& [key, value] : members) result[key] = value.to_json();
      break;
  }
  return result;
}

void ConfigNode::overlay(const ConfigNode& over) {
  if (kind != Kind::kMap || over.kind != Kind::kMap) {
    *this = over;
    return;
  }
  for (const auto& [key, value] : over.members) {
    const auto found = std::find_if(members.begin(), members.end(),
                                    [&, name = key](const auto& m) { return m.first == name; });
    if (found == members.end()) {
      members.emplace_back(key, value);
    } else if (is_joined(key) && found->second.kind == Kind::kList && value.kind == Kind::kList &&
               !value.items.empty()) {
      found->second.items.insert(found->second.items.end(), value.items.begin(), value.items.end());
    } else {
      found->second.overlay(value);
    }
  }
}

ConfigNode load_config(const fs::path& path, Problems& problems) {
  Reading reading;
  return load_with_includes(path, {path.string(), 1}, reading, problems);
}

ConfigNode parse_node(const std::string& text) {
  Problems problems;
  ConfigNode value;
  try {
    const std::string file = "command line";
    value = Converter(file, problems).convert(only_document(documents_of(text), file, problems));
  } catch (const YAML::Exception& error) {
    throw Error(fmt::format("'{}' cannot be read as a value: {}", text, error.msg));
  }
  if (!problems.empty()) {
    throw Error(fmt::format("'{}' cannot be read as a value: {}", text, problems.front().message));
  }
  return value;
}

nlohmann::json parse_value(const std::string& text) { return parse_node(text).to_json(); }

}  // namespace eigenrnn
