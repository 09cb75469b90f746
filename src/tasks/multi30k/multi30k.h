#pragma once
#include <memory>

#include "tasks/multi30k/parallel_corpus.h"
#include "tasks/task.h"

namespace eigenrnn {

const std::vector<OptionSpec>& multi30k_options();

/// The task on a given corpus, of which it uses the first `train_size`, `validation_size` and
/// `test_size` pairs; both vocabularies come from those training pairs. Throws Error if there are
/// too few pairs for the sizes.
std::unique_ptr<Task> make_translation_task(ParallelCorpus corpus, const Options& options);

}  // namespace eigenrnn
