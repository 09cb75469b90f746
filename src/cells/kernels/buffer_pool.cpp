#include "cells/kernels/buffer_pool.h"

#ifdef __linux__
#include <sys/mman.h>
#endif

#include <cstdlib>
#include <deque>
#include <iterator>
#include <mutex>
#include <new>

namespace eigenrnn::fused {
namespace {

constexpr size_t kAlignment = 64;
constexpr size_t kHugePage = size_t{2} << 20;
// What may be kept above the most that was in use at once: a pass forward and one backward need
// buffers that are never in use together, and none of them should be given up for another.
constexpr size_t kSpare = size_t{16} << 20;

// Large buffers are read and written from end to end, so huge pages save a few per cent.
void* allocate(size_t bytes) {
  const bool large = bytes >= 4 * kHugePage;
  const size_t alignment = large ? kHugePage : kAlignment;
  void* memory = std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
  if (!memory) throw std::bad_alloc();
#ifdef __linux__
  if (large) madvise(memory, bytes, MADV_HUGEPAGE);  // only a hint: failing is all right
#endif
  return memory;
}

class BufferPool {
 public:
  void* take(size_t bytes) {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      in_use_ += bytes;
      if (in_use_ > peak_) peak_ = in_use_;
      // The newest first: it may be in the cache.
      for (auto block = free_.rbegin(); block != free_.rend(); ++block) {
        if (block->bytes != bytes) continue;
        void* memory = block->memory;
        free_bytes_ -= bytes;
        free_.erase(std::next(block).base());
        return memory;
      }
    }
    return allocate(bytes);
  }

  void give_back(void* memory, size_t bytes) {
    const std::lock_guard<std::mutex> lock(mutex_);
    in_use_ -= bytes;
    free_.push_back({memory, bytes});
    free_bytes_ += bytes;
    while (in_use_ + free_bytes_ > peak_ + kSpare || kKeepNothing) {
      if (free_.empty()) return;
      std::free(free_.front().memory);
      free_bytes_ -= free_.front().bytes;
      free_.pop_front();
    }
  }

  // Sizes are rounded up, by an eighth at most, so that batches of nearly the same length share.
  static size_t rounded(size_t bytes) {
    if (kKeepNothing) return (bytes + kAlignment) / kAlignment * kAlignment;
    size_t unit = kAlignment;
    while (unit * 16 < bytes) unit *= 2;
    return (bytes + unit) / unit * unit;
  }

 private:
#ifdef __SANITIZE_ADDRESS__
  static constexpr bool kKeepNothing = true;  // so that the sanitizer sees every buffer's end
#else
  static constexpr bool kKeepNothing = false;
#endif
  struct Block {
    void* memory;
    size_t bytes;
  };
  std::mutex mutex_;
  std::deque<Block> free_;  // the oldest first
  size_t in_use_ = 0, free_bytes_ = 0, peak_ = 0;
};

// Never destroyed: tensors may outlive the end of main.
BufferPool& pool() {
  static auto* pool = new BufferPool();
  return *pool;
}

}  // namespace

torch::Tensor pooled_tensor(torch::IntArrayRef sizes, torch::ScalarType type) {
  size_t bytes = c10::elementSize(type);
  for (const int64_t size : sizes) bytes *= static_cast<size_t>(size);
  bytes = BufferPool::rounded(bytes);
  void* memory = pool().take(bytes);
  return torch::from_blob(
      memory, sizes, [bytes](void* p) { pool().give_back(p, bytes); },
      torch::TensorOptions().dtype(type));
}

}  // namespace eigenrnn::fused
