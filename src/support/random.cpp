#include "support/random.h"

#include <cmath>
#include <numeric>

namespace eigenrnn {
namespace {

// SplitMix64's finalizer (Steele, Lea & Flood 2014): neighbouring seeds give unrelated states.
uint64_t mix(uint64_t x) {
  x += 0x9e3779b97f4a7c15u;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

// FNV-1a
uint64_t hash(std::string_view text) {
  uint64_t value = 0xcbf29ce484222325u;
  for (unsigned char c : text) value = (value ^ c) * 0x100000001b3u;
  return value;
}

template <class Draw>
torch::Tensor filled(torch::IntArrayRef sizes, Draw draw) {
  torch::Tensor result = torch::empty(sizes, torch::kFloat64);
  double* values = result.data_ptr<double>();
  for (int64_t i = 0; i < result.numel(); ++i) values[i] = draw();
  return result;
}

}  // namespace

Random::Random(uint64_t seed) : seed_(seed), engine_(mix(seed)) {}

Random Random::stream(std::string_view purpose) const { return Random(mix(seed_) ^ hash(purpose)); }

double Random::uniform() { return static_cast<double>(bits() >> 11) * 0x1p-53; }

double Random::normal() {
  const double radius = std::sqrt(-2.0 * std::log1p(-uniform()));
  return radius * std::cos(2.0 * M_PI * uniform());
}

int64_t Random::index(int64_t count) {
  TORCH_CHECK(count >= 1, "Random::index: count is ", count, ", and must be at least 1");
  const uint64_t n = static_cast<uint64_t>(count);
  const uint64_t unbiased = UINT64_MAX - UINT64_MAX % n;
  uint64_t draw = bits();
  while (draw >= unbiased) draw = bits();
  return static_cast<int64_t>(draw % n);
}

std::vector<int64_t> Random::permutation(int64_t count) {
  std::vector<int64_t> order(static_cast<size_t>(count));
  std::iota(order.begin(), order.end(), 0);
  for (int64_t i = count - 1; i > 0; --i) std::swap(order[i], order[index(i + 1)]);
  return order;
}

torch::Tensor Random::uniform_tensor(torch::IntArrayRef sizes, double low, double high) {
  return filled(sizes, [&] { return uniform(low, high); });
}

torch::Tensor Random::normal_tensor(torch::IntArrayRef sizes, double standard_deviation) {
  return filled(sizes, [&] { return standard_deviation * normal(); });
}

}  // namespace eigenrnn
