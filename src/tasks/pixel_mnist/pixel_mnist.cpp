// Pixel-by-pixel MNIST (Le, Jaitly & Hinton 2015): an image is read one pixel a step, in scan order
// or in one fixed random order; the last hidden state answers with ten logits.

#include "tasks/pixel_mnist/pixel_mnist.h"

#include <map>
#include <numeric>

#include <fmt/format.h>

#include "checksums.h"
#include "support/error.h"
#include "support/files.h"
#include "tasks/classification.h"
#include "tasks/pixel_mnist/idx.h"

namespace eigenrnn {
namespace {

constexpr int64_t kClasses = 10, kSide = 28, kTrainImages = 60000;
constexpr uint64_t kSplitSeed = 0;  // which training images are held out; the same for every run
constexpr const char* kRemedy = "datasets/fetch_mnist.sh";

[[noreturn]] void throw_bad_factor(int64_t factor, int64_t side) {
  throw Error(fmt::format("pixel_mnist: downsample is {}, and must divide {}", factor, side));
}

std::vector<int64_t> pixel_order(int64_t pixels, const Options& options) {
  if (options.choice("order") == "permuted") {
    return Random(static_cast<uint64_t>(options.integer("permutation_seed")))
        .stream("pixel order")
        .permutation(pixels);
  }
  std::vector<int64_t> order(static_cast<size_t>(pixels));
  std::iota(order.begin(), order.end(), 0);
  return order;
}

class PixelMnist : public Task {
 public:
  PixelMnist(const MnistImages& images, const Options& options, nlohmann::json file_facts)
      : facts_(std::move(file_facts)) {
    const int64_t validation = options.integer("validation_size");
    const int64_t train = options.integer("train_size");
    const int64_t test = options.integer("test_size");
    const int64_t available = images.train_images.size(0);
    if (train + validation > available || test > images.test_images.size(0)) {
      throw Error(
          fmt::format("pixel_mnist: train_size {} and validation_size {} of {} images, "
                      "test_size {} of {}: too many",
                      train, validation, available, test, images.test_images.size(0)));
    }
    const int64_t factor = options.integer("downsample");
    const int64_t height = images.train_images.size(1) / factor;
    side_ = height;
    const torch::Tensor order = torch::tensor(pixel_order(height * height, options));
    const auto sequences = [&](const torch::Tensor& some) {
      return downsample_images(some, factor).flatten(1).index_select(1, order);
    };
    const torch::Tensor shuffle =
        torch::tensor(Random(kSplitSeed).stream("held-out images").permutation(available));
    const auto add = [&](Split split, const torch::Tensor& chosen, const torch::Tensor& from,
                         const torch::Tensor& labels) {
      pixels_[split] = sequences(from.index_select(0, chosen));
      labels_[split] = labels.index_select(0, chosen).to(torch::kInt64);
      facts_[name_of(split)] = {{"images", chosen.size(0)}};
    };
    add(Split::kValidation, shuffle.slice(0, 0, validation), images.train_images,
        images.train_labels);
    add(Split::kTrain, shuffle.slice(0, validation, validation + train), images.train_images,
        images.train_labels);
    add(Split::kTest, torch::arange(test), images.test_images, images.test_labels);
  }

  int64_t size(Split split) const override { return labels_.at(split).size(0); }

  Batch batch(Split split, const std::vector<int64_t>& items) const override {
    const torch::Tensor chosen = torch::tensor(items);
    const torch::Tensor pixels = pixels_.at(split).index_select(0, chosen);  // [B, T] uint8
    return {pixels.t().to(torch::kFloat32).div_(255.0).unsqueeze(2).contiguous(),
            {},
            labels_.at(split).index_select(0, chosen)};
  }

  TaskModel make_model(const RecurrentSettings& settings, const Random& random) const override {
    return classifier(*this, settings, /*input_size=*/1, kClasses, random);
  }

  nlohmann::json data_facts() const override { return facts_; }

  std::string describe(Split split, int64_t item) const override {
    static const std::string ramp = " .:-=+*#%@";
    const torch::Tensor image = pixels_.at(split)[item];
    const uint8_t* pixel = image.data_ptr<uint8_t>();
    std::string text = fmt::format("label {}", labels_.at(split)[item].item<int64_t>());
    for (int64_t i = 0; i < side_ * side_; ++i) {
      if (i % side_ == 0) text += "\n  ";
      text += std::string(2, ramp[static_cast<size_t>(pixel[i]) * ramp.size() / 256]);
    }
    return text + '\n';
  }

  nlohmann::json to_json(Split split, int64_t item) const override {
    const torch::Tensor image = pixels_.at(split)[item];
    const uint8_t* pixel = image.data_ptr<uint8_t>();
    return {{"label", labels_.at(split)[item].item<int64_t>()},
            {"pixels", std::vector<int>(pixel, pixel + image.numel())}};
  }

 private:
  nlohmann::json facts_;
  int64_t side_;                           // of the downsampled image
  std::map<Split, torch::Tensor> pixels_;  // [N, T] uint8, in the order in which they are read
  std::map<Split, torch::Tensor> labels_;  // [N] int64
};

std::unique_ptr<Task> load(const Options& options) {
  nlohmann::json facts;
  const auto read = [&](const std::string& name) {
    facts["sha256"][name] = kMnistSha256.at(name);
    return read_idx(find_mnist_file(datasets_directory(), name), kMnistSha256.at(name), kRemedy);
  };
  const MnistImages images = {read("train-images-idx3-ubyte"), read("train-labels-idx1-ubyte"),
                              read("t10k-images-idx3-ubyte"), read("t10k-labels-idx1-ubyte")};
  return make_pixel_mnist(images, options, facts);
}

void check(const Options& options) {
  const int64_t factor = options.integer("downsample");
  if (kSide % factor != 0) throw_bad_factor(factor, kSide);
  const int64_t wanted = options.integer("train_size") + options.integer("validation_size");
  if (wanted > kTrainImages) {
    throw Error(
        fmt::format("pixel_mnist: train_size and validation_size add up to {}, and there "
                    "are {} training images",
                    wanted, kTrainImages));
  }
}

const TaskRegistration kRegistration({
    "pixel_mnist",
    "which digit is it, read one pixel a step? (Le, Jaitly & Hinton 2015)",
    pixel_mnist_options(),
    {{"accuracy", "accuracy, %", true, 100, false,
      TrivialPredictor{0.1135, "always the digit 1, the most frequent one in MNIST's test set"}},
     {"loss", "cross-entropy, nats", false, 1, true}},
    std::nullopt,
    check,
    load,
    /*version=*/1,
    {"pixel MNIST", "pixel MNIST", "classification"},
});

}  // namespace

const std::vector<OptionSpec>& pixel_mnist_options() {
  static const std::vector<OptionSpec> specs = {
      OptionSpec::choice("order", {"scanline", "permuted"}, "scanline",
                         "in which order the pixels are read"),
      OptionSpec::integer("permutation_seed", 0, "of the permuted order, the same for every run")
          .at_least(0),
      OptionSpec::integer("downsample", 1,
                          "side of the blocks that are averaged to one pixel; divides 28")
          .between(1, 14)
          .as_size(),
      OptionSpec::integer("train_size", 55000, "training images").between(1, 59999).as_size(),
      OptionSpec::integer("validation_size", 5000, "images held out from the training images")
          .between(1, 59999)
          .as_size(),
      OptionSpec::integer("test_size", 10000, "test images").between(1, 10000).as_size(),
  };
  return specs;
}

std::filesystem::path find_mnist_file(const std::filesystem::path& datasets,
                                      const std::string& name) {
  std::string dotted = name;
  dotted.at(dotted.rfind("-idx")) = '.';
  const auto usual = datasets / "mnist" / name;
  for (const auto& path : {usual, datasets / "mnist" / dotted, datasets / "MNIST" / "raw" / name}) {
    std::error_code unreachable;
    if (std::filesystem::is_regular_file(path, unreachable)) return path;
  }
  return usual;
}

std::unique_ptr<Task> make_pixel_mnist(const MnistImages& images, const Options& options,
                                       nlohmann::json file_facts) {
  return std::make_unique<PixelMnist>(images, options, std::move(file_facts));
}

torch::Tensor downsample_images(const torch::Tensor& images, int64_t factor) {
  const int64_t side = images.size(1);
  if (side % factor != 0) throw_bad_factor(factor, side);
  if (factor == 1) return images;
  return torch::avg_pool2d(images.unsqueeze(1).to(torch::kFloat32), factor)
      .squeeze(1)
      .add_(0.5)
      .floor_()
      .to(torch::kUInt8);
}

}  // namespace eigenrnn
