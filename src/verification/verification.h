#pragma once
#include <optional>
#include <string>
#include <vector>

#include "verification/comparison.h"
#include "verification/recorded_result.h"

namespace eigenrnn {

enum class Verdict {
  kSameBits,
  kWithinTolerance,  // made elsewhere, and as near as that allows (comparison.h)
  kDiffers,
  kBroken,   // the file is no whole result
  kNotHere,  // the run cannot be carried out here
  kNotDone,  // interrupted before
};

/// "same bits", "within tolerance", "DIFFERS", …
std::string name_of(Verdict verdict);

/// When bits are demanded, and when tolerances will do.
enum class Strictness {
  kByProvenance,  // bits from the same kind of machine and build
  kBits,
  kTolerance,
};

struct VerificationSettings {
  std::optional<int> jobs;          // worker processes; else default_jobs() of the devices
  std::string device = "recorded";  // that each result names, or one for all: see resolve_devices
  Strictness strictness = Strictness::kByProvenance;
};

/// What came of one result.
struct Verification {
  RecordedResult record;
  Verdict verdict = Verdict::kNotDone;
  std::string remark;                   // why; may be empty
  std::vector<Difference> differences;  // of a run that differs
};

/// Repeats the runs, as the runner does and with its progress, in a temporary folder that is gone
/// afterwards, and judges each. In the order of `records`. After SIGINT or SIGTERM what was
/// finished is judged, and `interrupted` is set. Throws Error for a device that is not there,
/// unless it is a record's own, and if there is no room in the temporary folder.
std::vector<Verification> verify_results(const std::vector<RecordedResult>& records,
                                         const VerificationSettings& settings, bool& interrupted);

}  // namespace eigenrnn
