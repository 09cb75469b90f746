#include "tasks/regression.h"

#include "model/last_state_model.h"

namespace eigenrnn {

TaskModel regressor(const Task& task, const RecurrentSettings& settings, int64_t input_size,
                    const std::string& metric, const Random& random) {
  const LastStateModel::Head head = {1, MeanLoss::kSquaredError};
  return with_mean_metrics(
      task, std::make_shared<LastStateModel>(settings, input_size, head, random),
      [metric](const torch::Tensor& outputs, const Batch& batch) -> std::map<std::string, double> {
        return {{metric, torch::mse_loss(outputs.squeeze(1), batch.target).item<double>()}};
      });
}

}  // namespace eigenrnn
