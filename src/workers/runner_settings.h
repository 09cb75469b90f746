#pragma once
#include <chrono>
#include <string>
#include <vector>

#include "store/lease.h"
#include "training/checkpoint.h"

namespace eigenrnn {

struct RunnerSettings {
  int jobs = 1;                      // worker processes at a time
  std::vector<std::string> devices;  // "cpu", or "cuda:0", …: shared out round robin
  std::string remark;                // of the choice of devices, to be shown; may be empty
  bool force = false;                // do finished runs again, and all from the start
  double begin_at = 0;               // the part of the grid, 0 to 1, before the first run to try
  bool wait_for_others = true;       // stay until runs that others are at are done, or taken over
  std::chrono::milliseconds lease_lifetime = kLeaseLifetime;
  double checkpoint_seconds = kCheckpointSeconds;  // TrainingHooks has the meaning
};

}  // namespace eigenrnn
