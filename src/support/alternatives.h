#pragma once
#include <string>
#include <vector>

namespace eigenrnn {

/// The one of `known` that was probably meant by `name`, or "": equal but for its case, a few
/// letters away, written with the first letters of its words (lr for learning_rate), or part of
/// `name` (layers for num_layers).
std::string probably_meant(const std::string& name, const std::vector<std::string>& known);

/// "; there are: rnn_tanh, lstm (did you mean 'lstm'?)": the end of a message that `name` is none
/// of `known`.
std::string alternatives(const std::string& name, const std::vector<std::string>& known);

}  // namespace eigenrnn
