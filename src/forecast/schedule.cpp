#include "forecast/schedule.h"

#include <algorithm>
#include <functional>
#include <queue>
#include <stdexcept>

namespace eigenrnn {

Schedule simulate_schedule(const std::vector<double>& seconds, int workers, double start_up) {
  if (workers < 1) throw std::invalid_argument("a schedule needs a worker");
  std::priority_queue<double, std::vector<double>, std::greater<>> free_at;
  for (int worker = 0; worker < workers; ++worker) free_at.push(start_up);
  Schedule schedule;
  double busy = 0;
  for (double run : seconds) {
    const double end = free_at.top() + run;
    free_at.pop();
    free_at.push(end);
    busy += run;
    schedule.seconds = std::max(schedule.seconds, end);
  }
  if (schedule.seconds > 0) schedule.efficiency = busy / (schedule.seconds * workers);
  return schedule;
}

}  // namespace eigenrnn
