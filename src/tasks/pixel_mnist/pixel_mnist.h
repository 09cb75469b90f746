#pragma once
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <torch/types.h>

#include "support/options.h"
#include "tasks/task.h"

namespace eigenrnn {

/// The raw images [N, 28, 28] and labels [N], uint8.
struct MnistImages {
  torch::Tensor train_images, train_labels, test_images, test_labels;
};

const std::vector<OptionSpec>& pixel_mnist_options();

/// Where the file `name` ("train-images-idx3-ubyte") is below the folder of datasets: in mnist/,
/// there under the name with a dot that some archives have ("train-images.idx3-ubyte"), or in
/// torchvision's MNIST/raw/. The first of these if there is none.
std::filesystem::path find_mnist_file(const std::filesystem::path& datasets,
                                      const std::string& name);

/// The task on given images. A fixed shuffle of the training images holds out the validation ones
/// and takes the first `train_size` of the others; the first `test_size` test images are used, in
/// their order. Throws Error if there are too few images for the sizes.
std::unique_ptr<Task> make_pixel_mnist(const MnistImages& images, const Options& options,
                                       nlohmann::json file_facts);

/// Block means: [N, 28, 28] uint8 to [N, 28/factor, 28/factor] uint8, rounded to nearest.
torch::Tensor downsample_images(const torch::Tensor& images, int64_t factor);

}  // namespace eigenrnn
