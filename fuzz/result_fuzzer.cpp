// The file of a result: as `eigenrnn run` finds it in the folder of its grid, and as `eigenrnn
// verify` reads it.
#include "initializers/initializer.h"
#include "scratch_file.h"
#include "store/result_store.h"
#include "tasks/task.h"
#include "verification/recorded_result.h"

namespace {

eigenrnn::RunSpec some_run() {
  eigenrnn::RunParts parts;
  parts.experiment = "small";
  parts.profile = "quick";
  parts.condition = "1";
  parts.task = "tomita";
  parts.task_options = eigenrnn::Options::resolve(
      eigenrnn::TaskRegistry::instance().at(parts.task).options, nullptr);
  parts.cell = "gru";
  parts.initializer = parts.label = "xavier";
  parts.initializer_options = eigenrnn::Options::resolve(
      eigenrnn::InitializerRegistry::instance().at(parts.initializer).options, nullptr);
  parts.model = eigenrnn::model_section().from_json(nullptr);
  parts.training = eigenrnn::training_section().from_json(nullptr);
  parts.recording =
      eigenrnn::recording_section().from_json({{"keep_weights", true}, {"epoch_spectra", "all"}});
  return eigenrnn::RunSpec(std::move(parts));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const eigenrnn::RunSpec spec = some_run();
  static const eigenrnn::ScratchFile file(eigenrnn::ResultStore("").path(spec));
  static const eigenrnn::ResultStore store(file.folder());
  const auto& path = file.with(data, size);
  store.read(std::vector{spec});
  eigenrnn::results_of_row(eigenrnn::RecordedResult::read(path));
  return 0;
}
