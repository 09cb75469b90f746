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
  std::string kernel = "fused";
};
const Section<ModelSettings>& model_section();

/// How a run is trained.
struct TrainingSettings {
  std::string optimizer = "adam";
  double learning_rate = 1e-3;
  double momentum = 0.0;
  double weight_decay = 0.0;
  double clip_norm = 1.0;  // 0 for none
  std::string schedule = "constant";
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
