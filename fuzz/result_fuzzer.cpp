// The file of a result: as `eigenrnn run` finds it in the folder of its grid, and as `eigenrnn
// verify` reads it.
#include "initializers/initializer.h"
#include "store/result_store.h"
#include "scratch_file.h"
#include "tasks/task.h"
#include "verification/recorded_result.h"

namespace {

eigenrnn::RunSpec some_run() {
  eigenrnn::RunSpec spec;
  spec.experiment = "small";
  spec.profile = "quick";
  spec.condition = "1";
  spec.task = "tomita";
  spec.task_options =
      eigenrnn::Options::resolve(eigenrnn::TaskRegistry::instance().at(spec.task).options, nullptr);
  spec.cell = "gru";
  spec.initializer = spec.label = "xavier";
  spec.initializer_options = eigenrnn::Options::resolve(
      eigenrnn::InitializerRegistry::instance().at(spec.initializer).options, nullptr);
  spec.model = eigenrnn::Options::resolve(eigenrnn::model_options(), nullptr);
  spec.training = eigenrnn::Options::resolve(eigenrnn::training_options(), nullptr);
  spec.recording = eigenrnn::Options::resolve(eigenrnn::recording_options(),
                                              {{"keep_weights", true}, {"epoch_spectra", "all"}});
  return spec;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const eigenrnn::RunSpec spec = some_run();
  static const eigenrnn::ScratchFile file(eigenrnn::ResultStore("").path(spec));
  static const eigenrnn::ResultStore store(file.folder());
  const auto& path = file.with(data, size);
  store.look(std::vector{spec});
  eigenrnn::results_of_row(eigenrnn::RecordedResult::read(path));
  return 0;
}
