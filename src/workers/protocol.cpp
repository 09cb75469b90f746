#include "workers/protocol.h"

#include <cmath>
#include <limits>
#include <type_traits>
#include <utility>

#include <fmt/format.h>

#include "support/error.h"
#include "support/json_integer.h"

namespace eigenrnn {
namespace {

// JSON has no infinity, and no NaN, with which a run ends as diverged.
nlohmann::json number(double value) {
  return std::isfinite(value) ? nlohmann::json(value) : nlohmann::json(kOverflow);
}

// What an event says, as JSON. Throws Error naming a field that is missing or of a wrong type.
class Fields {
 public:
  Fields(std::string event, nlohmann::json json)
      : event_(std::move(event)), json_(std::move(json)) {}

  template <class Value>
  Value get(const std::string& name) const {
    try {
      if constexpr (std::is_same_v<Value, int64_t>) {
        return int64_at(json_, name);
      } else {
        return json_.at(name).get<Value>();
      }
    } catch (const nlohmann::json::exception& error) {
      throw Error(fmt::format("event '{}': field '{}' {}", event_, name,
                              json_.contains(name) ? error.what() : "is missing"));
    }
  }

  double number(const std::string& name) const {
    return get<nlohmann::json>(name) == kOverflow ? std::numeric_limits<double>::infinity()
                                                  : get<double>(name);
  }

  std::map<std::string, double> numbers(const std::string& name) const {
    const Fields within(event_, get<nlohmann::json::object_t>(name));
    std::map<std::string, double> numbers;
    for (const auto& item : within.json_.items()) numbers[item.key()] = within.number(item.key());
    return numbers;
  }

 private:
  std::string event_;
  nlohmann::json json_;
};

template <class Event>
constexpr const char* kName = nullptr;
template <>
constexpr const char* kName<Progress> = "progress";
template <>
constexpr const char* kName<LogMessage> = "log";
template <>
constexpr const char* kName<RunDone> = "done";
template <>
constexpr const char* kName<RunDoneByAnother> = "done_by_another";
template <>
constexpr const char* kName<RunBusy> = "busy";
template <>
constexpr const char* kName<RunLost> = "lost";
template <>
constexpr const char* kName<DataMissing> = "data_missing";
template <>
constexpr const char* kName<RunFailed> = "failed";
template <>
constexpr const char* kName<StoreFailed> = "store_failed";
template <>
constexpr const char* kName<RunStopped> = "stopped";

// Of the events that say nothing, or a message.
template <class Event>
void write(const Event& event, nlohmann::json& json) {
  if constexpr (!std::is_empty_v<Event>) json["message"] = event.message;
}
template <class Event>
void read(const Fields& fields, Event& event) {
  if constexpr (!std::is_empty_v<Event>) event.message = fields.get<std::string>("message");
}

void write(const Progress& event, nlohmann::json& json) {
  json["epoch"] = event.epoch;
  json["epochs"] = event.epochs;
  json["fraction"] = event.fraction;
  json["loss"] = number(event.loss);
  json["metric"] = event.metric;
  json["value"] = event.value ? number(*event.value) : nlohmann::json();
}
void read(const Fields& fields, Progress& event) {
  event.epoch = fields.get<int64_t>("epoch");
  event.epochs = fields.get<int64_t>("epochs");
  event.fraction = fields.get<double>("fraction");
  event.loss = fields.number("loss");
  event.metric = fields.get<std::string>("metric");
  if (!fields.get<nlohmann::json>("value").is_null()) event.value = fields.number("value");
}

void write(const RunDone& event, nlohmann::json& json) {
  json["status"] = name_of(event.status);
  json["metrics"] = nlohmann::json::object();
  for (const auto& [name, value] : event.metrics) json["metrics"][name] = number(value);
  json["seconds"] = event.seconds;
}
void read(const Fields& fields, RunDone& event) {
  const auto status = fields.get<std::string>("status");
  if (status != name_of(RunStatus::kFinished) && status != name_of(RunStatus::kDiverged)) {
    throw Error(fmt::format("event 'done': field 'status' is '{}', no end of a run", status));
  }
  event.status =
      status == name_of(RunStatus::kFinished) ? RunStatus::kFinished : RunStatus::kDiverged;
  event.metrics = fields.numbers("metrics");
  event.seconds = fields.get<double>("seconds");
}

template <class Event>
nlohmann::json json_of(const Event& event) {
  nlohmann::json json = {{"event", kName<Event>}};
  write(event, json);
  return json;
}

// Sets `event` if the name is this one's.
template <class Event, class Variant>
bool read_if_named(const std::string& name, const Fields& fields, std::optional<Variant>& event) {
  if (name != kName<Event>) return false;
  Event read_event;
  read(fields, read_event);
  event = std::move(read_event);
  return true;
}

template <class... Events>
std::optional<RunEnd> read_end(const std::string& name, const Fields& fields,
                               const std::variant<Events...>*) {
  std::optional<RunEnd> end;
  (read_if_named<Events>(name, fields, end) || ...);
  return end;
}

WorkerEvent event_from_json(const nlohmann::json& json) {
  const nlohmann::json& event_name = json.at("event");
  const std::string name =
      event_name.is_string() ? event_name.get<std::string>() : event_name.dump();
  const Fields fields(name, json);
  std::optional<WorkerEvent> event;
  if (read_if_named<Progress>(name, fields, event)) return *event;
  if (read_if_named<LogMessage>(name, fields, event)) return *event;
  if (auto end = read_end(name, fields, static_cast<const RunEnd*>(nullptr))) return *end;
  throw Error(fmt::format("there is no event '{}'", name));
}

}  // namespace

nlohmann::json RunOrder::to_json() const {
  return {{"spec", spec->to_json()},
          {"results", results},
          {"device", device},
          {"force", force},
          {"expired", expired ? nlohmann::json(*expired) : nlohmann::json()},
          {"lease_ms", lease_lifetime.count()},
          {"checkpoint_seconds", checkpoint_seconds},
          {"discard_checkpoints", discard_checkpoints}};
}

RunOrder RunOrder::from_json(const nlohmann::json& json) {
  RunOrder order{RunSpec(RunParts::from_json(json.at("spec")))};
  order.results = json.at("results");
  order.device = json.at("device");
  order.force = json.at("force");
  if (!json.at("expired").is_null()) order.expired = json.at("expired").get<std::string>();
  order.lease_lifetime = std::chrono::milliseconds(int64_at(json, "lease_ms"));
  order.checkpoint_seconds = json.at("checkpoint_seconds");
  order.discard_checkpoints = json.at("discard_checkpoints");
  return order;
}

nlohmann::json to_json(const WorkerEvent& event) {
  if (const auto* end = std::get_if<RunEnd>(&event)) {
    return std::visit([](const auto& kind) { return json_of(kind); }, *end);
  }
  if (const auto* progress = std::get_if<Progress>(&event)) return json_of(*progress);
  return json_of(std::get<LogMessage>(event));
}

std::optional<WorkerEvent> parse_event(const std::string& line) {
  const nlohmann::json json = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || !json.contains("event")) return std::nullopt;
  return event_from_json(json);
}

}  // namespace eigenrnn
