#pragma once
#include <cstdint>
#include <string>

#include "support/section.h"

// What a manifest's sections `model`, `training` and `recording` set. A field's initial value is
// its default; help, range and choices stand in settings.cpp.

namespace eigenrnn {

/// The network of a run, but for its cell and initializer.
struct ModelSettings {
  int64_t hidden_size = 100;  // H
  int64_t layers = 1;
  std::string input_weight = "xavier";  // where the initializer leaves it open
  std::string bias = "zeros";           // likewise
  double forget_bias = 1.0;             // LSTM
  int64_t chrono_steps = 0;             // LSTM and GRU; 0 for none
  double weight_drop = 0.0;             // of W_hh, in training
  double weight_noise = 0.0;            // standard deviation, in training
  std::string kernel = "fused";
};
const Section<ModelSettings>& model_section();

/// How a run is trained.
struct TrainingSettings {
  std::string optimizer = "adam";
  double learning_rate = 1e-3;
  double momentum = 0.0;
  double beta1 = 0.9, beta2 = 0.999;  // Adam's
  double alpha = 0.99;                // RMSprop's
  double epsilon = 1e-8;              // of both
  double weight_decay = 0.0;
  double clip_norm = 1.0;  // 0 for none
  std::string schedule = "constant";
  int64_t decay_epochs = 10;   // of the schedule step
  double decay_factor = 0.1;   // likewise
  double warmup_epochs = 0.0;  // of every schedule
  int64_t patience = 0;        // epochs without a better one after which a run ends; 0 for never
  int64_t epochs = 10;
  int64_t batch_size = 100;
  std::string best_of_equals = "first";
  bool tf32 = false;
};
const Section<TrainingSettings>& training_section();

/// What is kept of a run; it does not decide the outcome.
struct RecordingSettings {
  bool keep_weights = false;
  std::string epoch_spectra = "summary";
};
const Section<RecordingSettings>& recording_section();

}  // namespace eigenrnn
