// Forward and backward passes of a layer on a GPU: our kernels with 1, 2 and 4 sequences a block,
// and LibTorch's (cuDNN). Prints a line of JSON for each shape and cell; milliseconds are medians.
//   gpu_bench [REPETITIONS]

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <iostream>

#include <fmt/format.h>
#include <torch/autograd.h>
#include <torch/cuda.h>
#include <torch/types.h>

#include "cells/kernels/cuda/cuda_sequence.h"
#include "cells/sequence.h"
#include "support/random.h"

namespace eigenrnn {
namespace {

struct Sizes {
  int64_t steps, batch, hidden, inputs;
  bool ragged = false;
};

double median_ms(int repetitions, const std::function<void()>& work) {
  for (int i = 0; i < 3; ++i) work();
  std::vector<double> times;
  for (int i = 0; i < repetitions; ++i) {
    torch::cuda::synchronize();
    const auto start = std::chrono::steady_clock::now();
    work();
    torch::cuda::synchronize();
    times.push_back(
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start)
            .count());
  }
  std::nth_element(times.begin(), times.begin() + repetitions / 2, times.end());
  return times[static_cast<size_t>(repetitions / 2)];
}

void measure(const Cell& cell, const Sizes& s, int repetitions) {
  Random random(1);
  const torch::Device gpu(torch::kCUDA, 0);
  const auto leaf = [&](torch::IntArrayRef sizes, double deviation) {
    return random.normal_tensor(sizes, deviation).to(gpu, torch::kFloat32).requires_grad_();
  };
  const int64_t rows = cell.gate_count() * s.hidden;
  const RecurrentWeights weights = {leaf({rows, s.inputs}, 0.5),
                                    leaf({rows, s.hidden}, 0.8 / std::sqrt(double(s.hidden))),
                                    leaf({rows}, 0.1), leaf({rows}, 0.1)};
  const torch::Tensor input =
      random.normal_tensor({s.steps, s.batch, s.inputs}).to(gpu, torch::kFloat32);
  torch::Tensor lengths;
  if (s.ragged) {
    lengths = torch::empty({s.batch}, torch::kInt64);
    for (int64_t b = 0; b < s.batch; ++b) lengths[b] = 1 + random.index(s.steps);
  }
  const auto forward = [&](Kernel kernel) {
    return run_sequence(cell, weights, input, lengths, {}, kernel);
  };
  const auto both = [&](Kernel kernel) {
    const torch::Tensor loss = forward(kernel).final.hidden.sum();
    torch::autograd::grad(
        {loss}, {weights.input, weights.recurrent, weights.input_bias, weights.recurrent_bias});
  };
  fmt::print("{{\"cell\": \"{}\", \"T\": {}, \"B\": {}, \"H\": {}, \"I\": {}, \"ragged\": {}",
             cell.name, s.steps, s.batch, s.hidden, s.inputs, s.ragged);
  for (const int of_block : {1, 2, 4}) {
    cuda::choose_rows(of_block);
    fmt::print(", \"ours_{}\": {:.3f}", of_block,
               median_ms(repetitions, [&] { both(Kernel::kFused); }));
    const torch::NoGradGuard no_gradient;
    fmt::print(", \"forward_{}\": {:.3f}", of_block,
               median_ms(repetitions, [&] { forward(Kernel::kFused); }));
  }
  for (const bool tf32 : {false, true}) {
    at::globalContext().setAllowTF32CuDNN(tf32);
    fmt::print(", \"cudnn{}\": {:.3f}", tf32 ? "_tf32" : "",
               median_ms(repetitions, [&] { both(Kernel::kLibtorch); }));
  }
  fmt::print("}}\n");
  std::cout.flush();
}

}  // namespace
}  // namespace eigenrnn

int main(int argc, char** argv) {
  using namespace eigenrnn;
  if (!torch::cuda::is_available()) {
    std::cerr << "gpu_bench: LibTorch sees no GPU\n";
    return 1;
  }
  const int repetitions = argc > 1 ? std::atoi(argv[1]) : 15;
  for (const Sizes& sizes : {Sizes{784, 100, 100, 1}, Sizes{784, 128, 128, 1},
                             Sizes{30, 32, 100, 2, true}, Sizes{14, 128, 512, 256}}) {
    for (const char* name : {"rnn_tanh", "lstm", "gru"}) {
      measure(cell_named(name), sizes, repetitions);
    }
  }
  return 0;
}
