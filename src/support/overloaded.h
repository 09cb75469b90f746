#pragma once

namespace eigenrnn {

/// One function object of several lambdas, for std::visit: each takes one alternative.
template <class... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};
template <class... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;

}  // namespace eigenrnn
