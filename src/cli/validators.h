#pragma once
#include <CLI/CLI.hpp>

namespace eigenrnn {

/// A number from `low` to `high`. CLI::Range lets nan through, which compares as false with both.
CLI::Validator number_from(double low, double high);
/// A finite number above 0.
CLI::Validator positive_number();
/// A text of at least one character: an empty name of a folder would be the working directory.
CLI::Validator not_empty();
/// A file that is there. A setting in its place is told where settings go.
CLI::Validator manifest_file();

}  // namespace eigenrnn
