// The adding problem (Hochreiter & Schmidhuber 1997): the last hidden state answers with the sum of
// the two numbers that are marked. Always answering 1, the mean, has a mean squared error of
// 2·Var(U[0, 1]) = 1/6.

#include "tasks/adding/adding_task.h"
#include "tasks/regression.h"

namespace eigenrnn {
namespace {

class Adding : public AddingTask {
 public:
  explicit Adding(const Options& options) : AddingTask(options) {
    for (Split split : {Split::kTrain, Split::kValidation, Split::kTest}) {
      add_fact(split, "mse_of_always_1", data(split).sums().sub(1).square().mean().item<double>());
    }
  }

  TaskModel make_model(const RecurrentSettings& settings, const Random& random) const override {
    return regressor(*this, settings, kChannels, "mse", random);
  }

 private:
  torch::Tensor targets(const torch::Tensor& sums) const override { return sums; }
};

const TaskRegistration kRegistration({
    "adding",
    "the sum of the two numbers of a sequence that are marked (Hochreiter & Schmidhuber 1997)",
    adding_options(),
    {{"mse", "mean squared error", false, 1, true,
      TrivialPredictor{1.0 / 6,
                       "always answering 1, the variance of the sum of two uniform numbers",
                       kTenthBelow}},
     {"loss", "mean squared error", false, 1, true}},
    // Our choice: 6 % of what always answering 1 has.
    Threshold{"mse", 0.01},
    {},
    [](const Options& options) { return std::make_unique<Adding>(options); },
    /*version=*/1,
    {"adding problem", "the adding problem", "regression"},
});

}  // namespace
}  // namespace eigenrnn
