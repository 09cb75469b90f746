#include "workers/protocol.h"

#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "checkpoint_fixture.h"
#include "support/error.h"

namespace eigenrnn {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// What arrives at the other end.
template <class Event>
Event over_the_wire(const WorkerEvent& event) {
  const auto read = parse_event(to_json(event).dump());
  EXPECT_TRUE(read);
  if constexpr (std::is_same_v<Event, Progress> || std::is_same_v<Event, LogMessage>) {
    return std::get<Event>(*read);
  } else {
    return std::get<Event>(std::get<RunEnd>(*read));
  }
}

TEST(Protocol, AnOrderArrivesAsItWasGiven) {
  RunOrder order{small_run("gru")};
  order.results = "/results of mine";
  order.device = "cuda:1";
  order.force = order.discard_checkpoints = true;
  order.expired = "{\"lease\": 1}\n";
  order.lease_lifetime = std::chrono::milliseconds(1500);
  order.checkpoint_seconds = 2.5;
  const RunOrder read = RunOrder::from_json(nlohmann::json::parse(order.to_json().dump()));
  EXPECT_EQ(read.spec->to_json(), order.spec->to_json());
  EXPECT_EQ(read.results, order.results);
  EXPECT_EQ(read.device, order.device);
  EXPECT_TRUE(read.force);
  EXPECT_TRUE(read.discard_checkpoints);
  EXPECT_EQ(read.expired, order.expired);
  EXPECT_EQ(read.lease_lifetime, order.lease_lifetime);
  EXPECT_EQ(read.checkpoint_seconds, order.checkpoint_seconds);

  order.expired = std::nullopt;
  EXPECT_EQ(RunOrder::from_json(order.to_json()).expired, std::nullopt);
  const nlohmann::json whole = order.to_json();
  for (const auto& field : whole.items()) {
    nlohmann::json without = whole;
    without.erase(field.key());
    EXPECT_ANY_THROW(RunOrder::from_json(without)) << field.key();
  }
}

TEST(Protocol, ProgressArrivesAsItWas) {
  const Progress progress = {3, 7, 0.4, 0.25, "accuracy", 91.5};
  const auto read = over_the_wire<Progress>(progress);
  EXPECT_EQ(read.epoch, 3);
  EXPECT_EQ(read.epochs, 7);
  EXPECT_EQ(read.fraction, 0.4);
  EXPECT_EQ(read.loss, 0.25);
  EXPECT_EQ(read.metric, "accuracy");
  EXPECT_EQ(read.value, 91.5);
  const Progress not_validated = {1, 7, 0, 0.5, "perplexity", std::nullopt};
  EXPECT_EQ(over_the_wire<Progress>(not_validated).value, std::nullopt);
  const Progress overflown = {1, 7, 0, 0.5, "perplexity", kInfinity};
  EXPECT_EQ(over_the_wire<Progress>(overflown).value, kInfinity);
}

TEST(Protocol, TheEndOfARunArrivesAsItWas) {
  const auto done = over_the_wire<RunDone>(RunEnd{
      RunDone{RunStatus::kDiverged, {{"accuracy", 0.1 + 0.2}, {"perplexity", kInfinity}}, 1.25}});
  EXPECT_EQ(done.status, RunStatus::kDiverged);
  EXPECT_EQ(done.metrics,
            (std::map<std::string, double>{{"accuracy", 0.1 + 0.2}, {"perplexity", kInfinity}}));
  EXPECT_EQ(done.seconds, 1.25);
  over_the_wire<RunDoneByAnother>(RunEnd{RunDoneByAnother{}});
  over_the_wire<RunBusy>(RunEnd{RunBusy{}});
  over_the_wire<RunLost>(RunEnd{RunLost{}});
  over_the_wire<RunStopped>(RunEnd{RunStopped{}});
}

TEST(Protocol, MessagesArriveAsTheyWere) {
  const std::string text = "two\nlines, \"quoted\", é";
  EXPECT_EQ(over_the_wire<LogMessage>(LogMessage{text}).message, text);
  EXPECT_EQ(over_the_wire<DataMissing>(RunEnd{DataMissing{text}}).message, text);
  EXPECT_EQ(over_the_wire<RunFailed>(RunEnd{RunFailed{text}}).message, text);
  EXPECT_EQ(over_the_wire<StoreFailed>(RunEnd{StoreFailed{text}}).message, text);
}

TEST(Protocol, WhatIsNoEventIsALibrarysChatter) {
  for (const char* line : {"", "warning: no GPU", "{\"level\": \"info\"}", "[1, 2]", "3", "{"}) {
    EXPECT_EQ(parse_event(line), std::nullopt) << line;
  }
}

TEST(Protocol, AnEventThatIsNotKnownIsNamed) {
  EXPECT_THAT([] { parse_event(R"({"event": "tired"})"); },
              ThrowsMessage<Error>(HasSubstr("there is no event 'tired'")));
  EXPECT_THAT([] { parse_event(R"({"event": 3})"); },
              ThrowsMessage<Error>(HasSubstr("there is no event '3'")));
}

TEST(Protocol, AFieldThatIsMissingOrWrongIsNamed) {
  const WorkerEvent events[] = {Progress{1, 2, 0, 0, "accuracy", 1.0}, LogMessage{"a"},
                                RunEnd{RunDone{RunStatus::kFinished, {{"accuracy", 1}}, 2}},
                                RunEnd{DataMissing{"a"}}, RunEnd{StoreFailed{"a"}}};
  for (const WorkerEvent& event : events) {
    const nlohmann::json whole = to_json(event);
    for (const auto& field : whole.items()) {
      if (field.key() == "event") continue;
      nlohmann::json without = whole, wrong = whole;
      without.erase(field.key());
      wrong[field.key()] = nlohmann::json::array({1});
      const std::string name = "'" + whole.at("event").get<std::string>() + "'",
                        quoted = "'" + field.key() + "'";
      EXPECT_THAT(
          [&] { parse_event(without.dump()); },
          ThrowsMessage<Error>(AllOf(HasSubstr(name), HasSubstr(quoted), HasSubstr("missing"))));
      EXPECT_THAT([&] { parse_event(wrong.dump()); }, ThrowsMessage<Error>(HasSubstr(field.key())));
    }
  }
  EXPECT_THAT(
      [] { parse_event(R"({"event": "done", "status": "well", "metrics": {}, "seconds": 1})"); },
      ThrowsMessage<Error>(HasSubstr("'well'")));
}

}  // namespace
}  // namespace eigenrnn
