#pragma once
#include <functional>

#include <torch/types.h>

#include "initializers/eigen_spectrum.h"
#include "support/random.h"

namespace eigenrnn {

struct EigenMatrix {
  Spectrum spectrum;
  torch::Tensor weight;  // W [H, H], float64
};

/// W = V·B·V⁻¹ from `draw`, whose eigenvalues are those of the spectrum to 1e-4 even after W is
/// rounded to float32. The more ill-conditioned V is, the farther rounding can move an eigenvalue:
/// where that could be more than 5e-5, `draw` is asked again, ten times in all. Then throws Error.
EigenMatrix compose(const std::function<Eigenbasis()>& draw);

/// Haar orthogonal V, so that W is normal: WWᵀ = WᵀW.
EigenMatrix eigen_in_orthogonal_basis(const Spectrum& spectrum, Random& random);

/// V from the eigenvectors of G ~ N(0, 1): W is as non-normal as a Gaussian matrix. Eigenvalues
/// and eigenvectors meet in the order of their phases. Where G has fewer pairs than wanted, two
/// real eigenvectors take the place of Re x and Im x, and the other way round.
EigenMatrix eigen_in_gaussian_basis(const Spectrum& spectrum, Random& random);

/// Eigenvectors and phases of a draw of `base` [H, H] with moduli from the law, which has no
/// other say.
EigenMatrix eigen_respectral(const SpectrumLaw& law,
                             const std::function<torch::Tensor(Random&)>& base, Random& random);

}  // namespace eigenrnn
