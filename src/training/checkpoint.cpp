#include "training/checkpoint.h"

#include <mutex>
#include <sstream>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <torch/serialize/archive.h>
#include <torch/version.h>

#include "support/error.h"

namespace eigenrnn {
namespace {

constexpr int kFormat = 1;  // of a checkpoint

// Two runs that agree in this give the same bits, as far as this project can tell.
nlohmann::json identity(const RunResult& result, torch::Device device) {
  return {{"format", kFormat},
          {"key", result.spec.key()},
          {"recording", recording_section().to_json(result.spec->recording)},
          {"data", result.data_facts},
          {"device", torch::DeviceTypeName(device.type(), /*lower_case=*/true)},
          {"libtorch", TORCH_VERSION}};
}

void check_identity(const nlohmann::json& found, const nlohmann::json& expected) {
  std::vector<std::string> differences;
  for (const auto& [name, value] : expected.items()) {
    const nlohmann::json other = found.value(name, nlohmann::json());
    if (other != value) {
      differences.push_back(
          fmt::format("{} is {}, and must be {}", name, other.dump(), value.dump()));
    }
  }
  if (differences.empty()) return;
  throw Error(fmt::format("it does not belong to this run: its {}", fmt::join(differences, "; ")));
}

// ── Facts, as JSON; written as CBOR, which keeps every bit of a number and knows NaN ────────────

template <class Value>
nlohmann::json optional_fact(const std::optional<Value>& value) {
  return value ? nlohmann::json(*value) : nlohmann::json(nullptr);
}

template <class Value>
void read_optional(const nlohmann::json& fact, std::optional<Value>& value) {
  value = fact.is_null() ? std::nullopt : std::optional<Value>(fact.get<Value>());
}

nlohmann::json facts(const std::vector<BlockSpectrum>& spectra) {
  nlohmann::json list = nlohmann::json::array();
  for (const BlockSpectrum& block : spectra) {
    nlohmann::json eigenvalues = nlohmann::json::array();
    for (const std::complex<double>& value : block.eigenvalues) {
      eigenvalues.push_back(value.real());
      eigenvalues.push_back(value.imag());
    }
    list.push_back({block.layer, block.gate, eigenvalues, block.spectral_radius,
                    block.spectral_norm, block.fraction_outside, block.departure_from_normality,
                    block.relative_departure, block.eigenvector_condition, block.warning});
  }
  return list;
}

std::vector<BlockSpectrum> spectra_from(const nlohmann::json& list) {
  std::vector<BlockSpectrum> spectra;
  for (const nlohmann::json& fact : list) {
    BlockSpectrum block;
    const std::vector<double> values = fact.at(2);
    for (size_t i = 0; i + 1 < values.size(); i += 2) {
      block.eigenvalues.emplace_back(values[i], values[i + 1]);
    }
    block.layer = fact.at(0);
    block.gate = fact.at(1);
    block.spectral_radius = fact.at(3);
    block.spectral_norm = fact.at(4);
    block.fraction_outside = fact.at(5);
    block.departure_from_normality = fact.at(6);
    block.relative_departure = fact.at(7);
    block.eigenvector_condition = fact.at(8);
    block.warning = fact.at(9);
    spectra.push_back(std::move(block));
  }
  return spectra;
}

nlohmann::json facts(const EpochRecord& record) {
  return {{"epoch", record.epoch},
          {"train_loss", record.train_loss},
          {"gradient_norm", record.gradient_norm},
          {"seconds", record.seconds},
          {"validation", record.validation},
          {"spectra", facts(record.spectra)}};
}

EpochRecord epoch_from(const nlohmann::json& fact) {
  EpochRecord record;
  record.epoch = fact.at("epoch");
  record.train_loss = fact.at("train_loss");
  record.gradient_norm = fact.at("gradient_norm");
  record.seconds = fact.at("seconds");
  record.validation = fact.at("validation").get<std::map<std::string, double>>();
  record.spectra = spectra_from(fact.at("spectra"));
  return record;
}

nlohmann::json facts(const TrainingState& state) {
  nlohmann::json epochs = nlohmann::json::array();
  for (const EpochRecord& record : state.result.epochs) epochs.push_back(facts(record));
  return {{"started", state.result.started},
          {"seconds", state.result.seconds},
          {"training_seconds", state.result.training_seconds},
          {"resumed", state.result.resumed},
          {"best_epoch", optional_fact(state.result.best_epoch)},
          {"epochs_to_threshold", optional_fact(state.result.epochs_to_threshold)},
          {"spectra_at_start", facts(state.result.spectra_at_start)},
          {"epochs", std::move(epochs)},
          {"epoch",
           {{"sums", facts(state.epoch.sums)},
            {"items", state.epoch.items},
            {"steps", state.epoch.steps}}},
          {"step", state.step},
          {"last_loss", optional_fact(state.last_loss)},
          {"shown_value", optional_fact(state.shown_value)},
          {"best", state.best}};
}

void read_facts(const nlohmann::json& facts, TrainingState& state) {
  state.result.started = facts.at("started");
  state.result.seconds = facts.at("seconds");
  state.result.training_seconds = facts.at("training_seconds");
  state.result.resumed = facts.at("resumed");
  read_optional(facts.at("best_epoch"), state.result.best_epoch);
  read_optional(facts.at("epochs_to_threshold"), state.result.epochs_to_threshold);
  state.result.spectra_at_start = spectra_from(facts.at("spectra_at_start"));
  state.result.epochs.clear();
  for (const nlohmann::json& fact : facts.at("epochs")) {
    state.result.epochs.push_back(epoch_from(fact));
  }
  const nlohmann::json& epoch = facts.at("epoch");
  state.epoch = {epoch_from(epoch.at("sums")), epoch.at("items"), epoch.at("steps")};
  state.step = facts.at("step");
  read_optional(facts.at("last_loss"), state.last_loss);
  read_optional(facts.at("shown_value"), state.shown_value);
  state.best = facts.at("best");
}

// ── Tensors ─────────────────────────────────────────────────────────────────────────────────────

std::string numbered(const std::string& name, size_t i) { return fmt::format("{}/{}", name, i); }

void write_tensors(torch::serialize::OutputArchive& archive, const std::string& name,
                   const std::vector<torch::Tensor>& tensors) {
  for (size_t i = 0; i < tensors.size(); ++i) {
    archive.write(numbered(name, i), tensors[i].detach());
  }
}

// As many as `like`, and of the same shapes.
std::vector<torch::Tensor> read_tensors(torch::serialize::InputArchive& archive,
                                        const std::string& name,
                                        const std::vector<torch::Tensor>& like) {
  std::vector<torch::Tensor> tensors(like.size());
  for (size_t i = 0; i < like.size(); ++i) {
    archive.read(numbered(name, i), tensors[i]);
    if (tensors[i].sizes() != like[i].sizes()) {
      throw Error(fmt::format("its {} is [{}], and must be [{}] for this model", numbered(name, i),
                              fmt::join(tensors[i].sizes().vec(), ", "),
                              fmt::join(like[i].sizes().vec(), ", ")));
    }
  }
  return tensors;
}

std::vector<torch::Tensor> parameters_and_buffers(const torch::nn::Module& model) {
  std::vector<torch::Tensor> tensors = model.parameters();
  const std::vector<torch::Tensor> buffers = model.buffers();
  tensors.insert(tensors.end(), buffers.begin(), buffers.end());
  return tensors;
}

// The CPU's first; dropout on a GPU draws from the second one.
std::vector<at::Generator> generators(torch::Device device) {
  std::vector<at::Generator> list = {at::globalContext().defaultGenerator(torch::kCPU)};
  if (!device.is_cpu()) list.push_back(at::globalContext().defaultGenerator(device));
  return list;
}

std::vector<torch::Tensor> generator_states(torch::Device device) {
  std::vector<torch::Tensor> states;
  for (at::Generator& generator : generators(device)) {
    const std::lock_guard<std::mutex> lock(generator.mutex());
    states.push_back(generator.get_state());
  }
  return states;
}

void set_generators(torch::Device device, const std::vector<torch::Tensor>& states) {
  std::vector<at::Generator> list = generators(device);
  for (size_t i = 0; i < list.size(); ++i) {
    const std::lock_guard<std::mutex> lock(list[i].mutex());
    list[i].set_state(
        states[i].cpu());  // a byte tensor on the CPU, whatever the generator's device
  }
}

torch::Tensor bytes_of(const nlohmann::json& json) {
  std::vector<uint8_t> bytes = nlohmann::json::to_cbor(json);
  const auto size = static_cast<int64_t>(bytes.size());
  return torch::from_blob(bytes.data(), {size}, torch::kUInt8).clone();
}

nlohmann::json json_of(const torch::Tensor& tensor) {
  const torch::Tensor bytes = tensor.cpu().contiguous();
  const uint8_t* data = bytes.data_ptr<uint8_t>();
  return nlohmann::json::from_cbor(data, data + bytes.numel());
}

// The optimizer comes last of what can fail: LibTorch changes it only when all of it was read.
void restore(torch::serialize::InputArchive& archive, TrainingState& state,
             torch::nn::Module& model, torch::optim::Optimizer& optimizer, torch::Device device) {
  torch::Tensor content;
  archive.read("facts", content);
  const nlohmann::json json = json_of(content);
  check_identity(json.at("identity"), identity(state.result, device));
  TrainingState restored(state.result.spec);
  read_facts(json.at("state"), restored);
  restored.result.device = state.result.device;
  restored.result.gpu = state.result.gpu;
  restored.result.data_facts = state.result.data_facts;
  const std::vector<torch::Tensor> current = parameters_and_buffers(model);
  const std::vector<torch::Tensor> values = read_tensors(archive, "model", current);
  if (restored.result.best_epoch) {
    restored.best_weights = read_tensors(archive, "best", model.parameters());
  }
  const std::vector<torch::Tensor> states =
      read_tensors(archive, "generator", generator_states(device));
  torch::serialize::InputArchive nested;
  archive.read("optimizer", nested);
  optimizer.load(nested);

  const torch::NoGradGuard no_gradient;
  for (size_t i = 0; i < current.size(); ++i) torch::Tensor(current[i]).copy_(values[i]);
  set_generators(device, states);
  state = std::move(restored);
}

}  // namespace

std::string serialize_checkpoint(const TrainingState& state, const torch::nn::Module& model,
                                 const torch::optim::Optimizer& optimizer, torch::Device device) {
  torch::serialize::OutputArchive archive;
  archive.write("facts",
                bytes_of({{"identity", identity(state.result, device)}, {"state", facts(state)}}));
  write_tensors(archive, "model", parameters_and_buffers(model));
  write_tensors(archive, "best", state.best_weights);
  write_tensors(archive, "generator", generator_states(device));
  torch::serialize::OutputArchive nested(archive.compilation_unit());
  optimizer.save(nested);
  archive.write("optimizer", nested);
  std::ostringstream stream;
  archive.save_to(stream);
  return stream.str();
}

void restore_checkpoint(const std::string& checkpoint, TrainingState& state,
                        torch::nn::Module& model, torch::optim::Optimizer& optimizer,
                        torch::Device device) {
  try {
    torch::serialize::InputArchive archive;
    archive.load_from(checkpoint.data(), checkpoint.size(), device);
    restore(archive, state, model, optimizer, device);
  } catch (const c10::Error& error) {
    throw Error(fmt::format("it cannot be read: {}", error.what_without_backtrace()));
  } catch (const nlohmann::json::exception& error) {
    throw Error(fmt::format("it cannot be read: {}", error.what()));
  }
}

}  // namespace eigenrnn
