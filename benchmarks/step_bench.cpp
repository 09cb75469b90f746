// Training steps of a manifest's runs, part by part: where the time goes, and how many a second.

#include <iostream>
#include <map>

#include <ATen/Parallel.h>
#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <torch/types.h>
#include <torch/version.h>

#include "cells/kernels/dispatch.h"
#include "cells/sequence.h"
#include "layer_weights.h"
#include "manifest/manifest.h"
#include "model/model.h"
#include "run/task_cache.h"
#include "support/blas.h"
#include "support/error.h"
#include "support/files.h"
#include "timing.h"
#include "training/make_model.h"
#include "training/optimizer.h"

namespace eigenrnn {
namespace {

struct Settings {
  std::vector<std::string> manifests = {"experiments/tomita.yaml", "experiments/pixel_mnist.yaml"};
  std::string profile = "cpu";
  int epochs = 2;
  std::string output = "build/bench/steps.json";
};

// What another program needs to take steps of the same sizes.
nlohmann::json sizes_of(const RunSpec& spec,
                        const torch::OrderedDict<std::string, torch::Tensor>& weights,
                        const Batch& batch) {
  if (!weights.contains("head_weight")) {
    throw Error(
        fmt::format("steps of {} are not timed here: only of tasks with one answer for a "
                    "sequence; translation_bench has the others",
                    spec->task));
  }
  std::vector<int64_t> lengths;
  if (batch.lengths.defined()) {
    lengths.assign(batch.lengths.data_ptr<int64_t>(),
                   batch.lengths.data_ptr<int64_t>() + batch.lengths.numel());
  }
  return {{"task", spec->task},
          {"cell", spec->cell},
          {"T", batch.input.size(0)},
          {"B", batch.size()},
          {"H", weights["recurrent.layer0.weight_hh"].size(1)},
          {"I", weights["recurrent.layer0.weight_ih"].size(1)},
          {"outputs", weights["head_weight"].size(0)},
          {"indices", batch.input.dim() == 2},
          {"lengths", lengths}};
}

// As training/trainer.cpp takes a step on the CPU.
nlohmann::json time_steps(const RunSpec& spec, const Task& task, int epochs) {
  torch::manual_seed(0);
  const std::shared_ptr<Model> model = make_model(spec, task).network;
  const std::vector<torch::Tensor> parameters = model->parameters();
  const auto optimizer = make_optimizer(spec->training, parameters);
  model->train();
  const auto first = task.batches(Split::kTrain, spec->training.batch_size, nullptr).front();
  nlohmann::json row = sizes_of(spec, model->named_parameters(), task.batch(Split::kTrain, first));
  const Cell& cell = cell_named(spec->cell);
  Random drawn(1);
  const RecurrentWeights weights = random_weights(cell, row["H"], row["I"], drawn);
  std::vector<double> batch_times, forward_times, backward_times, update_times, whole, kernel_times;
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
      const torch::Tensor last = run_sequence(cell, weights, batch.input, batch.lengths, {},
                                              Kernel::kFused, Wanted::kFinal)
                                     .final.hidden;
      take_gradients(weights, last, torch::ones_like(last));
      kernel_times.push_back(clock.lap());
    }
  }
  row["batch_s"] = median(batch_times);
  row["forward_s"] = median(forward_times);
  row["backward_s"] = median(backward_times);
  row["update_s"] = median(update_times);
  row["step_s"] = median(whole);
  row["kernels_s"] = median(kernel_times);
  return row;
}

void print_row(const nlohmann::json& row) {
  const auto microseconds = [&](const char* key) { return 1e6 * row[key].get<double>(); };
  const double step = row["step_s"];
  std::cout
      << fmt::format(
             "{:<22} {:>8.1f} {:>8.1f} {:>8.1f} {:>8.1f} {:>8.1f} {:>8.1f} {:>7.2f}× {:>8.0f}\n",
             fmt::format("{}, {}", row["task"].get<std::string>(), row["cell"].get<std::string>()),
             microseconds("batch_s"), microseconds("forward_s"), microseconds("backward_s"),
             microseconds("update_s"), microseconds("step_s"), microseconds("kernels_s"),
             step / row["kernels_s"].get<double>(), 1.0 / step)
      << std::flush;
}

void run(const Settings& settings) {
  std::cout << fmt::format("{:<22} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8}\n",
                           "µs, medians", "batch", "forward", "backward", "update", "step",
                           "kernels", "step/k.", "steps/s");
  nlohmann::json rows = nlohmann::json::array();
  TaskCache tasks;
  for (const std::string& manifest : settings.manifests) {
    Problems problems;
    const Grid grid = load_grid(manifest, settings.profile, problems);
    if (!problems.empty()) throw Error(to_string(problems));
    std::map<std::string, bool> seen;
    for (const RunSpec& spec : grid.runs) {
      if (seen[spec->cell]) continue;
      seen[spec->cell] = true;
      rows.push_back(time_steps(spec, tasks.get(spec), settings.epochs));
      print_row(rows.back());
    }
  }
  const nlohmann::json document = {{"instructions", fused::instruction_set().name},
                                   {"libtorch", TORCH_VERSION},
                                   {"steps", rows}};
  write_atomically(settings.output, document.dump(2) + "\n");
  std::cout << "written to " << settings.output << '\n';
}

}  // namespace
}  // namespace eigenrnn

int main(int argc, char** argv) {
  eigenrnn::restart_with_better_blas_kernels(argv);
  CLI::App program("Times the parts of training steps");
  eigenrnn::Settings settings;
  program
      .add_option("manifests", settings.manifests, "of the runs; of each cell the first is taken")
      ->capture_default_str();
  program.add_option("--profile", settings.profile)->capture_default_str();
  program.add_option("--epochs", settings.epochs, "whose steps are timed")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  program.add_option("--output", settings.output, "JSON file of the results")
      ->capture_default_str();
  CLI11_PARSE(program, argc, argv);
  try {
    at::set_num_threads(1);
    at::globalContext().setFlushDenormal(true);
    eigenrnn::run(settings);
  } catch (const eigenrnn::Error& error) {
    std::cerr << "step_bench: " << error.what() << '\n';
    return 1;
  }
  return 0;
}
