#include "training/trainer.h"

#include <chrono>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "training/model.h"
#include "training/optimizer.h"

namespace eigenrnn {
namespace {

class Stopwatch {
 public:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

// The norm before clipping. A bound of 0 stands for none.
double clip_gradients(const std::vector<torch::Tensor>& parameters, double bound) {
  return torch::nn::utils::clip_grad_norm_(
      parameters, bound > 0 ? bound : std::numeric_limits<double>::infinity());
}

// One run in progress.
class Trainer {
 public:
  Trainer(const RunSpec& spec, const Task& task, torch::Device device, const TrainingHooks& hooks)
      : task_(task),
        info_(TaskRegistry::instance().at(spec.task)),
        device_(device),
        hooks_(hooks),
        random_(static_cast<uint64_t>(spec.seed)),
        epochs_(spec.training.integer("epochs")),
        batch_size_(spec.training.integer("batch_size")),
        clip_norm_(spec.training.number("clip_norm")) {
    result_.spec = spec;
    result_.device = device.str();
    result_.data_facts = task.data_facts();
    torch::manual_seed(static_cast<uint64_t>(spec.seed));  // dropout draws from LibTorch's own
    model_ = make_model(spec, task);
    model_->to(device_);
    optimizer_ = make_optimizer(spec.training, model_->parameters());
  }

  std::optional<RunResult> run() {
    result_.started = utc_now();
    result_.spectra_at_start = recurrent_spectra(*model_);
    for (int64_t epoch = 1; epoch <= epochs_ && !result_.divergence; ++epoch) {
      if (!train_epoch(epoch)) return std::nullopt;
    }
    // A run that diverged may have gone on after its last whole epoch.
    const bool is_known = !result_.divergence && !result_.epochs.back().spectra.empty();
    result_.spectra_at_end = is_known ? result_.epochs.back().spectra : recurrent_spectra(*model_);
    if (result_.best_epoch) {
      restore_best();
      Evaluation test = evaluate(Split::kTest);
      result_.test = std::move(test.metrics);
      result_.samples = std::move(test.samples);
      if (result_.spec.recording.flag("keep_weights")) result_.weights = weights_of(*model_);
    }
    if (result_.divergence) result_.status = RunStatus::kDiverged;
    result_.seconds = total_.seconds();
    return result_;
  }

 private:
  // False if it was asked to stop.
  bool train_epoch(int64_t epoch) {
    const Stopwatch stopwatch;
    Random order = random_.stream(fmt::format("data order/epoch {}", epoch));
    const auto batches = task_.batches(Split::kTrain, batch_size_, &order);
    EpochRecord record;
    record.epoch = epoch;
    int64_t items = 0, steps = 0;
    model_->train();
    for (const std::vector<int64_t>& indices : batches) {
      const Batch batch = task_.batch(Split::kTrain, indices).to(device_);
      ++step_;
      const std::optional<double> gradient_norm = train_step(batch, epoch);
      if (!gradient_norm) return true;
      record.train_loss += *last_loss_ * static_cast<double>(batch.size());
      record.gradient_norm += *gradient_norm;
      items += batch.size();
      ++steps;
      if (hooks_.stop_requested()) return false;
      tell(epoch, static_cast<double>(steps) / static_cast<double>(batches.size()));
    }
    record.train_loss /= static_cast<double>(items);
    record.gradient_norm /= static_cast<double>(steps);
    record.seconds = stopwatch.seconds();
    result_.training_seconds += record.seconds;
    if (result_.spec.recording.choice("epoch_spectra") != "none") {
      record.spectra = recurrent_spectra(*model_);
    }
    record.validation = evaluate(Split::kValidation).metrics;
    note_validation(record);
    result_.epochs.push_back(std::move(record));
    return true;
  }

  // The gradient's norm before clipping; nothing if the loss was not finite.
  std::optional<double> train_step(const Batch& batch, int64_t epoch) {
    optimizer_->zero_grad();
    const torch::Tensor loss = task_.loss(model_->forward(batch), batch);
    const double value = loss.item<double>();
    if (!std::isfinite(value)) {
      diverge(epoch, fmt::format("the training loss is {}", value));
      return std::nullopt;
    }
    last_loss_ = value;
    loss.backward();
    const double norm = clip_gradients(model_->parameters(), clip_norm_);
    optimizer_->step();
    return norm;
  }

  void diverge(int64_t epoch, std::string reason) {
    result_.divergence = Divergence{epoch, step_, last_loss_, std::move(reason)};
  }

  Evaluation evaluate(Split split) {
    const torch::NoGradGuard no_gradient;
    model_->eval();
    return task_.evaluate(*model_, split, device_);
  }

  void note_validation(const EpochRecord& record) {
    const double loss = record.validation.at("loss");
    if (!std::isfinite(loss)) {
      diverge(record.epoch, fmt::format("the validation loss is {}", loss));
      return;
    }
    const Metric& metric = info_.metrics.front();
    const double value = record.validation.at(metric.name);
    if (!result_.best_epoch || (metric.higher_is_better ? value > best_ : value < best_)) {
      result_.best_epoch = record.epoch;
      best_ = value;
      keep_best();
    }
    shown_value_ = value * metric.scale;
    if (info_.threshold && !result_.epochs_to_threshold) {
      if (reached(*info_.threshold, record)) result_.epochs_to_threshold = record.epoch;
    }
  }

  bool reached(const Threshold& threshold, const EpochRecord& record) const {
    const double value = record.validation.at(threshold.metric);
    for (const Metric& metric : info_.metrics) {
      if (metric.name == threshold.metric && !metric.higher_is_better) {
        return value <= threshold.value;
      }
    }
    return value >= threshold.value;
  }

  void keep_best() {
    best_weights_.clear();
    for (const torch::Tensor& parameter : model_->parameters()) {
      best_weights_.push_back(parameter.detach().clone());
    }
  }

  void restore_best() {
    const torch::NoGradGuard no_gradient;
    const std::vector<torch::Tensor> parameters = model_->parameters();
    for (size_t i = 0; i < parameters.size(); ++i) parameters[i].copy_(best_weights_[i]);
  }

  void tell(int64_t epoch, double fraction_of_epoch) {
    const double fraction =
        (static_cast<double>(epoch - 1) + fraction_of_epoch) / static_cast<double>(epochs_);
    hooks_.progress(
        {epoch, epochs_, fraction, *last_loss_, info_.metrics.front().name, shown_value_});
  }

  const Task& task_;
  const TaskInfo& info_;
  torch::Device device_;
  const TrainingHooks& hooks_;
  Random random_;
  int64_t epochs_, batch_size_;
  double clip_norm_;

  std::shared_ptr<Model> model_;
  std::unique_ptr<torch::optim::Optimizer> optimizer_;
  RunResult result_;
  Stopwatch total_;
  int64_t step_ = 0;
  std::optional<double> last_loss_, shown_value_;
  double best_ = 0;
  std::vector<torch::Tensor> best_weights_;
};

}  // namespace

std::optional<RunResult> run_training(const RunSpec& spec, const Task& task, torch::Device device,
                                      const TrainingHooks& hooks) {
  return Trainer(spec, task, device, hooks).run();
}

}  // namespace eigenrnn
