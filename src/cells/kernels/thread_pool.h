#pragma once
#include <cstdint>
#include <functional>

namespace eigenrnn::fused {

/// Calls body(0) … body(count − 1), each once, on up to kernel_threads() threads, of which the
/// caller is one, and returns when all are done. `body` must not throw. The others stay, and wait
/// for the next call: a small network's pass takes less time than it takes to start a thread.
/// Beside a call of another thread, the caller does everything itself.
void for_tasks(int64_t count, const std::function<void(int64_t)>& body);

}  // namespace eigenrnn::fused
