#include "cells/kernels/dispatch.h"

#include <algorithm>
#include <atomic>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "support/error.h"
#include "support/instructions.h"

namespace eigenrnn {
namespace fused {
namespace {

std::vector<const InstructionSet*> find_instruction_sets() {
  std::vector<const InstructionSet*> sets = {baseline_instructions()};
  // The processor is asked first: what makes an instruction set's table is compiled for it too.
  if (has_avx2() && avx2_instructions()) sets.push_back(avx2_instructions());
  if (has_avx512() && avx512_instructions()) sets.push_back(avx512_instructions());
  return sets;
}

const std::vector<const InstructionSet*>& found() {
  static const std::vector<const InstructionSet*> sets = find_instruction_sets();
  return sets;
}

std::atomic<const InstructionSet*> chosen{nullptr};

}  // namespace

std::vector<std::string> instruction_sets() {
  std::vector<std::string> names;
  for (const InstructionSet* set : found()) names.emplace_back(set->name);
  return names;
}

const InstructionSet& instruction_set() {
  const InstructionSet* set = chosen;
  return set ? *set : *found().back();
}

void choose_instruction_set(const std::string& name) {
  for (const InstructionSet* set : found()) {
    if (set->name != name) continue;
    chosen = set;
    return;
  }
  throw Error(fmt::format("choose_instruction_set: this processor does not run '{}'; there are: {}",
                          name, fmt::join(instruction_sets(), ", ")));
}

}  // namespace fused
}  // namespace eigenrnn
