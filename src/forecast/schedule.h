#pragma once
#include <vector>

namespace eigenrnn {

/// What a grid takes when workers take runs from it in order, each the next one as soon as it is
/// free.
struct Schedule {
  double seconds = 0;     // from the start to the end of the last run
  double efficiency = 1;  // share of the workers' time that was spent in runs
};

/// `seconds` holds a run each, in the order in which they are taken; every worker first needs
/// `start_up` seconds. Throws std::invalid_argument without a worker.
Schedule simulate_schedule(const std::vector<double>& seconds, int workers, double start_up = 0);

}  // namespace eigenrnn
