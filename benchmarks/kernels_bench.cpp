// Our sequence kernels beside LibTorch's and oneDNN's, and beside what this machine's matrix
// product can do. All in one process, in turns, so that what else the machine does meets all.

#include <algorithm>
#include <chrono>
#include <functional>

#include <ATen/Parallel.h>
#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <torch/types.h>
#include <torch/version.h>

#include "cells/kernels/dispatch.h"
#include "cells/kernels/fused.h"
#include "layer_weights.h"
#include "onednn_sequence.h"
#include "sgemm.h"
#include "support/blas.h"
#include "support/files.h"
#include "support/random.h"

// OpenBLAS takes its threads from here; absent with another BLAS.
extern "C" __attribute__((weak)) void openblas_set_num_threads(int);

namespace eigenrnn {
namespace {

struct Shape {
  int64_t steps, batch, hidden, inputs;
};

const std::vector<Shape> kShapes = {{784, 128, 128, 1}, {784, 100, 100, 1}, {196, 100, 128, 1},
                                    {196, 32, 64, 1},   {30, 64, 32, 2},    {14, 128, 512, 256}};

struct Settings {
  std::vector<std::string> cells = {"rnn_tanh", "lstm", "gru"};
  std::vector<int> shapes = {0, 1, 2, 3, 4, 5};
  int repetitions = 9;
  bool ours_only = false;
  std::string instructions;
  std::string output = "build/bench/kernels.json";
};

double seconds_of(const std::function<void()>& work, int64_t times) {
  const auto start = std::chrono::steady_clock::now();
  for (int64_t i = 0; i < times; ++i) work();
  const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
  return spent.count() / static_cast<double>(times);
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values.empty() ? 0 : values[values.size() / 2];
}

// Something that is measured: its times, one for each repetition.
struct Contender {
  std::string name;
  std::function<void()> work;
  int threads = 1;
  std::vector<double> times = {};

  double seconds(int64_t times_over) const {
    set_kernel_threads(threads);
    return seconds_of(work, times_over);
  }
};

// Forward and backward with weight gradients, as a training step does it.
std::function<void()> sequence_work(const Cell& cell, const Shape& s, Kernel kernel) {
  Random random(1);
  const RecurrentWeights weights = random_weights(cell, s.hidden, s.inputs, random);
  const torch::Tensor input = random.normal_tensor({s.steps, s.batch, s.inputs}).to(torch::kFloat);
  const torch::Tensor grad = random.normal_tensor({s.steps, s.batch, s.hidden}).to(torch::kFloat);
  return [=, &cell] {
    take_gradients(weights, run_sequence(cell, weights, input, {}, {}, kernel).outputs, grad);
  };
}

nlohmann::json measure(const Cell& cell, const Shape& s, const Settings& settings) {
  const auto ours = sequence_work(cell, s, Kernel::kFused);
  std::vector<Contender> contenders = {
      {"sgemm", sgemm_work()}, {"ours", ours}, {"two_threads", ours, 2}};
  if (!settings.ours_only) {
    contenders.push_back({"torch", sequence_work(cell, s, Kernel::kLibtorch)});
    if (auto work = onednn_sequence(*cell.kernel, s.steps, s.batch, s.hidden, s.inputs)) {
      contenders.push_back({"onednn", work});
    }
  }
  // A repetition takes at least some tens of milliseconds, whatever the shape.
  std::vector<int64_t> times;
  for (Contender& c : contenders) {
    c.seconds(1);
    const double once = c.seconds(1);
    times.push_back(std::clamp<int64_t>(static_cast<int64_t>(0.05 / once), 1, 1000));
  }
  for (int i = 0; i < settings.repetitions; ++i) {
    for (size_t k = 0; k < contenders.size(); ++k) {
      contenders[k].times.push_back(contenders[k].seconds(times[k]));
    }
  }
  const auto result = [&](const std::string& name) {
    for (const Contender& c : contenders) {
      if (c.name == name) return median(c.times);
    }
    return 0.0;
  };
  const auto or_null = [](double seconds) {
    return seconds > 0 ? nlohmann::json(seconds) : nlohmann::json();
  };
  const double gflop = 2e-9 * static_cast<double>(s.steps * s.batch * cell.gate_count() * s.hidden *
                                                  (3 * s.hidden + 2 * s.inputs));
  const double peak = kSgemmGflop / result("sgemm");
  const double numbers = static_cast<double>(s.steps * s.batch * s.hidden);
  const double kept = static_cast<double>(fused::kept_bytes(cell, s.steps, s.batch, s.hidden));
  return {{"cell", cell.name},
          {"T", s.steps},
          {"B", s.batch},
          {"H", s.hidden},
          {"I", s.inputs},
          {"ours_s", result("ours")},
          {"torch_s", or_null(result("torch"))},
          {"onednn_s", or_null(result("onednn"))},
          {"gflop", gflop},
          {"sgemm_gflops", peak},
          {"fraction_of_sgemm_peak", gflop / result("ours") / peak},
          {"two_threads_s", result("two_threads")},
          {"two_threads_speedup", result("ours") / result("two_threads")},
          {"kept_bytes_per_tbh", kept / numbers}};
}

void print_row(const nlohmann::json& row) {
  const double ours = row["ours_s"];
  const auto ratio = [&](const char* key) {
    return row[key].is_null() ? std::string("-")
                              : fmt::format("{:.2f}×", row[key].get<double>() / ours);
  };
  const auto milliseconds = [&](const char* key) {
    return row[key].is_null() ? std::string("-")
                              : fmt::format("{:.2f}", 1e3 * row[key].get<double>());
  };
  fmt::print(
      "{:9} {:>4} {:>4} {:>4} {:>4} {:>9} {:>9} {:>9} {:>8} {:>8} {:>7.1f} {:>6.0f}% {:>7.2f}× "
      "{:>6.1f}\n",
      row["cell"].get<std::string>(), row["T"].get<int>(), row["B"].get<int>(), row["H"].get<int>(),
      row["I"].get<int>(), milliseconds("ours_s"), milliseconds("torch_s"),
      milliseconds("onednn_s"), ratio("torch_s"), ratio("onednn_s"),
      row["sgemm_gflops"].get<double>(), 100 * row["fraction_of_sgemm_peak"].get<double>(),
      row["two_threads_speedup"].get<double>(), row["kept_bytes_per_tbh"].get<double>());
  std::fflush(stdout);
}

int run(const Settings& settings) {
  at::set_num_threads(1);
  if (openblas_set_num_threads) openblas_set_num_threads(1);
  if (!settings.instructions.empty()) fused::choose_instruction_set(settings.instructions);
  fmt::print(
      "Forward and backward with weight gradients, one thread, {} kernels, LibTorch {}, OpenBLAS "
      "for {}; medians of {} turns, times in ms\n",
      fused::instruction_set().name, TORCH_VERSION, blas_kernels().value_or("-"),
      settings.repetitions);
  fmt::print("{:9} {:>4} {:>4} {:>4} {:>4} {:>9} {:>9} {:>9} {:>8} {:>8} {:>7} {:>7} {:>8} {:>6}\n",
             "cell", "T", "B", "H", "I", "ours", "torch", "oneDNN", "vs torch", "vs 1DNN", "sgemm",
             "of peak", "2 thr.", "B/TBH");
  nlohmann::json rows = nlohmann::json::array();
  for (const int shape : settings.shapes) {
    for (const std::string& cell : settings.cells) {
      rows.push_back(measure(cell_named(cell), kShapes.at(static_cast<size_t>(shape)), settings));
      print_row(rows.back());
    }
  }
  const nlohmann::json document = {{"instructions", fused::instruction_set().name},
                                   {"repetitions", settings.repetitions},
                                   {"libtorch", TORCH_VERSION},
                                   {"blas", blas_kernels().value_or("")},
                                   {"onednn", onednn_version()},
                                   {"measurements", rows}};
  write_atomically(settings.output, document.dump(2) + "\n");
  fmt::print("written to {}\n", settings.output);
  return 0;
}

}  // namespace
}  // namespace eigenrnn

int main(int argc, char** argv) {
  eigenrnn::restart_with_better_blas_kernels(argv);
  eigenrnn::Settings settings;
  CLI::App app("Measures the sequence kernels");
  app.add_option("--cells", settings.cells, "Cells, as in manifests");
  app.add_option("--shapes", settings.shapes, "Numbers of shapes, from 0");
  app.add_option("--repetitions", settings.repetitions, "Turns of each contender");
  app.add_option("--instructions", settings.instructions, "baseline, avx2 or avx512");
  app.add_flag("--ours-only", settings.ours_only, "Leave LibTorch and oneDNN out");
  app.add_option("--output", settings.output, "The JSON file to write");
  CLI11_PARSE(app, argc, argv);
  try {
    return eigenrnn::run(settings);
  } catch (const std::exception& error) {
    fmt::print(stderr, "kernels_bench: {}\n", error.what());
    return 1;
  }
}
