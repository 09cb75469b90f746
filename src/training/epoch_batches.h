#pragma once
#include <optional>
#include <vector>

#include "tasks/task.h"

namespace eigenrnn {

/// The batches of an epoch, one after the other, on a device. The next one can be prepared while a
/// GPU still works on the last: what it costs to build and to copy is then waited for by nobody.
class EpochBatches {
 public:
  EpochBatches(const Task& task, Split split, std::vector<std::vector<int64_t>> items,
               torch::Device device)
      : task_(task), split_(split), items_(std::move(items)), device_(device) {}

  int64_t count() const { return static_cast<int64_t>(items_.size()); }

  /// Batch `i`, built now unless it was prepared. Throws std::bad_optional_access if there is none.
  Batch take(int64_t i) {
    prepare(i);
    Batch batch = std::move(batch_.value());
    batch_.reset();
    return batch;
  }

  /// Does nothing if there is no batch `i`, or if it was prepared before.
  void prepare(int64_t i) {
    if (i >= count() || (batch_ && prepared_ == i)) return;
    batch_ = task_.batch(split_, items_.at(static_cast<size_t>(i))).to(device_);
    prepared_ = i;
  }

 private:
  const Task& task_;
  Split split_;
  std::vector<std::vector<int64_t>> items_;
  torch::Device device_;
  std::optional<Batch> batch_;
  int64_t prepared_ = 0;
};

}  // namespace eigenrnn
