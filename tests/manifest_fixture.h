#pragma once
#include <filesystem>
#include <string>
#include <unistd.h>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "manifest/manifest.h"
#include "support/files.h"

namespace eigenrnn {

inline constexpr const char* kGood = R"(experiment: small
title: Small
task: {name: tomita, options: {train_size: 100}}
conditions:
  - {label: "1", options: {grammar: 1}}
  - {label: "5", options: {grammar: 5}}
cells: [rnn_tanh, lstm]
initializers:
  - xavier
  - {label: gained, name: orthogonal, options: {gain: 1.5}}
seeds: 3
model: {hidden_size: 8}
training: {epochs: 2, learning_rate: 1e-2}
overrides:
  - {cells: [lstm], initializers: [gained], training: {learning_rate: 0.5}}
profiles:
  quick: {seeds: 1, training: {epochs: 1}}
)";

class ManifestFile : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directories(folder_); }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path write(const std::string& name, const std::string& text) const {
    write_atomically(folder_ / name, text);
    return folder_ / name;
  }
  Grid load(const std::string& text, const std::string& profile = "cpu") {
    problems_.clear();
    return load_grid(write("test.yaml", text), profile, problems_);
  }
  std::string mistakes(const std::string& text) {
    load(text);
    return to_string(problems_);
  }
  static std::string replaced(const std::string& from, const std::string& to) {
    std::string text = kGood;
    return text.replace(text.find(from), from.size(), to);
  }

  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / fmt::format("eigenrnn-manifest-{}", ::getpid());
  Problems problems_;
};

}  // namespace eigenrnn
