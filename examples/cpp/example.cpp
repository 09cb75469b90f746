// Draws an LSTM's weights by eigen's law, runs it over a batch, and prints what the forget gate's
// eigenvalues say.
#include <cstdio>
#include <eigenrnn/cells/sequence.h>
#include <eigenrnn/initializers/initializer.h>
#include <eigenrnn/linear_algebra/block_spectrum.h>

int main() {
  using namespace eigenrnn;
  const InitializerInfo& eigen = InitializerRegistry::instance().at("eigen");
  const Options options = Options::resolve(eigen.options, {{"radius", {0.9, 1.0}}});
  const Cell& lstm = cell_named("lstm");
  const RecurrentWeights weights =
      draw_weights(*eigen.make(options), {}, lstm, /*hidden_size=*/64, /*input_size=*/3, Random(0));

  const torch::Tensor input = torch::zeros({20, 8, 3});  // [T, B, I]
  const SequenceResult result = run_sequence(lstm, weights, input);
  const BlockSpectrum forget = matrix_spectrum(weights.recurrent.chunk(4)[1]);
  std::printf("h %ld x %ld, radius %.4f, departure from normality %.1g\n",
              result.final.hidden.size(0), result.final.hidden.size(1), forget.spectral_radius,
              forget.relative_departure);
}
