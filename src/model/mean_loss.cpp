#include "model/mean_loss.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <torch/autograd.h>
#include <torch/nn/functional/linear.h>

namespace eigenrnn {
namespace {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// Beyond what a float holds it is infinite, which the trainer takes for divergence.
float to_float(double x) {
  constexpr double kLargest = std::numeric_limits<float>::max();
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  return x > kLargest ? kInfinity : x < -kLargest ? -kInfinity : static_cast<float>(x);
}

// Of one item: each writes ∂loss/∂outputs in place of the outputs.

double binary_cross_entropy(float* output, double label) {
  const double logit = *output, decay = std::exp(-std::abs(logit));
  const double probability = (logit >= 0 ? 1.0 : decay) / (1.0 + decay);
  *output = to_float(probability - label);
  return std::max(logit, 0.0) - logit * label + std::log1p(decay);
}

double squared_error(float* output, double target) {
  const double difference = *output - target;
  *output = to_float(2.0 * difference);
  return difference * difference;
}

double cross_entropy(float* outputs, int64_t classes, int64_t target) {
  TORCH_CHECK(target >= 0 && target < classes, "the class ", target, " is not one of ", classes);
  const double largest = *std::max_element(outputs, outputs + classes), wanted = outputs[target];
  double sum = 0;
  for (int64_t k = 0; k < classes; ++k) sum += std::exp(outputs[k] - largest);
  for (int64_t k = 0; k < classes; ++k) {
    outputs[k] = static_cast<float>(std::exp(outputs[k] - largest) / sum);
  }
  outputs[target] -= 1.0F;
  return std::log(sum) + largest - wanted;
}

// The mean, and its slope in place of the outputs [B, K].
double take_slope(MeanLoss loss, Tensor& outputs, const Tensor& target) {
  const int64_t batch = outputs.size(0), count = outputs.size(1);
  float* values = outputs.data_ptr<float>();
  double sum = 0;
  for (int64_t row = 0; row < batch; ++row) {
    float* mine = values + row * count;
    switch (loss) {
      case MeanLoss::kBinaryCrossEntropy:
        sum += binary_cross_entropy(mine, target.data_ptr<float>()[row]);
        break;
      case MeanLoss::kCrossEntropy:
        sum += cross_entropy(mine, count, target.data_ptr<int64_t>()[row]);
        break;
      case MeanLoss::kSquaredError:
        sum += squared_error(mine, target.data_ptr<float>()[row]);
        break;
    }
  }
  const auto share = static_cast<float>(1.0 / static_cast<double>(batch));
  for (int64_t i = 0; i < batch * count; ++i) values[i] *= share;
  return sum / static_cast<double>(batch);
}

class LossOfHead : public torch::autograd::Function<LossOfHead> {
 public:
  static Tensor forward(AutogradContext* context, const Tensor& features, const Tensor& weight,
                        const Tensor& bias, const Tensor& target, int64_t loss) {
    Tensor slope = torch::addmm(bias, features, weight.t());
    const double mean = take_slope(static_cast<MeanLoss>(loss), slope, target.contiguous());
    context->saved_data["features"] = slope.mm(weight);
    context->saved_data["weight"] = slope.t().mm(features);
    context->saved_data["bias"] = slope.sum(0);
    return torch::full({}, to_float(mean), features.options());
  }

  static variable_list backward(AutogradContext* context, const variable_list& given) {
    const auto factor = given[0].item<float>();
    const auto scaled = [&](const char* name) {
      const Tensor kept = context->saved_data[name].toTensor();
      return factor == 1.0F ? kept : kept * factor;
    };
    return {scaled("features"), scaled("weight"), scaled("bias"), Tensor(), Tensor()};
  }
};

}  // namespace

Tensor mean_loss(MeanLoss loss, const Tensor& outputs, const Tensor& target) {
  switch (loss) {
    case MeanLoss::kBinaryCrossEntropy:
      return torch::binary_cross_entropy_with_logits(outputs.squeeze(1), target);
    case MeanLoss::kCrossEntropy:
      return torch::cross_entropy_loss(outputs, target);
    case MeanLoss::kSquaredError:
      return torch::mse_loss(outputs.squeeze(1), target);
  }
  return {};
}

Tensor mean_loss_of_head(MeanLoss loss, const Tensor& features, const Tensor& weight,
                         const Tensor& bias, const Tensor& target) {
  const bool is_plain = features.device().is_cpu() && features.scalar_type() == torch::kFloat32 &&
                        torch::GradMode::is_enabled();
  if (!is_plain) {
    return mean_loss(loss, torch::nn::functional::linear(features, weight, bias), target);
  }
  TORCH_CHECK(target.dim() == 1 && target.size(0) == features.size(0) && features.size(0) > 0,
              "the target is ", target.sizes(), " for features of ", features.sizes());
  TORCH_CHECK(loss == MeanLoss::kCrossEntropy || weight.size(0) == 1, "a head of ", weight.size(0),
              " outputs for a loss of one");
  return LossOfHead::apply(features, weight, bias, target, static_cast<int64_t>(loss));
}

}  // namespace eigenrnn
