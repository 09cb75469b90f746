#include "store/lease.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <limits>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "support/error.h"
#include "support/files.h"
#include "support/json_integer.h"
#include "support/time.h"

namespace eigenrnn {
namespace fs = std::filesystem;
namespace {

constexpr int kRenewalsPerLifetime = 4;
constexpr int kAcquireAttempts = 10;  // each fails only because another was quicker

[[noreturn]] void fail(const std::string& action, const fs::path& path) {
  throw StorageError(
      fmt::format("cannot {} the lease {}: {}", action, path.string(), std::strerror(errno)));
}

// Ends with .tmp, so that what a killed process leaves is removed like other temporary files.
fs::path beside(const fs::path& path, const std::string& nonce) {
  return fmt::format("{}.{}.tmp", path.string(), nonce);
}

// A nonce becomes part of a file's name.
bool is_word(const std::string& nonce) {
  return !nonce.empty() && nonce.find_first_not_of("0123456789abcdef") == std::string::npos;
}

std::optional<std::string> read_descriptor(int descriptor) {
  std::string text;
  std::array<char, 4096> buffer;
  while (true) {
    const ssize_t count = ::read(descriptor, buffer.data(), buffer.size());
    if (count == 0) return text;
    if (count < 0 && errno != EINTR) return std::nullopt;
    if (count > 0) text.append(buffer.data(), static_cast<size_t>(count));
  }
}

// A close that fails is a write that failed: network file systems write then.
bool write_and_close_lease(int descriptor, const std::string& text) {
  const bool written =
      ::pwrite(descriptor, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size());
  const int error = errno;
  if (::close(descriptor) != 0) return false;
  errno = error;
  return written;
}

// Makes `path` another name of `existing`; false if there is something at `path`.
bool link_anew(const fs::path& existing, const fs::path& path) {
  if (::link(existing.c_str(), path.c_str()) == 0) return true;
  const int error = errno;
  // A server's answer can get lost and the repeated request fail: the count of names is the truth.
  struct stat status;
  if (::stat(existing.c_str(), &status) == 0 && status.st_nlink == 2) return true;
  errno = error;
  if (error != EEXIST) fail("create", path);
  return false;
}

// A file of its own with the whole content, to be linked or renamed to where it shall appear.
class TemporaryLease {
 public:
  TemporaryLease(const fs::path& path, const LeaseRecord& record)
      : path_(beside(path, record.nonce)) {
    const int descriptor = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (descriptor < 0) fail("create", path);
    if (write_and_close_lease(descriptor, record.text())) return;
    const int error = errno;
    ::unlink(path_.c_str());
    errno = error;
    fail("create", path);
  }
  ~TemporaryLease() { ::unlink(path_.c_str()); }
  TemporaryLease(const TemporaryLease&) = delete;
  TemporaryLease& operator=(const TemporaryLease&) = delete;

  const fs::path& path() const { return path_; }

 private:
  const fs::path path_;
};

// False if another's lease stands there already.
bool create_lease(const fs::path& path, const LeaseRecord& record) {
  return link_anew(TemporaryLease(path, record).path(), path);
}

bool has_nonce(const std::optional<std::string>& content, const std::string& nonce) {
  const auto record = content ? LeaseRecord::parse(*content) : std::nullopt;
  return record && record->nonce == nonce;
}

bool owner_has_ended(const std::optional<std::string>& content) {
  const auto record = content ? LeaseRecord::parse(*content) : std::nullopt;
  return record && record->owner.state() == ProcessIdentity::State::kEnded;
}

// Puts a new lease in the place of the one with this content. Who does that holds a marker named
// after the old lease meanwhile, so of several that judged it expired one replaces it, and those
// that come later see that it has gone.
bool replace_lease(const fs::path& path, const std::string& content, const LeaseRecord& record) {
  const TemporaryLease temporary(path, record);
  const auto old = LeaseRecord::parse(content);
  const fs::path marker = beside(path, "taken-" + (old ? old->nonce : "over"));
  if (!link_anew(temporary.path(), marker)) {
    if (owner_has_ended(read_lease(marker))) ::unlink(marker.c_str());
    return false;
  }
  if (read_lease(path) == content) ::rename(temporary.path().c_str(), path.c_str());
  const bool replaced = has_nonce(read_lease(path), record.nonce);
  ::unlink(marker.c_str());
  return replaced;
}

// Removes the lease with this nonce. If it turns out that another has taken its place, puts that
// one back.
void remove_lease(const fs::path& path, const std::string& nonce) {
  const fs::path moved = beside(path, nonce);
  if (::rename(path.c_str(), moved.c_str()) != 0) return;
  if (!has_nonce(read_lease(moved), nonce)) link_anew(moved, path);
  ::unlink(moved.c_str());
}

enum class Renewal { kDone, kMissing, kOthers, kNotPossible };

// Writes into the file that was opened, and so never over the lease of another: who takes a lease
// over makes a new file.
Renewal write_renewal(const fs::path& path, const LeaseRecord& record) {
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (descriptor < 0) return errno == ENOENT ? Renewal::kMissing : Renewal::kNotPossible;
  const auto content = read_descriptor(descriptor);
  if (!has_nonce(content, record.nonce)) {
    ::close(descriptor);
    return content ? Renewal::kOthers : Renewal::kNotPossible;
  }
  return write_and_close_lease(descriptor, record.text()) ? Renewal::kDone : Renewal::kNotPossible;
}

}  // namespace

std::string LeaseRecord::text() const {
  const nlohmann::json fixed = {{"host", owner.host},
                                {"system", owner.system},
                                {"pid", owner.pid},
                                {"start", owner.start},
                                {"nonce", nonce},
                                {"since", since},
                                {"lifetime_ms", lifetime.count()}};
  return fmt::format("{{\"lease\": {}, \"renewals\": {:>12}}}\n", fixed.dump(), renewals);
}

std::optional<LeaseRecord> LeaseRecord::parse(const std::string& text) {
  try {
    const nlohmann::json json = nlohmann::json::parse(text);
    const nlohmann::json& lease = json.at("lease");
    LeaseRecord record;
    const int64_t pid = int64_at(lease, "pid");
    record.owner = {lease.at("host"), lease.at("system"), static_cast<pid_t>(pid),
                    lease.at("start")};
    record.nonce = lease.at("nonce");
    record.since = lease.at("since");
    record.lifetime = std::chrono::milliseconds(int64_at(lease, "lifetime_ms"));
    record.renewals = int64_at(json, "renewals");
    const bool is_sound = pid > 0 && pid <= std::numeric_limits<pid_t>::max() &&
                          is_word(record.nonce) && record.lifetime.count() > 0 &&
                          record.lifetime <= kLongestLeaseLifetime;
    return is_sound ? std::optional(record) : std::nullopt;
  } catch (const nlohmann::json::exception&) {
    return std::nullopt;
  } catch (const Error&) {  // of an integer
    return std::nullopt;
  }
}

void remove_lease_of_ended(const fs::path& path) {
  const auto content = read_lease(path);
  if (owner_has_ended(content)) remove_lease(path, LeaseRecord::parse(*content)->nonce);
}

std::optional<std::string> read_lease(const fs::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) {
    if (errno == ENOENT) return std::nullopt;
    fail("read", path);
  }
  auto content = read_descriptor(descriptor);
  const int error = errno;
  ::close(descriptor);
  if (!content && error == ESTALE) return std::nullopt;  // removed on the server while we read
  errno = error;
  if (!content) fail("read", path);
  return content;
}

std::unique_ptr<Lease> Lease::acquire(const fs::path& path,
                                      const std::optional<std::string>& expired,
                                      std::chrono::milliseconds lifetime) {
  std::error_code failed;
  fs::create_directories(path.parent_path(), failed);  // if it fails, so does create_lease()
  LeaseRecord record{ProcessIdentity::of_this_process(), unique_word(), utc_now(), lifetime, 0};
  for (int attempt = 0; attempt < kAcquireAttempts; ++attempt) {
    const auto content = read_lease(path);
    bool acquired = false;
    if (!content) {
      acquired = create_lease(path, record);
    } else if (content == expired || owner_has_ended(content)) {
      acquired = replace_lease(path, *content, record);
    } else {
      return nullptr;
    }
    if (acquired) return std::unique_ptr<Lease>(new Lease(path, record));
  }
  return nullptr;
}

Lease::Lease(fs::path path, LeaseRecord record)
    : path_(std::move(path)),
      record_(std::move(record)),
      renewer_([this] { renew_until_released(); }) {}

Lease::~Lease() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    released_ = true;
  }
  released_signal_.notify_all();
  renewer_.join();
  if (lost_) return;
  try {
    remove_lease(path_, record_.nonce);
  } catch (const Error&) {  // nothing to be done about it here: the lease expires
  }
}

void Lease::renew() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (lost_) return;
  ++record_.renewals;
  switch (write_renewal(path_, record_)) {
    case Renewal::kMissing:
      // Somebody looks at it this very moment, or has removed the folder.
      try {
        if (create_lease(path_, record_)) return;
        const auto content = read_lease(path_);
        lost_ = content && !has_nonce(content, record_.nonce);
      } catch (const Error&) {  // tried again at the next renewal
      }
      return;
    case Renewal::kOthers:
      lost_ = true;
      return;
    case Renewal::kDone:
    case Renewal::kNotPossible:  // the file system is away; tried again at the next renewal
      return;
  }
}

void Lease::renew_until_released() {
  std::unique_lock<std::mutex> lock(mutex_);
  const auto interval = record_.lifetime / kRenewalsPerLifetime;
  while (!released_signal_.wait_for(lock, interval, [&] { return released_; })) {
    lock.unlock();
    renew();
    lock.lock();
  }
}

LeaseObserver::Sight LeaseObserver::observe(const fs::path& path, Clock::time_point now) {
  const auto content = read_lease(path);
  if (!content) {
    seen_.erase(path);
    return {State::kFree, ""};
  }
  const auto record = LeaseRecord::parse(*content);
  const auto [found, is_new] = seen_.try_emplace(path, Memory{*content, now, false});
  Memory& memory = found->second;
  if (memory.content != *content) {
    memory = {*content, now, record && has_nonce(memory.content, record->nonce)};
  }
  const auto owner = record ? record->owner.state() : ProcessIdentity::State::kUnknown;
  const std::chrono::milliseconds lifetime = record ? record->lifetime : kLeaseLifetime;
  if (owner == ProcessIdentity::State::kEnded || now - memory.since >= lifetime) {
    return {State::kExpired, *content};
  }
  const bool alive = memory.was_renewed || owner == ProcessIdentity::State::kRunning;
  return {alive ? State::kAlive : State::kHeld, *content};
}

}  // namespace eigenrnn
