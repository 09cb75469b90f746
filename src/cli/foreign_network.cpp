#include "cli/foreign_network.h"

#include <map>
#include <regex>
#include <set>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/serialization/import.h>

#include "model/recurrent_network.h"
#include "model/weights.h"
#include "support/error.h"
#include "support/random.h"

namespace eigenrnn {
namespace {

constexpr int64_t kSteps = 200, kSequences = 64;

// Recurrent layers alone, whose weights are put into it.
class RecurrentLayers : public Model {
 public:
  RecurrentLayers(const RecurrentSettings& settings, int64_t input_size) {
    network_ = register_module("recurrent",
                               std::make_shared<RecurrentNetwork>(settings, input_size, Random(0)));
  }

  torch::Tensor loss(const Batch&) override { throw Bug("these layers have no loss"); }

 private:
  std::shared_ptr<RecurrentNetwork> network_;
};

NamedTensors torchscript_weights(const std::filesystem::path& path) {
  try {
    const torch::jit::Module module = torch::jit::load(path.string());
    NamedTensors weights;
    for (const auto& parameter : module.named_parameters()) {
      weights.emplace_back(parameter.name, parameter.value.detach());
    }
    return weights;
  } catch (const c10::Error&) {
    throw Error(fmt::format(
        "{} is no TorchScript file; of torch.save's it is not one either: save the state_dict with "
        "safetensors.torch.save_file",
        path.string()));
  }
}

// A file's recurrent weights: W_ih, W_hh, b_ih, b_hh of each layer, by their names without what
// stands before.
struct Layers {
  std::string prefix;
  std::map<std::string, torch::Tensor> weights;
  int64_t count = 0;
};

Layers layers_in(const NamedTensors& all, const std::string& file) {
  static const std::regex is_first(R"((.*)weight_hh_l0)");
  Layers layers;
  std::vector<std::string> names;
  bool is_found = false;
  for (const auto& [name, tensor] : all) {
    names.push_back(name);
    std::smatch found;
    if (is_found || !std::regex_match(name, found, is_first)) continue;
    layers.prefix = found[1];
    is_found = true;
  }
  if (!is_found) {
    throw Error(
        fmt::format("{} has no recurrent weights that are called as torch.nn calls them, as in "
                    "rnn.weight_hh_l0; it has: {}",
                    file, fmt::join(names, ", ")));
  }
  for (const auto& [name, tensor] : all) {
    if (name.rfind(layers.prefix, 0) == 0)
      layers.weights[name.substr(layers.prefix.size())] = tensor;
  }
  while (layers.weights.count(fmt::format("weight_hh_l{}", layers.count)) > 0) ++layers.count;
  if (layers.weights.count("weight_hh_l0_reverse") > 0) {
    throw Error(
        fmt::format("{}: {} goes in both directions, which is not analysed", file, layers.prefix));
  }
  return layers;
}

const Cell& cell_of(const torch::Tensor& recurrent, const std::string& wanted,
                    const std::string& file) {
  if (recurrent.dim() != 2 || recurrent.size(1) == 0) {
    throw Error(fmt::format("{}: weight_hh_l0 is no matrix", file));
  }
  std::vector<std::string> fitting;
  for (const Cell& cell : cells_fitting(recurrent)) {
    if (wanted.empty() || cell.name == wanted) return cell;
    fitting.push_back(cell.name);
  }
  throw Error(fmt::format(
      "{}: weight_hh_l0 is [{}, {}], which {}", file, recurrent.size(0), recurrent.size(1),
      fitting.empty() ? "fits no cell"
                      : fmt::format("fits {}, and no {}", fmt::join(fitting, ", "), wanted)));
}

// The layers' weights under the names that they have in RecurrentLayers, zeros for biases that are
// not there.
NamedTensors completed(const Layers& layers) {
  NamedTensors all;
  const auto add = [&](const std::string& name, const torch::Tensor& zeros) {
    const auto found = layers.weights.find(name);
    if (found != layers.weights.end()) {
      all.emplace_back("recurrent." + name, found->second);
    } else if (zeros.defined()) {
      all.emplace_back("recurrent." + name, zeros);
    }
  };
  const torch::Tensor zeros = torch::zeros({layers.weights.at("weight_hh_l0").size(0)});
  for (int64_t layer = 0; layer < layers.count; ++layer) {
    add(fmt::format("weight_ih_l{}", layer), {});
    add(fmt::format("weight_hh_l{}", layer), {});
    add(fmt::format("bias_ih_l{}", layer), zeros);
    add(fmt::format("bias_hh_l{}", layer), zeros);
  }
  return all;
}

}  // namespace

bool is_file_of_weights(const std::filesystem::path& path) {
  static const std::set<std::string> endings = {".safetensors", ".pt", ".pth", ".ts"};
  return endings.count(path.extension().string()) > 0;
}

std::shared_ptr<Model> network_in(const std::filesystem::path& path, const std::string& cell) {
  const std::string file = path.string();
  const NamedTensors all =
      path.extension() == ".safetensors" ? read_weights(path) : torchscript_weights(path);
  const Layers layers = layers_in(all, file);
  const torch::Tensor& recurrent = layers.weights.at("weight_hh_l0");
  RecurrentSettings settings;
  settings.cell = &cell_of(recurrent, cell, file);
  const InitializerInfo& any = InitializerRegistry::instance().at("xavier");  // is written over
  settings.initializer = any.make(Options::resolve(any.options, {}));
  settings.hidden_size = recurrent.size(1);
  settings.layers = layers.count;
  const auto input = layers.weights.find("weight_ih_l0");
  if (input == layers.weights.end() || input->second.dim() != 2) {
    throw Error(fmt::format("{} has no {}weight_ih_l0", file, layers.prefix));
  }
  auto network = std::make_shared<RecurrentLayers>(settings, input->second.size(1));
  put_weights(completed(layers), file, *network);
  network->eval();
  return network;
}

Batch white_noise_for(const Model& network) {
  const int64_t inputs = network.named_parameters()["recurrent.layer0.weight_ih"].size(1);
  Random random = Random(0).stream("white noise");
  Batch batch;
  batch.input = random.normal_tensor({kSteps, kSequences, inputs}).to(torch::kFloat32);
  return batch;
}

}  // namespace eigenrnn
