#pragma once
#include <optional>
#include <string>
#include <vector>

#include <torch/nn/module.h>
#include <torch/optim/optimizer.h>

#include "run/checkpoint_store.h"
#include "run/run_result.h"

// A checkpoint is all that the rest of a run depends on, between two of its steps: a run that is
// cut there and continued gives the same bits as one that was not. It holds the weights, those of
// the best epoch, the optimizer's state, the states of LibTorch's generators, the results so far,
// and the position in the data. The project's own Random needs nothing: each epoch's order is drawn
// from the seed and the epoch's number.

namespace eigenrnn {

/// Seconds between two checkpoints of a run: at the ends of epochs, and within epochs that are
/// longer than that. The first keeps the cost low where an epoch takes milliseconds.
constexpr double kCheckpointSeconds = 10, kCheckpointSecondsWithinEpoch = 300;

/// An epoch's sums over its first `steps` batches, which hold `items` sequences.
struct EpochInProgress {
  EpochRecord sums;  // loss × items and gradient norms; no validation yet
  int64_t items = 0, steps = 0;
};

/// What a run knows of itself, besides its model, its optimizer and the generators.
struct TrainingState {
  explicit TrainingState(const RunSpec& spec) : result(spec) {}

  RunResult result;  // so far
  EpochInProgress epoch;
  int64_t step = 0;                              // of the whole run
  std::optional<double> last_loss, shown_value;  // of the latest step and validation
  double best = 0;                               // the first metric at the best epoch
  std::vector<torch::Tensor> best_weights;       // in the order of parameters(); none before it
};

/// The bytes of a checkpoint: an archive of LibTorch's.
std::string serialize_checkpoint(const TrainingState& state, const torch::nn::Module& model,
                                 const torch::optim::Optimizer& optimizer, torch::Device device);

/// Puts a run where `checkpoint` says. `state.result` must have the spec and the data facts of the
/// run, and `model` and `optimizer` must have been made from that spec. Throws Error if the
/// checkpoint cannot be read, or is of a run that need not give the same bits: of another key or
/// other recordings, on other data, on another kind of device or with another LibTorch. Nothing is
/// changed then.
void restore_checkpoint(const std::string& checkpoint, TrainingState& state,
                        torch::nn::Module& model, torch::optim::Optimizer& optimizer,
                        torch::Device device);

}  // namespace eigenrnn
