#include "tasks/pixel_mnist/pixel_mnist.h"

#include <filesystem>
#include <set>
#include <unistd.h>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/error.h"
#include "support/files.h"
#include "tasks/pixel_mnist/idx.h"

namespace eigenrnn {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class Idx : public testing::Test {
 protected:
  void TearDown() override { fs::remove_all(folder_); }

  // A file of 2×3 bytes unless told otherwise.
  fs::path write(std::string bytes = std::string("\0\0\x08\x02\0\0\0\x02\0\0\0\x03", 12) +
                                     "\x01\x02\x03\x04\x05\xff") const {
    write_atomically(folder_ / "file", bytes);
    return folder_ / "file";
  }
  static std::string message(const fs::path& path, const std::string& checksum = "") {
    try {
      read_idx(path, checksum, "the remedy");
    } catch (const DataError& error) {
      return error.what();
    }
    return "";
  }

  fs::path folder_ = fs::temp_directory_path() / fmt::format("eigenrnn-idx-{}", ::getpid());
};

TEST_F(Idx, ReadsDimensionsAndBytes) {
  const torch::Tensor tensor = read_idx(write(), "", "");
  EXPECT_EQ(tensor.sizes(), (std::vector<int64_t>{2, 3}));
  EXPECT_EQ(tensor.scalar_type(), torch::kUInt8);
  EXPECT_EQ(tensor[1][2].item<int>(), 255);
}

TEST_F(Idx, MnistIsFoundUnderTheNamesThatOthersGiveIt) {
  const std::string name = "train-images-idx3-ubyte";
  EXPECT_EQ(find_mnist_file(folder_, name), folder_ / "mnist" / name);
  for (const fs::path& file :
       {fs::path("MNIST/raw") / name, fs::path("mnist/train-images.idx3-ubyte"),
        fs::path("mnist") / name}) {
    write_atomically(folder_ / file, "found before the ones above");
    EXPECT_EQ(find_mnist_file(folder_, name), folder_ / file);
  }
}

TEST_F(Idx, WhatIsWrongIsSaidWithTheRemedy) {
  const std::string good = read_file(write());
  EXPECT_THAT(message(folder_ / "nothing"),
              HasSubstr("nothing is missing; to mend it: the remedy"));
  fs::create_symlink("loop", folder_ / "loop");  // a folder that cannot be entered, also by root
  EXPECT_THAT(message(folder_ / "loop" / "file"),
              HasSubstr("Too many levels of symbolic links; to mend it: the remedy"));
  EXPECT_THAT(message(folder_), HasSubstr("; to mend it: the remedy"));
  EXPECT_THAT(message(write(good.substr(0, 15))), HasSubstr("holds 3 bytes of data where"));
  EXPECT_THAT(message(write(good + "x")), HasSubstr("holds 7 bytes of data where"));
  EXPECT_THAT(message(write(good.substr(0, 7))), HasSubstr("ends within its header"));
  EXPECT_THAT(message(write("ab")), HasSubstr("too few for a header"));
  EXPECT_THAT(message(write("PK\x03\x04 something else")), HasSubstr("not an IDX file"));
  EXPECT_THAT(message(write(std::string("\0\0\x08\x04", 4) + std::string(16, '\xff') + "x")),
              HasSubstr("truncated"));  // dimensions whose product overflows
  const std::string zero_then_huge = std::string(4, '\0') + std::string(12, '\xff');
  EXPECT_THAT(message(write(std::string("\0\0\x08\x04", 4) + zero_then_huge)),
              HasSubstr("has 0 for dimension 1 in its header"));
  EXPECT_THAT(message(write(good), std::string(64, '0')), HasSubstr("SHA-256"));
}

// 60 images of 28×28: image i has the pixel value 4·i everywhere but i in its first pixel.
MnistImages made_up_images() {
  MnistImages images;
  images.train_images = torch::empty({60, 28, 28}, torch::kUInt8);
  images.train_labels = torch::empty({60}, torch::kUInt8);
  for (int64_t i = 0; i < 60; ++i) {
    images.train_images[i].fill_(4 * i);
    images.train_images[i][0][0] = i;
    images.train_labels[i] = i % 10;
  }
  images.test_images = images.train_images.slice(0, 0, 20);
  images.test_labels = images.train_labels.slice(0, 0, 20);
  return images;
}

std::unique_ptr<Task> small_task(nlohmann::json given = nlohmann::json::object()) {
  nlohmann::json options = {{"train_size", 40}, {"validation_size", 15}, {"test_size", 20}};
  options.update(given);
  return make_pixel_mnist(made_up_images(), Options::resolve(pixel_mnist_options(), options), {});
}

TEST(PixelMnist, BatchesAreOnePixelAStep) {
  const auto task = small_task();
  const Batch batch = task->batch(Split::kTest, {3, 7});
  EXPECT_EQ(batch.input.sizes(), (std::vector<int64_t>{784, 2, 1}));
  EXPECT_FALSE(batch.lengths.defined());
  EXPECT_FLOAT_EQ(batch.input[0][0][0].item<float>(), 3 / 255.0f);
  EXPECT_FLOAT_EQ(batch.input[783][1][0].item<float>(), 28 / 255.0f);
  EXPECT_EQ(batch.target[1].item<int64_t>(), 7);
}

TEST(PixelMnist, SplitsShareNoImage) {
  const auto task = small_task();
  std::set<int> seen;
  for (Split split : {Split::kTrain, Split::kValidation}) {
    for (int64_t i = 0; i < task->size(split); ++i) {
      const nlohmann::json item = task->to_json(split, i);
      EXPECT_TRUE(seen.insert(item.at("pixels")[0].get<int>()).second);
      EXPECT_EQ(item.at("label"), item.at("pixels")[0].get<int>() % 10);
    }
  }
  EXPECT_EQ(seen.size(), 55u);
}

TEST(PixelMnist, PermutedIsOneFixedOrderOfAllPixels) {
  const auto pixels = [](const nlohmann::json& given) {
    MnistImages images = made_up_images();
    images.test_images = torch::arange(784).remainder(251).to(torch::kUInt8).view({1, 28, 28});
    images.test_labels = torch::zeros({1}, torch::kUInt8);
    nlohmann::json options = {{"train_size", 40}, {"validation_size", 15}, {"test_size", 1}};
    options.update(given);
    const auto task =
        make_pixel_mnist(images, Options::resolve(pixel_mnist_options(), options), {});
    return task->to_json(Split::kTest, 0).at("pixels").get<std::vector<int>>();
  };
  auto scanline = pixels(nlohmann::json::object());
  auto permuted = pixels({{"order", "permuted"}});
  EXPECT_EQ(permuted, pixels({{"order", "permuted"}}));
  EXPECT_NE(permuted, pixels({{"order", "permuted"}, {"permutation_seed", 1}}));
  EXPECT_NE(permuted, scanline);
  std::sort(scanline.begin(), scanline.end());
  std::sort(permuted.begin(), permuted.end());
  EXPECT_EQ(permuted, scanline);
}

TEST(PixelMnist, DownsamplingTakesBlockMeans) {
  torch::Tensor image = torch::zeros({1, 4, 4}, torch::kUInt8);
  image[0][0][0] = 255;
  image[0][1][1] = 251;
  image[0][3][3] = 6;
  const torch::Tensor expected = torch::tensor({{127, 0}, {0, 2}}, torch::kUInt8);  // 126.5, 1.5
  EXPECT_TRUE(torch::equal(downsample_images(image, 2)[0], expected));
  EXPECT_THROW(downsample_images(image, 3), Error);
  EXPECT_EQ(small_task({{"downsample", 4}})->batch(Split::kTrain, {0}).input.size(0), 49);
}

TEST(PixelMnist, TooManyImagesAreAnError) {
  EXPECT_THROW(small_task({{"train_size", 50}}), Error);
  EXPECT_THROW(small_task({{"test_size", 21}}), Error);
}

TEST(PixelMnist, TheRealImagesAreThere) {
  const fs::path datasets = fs::path(EIGENRNN_SOURCE_DIR) / "datasets";
  ::setenv("EIGENRNN_DATASETS", datasets.c_str(), 0);
  const TaskInfo& info = TaskRegistry::instance().at("pixel_mnist");
  const auto task = info.make(Options::resolve(info.options, {}));  // else: make datasets
  EXPECT_EQ(task->size(Split::kTrain), 55000);
  EXPECT_EQ(task->size(Split::kValidation), 5000);
  EXPECT_EQ(task->size(Split::kTest), 10000);
  // The first test image is a 7, and most of a digit's image is background.
  EXPECT_EQ(task->to_json(Split::kTest, 0).at("label"), 7);
  EXPECT_NEAR(task->batch(Split::kTest, {0}).input.eq(0).to(torch::kFloat32).mean().item<double>(),
              0.85, 0.1);
}

}  // namespace
}  // namespace eigenrnn
