// Mackey–Glass: predict a chaotic series `horizon` steps ahead. A window of past values is read one
// a step; the last hidden state answers with the value to come. The series is sampled at every unit
// of time, and scaled to the mean and variance of its training stretch.

#include "tasks/mackey_glass.h"

#include <cmath>
#include <map>

#include <fmt/format.h>

#include "support/files.h"
#include "tasks/regression.h"

namespace eigenrnn {
namespace {

constexpr double kBeta = 0.2, kGamma = 0.1, kHistory = 1.2;
constexpr int kPower = 10;
constexpr int64_t kDelay = 17;        // τ
constexpr int64_t kTransient = 1000;  // samples left out, until the series is on its attractor
constexpr int64_t kGap = 200;         // samples between splits: over ten times τ

double slope(double now, double delayed) {
  return kBeta * delayed / (1.0 + std::pow(delayed, kPower)) - kGamma * now;
}

class MackeyGlass : public Task {
 public:
  explicit MackeyGlass(const Options& options)
      : length_(options.integer("length")), horizon_(options.integer("horizon")) {
    int64_t end = kTransient;
    for (Split split : {Split::kTrain, Split::kValidation, Split::kTest}) {
      const int64_t windows = options.integer(name_of(split) + "_size");
      stretches_[split] = {end, windows};
      end += samples(windows) + kGap;
    }
    const std::vector<double> values = mackey_glass_series(end);
    const torch::Tensor series = torch::tensor(values, torch::kFloat64);
    const Stretch& train = stretches_.at(Split::kTrain);
    const torch::Tensor seen = series.slice(0, train.start, train.start + samples(train.windows));
    const double mean = seen.mean().item<double>();
    const double deviation = seen.std(/*unbiased=*/false).item<double>();
    series_ = series.sub(mean).div(deviation).to(torch::kFloat32);
    for (const auto& [split, stretch] : stretches_) {
      facts_[name_of(split)] = {{"windows", stretch.windows},
                                {"first_sample", stretch.start},
                                {"samples", samples(stretch.windows)}};
    }
    facts_["training_mean"] = mean;
    facts_["training_standard_deviation"] = deviation;
    facts_["sha256"] = sha256(
        {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(values.front())});
  }

  int64_t size(Split split) const override { return stretches_.at(split).windows; }

  Batch batch(Split split, const std::vector<int64_t>& items) const override {
    const torch::Tensor starts = torch::tensor(items).add(stretches_.at(split).start);  // [B]
    const torch::Tensor steps = torch::arange(length_).unsqueeze(1);                    // [T, 1]
    return {series_.take(steps + starts).unsqueeze(2),
            {},
            series_.take(starts.add(length_ - 1 + horizon_))};
  }

  TaskModel make_model(const RecurrentSettings& settings, const Random& random) const override {
    // The series has unit variance over the training stretch, so the error is already normalized.
    return regressor(*this, settings, /*input_size=*/1, "nmse", random);
  }

  nlohmann::json data_facts() const override { return facts_; }

  std::string describe(Split split, int64_t item) const override {
    const nlohmann::json json = to_json(split, item);
    std::string text =
        fmt::format("target {:.4f}, {} steps after", json["target"].get<double>(), horizon_);
    for (const nlohmann::json& value : json["window"]) {
      text += fmt::format(" {:.2f}", value.get<double>());
    }
    return text;
  }

  nlohmann::json to_json(Split split, int64_t item) const override {
    const Batch one = batch(split, {item});
    const float* window = one.input.data_ptr<float>();
    return {{"window", std::vector<float>(window, window + length_)},
            {"target", one.target.item<float>()}};
  }

 private:
  // Windows start at every sample of it but the last ones.
  struct Stretch {
    int64_t start = 0, windows = 0;
  };

  int64_t samples(int64_t windows) const { return windows + length_ - 1 + horizon_; }

  int64_t length_, horizon_;
  std::map<Split, Stretch> stretches_;
  torch::Tensor series_;  // [samples] float, scaled
  nlohmann::json facts_;
};

const TaskRegistration kRegistration({
    "mackey_glass",
    "predict a chaotic series from a window of its past (Mackey & Glass 1977, delay 17)",
    {
        OptionSpec::integer("horizon", 1, "how far ahead, in units of time").between(1, 1000),
        OptionSpec::integer("length", 100, "past values that are read, T")
            .between(1, 1e5)
            .as_size(),
        OptionSpec::integer("train_size", 5000, "training windows").between(2, 1e6).as_size(),
        OptionSpec::integer("validation_size", 1000, "validation windows")
            .between(1, 1e6)
            .as_size(),
        OptionSpec::integer("test_size", 2000, "test windows").between(1, 1e6).as_size(),
    },
    {{"nmse", "NMSE, thousandths", false, 1000, true,
      TrivialPredictor{1.0, "always answering the mean", kTenthBelow}},
     {"loss", "normalized mean squared error", false, 1, true}},
    std::nullopt,
    {},
    [](const Options& options) { return std::make_unique<MackeyGlass>(options); },
    /*version=*/1,
    {"Mackey–Glass", "Mackey–Glass", "regression"},
});

}  // namespace

std::vector<double> mackey_glass_series(int64_t count, int64_t steps_per_unit) {
  const double h = 1.0 / static_cast<double>(steps_per_unit);
  const int64_t steps = (count - 1) * steps_per_unit, delay = kDelay * steps_per_unit;
  std::vector<double> x = {kHistory}, slopes;
  x.reserve(static_cast<size_t>(steps + 1));
  // At grid point i, and half-way from there to the next one; constant before 0.
  const auto at = [&](int64_t i) { return i <= 0 ? kHistory : x[static_cast<size_t>(i)]; };
  const auto half_way = [&](int64_t i) {
    if (i < 0) return kHistory;
    const auto k = static_cast<size_t>(i);
    return (x[k] + x[k + 1]) / 2.0 + h * (slopes[k] - slopes[k + 1]) / 8.0;
  };
  for (int64_t i = 0; i < steps; ++i) {
    const double now = x.back(), middle = half_way(i - delay);
    const double k1 = slope(now, at(i - delay));
    const double k2 = slope(now + h / 2.0 * k1, middle);
    const double k3 = slope(now + h / 2.0 * k2, middle);
    const double k4 = slope(now + h * k3, at(i + 1 - delay));
    slopes.push_back(k1);
    x.push_back(now + h / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4));
  }
  std::vector<double> samples;
  for (int64_t i = 0; i <= steps; i += steps_per_unit) samples.push_back(at(i));
  return samples;
}

}  // namespace eigenrnn
