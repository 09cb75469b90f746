#pragma once
#include <map>
#include <string>
#include <vector>

#include "tasks/task.h"

// The sequences of the adding problem (Hochreiter & Schmidhuber 1997) in the form of Le, Jaitly &
// Hinton 2015: two channels, numbers from U[0, 1] and a mask with two ones. One mark lies in each
// half of the sequence, as in Arjovsky, Shah & Bengio 2016. What is asked about the sum of the two
// numbers that are marked, the tasks say.

namespace eigenrnn {

/// N sequences.
struct AddingData {
  torch::Tensor values;  // [N, T] float
  torch::Tensor marks;   // [N, 2] int64: the marked steps, the first half's first

  torch::Tensor sums() const { return values.gather(1, marks).sum(1); }  // [N]
};

/// A task on these sequences: all but the model. With the same options every such task has the
/// same inputs.
class AddingTask : public Task {
 public:
  explicit AddingTask(const Options& options);

  int64_t size(Split split) const override { return data_.at(split).values.size(0); }
  Batch batch(Split split, const std::vector<int64_t>& items) const override;
  nlohmann::json data_facts() const override { return facts_; }
  std::string describe(Split split, int64_t item) const override;
  nlohmann::json to_json(Split split, int64_t item) const override;

 protected:
  static constexpr int64_t kChannels = 2;

  /// What is to be answered, [N] float, of the sums [N] of the marked numbers.
  virtual torch::Tensor targets(const torch::Tensor& sums) const = 0;
  const AddingData& data(Split split) const { return data_.at(split); }
  /// Adds a fact about a split's data to the record.
  void add_fact(Split split, const std::string& name, double value) {
    facts_[name_of(split)][name] = value;
  }

 private:
  std::map<Split, AddingData> data_;
  nlohmann::json facts_;
};

std::vector<OptionSpec> adding_options();

}  // namespace eigenrnn
