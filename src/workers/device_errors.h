#pragma once
#include <exception>
#include <functional>
#include <string>

namespace eigenrnn {

/// Waits for all that a device was given to do. Throws if the device does not answer any more.
using DeviceProbe = std::function<void(const std::string& device)>;

/// LibTorch's, for "cpu" and for "cuda:N".
void wait_for_device(const std::string& device);

/// Must the process end after this error of a run, so that the run is tried once more in a fresh
/// one? A GPU's memory that has run out stays taken as long as the process lives, in pieces; and
/// what a kernel did wrong (an assertion, an invalid address) breaks the process's context for
/// good: every later call fails with the words of the first. An error on a GPU that does not say
/// what it is of is asked of the device. On the CPU only std::bad_alloc ends a process.
bool ends_worker(const std::exception& error, const std::string& device,
                 const DeviceProbe& probe = wait_for_device);

/// What it says, without LibTorch's backtrace.
std::string words_of(const std::exception& error);
/// The first line of that: LibTorch's advice on CUDA fills a screen.
std::string first_words_of(const std::exception& error);

}  // namespace eigenrnn
