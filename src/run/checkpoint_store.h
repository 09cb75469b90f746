#pragma once
#include <functional>
#include <string>

namespace eigenrnn {

/// Where a run keeps its checkpoints while it goes on.
class CheckpointStore {
 public:
  virtual ~CheckpointStore() = default;
  /// Keeps `checkpoint` as the newest, and the one before it. Does not throw: what goes wrong is
  /// the store's to tell, and the run goes on without.
  virtual void save(const std::string& checkpoint) = 0;
  /// Hands out what it keeps, the newest first, until `use` accepts one by not throwing Error; it
  /// tells why others were not used. False if there is none.
  virtual bool load(const std::function<void(const std::string&)>& use) = 0;
};

}  // namespace eigenrnn
