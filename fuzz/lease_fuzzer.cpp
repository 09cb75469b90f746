// What stands in the file of a lease, of a process that may have died while it wrote.
#include <cstdlib>

#include "scratch_file.h"
#include "store/lease.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using eigenrnn::LeaseObserver;
  using eigenrnn::LeaseRecord;
  static const eigenrnn::ScratchFile file("0123456789abcdef");
  const std::string text(reinterpret_cast<const char*>(data), size);
  if (const auto record = LeaseRecord::parse(text)) {
    const auto again = LeaseRecord::parse(record->text());
    if (!again || again->text() != record->text()) std::abort();
  }
  LeaseObserver observer;
  const auto& path = file.with(data, size);
  const LeaseObserver::Clock::time_point now{};
  observer.observe(path, now);
  // Whatever it says, a lease that nobody renews can be taken over some day.
  const auto sight = observer.observe(path, now + std::chrono::hours(24));
  if (sight.state != LeaseObserver::State::kExpired) std::abort();
  return 0;
}
