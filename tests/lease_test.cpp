#include "store/lease.h"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "support/files.h"

namespace eigenrnn {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using State = LeaseObserver::State;

constexpr auto kLong = 1h;  // no renewal happens within a test

class Leases : public ::testing::Test {
 protected:
  void TearDown() override { fs::remove_all(folder_); }

  // As if a process on another machine had written it.
  LeaseRecord foreign_record() const {
    return {
        {"elsewhere", "boot pid:[1]", 1, "7"}, "0123456789abcdef", "2000-01-01T00:00:00Z", 60s, 0};
  }

  void put(const LeaseRecord& record) const { write_atomically(path_, record.text()); }

  LeaseRecord record() const { return LeaseRecord::parse(read_lease(path_).value()).value(); }

  // A lease that another process acquired; that process has ended, or waits until it is killed.
  pid_t acquire_in_child(bool ends) const {
    const pid_t child = ::fork();
    if (child == 0) {
      const auto lease = Lease::acquire(path_, std::nullopt, kLong);
      if (ends || !lease) ::_exit(0);  // without giving it back
      while (true) ::pause();
    }
    if (ends) {
      ::waitpid(child, nullptr, 0);
    } else {
      while (!fs::exists(path_)) std::this_thread::sleep_for(1ms);
    }
    return child;
  }

  size_t files() const {
    return static_cast<size_t>(std::distance(fs::directory_iterator(path_.parent_path()), {}));
  }

  const fs::path folder_ = fs::temp_directory_path() / ("eigenrnn-lease-" + unique_word());
  const fs::path path_ = folder_ / ".claims" / "run";
};

TEST_F(Leases, IsHeldByOneAndGivenBack) {
  auto lease = Lease::acquire(path_);
  ASSERT_TRUE(lease);
  EXPECT_EQ(record().owner.pid, ::getpid());
  EXPECT_FALSE(Lease::acquire(path_)) << "held by this very process";
  lease->renew();
  EXPECT_FALSE(lease->is_lost());
  EXPECT_EQ(record().renewals, 1);
  EXPECT_EQ(files(), 1u);
  lease = nullptr;
  EXPECT_EQ(files(), 0u);
  EXPECT_TRUE(Lease::acquire(path_));
}

TEST_F(Leases, RenewsByItselfWithoutChangingTheLength) {
  const auto lease = Lease::acquire(path_, std::nullopt, 40ms);
  const size_t length = read_lease(path_)->size();
  for (int i = 0; i < 1000 && record().renewals < 11; ++i) std::this_thread::sleep_for(10ms);
  EXPECT_GE(record().renewals, 11);
  EXPECT_EQ(read_lease(path_)->size(), length);
}

TEST_F(Leases, OfAnEndedProcessOfThisMachineIsTakenOverAtOnce) {
  acquire_in_child(/*ends=*/true);
  EXPECT_EQ(LeaseObserver().observe(path_).state, State::kExpired);
  const auto lease = Lease::acquire(path_);
  ASSERT_TRUE(lease);
  EXPECT_EQ(record().owner.pid, ::getpid());
  EXPECT_EQ(files(), 1u);
}

TEST_F(Leases, OfALivingProcessIsRespectedAndOfAKilledOneNot) {
  const pid_t child = acquire_in_child(/*ends=*/false);
  EXPECT_EQ(LeaseObserver().observe(path_).state, State::kAlive);
  EXPECT_FALSE(Lease::acquire(path_));
  ::kill(child, SIGKILL);
  while (record().owner.state() == ProcessIdentity::State::kRunning) {
    std::this_thread::sleep_for(1ms);
  }
  EXPECT_TRUE(Lease::acquire(path_)) << "although its parent has not asked for it yet";
  ::waitpid(child, nullptr, 0);
}

TEST_F(Leases, OfAProcessWhoseNumberIsUsedAgainIsTakenOver) {
  LeaseRecord old = foreign_record();
  old.owner = ProcessIdentity::of_this_process();
  old.owner.start += "0";
  put(old);
  EXPECT_TRUE(Lease::acquire(path_));
}

TEST_F(Leases, OfAnotherMachineExpiresOnlyAfterItsLifetimeUnderTheObserversEyes) {
  put(foreign_record());
  EXPECT_FALSE(Lease::acquire(path_));
  LeaseObserver observer;
  const auto start = LeaseObserver::Clock::now();
  EXPECT_EQ(observer.observe(path_, start).state, State::kHeld);
  EXPECT_EQ(observer.observe(path_, start + 59s).state, State::kHeld);

  LeaseRecord renewed = foreign_record();
  ++renewed.renewals;
  put(renewed);
  EXPECT_EQ(observer.observe(path_, start + 70s).state, State::kAlive);
  EXPECT_EQ(observer.observe(path_, start + 129s).state, State::kAlive);
  const auto sight = observer.observe(path_, start + 130s);
  EXPECT_EQ(sight.state, State::kExpired);
  EXPECT_EQ(LeaseObserver().observe(path_, start + 130s).state, State::kHeld) << "a new observer";

  const auto lease = Lease::acquire(path_, sight.content);
  ASSERT_TRUE(lease);
  EXPECT_EQ(observer.observe(path_, start + 131s).state, State::kAlive);
}

TEST_F(Leases, ClocksOfOtherMachinesDoNotMatter) {
  LeaseObserver observer;
  const auto start = LeaseObserver::Clock::now();
  LeaseRecord other = foreign_record();
  for (const char* since : {"1970-01-01T00:00:00Z", "2200-01-01T00:00:00Z"}) {
    other.since = since;
    other.nonce = unique_word();
    put(other);
    for (const auto age : {-100000h, 100000h}) {  // of the file, as a clock that jumped makes it
      fs::last_write_time(path_, fs::file_time_type::clock::now() - age);
      EXPECT_EQ(observer.observe(path_, start).state, State::kHeld);
      EXPECT_FALSE(Lease::acquire(path_));
    }
  }
}

TEST_F(Leases, ThatWasRenewedAfterItWasSeenToExpireIsLeftAlone) {
  LeaseRecord other = foreign_record();
  put(other);
  const std::string expired = other.text();
  ++other.renewals;
  put(other);
  EXPECT_FALSE(Lease::acquire(path_, expired));
  EXPECT_EQ(read_lease(path_), other.text());
  EXPECT_EQ(files(), 1u);
}

TEST_F(Leases, AnOwnerNoticesThatItsLeaseIsLostAndLeavesTheNewOneAlone) {
  auto lost = Lease::acquire(path_, std::nullopt, kLong);
  const std::string expired = read_lease(path_).value();  // it sleeps, and a lifetime goes by
  const auto taken = Lease::acquire(path_, expired, kLong);
  ASSERT_TRUE(taken);
  EXPECT_FALSE(lost->is_lost()) << "it cannot know yet";
  lost->renew();
  EXPECT_TRUE(lost->is_lost());
  lost = nullptr;
  taken->renew();
  EXPECT_FALSE(taken->is_lost());
  EXPECT_EQ(files(), 1u);
}

TEST_F(Leases, AnOwnerThatDoesNotKnowYetLeavesTheNewOneAloneToo) {
  auto lost = Lease::acquire(path_, std::nullopt, kLong);
  const auto taken = Lease::acquire(path_, read_lease(path_).value(), kLong);
  ASSERT_TRUE(taken);
  lost = nullptr;
  taken->renew();
  EXPECT_FALSE(taken->is_lost());
  EXPECT_EQ(files(), 1u);
}

TEST_F(Leases, ALeaseThatWasRemovedIsMadeAnewByItsOwner) {
  const auto lease = Lease::acquire(path_, std::nullopt, kLong);
  fs::remove(path_);
  lease->renew();
  EXPECT_FALSE(lease->is_lost());
  EXPECT_FALSE(Lease::acquire(path_));
}

TEST_F(Leases, WhatIsNoLeaseExpiresLikeOne) {
  LeaseRecord for_ever = foreign_record(), of_a_path = foreign_record();
  for_ever.lifetime = std::chrono::milliseconds::max();
  of_a_path.nonce = "../../elsewhere";
  std::string no_process = foreign_record().text();
  no_process.replace(no_process.find("\"pid\":1,"), 8, "\"pid\":1e300,");
  for (const std::string& garbage : {std::string(), std::string("{}"), std::string("not JSON"),
                                     for_ever.text(), of_a_path.text(), no_process}) {
    write_atomically(path_, garbage);
    EXPECT_FALSE(Lease::acquire(path_));
    LeaseObserver observer;
    const auto start = LeaseObserver::Clock::now();
    EXPECT_EQ(observer.observe(path_, start).state, State::kHeld);
    const auto sight = observer.observe(path_, start + kLeaseLifetime);
    EXPECT_EQ(sight.state, State::kExpired);
    EXPECT_TRUE(Lease::acquire(path_, sight.content));
  }
}

TEST_F(Leases, AFolderThatCannotBeWrittenIsAnError) {
  write_atomically(folder_ / "file", "text");
  EXPECT_THROW(Lease::acquire(folder_ / "file" / "run"), std::exception);
}

// How many of several threads, in several processes, get one lease at the same moment; `expired` is
// what all of them saw expire.
int winners_of_a_race(const fs::path& path, const std::optional<std::string>& expired) {
  constexpr int kProcesses = 4, kThreads = 4;
  int start[2], wins[2], end[2];
  EXPECT_EQ(::pipe(start) + ::pipe(wins) + ::pipe(end), 0);
  std::vector<pid_t> children;
  for (int i = 0; i < kProcesses; ++i) {
    children.push_back(::fork());
    if (children.back() != 0) continue;
    ::close(start[1]);
    ::close(end[1]);
    std::vector<std::thread> threads;
    for (int j = 0; j < kThreads; ++j) {
      threads.emplace_back([&] {
        char byte;
        (void)!::read(start[0], &byte, 1);  // the end of the pipe is the signal
        const auto lease = Lease::acquire(path, expired, kLong);
        const char won = lease ? '1' : '0';
        (void)!::write(wins[1], &won, 1);
        (void)!::read(end[0], &byte, 1);  // held until all have tried
      });
    }
    for (std::thread& thread : threads) thread.join();
    ::_exit(0);
  }
  ::close(start[0]);
  ::close(start[1]);
  ::close(end[0]);
  int winners = 0;
  for (int i = 0; i < kProcesses * kThreads; ++i) {
    char won = '0';
    EXPECT_EQ(::read(wins[0], &won, 1), 1);
    winners += won - '0';
  }
  ::close(end[1]);
  for (const pid_t child : children) ::waitpid(child, nullptr, 0);
  ::close(wins[0]);
  ::close(wins[1]);
  return winners;
}

TEST_F(Leases, OneOfManyGetsIt) {
  for (int round = 0; round < 20; ++round) {
    EXPECT_EQ(winners_of_a_race(path_, std::nullopt), 1);
    EXPECT_EQ(files(), 0u);
  }
}

TEST_F(Leases, OneOfManyTakesOverAndNothingIsLeftBehind) {
  for (int round = 0; round < 20; ++round) {
    put(foreign_record());
    EXPECT_EQ(winners_of_a_race(path_, foreign_record().text()), 1);
    EXPECT_EQ(files(), 0u);
  }
}

TEST_F(Leases, WhoEndsInTheMiddleOfATakeoverStopsNobody) {
  acquire_in_child(/*ends=*/true);
  const std::string marker = fmt::format("{}.taken-{}.tmp", path_.string(), foreign_record().nonce);
  fs::rename(path_, marker);
  put(foreign_record());
  EXPECT_TRUE(Lease::acquire(path_, foreign_record().text()));
  EXPECT_FALSE(fs::exists(marker));
}

}  // namespace
}  // namespace eigenrnn
