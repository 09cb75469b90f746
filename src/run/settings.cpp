#include "run/settings.h"

namespace eigenrnn {

const Section<ModelSettings>& model_section() {
  static const Section<ModelSettings> section = [] {
    using S = ModelSettings;
    Section<S> s;
    s.integer("hidden_size", &S::hidden_size, "units per layer, H").between(1, 65536).as_size();
    s.integer("layers", &S::layers, "recurrent layers on top of one another")
        .between(1, 64)
        .as_size();
    s.choice("input_weight", &S::input_weight, {"xavier", "torch_default"},
             "law of W_ih where the initializer leaves it open");
    s.choice("bias", &S::bias, {"zeros", "torch_default"},
             "law of both biases where the initializer leaves them open");
    s.number("forget_bias", &S::forget_bias, "LSTM: added to the forget gate's bias")
        .between(-100, 100);
    s.integer(
         "chrono_steps", &S::chrono_steps,
         "gated cells: with T > 0 the bias of the gate that keeps the state is ln U(1, T - 1), "
         "so that it remembers for up to T steps, in place of forget_bias; 0 for none")
        .between(0, 1e6);
    s.number("weight_drop", &S::weight_drop,
             "the share of W_hh's entries that are 0 in a training step, drawn anew for each; the "
             "others grow by 1/(1 - weight_drop) (Merity et al. 2018)")
        .between(0, 0.99);
    s.number("weight_noise", &S::weight_noise,
             "standard deviation of the noise that is added to W_ih and W_hh in a training step, "
             "drawn anew for each (Graves 2011)")
        .between(0, 10);
    s.choice("kernel", &S::kernel, {"fused", "libtorch"},
             "which code runs the sequences on the CPU: this project's, or LibTorch's to compare");
    return s;
  }();
  return section;
}

const Section<TrainingSettings>& training_section() {
  static const Section<TrainingSettings> section = [] {
    using S = TrainingSettings;
    Section<S> s;
    s.choice("optimizer", &S::optimizer, {"adam", "rmsprop", "sgd"}, "LibTorch's optimizer");
    s.number("learning_rate", &S::learning_rate, "step size").between(1e-12, 1e3);
    s.choice(
        "schedule", &S::schedule, {"constant", "cosine", "linear", "step"},
        "learning_rate throughout; falling to 0 over the run's steps along half a cosine, or a "
        "line; or multiplied by decay_factor after every decay_epochs");
    s.integer("decay_epochs", &S::decay_epochs, "for the schedule step")
        .between(1, 1e6)
        .as_rare_size();
    s.number("decay_factor", &S::decay_factor, "for the schedule step").between(0, 1);
    s.number("warmup_epochs", &S::warmup_epochs,
             "over which the learning rate rises along a line from 0, before its schedule begins")
        .between(0, 1e6)
        .as_rare_size();
    s.integer("patience", &S::patience,
              "a run ends after so many epochs in a row that were no better on validation than one "
              "before; 0 for never")
        .between(0, 1e6)
        .as_rare_size();
    s.number("momentum", &S::momentum, "for sgd and rmsprop").between(0, 1);
    s.number("beta1", &S::beta1, "for adam: decay of the mean of the gradients")
        .between(0, 0.999999);
    s.number("beta2", &S::beta2, "for adam: decay of the mean of their squares")
        .between(0, 0.999999);
    s.number("alpha", &S::alpha, "for rmsprop: decay of the mean of the gradients' squares")
        .between(0, 0.999999);
    s.number("epsilon", &S::epsilon, "for adam and rmsprop: added to the root of that mean")
        .between(1e-12, 1);
    s.number("weight_decay", &S::weight_decay, "L2 penalty as the optimizers define it")
        .between(0, 1);
    s.number("clip_norm", &S::clip_norm,
             "bound on the norm of the gradient of all parameters; 0 for none")
        .at_least(0);
    s.integer("epochs", &S::epochs, "passes over the training split").between(1, 1e6).as_size();
    s.integer("batch_size", &S::batch_size, "sequences per step").between(1, 1e6).as_size();
    s.choice("best_of_equals", &S::best_of_equals, {"first", "smallest_loss"},
             "the best of several epochs whose first metric on validation is equal");
    s.flag(
        "tf32", &S::tf32,
        "on GPUs, products and LibTorch's sequences in TF32: 10 bits of a factor in place of 23");
    return s;
  }();
  return section;
}

const Section<RecordingSettings>& recording_section() {
  static const Section<RecordingSettings> section = [] {
    using S = RecordingSettings;
    Section<S> s;
    s.flag("keep_weights", &S::keep_weights,
           "the weights of the best validation epoch, in <key>.safetensors beside the result");
    s.choice("epoch_spectra", &S::epoch_spectra, {"none", "summary", "all"},
             "the recurrent spectra after each epoch, besides those at start and end");
    return s;
  }();
  return section;
}

}  // namespace eigenrnn
