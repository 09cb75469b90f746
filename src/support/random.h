#pragma once
#include <cstdint>
#include <random>
#include <string_view>
#include <vector>

#include <torch/types.h>

namespace eigenrnn {

/// A random generator that is passed explicitly: there is no global one. Its draws are the same
/// with every compiler and every LibTorch, since both the engine (std::mt19937_64) and the
/// transformations are fixed here.
class Random {
 public:
  explicit Random(uint64_t seed);

  /// An independent generator for a purpose ("data order", "layer 0/W_hh/i"). It depends on this
  /// generator's seed and on the purpose, never on what was drawn before: so the data order does
  /// not change when an initializer draws more numbers.
  Random stream(std::string_view purpose) const;

  uint64_t bits() { return engine_(); }
  /// Uniform in [0, 1), 53 bits.
  double uniform();
  double uniform(double low, double high) { return low + (high - low) * uniform(); }
  /// Standard normal (Box–Muller).
  double normal();
  /// Uniform in {0, …, count − 1}, without modulo bias; count ≥ 1.
  int64_t index(int64_t count);
  /// A uniformly drawn permutation of 0 … count − 1 (Fisher–Yates).
  std::vector<int64_t> permutation(int64_t count);

  /// float64 tensors of independent draws.
  torch::Tensor uniform_tensor(torch::IntArrayRef sizes, double low, double high);
  torch::Tensor normal_tensor(torch::IntArrayRef sizes, double standard_deviation = 1.0);

 private:
  uint64_t seed_;
  std::mt19937_64 engine_;
};

}  // namespace eigenrnn
