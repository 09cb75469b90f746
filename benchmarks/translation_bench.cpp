// A training step of the full-size translation model on Multi30k, part by part: where the time
// goes, and how many target tokens a second.

#include <iostream>
#include <numeric>
#include <sys/resource.h>

#include <ATen/Parallel.h>
#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <torch/types.h>

#include "cells/kernels/fused.h"
#include "model/translation/translation_model.h"
#include "sgemm.h"
#include "support/blas.h"
#include "support/error.h"
#include "support/files.h"
#include "tasks/multi30k/multi30k.h"
#include "timing.h"
#include "training/optimizer.h"

namespace eigenrnn {
namespace {

struct Settings {
  std::vector<std::string> cells = {"gru"};
  std::vector<std::string> attention = {"none", "bahdanau"};
  int64_t hidden_size = 512, batch_size = 128;
  int steps = 20;
  int threads = 1;
  std::string output = "build/bench/translation.json";
};

// Parts that cannot be timed within a step are told by differences: encode, encode and decode, and
// the whole forward pass, which holds the projection with its gradient.
const std::vector<std::string> kParts = {"batch",    "encoder",  "decoder", "projection and loss",
                                         "backward", "optimizer"};

std::vector<double> timed_step(const Task& task, TranslationModel& model,
                               torch::optim::Optimizer& optimizer,
                               const std::vector<int64_t>& items) {
  Clock clock;
  const Batch batch = task.batch(Split::kTrain, items);
  const double batching = clock.lap();
  const EncodedSource source = model.encode(batch);
  const double encoding = clock.lap();
  std::vector<RecurrentState> state = source.start;
  model.decode(source, state, batch.target.slice(0, 0, -1), batch.target_lengths);
  const double decoding = clock.lap();
  optimizer.zero_grad();
  clock.lap();
  const torch::Tensor loss = model.loss(batch);
  const double whole = clock.lap();
  loss.backward();
  const double backward = clock.lap();
  clip_gradients(model.parameters(), 1.0);
  optimizer.step();
  return {batching, encoding, decoding, whole - encoding - decoding, backward, clock.lap()};
}

// Operations, in 10⁹, of the products that a step without attention is defined by: forward, and
// twice as many backward. A source's last state, though read at every step, is multiplied once.
double product_gflop(const TranslationModel& model, const Batch& batch, const Cell& cell,
                     int64_t hidden) {
  const auto parameters = model.named_parameters();
  const int64_t embedding = parameters["source_embedding"].size(1);
  const int64_t words = parameters["target_embedding"].size(0);
  const int64_t gates = cell.gate_count() * hidden, columns = embedding + hidden;
  const int64_t source = batch.lengths.sum().item<int64_t>();
  const int64_t target = batch.target_lengths.sum().item<int64_t>();
  const int64_t layers = (source + target) * gates * columns;
  const int64_t projection = target * words * columns;
  const int64_t of_context = batch.size() * hidden * (gates + words);
  return 3 * 2e-9 * static_cast<double>(layers + projection + of_context);
}

// Of a large product beside the steps, in 10⁹ operations a second.
double sgemm_gflops() {
  const std::function<void()> work = sgemm_work();
  std::vector<double> times;
  for (int i = 0; i < 9; ++i) {
    Clock clock;
    work();
    times.push_back(clock.lap());
  }
  return kSgemmGflop / median(times);
}

nlohmann::json measure(const std::string& cell, const std::string& attention,
                       const Settings& settings) {
  const auto task = TaskRegistry::instance()
                        .at("multi30k")
                        .make(Options::resolve(multi30k_options(), {{"attention", attention}}));
  RecurrentSettings recurrent;
  recurrent.cell = &cell_named(cell);
  const InitializerInfo& xavier = InitializerRegistry::instance().at("xavier");
  recurrent.initializer = xavier.make(Options::resolve(xavier.options, {}));
  recurrent.hidden_size = settings.hidden_size;
  const auto model = std::dynamic_pointer_cast<TranslationModel>(
      task->make_model(recurrent, Random(0).stream("model")).network);
  const auto optimizer = make_optimizer(TrainingSettings(), model->parameters());

  Random order = Random(0).stream("order");
  const auto batches = task->batches(Split::kTrain, settings.batch_size, &order);
  std::vector<std::vector<double>> times(kParts.size());
  std::vector<double> totals, peaks;
  double tokens = 0, gflop = 0;
  for (int step = 0; step <= settings.steps; ++step) {
    const auto& items = batches.at(static_cast<size_t>(step));
    const std::vector<double> parts = timed_step(*task, *model, *optimizer, items);
    if (step == 0) continue;  // the first one allocates
    if (step % 5 == 1) peaks.push_back(sgemm_gflops());
    for (size_t i = 0; i < parts.size(); ++i) times[i].push_back(parts[i]);
    totals.push_back(std::accumulate(parts.begin(), parts.end(), 0.0));
    const Batch batch = task->batch(Split::kTrain, items);
    tokens += batch.target_lengths.sum().item<double>();
    gflop += product_gflop(*model, batch, *recurrent.cell, settings.hidden_size);
  }
  const double total = std::accumulate(totals.begin(), totals.end(), 0.0);
  struct rusage usage {};
  getrusage(RUSAGE_SELF, &usage);
  nlohmann::json result = {{"cell", cell},
                           {"attention", attention},
                           {"hidden_size", settings.hidden_size},
                           {"batch_size", settings.batch_size},
                           {"threads", settings.threads},
                           {"ms_per_step", 1e3 * median(totals)},
                           {"target_tokens_per_second", tokens / total},
                           {"peak_memory_mib", static_cast<double>(usage.ru_maxrss) / 1024}};
  if (attention == "none") result["fraction_of_sgemm_peak"] = gflop / total / median(peaks);
  std::cout << fmt::format(
      "{} · attention {} · H {} · B {}: {:.0f} ms a step, {:.0f} target "
      "tokens/s, peak memory {:.0f} MiB\n",
      cell, attention, settings.hidden_size, settings.batch_size, 1e3 * median(totals),
      tokens / total, usage.ru_maxrss / 1024.0);
  if (attention == "none") {
    std::cout << fmt::format("  {:.0f} % of sgemm ({:.0f} GFLOP/s)\n",
                             100 * result["fraction_of_sgemm_peak"].get<double>(), median(peaks));
  }
  for (size_t i = 0; i < kParts.size(); ++i) {
    const double sum = std::accumulate(times[i].begin(), times[i].end(), 0.0);
    result["share"][kParts[i]] = sum / total;
    std::cout << fmt::format("  {:<20} {:7.1f} ms  {:4.0f} %\n", kParts[i], 1e3 * median(times[i]),
                             100 * sum / total);
  }
  return result;
}

int run(const Settings& settings) {
  at::set_num_threads(settings.threads);
  set_kernel_threads(settings.threads);
  at::globalContext().setFlushDenormal(true);
  nlohmann::json results = nlohmann::json::array();
  for (const std::string& attention : settings.attention) {
    for (const std::string& cell : settings.cells) {
      results.push_back(measure(cell, attention, settings));
    }
  }
  write_atomically(settings.output, results.dump(1) + "\n");
  return 0;
}

}  // namespace
}  // namespace eigenrnn

int main(int argc, char** argv) {
  eigenrnn::restart_with_better_blas_kernels(argv);
  eigenrnn::Settings settings;
  CLI::App program("Times a training step of the translation model on Multi30k, part by part.");
  program.add_option("--cells", settings.cells, "cells")->delimiter(',')->capture_default_str();
  program.add_option("--attention", settings.attention, "none, bahdanau")
      ->delimiter(',')
      ->capture_default_str();
  program.add_option("--hidden", settings.hidden_size, "hidden size")->capture_default_str();
  program.add_option("--batch", settings.batch_size, "batch size")->capture_default_str();
  program.add_option("--steps", settings.steps, "steps that are timed")->capture_default_str();
  program.add_option("--threads", settings.threads, "threads")->capture_default_str();
  program.add_option("--output", settings.output, "JSON file")->capture_default_str();
  CLI11_PARSE(program, argc, argv);
  try {
    return eigenrnn::run(settings);
  } catch (const eigenrnn::Error& error) {
    std::cerr << "translation_bench: " << error.what() << '\n';
    return 1;
  }
}
