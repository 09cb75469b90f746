#include "training/trainer.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include <fmt/format.h>

#include "model/model.h"
#include "model/recurrent_network.h"
#include "model/recurrent_spectra.h"
#include "support/time.h"
#include "training/epoch_batches.h"
#include "training/gpu_arithmetic.h"
#include "training/make_model.h"
#include "training/optimizer.h"

namespace eigenrnn {
namespace {

class Stopwatch {
 public:
  explicit Stopwatch(double seconds_before = 0) : before_(seconds_before) {}

  double seconds() const {
    return before_ +
           std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  double before_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

// LibTorch 1.13 can only fill gradients with zeros. A first step after a checkpoint has none, and
// 0 + g is not always g to the bit: g may be −0.
void forget_gradients(const std::vector<torch::Tensor>& parameters) {
  for (torch::Tensor parameter : parameters) parameter.mutable_grad().reset();
}

// One run in progress.
class Trainer {
 public:
  Trainer(const RunSpec& spec, const Task& task, torch::Device device, const TrainingHooks& hooks)
      : task_(task),
        info_(TaskRegistry::instance().at(spec->task)),
        device_(device),
        hooks_(hooks),
        random_(static_cast<uint64_t>(spec->seed)),
        epochs_(spec->training.epochs),
        batch_size_(spec->training.batch_size),
        clip_norm_(spec->training.clip_norm),
        state_(spec) {
    if (device.is_cuda()) {
      set_gpu_arithmetic(spec->training.tf32);
      result_.gpu = gpu_facts(std::max<int>(device.index(), 0), spec->training.tf32);
    }
    result_.device = device.str();
    result_.data_facts = task.data_facts();
    torch::manual_seed(static_cast<uint64_t>(spec->seed));  // dropout draws from LibTorch's own
    TaskModel made = make_model(spec, task);
    model_ = std::move(made.network);
    evaluate_ = std::move(made.evaluate);
    move_to(device_, *model_);
    optimizer_ = make_optimizer(spec->training, model_->parameters());
  }

  std::optional<RunResult> run() {
    if (!resume()) {
      result_.started = utc_now();
      result_.spectra_at_start = recurrent_spectra(*model_);
    }
    while (!result_.divergence && !is_over()) {
      if (!train_epoch()) return std::nullopt;
      if (!result_.divergence) save_if_older_than(hooks_.checkpoint_seconds);
    }
    // A run that diverged may have gone on after its last whole epoch.
    const bool is_known = !result_.divergence && !result_.epochs.back().spectra.empty();
    result_.spectra_at_end = is_known ? result_.epochs.back().spectra : recurrent_spectra(*model_);
    if (result_.best_epoch) {
      restore_best();
      Evaluation test = evaluate(Split::kTest);
      result_.test = std::move(test.metrics);
      result_.samples = std::move(test.samples);
      if (result_.spec->recording.keep_weights) result_.weights = weights_of(*model_);
    }
    if (result_.divergence) result_.status = RunStatus::kDiverged;
    result_.seconds = total_.seconds();
    return result_;
  }

 private:
  // All epochs are done, or so many were no better than the best one that the run's patience is at
  // an end.
  bool is_over() const {
    const auto done = static_cast<int64_t>(result_.epochs.size());
    const int64_t patience = result_.spec->training.patience;
    return done == epochs_ ||
           (patience > 0 && result_.best_epoch && done - *result_.best_epoch >= patience);
  }

  // False if there is nothing to go on from.
  bool resume() {
    if (hooks_.checkpoints == nullptr) return false;
    const bool found = hooks_.checkpoints->load([this](const std::string& checkpoint) {
      restore_checkpoint(checkpoint, state_, *model_, *optimizer_, device_);
    });
    if (!found) return false;
    ++result_.resumed;
    total_ = Stopwatch(result_.seconds + total_.seconds());
    const int64_t done = static_cast<int64_t>(result_.epochs.size());
    hooks_.note(done == epochs_ ? fmt::format("goes on after the last of {} epochs", epochs_)
                                : fmt::format("goes on in epoch {} of {}, after {} of its steps",
                                              done + 1, epochs_, state_.epoch.steps));
    return true;
  }

  void save() {
    if (hooks_.checkpoints == nullptr) return;
    result_.seconds = total_.seconds();
    if (state_.epoch.steps > 0) state_.epoch.sums.seconds = epoch_watch_.seconds();
    hooks_.checkpoints->save(serialize_checkpoint(state_, *model_, *optimizer_, device_));
    since_save_ = Stopwatch();
  }

  void save_if_older_than(double seconds) {
    if (since_save_.seconds() >= seconds) save();
  }

  // The next epoch, or the rest of the one that a checkpoint is in. False if it was asked to stop.
  bool train_epoch() {
    EpochInProgress& now = state_.epoch;
    const int64_t epoch = now.sums.epoch = static_cast<int64_t>(result_.epochs.size()) + 1;
    epoch_watch_ = Stopwatch(now.sums.seconds);
    Random order = random_.stream(fmt::format("data order/epoch {}", epoch));
    EpochBatches batches(task_, Split::kTrain, task_.batches(Split::kTrain, batch_size_, &order),
                         device_);
    const int64_t steps = batches.count();
    model_->train();
    while (now.steps < steps) {
      const Batch batch = batches.take(now.steps);
      ++state_.step;
      apply_schedule(
          result_.spec->training,
          fraction_done(epoch, static_cast<double>(now.steps) / static_cast<double>(steps)),
          *optimizer_);
      const std::optional<double> gradient_norm =
          train_step(batch, epoch, [&] { batches.prepare(now.steps + 1); });
      if (!gradient_norm) return true;
      now.sums.train_loss += *state_.last_loss * static_cast<double>(batch.size());
      now.sums.gradient_norm += *gradient_norm;
      now.items += batch.size();
      ++now.steps;
      if (hooks_.stop_requested()) {
        save();
        return false;
      }
      tell(epoch, static_cast<double>(now.steps) / static_cast<double>(steps));
      save_if_older_than(
          std::max(hooks_.checkpoint_seconds, hooks_.checkpoint_seconds_within_epoch));
    }
    finish_epoch();
    return true;
  }

  void finish_epoch() {
    EpochRecord record = std::move(state_.epoch.sums);
    record.train_loss /= static_cast<double>(state_.epoch.items);
    record.gradient_norm /= static_cast<double>(state_.epoch.steps);
    record.seconds = epoch_watch_.seconds();
    state_.epoch = {};
    result_.training_seconds += record.seconds;
    if (result_.spec->recording.epoch_spectra != "none") {
      record.spectra = recurrent_spectra(*model_);
    }
    record.validation = evaluate(Split::kValidation).metrics;
    note_validation(record);
    result_.epochs.push_back(std::move(record));
  }

  // The gradient's norm before clipping; nothing if the loss was not finite. `meanwhile` is done
  // while a GPU works.
  template <class Meanwhile>
  std::optional<double> train_step(const Batch& batch, int64_t epoch, const Meanwhile& meanwhile) {
    forget_gradients(model_->parameters());
    const torch::Tensor loss = model_->loss(batch);
    LossAndNorm now;
    if (device_.is_cpu()) {
      now.loss = loss.item<double>();
      if (!std::isfinite(now.loss)) return diverge_in(epoch, now.loss);
      loss.backward();
      now.norm = clip_gradients(model_->parameters(), clip_norm_);
    } else {
      loss.backward();
      meanwhile();
      now = clip_gradients(loss, model_->parameters(), clip_norm_);
      if (!std::isfinite(now.loss)) return diverge_in(epoch, now.loss);
    }
    state_.last_loss = now.loss;
    optimizer_->step();
    return now.norm;
  }

  std::nullopt_t diverge_in(int64_t epoch, double loss) {
    diverge(epoch, fmt::format("the training loss is {}", loss));
    return std::nullopt;
  }

  void diverge(int64_t epoch, std::string reason) {
    result_.divergence = Divergence{epoch, state_.step, state_.last_loss, std::move(reason)};
  }

  Evaluation evaluate(Split split) {
    const torch::NoGradGuard no_gradient;
    model_->eval();
    return evaluate_(split, device_);
  }

  void note_validation(const EpochRecord& record) {
    const double loss = record.validation.at("loss");
    if (!std::isfinite(loss)) {
      diverge(record.epoch, fmt::format("the validation loss is {}", loss));
      return;
    }
    const Metric& metric = info_.metrics.front();
    const double value = record.validation.at(metric.name);
    if (!result_.best_epoch || is_better(record)) {
      result_.best_epoch = record.epoch;
      state_.best = value;
      keep_best();
    }
    state_.shown_value = value * metric.scale;
    if (info_.threshold && !result_.epochs_to_threshold) {
      if (reached(*info_.threshold, record)) result_.epochs_to_threshold = record.epoch;
    }
  }

  // Than the best epoch so far. A metric that is made of the loss, as a perplexity is, can overflow
  // where the loss is still finite: such an epoch is worse than any with a number, and of two such
  // the one with the smaller loss is better. So it is of two equals, where the run asks for it: a
  // network that just reached all right answers by chance is not yet the one that is sure of them.
  bool is_better(const EpochRecord& record) const {
    const Metric& metric = info_.metrics.front();
    const double value = record.validation.at(metric.name);
    const bool is_number = std::isfinite(value), best_is_number = std::isfinite(state_.best);
    if (is_number != best_is_number) return is_number;
    const bool loss_decides =
        !is_number || (value == state_.best && result_.spec->training.best_of_equals != "first");
    if (!loss_decides) return metric.higher_is_better ? value > state_.best : value < state_.best;
    const auto best = static_cast<size_t>(*result_.best_epoch - 1);
    return record.validation.at("loss") < result_.epochs.at(best).validation.at("loss");
  }

  bool reached(const Threshold& threshold, const EpochRecord& record) const {
    const double value = record.validation.at(threshold.metric);
    if (!std::isfinite(value)) return false;
    for (const Metric& metric : info_.metrics) {
      if (metric.name == threshold.metric && !metric.higher_is_better) {
        return value <= threshold.value;
      }
    }
    return value >= threshold.value;
  }

  void keep_best() {
    state_.best_weights.clear();
    for (const torch::Tensor& parameter : model_->parameters()) {
      state_.best_weights.push_back(parameter.detach().clone());
    }
  }

  void restore_best() {
    const torch::NoGradGuard no_gradient;
    const std::vector<torch::Tensor> parameters = model_->parameters();
    for (size_t i = 0; i < parameters.size(); ++i) parameters[i].copy_(state_.best_weights[i]);
  }

  void tell(int64_t epoch, double fraction_of_epoch) {
    hooks_.progress({epoch, epochs_, fraction_done(epoch, fraction_of_epoch), *state_.last_loss,
                     info_.metrics.front().name, state_.shown_value});
  }

  // Of the whole run, 0 to 1.
  double fraction_done(int64_t epoch, double fraction_of_epoch) const {
    return (static_cast<double>(epoch - 1) + fraction_of_epoch) / static_cast<double>(epochs_);
  }

  const Task& task_;
  const TaskInfo& info_;
  torch::Device device_;
  const TrainingHooks& hooks_;
  Random random_;
  int64_t epochs_, batch_size_;
  double clip_norm_;

  std::shared_ptr<Model> model_;
  std::function<Evaluation(Split, torch::Device)> evaluate_;
  std::unique_ptr<torch::optim::Optimizer> optimizer_;
  TrainingState state_;
  RunResult& result_ = state_.result;
  Stopwatch total_, epoch_watch_, since_save_;
};

}  // namespace

std::optional<RunResult> run_training(const RunSpec& spec, const Task& task, torch::Device device,
                                      const TrainingHooks& hooks) {
  return Trainer(spec, task, device, hooks).run();
}

}  // namespace eigenrnn
