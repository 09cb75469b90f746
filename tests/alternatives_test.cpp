#include "support/alternatives.h"

#include <gtest/gtest.h>

namespace eigenrnn {
namespace {

const std::vector<std::string> kKnown = {"optimizer", "learning_rate", "layers", "lstm", "gru"};

TEST(Alternatives, WhatWasProbablyMeant) {
  EXPECT_EQ(probably_meant("lstn", kKnown), "lstm");
  EXPECT_EQ(probably_meant("GRU", kKnown), "gru");
  EXPECT_EQ(probably_meant("learnig_rate", kKnown), "learning_rate");
  EXPECT_EQ(probably_meant("lr", kKnown), "learning_rate");
  EXPECT_EQ(probably_meant("num_layers", kKnown), "layers");
  EXPECT_EQ(probably_meant("learning", kKnown), "learning_rate");
}

TEST(Alternatives, NothingIsGuessedFromNothing) {
  EXPECT_EQ(probably_meant("dropout", kKnown), "");
  EXPECT_EQ(probably_meant("x", kKnown), "");
  EXPECT_EQ(probably_meant("", kKnown), "");
  EXPECT_EQ(probably_meant("lstm", {}), "");
}

TEST(Alternatives, AMessageEndsWithThem) {
  EXPECT_EQ(alternatives("ltsm", {"lstm", "gru"}), "; there are: lstm, gru (did you mean 'lstm'?)");
  EXPECT_EQ(alternatives("transformer", {"lstm", "gru"}), "; there are: lstm, gru");
}

}  // namespace
}  // namespace eigenrnn
