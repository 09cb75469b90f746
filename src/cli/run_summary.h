#pragma once
#include <string>
#include <vector>

#include "cli/grids.h"
#include "store/result_store.h"

namespace eigenrnn {

/// What came out of the runs that a command was about, from the results that are there: of each
/// experiment's first table and each cell the mean over seeds, a line per initializer and a number
/// per condition; `with_bars` a bar behind it, from 0 to the largest mean of all conditions that
/// is there. Empty if there are no results.
std::string run_summary(const ChosenGrids& chosen, const ResultStore& store, bool with_bars);

}  // namespace eigenrnn
