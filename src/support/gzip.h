#pragma once
#include <string>

namespace eigenrnn {

/// The content of a gzip file's bytes. Throws Error saying what is wrong with them, as in "is
/// truncated", for the caller to put the file's name before it.
std::string gunzip(const std::string& bytes);

}  // namespace eigenrnn
