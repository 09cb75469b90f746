// A compressed side of a corpus.
#include "scratch_file.h"
#include "support/error.h"
#include "tasks/multi30k/parallel_corpus.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const eigenrnn::ScratchFile file("train.de.gz");
  try {
    eigenrnn::read_gzip(file.with(data, size), "");
  } catch (const eigenrnn::DataError&) {
  }
  return 0;
}
