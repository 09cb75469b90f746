#pragma once
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "store/process_identity.h"

// Who carries out which run, on one machine or on many that share a folder. A lease is a file that
// one process creates and keeps renewing; a lease that is no longer renewed may be taken over.
//
// - Expiry is judged without trust in any clock: an observer must itself have seen the same content
//   for the lease's lifetime, by its own monotonic clock. Where it can see that the owner's process
//   has ended (same machine), it need not wait.
// - The file system must make link() and rename() atomic, and show an open() what was written
//   before the latest close() elsewhere: local file systems do, and NFS (not mounted with
//   `nocto`), Lustre, BeeGFS, GPFS and CephFS. No locks are needed.
// - An owner that stops for longer than the lifetime (a suspended machine, a server that is away)
//   may lose its lease to another, and sees that at its next renewal. Until then both are at the
//   run. Since a run's outcome depends on its specification alone, this is waste and never a wrong
//   result.

namespace eigenrnn {

/// The promise of an owner: it renews four times as often.
constexpr std::chrono::seconds kLeaseLifetime(60);
/// One of more is damaged, and must not keep a run from being done for ever.
constexpr std::chrono::hours kLongestLeaseLifetime(24);

/// What stands in the file.
struct LeaseRecord {
  ProcessIdentity owner;
  std::string nonce;  // tells two leases of one process apart
  std::string since;  // ISO 8601, UTC, by the owner's clock: for people
  std::chrono::milliseconds lifetime{kLeaseLifetime};
  int64_t renewals = 0;

  /// JSON, of a length that renewing does not change.
  std::string text() const;
  /// Nothing if it is none: no such JSON, or values that no owner writes.
  static std::optional<LeaseRecord> parse(const std::string& text);
};

/// A lease that this process owns. A thread renews it.
class Lease {
 public:
  /// Nothing if another owner has it, unless that one's process has ended or `expired` (a content
  /// that a LeaseObserver saw expire) is still what stands there. Throws Error with the system's
  /// reason if the file cannot be made.
  static std::unique_ptr<Lease> acquire(const std::filesystem::path& path,
                                        const std::optional<std::string>& expired = std::nullopt,
                                        std::chrono::milliseconds lifetime = kLeaseLifetime);

  /// Gives it back, unless it is lost.
  ~Lease();
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;

  /// Renews it now: if it is not lost then, it is safe for a lifetime.
  void renew();
  /// Whether the latest renewal saw that another has taken it over.
  bool is_lost() const { return lost_; }

 private:
  Lease(std::filesystem::path path, LeaseRecord record);
  void renew_until_released();

  const std::filesystem::path path_;
  std::mutex mutex_;  // of what follows
  LeaseRecord record_;
  bool released_ = false;
  std::condition_variable released_signal_;
  std::atomic<bool> lost_{false};
  std::thread renewer_;
};

/// Looks at leases of others, again and again, and remembers what it saw and when.
class LeaseObserver {
 public:
  using Clock = std::chrono::steady_clock;

  enum class State {
    kFree,     // there is none
    kHeld,     // there is one; nothing is known of its owner yet
    kAlive,    // its owner runs, or was seen to renew it
    kExpired,  // its owner has ended, or has not renewed it for its lifetime
  };
  struct Sight {
    State state = State::kFree;
    std::string content;
  };

  Sight observe(const std::filesystem::path& path, Clock::time_point now = Clock::now());

 private:
  struct Memory {
    std::string content;
    Clock::time_point since;
    bool was_renewed = false;
  };
  std::map<std::filesystem::path, Memory> seen_;
};

/// Removes the lease if its owner is seen to have ended: for a run that is done, which nobody takes
/// over. Throws Error if it cannot be read.
void remove_lease_of_ended(const std::filesystem::path& path);

/// What stands in a lease's file; nothing if there is none. Throws Error if it cannot be read.
std::optional<std::string> read_lease(const std::filesystem::path& path);

}  // namespace eigenrnn
