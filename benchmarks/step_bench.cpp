// Training steps of a manifest's runs, part by part: where the time goes, and how many a second.

#include <iostream>
#include <map>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <torch/torch.h>

#include "manifest/manifest.h"
#include "run/task_cache.h"
#include "support/error.h"
#include "timing.h"
#include "training/make_model.h"
#include "training/optimizer.h"

namespace eigenrnn {
namespace {

struct Settings {
  std::vector<std::string> manifests = {"experiments/tomita.yaml", "experiments/pixel_mnist.yaml"};
  std::string profile = "cpu";
  int epochs = 2;
};

// As training/trainer.cpp takes a step on the CPU.
void time_steps(const RunSpec& spec, const Task& task, int epochs) {
  torch::manual_seed(0);
  const std::shared_ptr<Model> model = make_model(spec, task).network;
  const std::vector<torch::Tensor> parameters = model->parameters();
  const auto optimizer = make_optimizer(spec->training, parameters);
  model->train();
  std::vector<double> batch_times, forward_times, backward_times, update_times, whole;
  for (int epoch = 0; epoch < epochs; ++epoch) {
    Random random(static_cast<uint64_t>(epoch));
    for (const auto& items : task.batches(Split::kTrain, spec->training.batch_size, &random)) {
      Clock clock;
      const Batch batch = task.batch(Split::kTrain, items);
      batch_times.push_back(clock.lap());
      for (torch::Tensor parameter : parameters) parameter.mutable_grad().reset();
      const torch::Tensor loss = model->loss(batch);
      loss.item<double>();
      forward_times.push_back(clock.lap());
      loss.backward();
      backward_times.push_back(clock.lap());
      clip_gradients(model->parameters(), spec->training.clip_norm);
      optimizer->step();
      update_times.push_back(clock.lap());
      whole.push_back(batch_times.back() + forward_times.back() + backward_times.back() +
                      update_times.back());
    }
  }
  std::cout << fmt::format("{:<28} {:>8.1f} {:>8.1f} {:>8.1f} {:>8.1f} {:>8.1f}  {:>7.0f}\n",
                           fmt::format("{}, {}", spec->task, spec->cell), 1e6 * median(batch_times),
                           1e6 * median(forward_times), 1e6 * median(backward_times),
                           1e6 * median(update_times), 1e6 * median(whole), 1.0 / median(whole));
}

void run(const Settings& settings) {
  std::cout << fmt::format("{:<28} {:>8} {:>8} {:>8} {:>8} {:>8}  {:>7}\n", "µs, medians", "batch",
                           "forward", "backward", "update", "step", "steps/s");
  TaskCache tasks;
  for (const std::string& manifest : settings.manifests) {
    Problems problems;
    const Grid grid = load_grid(manifest, settings.profile, problems);
    if (!problems.empty()) throw Error(to_string(problems));
    std::map<std::string, bool> seen;
    for (const RunSpec& spec : grid.runs) {
      if (seen[spec->cell]) continue;
      seen[spec->cell] = true;
      time_steps(spec, tasks.get(spec), settings.epochs);
    }
  }
}

}  // namespace
}  // namespace eigenrnn

int main(int argc, char** argv) {
  CLI::App program("Times the parts of training steps");
  eigenrnn::Settings settings;
  program
      .add_option("manifests", settings.manifests, "of the runs; of each cell the first is taken")
      ->capture_default_str();
  program.add_option("--profile", settings.profile)->capture_default_str();
  program.add_option("--epochs", settings.epochs, "whose steps are timed")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  CLI11_PARSE(program, argc, argv);
  try {
    torch::set_num_threads(1);
    at::globalContext().setFlushDenormal(true);
    eigenrnn::run(settings);
  } catch (const eigenrnn::Error& error) {
    std::cerr << "step_bench: " << error.what() << '\n';
    return 1;
  }
  return 0;
}
