#pragma once
#include <complex>
#include <vector>

#include <torch/types.h>

namespace eigenrnn {

/// The eigenvalues of a real matrix [H, H].
struct Spectrum {
  std::vector<std::complex<double>> pairs;  // one of each conjugate pair, its phase in [0, π]
  std::vector<double> reals;

  int64_t size() const { return static_cast<int64_t>(2 * pairs.size() + reals.size()); }  // H
  /// All of them, H in number.
  std::vector<std::complex<double>> eigenvalues() const;
};

/// The real block-diagonal B [H, H], float64, that has this spectrum: for each pair
/// a ± ib a block [[a, b], [−b, a]] (a rotation by the phase, scaled by the modulus), then the
/// real eigenvalues.
torch::Tensor block_diagonal(const Spectrum& spectrum);

/// A real matrix in its own coordinates, W = V·B·V⁻¹ with B = block_diagonal(spectrum). The
/// columns of V are, for each pair a + ib with eigenvector x, Re x and Im x, then the eigenvectors
/// of the real eigenvalues.
struct Eigenbasis {
  Spectrum spectrum;
  torch::Tensor vectors;  // V [H, H], float64
};

/// The eigenvalues and eigenvectors of a real diagonalizable [H, H].
Eigenbasis decompose(const torch::Tensor& matrix);

}  // namespace eigenrnn
