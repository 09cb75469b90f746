#include "model/model.h"

namespace eigenrnn {

Batch Batch::to(torch::Device device) const {
  return {input.to(device), lengths, target.to(device), target_lengths};
}

}  // namespace eigenrnn
