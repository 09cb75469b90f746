// The adding problem as a classification: does the sum of the two marked numbers exceed 1? One
// logit answers from the last hidden state. The inputs are those of the regression, so what differs
// between the two is the question alone. By symmetry half of the sums exceed 1.

#include "tasks/adding/adding_task.h"
#include "tasks/classification.h"

namespace eigenrnn {
namespace {

class AddingThreshold : public AddingTask {
 public:
  explicit AddingThreshold(const Options& options) : AddingTask(options) {
    for (Split split : {Split::kTrain, Split::kValidation, Split::kTest}) {
      add_fact(split, "share_above_1", targets(data(split).sums()).mean().item<double>());
    }
  }

  TaskModel make_model(const RecurrentSettings& settings, const Random& random) const override {
    return binary_classifier(*this, settings, kChannels, random);
  }

 private:
  torch::Tensor targets(const torch::Tensor& sums) const override {
    return sums.gt(1.0).to(torch::kFloat32);
  }
};

const TaskRegistration kRegistration({
    "adding_threshold",
    "does the sum of the two numbers of a sequence that are marked exceed 1?",
    adding_options(),
    {{"accuracy", "accuracy, %", true, 100, false,
      TrivialPredictor{0.5, "guessing; half of the sums exceed 1"}},
     {"loss", "cross-entropy, nats", false, 1, true}},
    Threshold{"accuracy", 0.99},
    {},
    [](const Options& options) { return std::make_unique<AddingThreshold>(options); },
    /*version=*/1,
    {"adding threshold", "the threshold of the adding problem", "classification"},
});

}  // namespace
}  // namespace eigenrnn
