#include "tasks/classification.h"

#include "model/last_state_model.h"

namespace eigenrnn {
namespace {

std::map<std::string, double> accuracy(const torch::Tensor& right) {
  return {{"accuracy", right.to(torch::kFloat32).mean().item<double>()}};
}

}  // namespace

TaskModel binary_classifier(const Task& task, const RecurrentSettings& settings, int64_t input_size,
                            const Random& random) {
  const LastStateModel::Head head = {1, MeanLoss::kBinaryCrossEntropy};
  return with_mean_metrics(task,
                           std::make_shared<LastStateModel>(settings, input_size, head, random),
                           [](const torch::Tensor& outputs, const Batch& batch) {
                             return accuracy(outputs.squeeze(1).gt(0).eq(batch.target.gt(0.5)));
                           });
}

TaskModel classifier(const Task& task, const RecurrentSettings& settings, int64_t input_size,
                     int64_t classes, const Random& random) {
  const LastStateModel::Head head = {classes, MeanLoss::kCrossEntropy};
  return with_mean_metrics(task,
                           std::make_shared<LastStateModel>(settings, input_size, head, random),
                           [](const torch::Tensor& outputs, const Batch& batch) {
                             return accuracy(outputs.argmax(1).eq(batch.target));
                           });
}

}  // namespace eigenrnn
