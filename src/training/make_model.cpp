#include "training/make_model.h"

#include "initializers/initializer.h"
#include "model/recurrent_network.h"

namespace eigenrnn {

TaskModel make_model(const RunSpec& spec, const Task& task) {
  RecurrentSettings settings;
  settings.cell = &cell_named(spec->cell);
  settings.initializer =
      InitializerRegistry::instance().at(spec->initializer).make(spec->initializer_options);
  settings.defaults = {spec->model.input_weight, spec->model.bias, spec->model.forget_bias,
                       spec->model.chrono_steps};
  settings.hidden_size = spec->model.hidden_size;
  settings.layers = spec->model.layers;
  settings.kernel = kernel_named(spec->model.kernel);
  settings.weight_drop = spec->model.weight_drop;
  settings.weight_noise = spec->model.weight_noise;
  return task.make_model(settings, Random(static_cast<uint64_t>(spec->seed)).stream("model"));
}

}  // namespace eigenrnn
