#include "model/translation/projected_cross_entropy.h"

#include <algorithm>
#include <optional>

#include <torch/autograd.h>

namespace eigenrnn {
namespace {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// Rows of logits that exist at a time: few enough to stay in the processor's cache, many enough
// that adding to the weights' gradient once for all of them costs little.
constexpr int64_t kChunk = 512;

// The weights seen as two matrices, and what is added to the token's part of the logits.
struct Parts {
  Parts(const Projection& projection, const ProjectionInput& input)
      : token_weight(projection.weight.narrow(1, 0, input.features.size(1))) {
    const int64_t shared = projection.weight.size(1) - input.features.size(1);
    TORCH_CHECK(
        (shared > 0) == input.context.defined() && (shared == 0 || input.context.size(1) == shared),
        "projection: the weight is ", projection.weight.sizes(), ", the features are ",
        input.features.sizes(), ", and the context is ",
        input.context.defined() ? input.context.sizes() : torch::IntArrayRef{});
    if (shared == 0) {
      offset = projection.bias;
      return;
    }
    context_weight = projection.weight.narrow(1, input.features.size(1), shared);
    offset = torch::addmm(projection.bias, input.context, context_weight.t());
    sentence = input.sentence;
  }

  Tensor logits(const Tensor& features, int64_t start) const {
    if (!sentence.defined()) return torch::addmm(offset, features, token_weight.t());
    return offset.index_select(0, sentence.narrow(0, start, features.size(0)))
        .addmm_(features, token_weight.t());
  }

  Tensor token_weight, context_weight;  // [V, F], [V, C]
  Tensor offset;                        // [V], or [B, V]
  Tensor sentence;
};

// [N, classes], true at each row's index, one of `indices` [N].
Tensor marked(const Tensor& indices, int64_t classes) {
  return indices.unsqueeze(1).eq(torch::arange(classes, indices.options()));
}

// Where the gradient is gathered.
struct Sums {
  Sums(const Projection& projection, const ProjectionInput& input, const Parts& parts,
       bool by_products)
      : features(torch::empty_like(input.features)),
        weight(torch::zeros_like(projection.weight)),
        token_weight(weight.narrow(1, 0, input.features.size(1))),
        offset(torch::zeros_like(parts.offset)),
        by_products(by_products) {}

  // Makes softmax the slope: from each token's `wanted` word [N, 1] its share is taken.
  void subtract_wanted(Tensor& softmax, const Tensor& wanted, double share) const {
    if (by_products) {
      softmax.add_(marked(wanted.squeeze(1), softmax.size(1)), -share);
    } else {
      softmax.scatter_add_(1, wanted, torch::full({wanted.size(0), 1}, -share, softmax.options()));
    }
  }

  // `slope`: ∂loss/∂logits of the tokens from `start` on.
  void add(const Tensor& slope, const Tensor& token_features, int64_t start, const Parts& parts) {
    Tensor rows = features.narrow(0, start, slope.size(0));
    torch::mm_out(rows, slope, parts.token_weight);
    token_weight.addmm_(slope.t(), token_features);
    if (!parts.sentence.defined()) {
      offset.add_(slope.sum(0));
      return;
    }
    const Tensor sentence = parts.sentence.narrow(0, start, slope.size(0));
    if (by_products) {
      offset.addmm_(marked(sentence, offset.size(0)).to(slope.scalar_type()).t(), slope);
    } else {
      offset.index_add_(0, sentence, slope);
    }
  }

  Tensor features, weight, token_weight, offset;
  bool by_products;
};

class ProjectedCrossEntropy : public torch::autograd::Function<ProjectedCrossEntropy> {
 public:
  // Undefined tensors come as empty ones.
  static Tensor forward(AutogradContext* context, const Tensor& features, const Tensor& shared,
                        const Tensor& weight, const Tensor& bias, const Tensor& sentence,
                        const Tensor& target, bool differentiate, bool by_products) {
    const bool has_context = shared.numel() > 0;
    const Projection projection = {weight, bias};
    const ProjectionInput input = {features, has_context ? shared : Tensor(),
                                   has_context ? sentence : Tensor()};
    const Parts parts(projection, input);
    std::optional<Sums> sums;
    if (differentiate) sums.emplace(projection, input, parts, by_products);
    Tensor total = torch::zeros({}, features.options());
    const int64_t tokens = features.size(0);
    for (int64_t start = 0; start < tokens; start += kChunk) {
      const int64_t count = std::min(kChunk, tokens - start);
      const Tensor some = features.narrow(0, start, count);
      const Tensor wanted = target.narrow(0, start, count).unsqueeze(1);
      Tensor logits = parts.logits(some, start);
      logits.sub_(logits.amax(1, /*keepdim=*/true));
      const Tensor picked = logits.gather(1, wanted);
      const Tensor scale = logits.exp_().sum(1, /*keepdim=*/true);
      total.add_((scale.log() - picked).sum());
      if (!differentiate) continue;
      logits.div_(scale.mul(static_cast<double>(tokens)));  // softmax, and the mean's 1/N
      sums->subtract_wanted(logits, wanted, 1.0 / static_cast<double>(tokens));
      sums->add(logits, some, start, parts);
    }
    if (differentiate) {
      Tensor grad_shared, grad_bias = sums->offset;
      if (has_context) {
        sums->weight.narrow(1, features.size(1), shared.size(1)).copy_(sums->offset.t().mm(shared));
        grad_shared = sums->offset.mm(parts.context_weight);
        grad_bias = sums->offset.sum(0);
      }
      context->saved_data["features"] = sums->features;
      context->saved_data["shared"] = has_context ? grad_shared : torch::empty({0});
      context->saved_data["weight"] = sums->weight;
      context->saved_data["bias"] = grad_bias;
    }
    return total.div_(static_cast<double>(tokens));
  }

  static variable_list backward(AutogradContext* context, variable_list given) {
    TORCH_CHECK(!torch::GradMode::is_enabled(),
                "projected_cross_entropy has no second derivative (create_graph)");
    const auto scaled = [&](const char* name) {
      const Tensor kept = context->saved_data[name].toTensor();
      return kept.numel() > 0 ? kept * given[0] : Tensor();
    };
    return {scaled("features"), scaled("shared"), scaled("weight"), scaled("bias"),
            Tensor(),           Tensor(),         Tensor(),         Tensor()};
  }
};

Tensor or_empty(const Tensor& tensor) { return tensor.defined() ? tensor : torch::empty({0}); }

}  // namespace

torch::Tensor project(const Projection& projection, const ProjectionInput& input) {
  return Parts(projection, input).logits(input.features, 0);
}

torch::Tensor projected_cross_entropy(const Projection& projection, const ProjectionInput& input,
                                      const torch::Tensor& target, Gathering gathering) {
  TORCH_CHECK(input.features.size(0) > 0 && target.sizes() == input.features.sizes().slice(0, 1),
              "projected_cross_entropy: the features are ", input.features.sizes(),
              ", the target is ", target.sizes(),
              "; there must be a target for each token, and "
              "a token");
  const bool differentiate = torch::GradMode::is_enabled() &&
                             (input.features.requires_grad() || projection.weight.requires_grad() ||
                              projection.bias.requires_grad() ||
                              (input.context.defined() && input.context.requires_grad()));
  const bool by_products = gathering == Gathering::kProducts ||
                           (gathering == Gathering::kByDevice && !input.features.device().is_cpu());
  return ProjectedCrossEntropy::apply(input.features, or_empty(input.context), projection.weight,
                                      projection.bias, or_empty(input.sentence), target,
                                      differentiate, by_products);
}

}  // namespace eigenrnn
