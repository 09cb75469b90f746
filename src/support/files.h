#pragma once
#include <filesystem>
#include <string>
#include <string_view>

namespace eigenrnn {

/// Writes to a temporary file beside `path`, syncs it and renames it over `path`: a reader sees
/// the old content or the new, never a part. Creates the folder. Throws Error with the system's
/// reason (disk full, permission …) and leaves no temporary file behind.
void write_atomically(const std::filesystem::path& path, std::string_view content);

/// Writes what a user asked for to the place that they named. Links are followed; a file there, or
/// none yet, is written atomically; what is no regular file (a device, a pipe, /dev/stdout) is
/// written to directly and stays what it is. Throws Error with the system's reason.
void write_output(const std::filesystem::path& path, std::string_view content);

/// The temporary file of this process beside `path`, a name that no other process uses, here or on
/// another machine.
std::filesystem::path temporary_beside(const std::filesystem::path& path);

/// A new random word of 16 hexadecimal digits.
std::string unique_word();

/// The whole file. Throws Error if it cannot be read.
std::string read_file(const std::filesystem::path& path);

/// SHA-256 in lower-case hexadecimal.
std::string sha256(std::string_view content);

/// The folder of the datasets: $EIGENRNN_DATASETS, else `datasets` in the working directory.
std::filesystem::path datasets_directory();

}  // namespace eigenrnn
