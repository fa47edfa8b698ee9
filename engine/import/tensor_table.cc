#include "import/tensor_table.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "import/packing.h"
#include "import/tensor_names.h"

namespace plimsoll {
namespace {

constexpr const char* unknown_tensors = "unknown";

struct Weight {
  double elements = 0.0;
  std::string format;
};

// The weights in one tensor of a safetensors file: integers hold several each.
Weight unpacked(const StoredTensor& tensor, const WeightPacking& packing,
                const std::string& module) {
  Weight weight{static_cast<double>(tensor.elements), tensor.format};
  const bool words = tensor.format == "I32" || tensor.format == "U32";
  const bool bytes = tensor.format == "U8";
  if (tensor.format == "F8_E4M3" || tensor.format == "F8_E5M2") {
    weight.format = packing.format.starts_with("fp8") ? packing.format : "fp8";
  } else if (tensor.format == "I8") {
    weight.format = packing.format.empty() ? "int8" : packing.format;
  }
  if (packing.bits == 0 || (!words && !bytes)) return weight;
  int bits = packing.bits;
  weight.format = packing.format;
  if (const auto found = packing.modules.find(module); found != packing.modules.end()) {
    bits = found->second.bits;
    weight.format = "mlx-" + std::to_string(bits) + "bit-g" + std::to_string(found->second.group);
  }
  constexpr double word_bits = 32.0;
  constexpr double byte_bits = 8.0;
  weight.elements *= (words ? word_bits : byte_bits) / bits;
  return weight;
}

bool some_name_ends(const std::vector<StoredTensor>& stored, std::string_view ending) {
  return std::any_of(stored.begin(), stored.end(),
                     [&](const StoredTensor& tensor) { return tensor.name.ends_with(ending); });
}

class Sorter {
 public:
  Sorter(NameScheme scheme, const WeightPacking& packing, const ModelSpec& model)
      : scheme_(scheme), packing_(packing), model_(model) {
    for (const Tensor& tensor : enumerate_tensors(model)) sizes_[tensor.name] = tensor.elements();
  }

  TensorTable run(const std::vector<StoredTensor>& stored) {
    halves_ = some_name_ends(stored, ".attn_k_b.weight");
    for (const StoredTensor& tensor : stored) add(tensor);
    return std::move(table_);
  }

 private:
  void add(const StoredTensor& tensor) {
    table_.bytes += static_cast<double>(tensor.bytes);
    const TensorHome home = scheme_ == NameScheme::gguf ? home_of_gguf(tensor.name, model_)
                                                        : home_of_safetensors(tensor.name, model_);
    if (halves_ && tensor.name.ends_with(".attn_kv_b.weight")) {
      leave(tensor, "kv_b beside its two halves");
      return;
    }
    if (home.tensors.empty()) {
      leave(tensor, home.outside.empty() ? unknown_tensors : home.outside);
      return;
    }
    const std::vector<double> shares = shares_of(home.tensors);
    Weight weight{0.0, {}};
    if (home.part == TensorPart::weight) {
      weight = scheme_ == NameScheme::gguf
                   ? Weight{static_cast<double>(tensor.elements), tensor.format}
               : packing_.method == "exl2" && tensor.format == "I32"
                   ? of_own_width(tensor, home.tensors)
                   : unpacked(tensor, packing_, home.module);
    }
    for (std::size_t i = 0; i < home.tensors.size(); ++i) {
      HeldTensor& held = table_.held[home.tensors[i]];
      const double bytes = shares[i] * static_cast<double>(tensor.bytes);
      held.elements += shares[i] * weight.elements;
      held.bytes += bytes;
      if (home.part == TensorPart::weight && bytes > held.format_bytes) {
        held.format = weight.format;
        held.format_bytes = bytes;
      }
    }
  }

  // EXL2 gives every tensor, and groups of its rows, widths of their own: its words tell the mean
  // width of as many weights as the architecture has there.
  Weight of_own_width(const StoredTensor& tensor, const std::vector<std::string>& names) const {
    constexpr double word_bits = 32.0;
    constexpr double narrowest = 1.5;
    constexpr double widest = 8.5;
    const double words = static_cast<double>(tensor.elements);
    double elements = 0.0;
    for (const std::string& name : names)
      if (const auto found = sizes_.find(name); found != sizes_.end())
        elements += static_cast<double>(found->second);
    const double bits = elements > 0.0 ? words * word_bits / elements : 0.0;
    if (bits < narrowest || bits > widest) return {words, packing_.format};
    return {elements, exl2_format(bits)};
  }

  // Tensors that the file has in one share it by their sizes.
  std::vector<double> shares_of(const std::vector<std::string>& names) const {
    std::vector<double> shares;
    double sum = 0.0;
    for (const std::string& name : names) {
      const auto found = sizes_.find(name);
      shares.push_back(found == sizes_.end() ? 1.0 : static_cast<double>(found->second));
      sum += shares.back();
    }
    for (double& share : shares) share /= sum;
    return shares;
  }

  void leave(const StoredTensor& tensor, const std::string& what) {
    auto group = std::find_if(table_.outside.begin(), table_.outside.end(),
                              [&](const OutsideTensors& each) { return each.what == what; });
    if (group == table_.outside.end()) {
      table_.outside.push_back({.what = what, .example = tensor.name});
      group = table_.outside.end() - 1;
    }
    ++group->count;
    group->bytes += static_cast<double>(tensor.bytes);
  }

  NameScheme scheme_;
  const WeightPacking& packing_;
  const ModelSpec& model_;
  std::map<std::string, std::int64_t> sizes_;
  bool halves_ = false;  // files of ik_llama.cpp hold kv_b whole and halved
  TensorTable table_;
};

// Facts about the layers that have a tensor of that name, wherever it stands.
class Evidence {
 public:
  explicit Evidence(const TensorTable& table) {
    for (const auto& [name, held] : table.held) {
      std::string_view rest = name;
      if (rest.starts_with("blk.")) rest = rest.substr(rest.find('.', 4) + 1);
      largest_[std::string(rest)] =
          std::max(largest_[std::string(rest)], std::llround(held.elements));
    }
  }
  bool has(std::string_view name) const { return largest_.find(name) != largest_.end(); }
  long long elements(std::string_view name) const {
    const auto found = largest_.find(name);
    return found == largest_.end() ? 0 : found->second;
  }

 private:
  std::map<std::string, long long, std::less<>> largest_;
};

QkNorm qk_norm_of(const AttentionSpec& a, const Evidence& tensors) {
  const long long width = tensors.elements("attn_q_norm.weight");
  if (width == 0) return QkNorm::none;
  return width == a.head_dim ? QkNorm::per_head : QkNorm::full_width;
}

void believe_attention(ModelSpec& model, const Evidence& tensors) {
  AttentionSpec& a = model.attention;
  a.output_bias = tensors.has("attn_output.bias");
  a.sinks = tensors.has("attn_sinks.weight");
  if (a.kind != AttentionKind::gqa) return;
  a.qkv_bias = tensors.has("attn_q.bias") || tensors.has("attn_qkv.bias");
  a.qk_norm = qk_norm_of(a, tensors);
  model.fused_projections = tensors.has("attn_qkv.weight");
  const long long plain = static_cast<long long>(a.heads) * a.head_dim * model.hidden;
  a.output_gate = !model.fused_projections && tensors.elements("attn_q.weight") == 2 * plain;
}

// Problems of one kind, told once: "blk.*.attn_k.weight".
class Differences {
 public:
  void add(const std::string& what, const std::string& name) {
    std::string shape = name;
    if (shape.starts_with("blk.")) {
      const std::size_t dot = shape.find('.', 4);
      if (dot != std::string::npos) shape.replace(4, dot - 4, "*");
    }
    ++counts_[{what, shape}];
  }
  bool empty() const { return counts_.empty(); }

  void tell(const std::string& file, Diagnostics& diagnostics) const {
    for (const auto& [kind, count] : counts_) {
      diagnostics.warning("unlike-architecture", {.file = file},
                          (count > 1 ? std::to_string(count) + " tensors '" : "tensor '") +
                              kind.second + "' " + kind.first);
    }
  }

 private:
  std::map<std::pair<std::string, std::string>, int> counts_;
};

std::string missing_text() {
  return "of the architecture: not in the file";
}

}  // namespace

int norms_per_layer(const std::vector<StoredTensor>& stored, int otherwise) {
  const auto some = [&](std::string_view ending) { return some_name_ends(stored, ending); };
  if (some(".pre_feedforward_layernorm.weight"))
    return 3 + (some(".post_feedforward_layernorm.weight") ? 1 : 0);
  if (some(".ffn_norm.weight"))
    return 2 + (some(".post_attention_norm.weight") ? 1 : 0) +
           (some(".post_ffw_norm.weight") ? 1 : 0);
  return some(".post_attention_norm.weight") ? 2 : otherwise;
}

TensorTable sort_tensors(const std::vector<StoredTensor>& stored, NameScheme scheme,
                         const WeightPacking& packing, const ModelSpec& model) {
  return Sorter(scheme, packing, model).run(stored);
}

void believe_tensors(ModelSpec& model, const TensorTable& table) {
  const Evidence tensors(table);
  model.tied_embeddings = !tensors.has("output.weight");
  model.layer_norm_bias = tensors.has("attn_norm.bias");
  model.gated_ffn = model.fused_projections || tensors.has("ffn_gate.weight") ||
                    tensors.has("ffn_gate_exps.weight");
  if (model.hidden > 0) {
    model.learned_positions = static_cast<int>(std::min<long long>(
        tensors.elements("position_embd.weight") / model.hidden, 1'000'000'000));
  }
  believe_attention(model, tensors);
  if (!model.moe) return;
  model.moe->shared_gate = tensors.has("ffn_gate_inp_shexp.weight");
  model.moe->expert_bias = tensors.has("ffn_gate_exps.bias") || tensors.has("ffn_gate_inp.bias");
  model.moe->router_correction_bias = tensors.has("exp_probs_b.bias");
  if (!tensors.has("ffn_up_shexp.weight")) model.moe->shared_width = 0;
}

MatchedTensors match_tensors(const ModelSpec& model, const TensorTable& table,
                             const std::string& file, Catalog& catalog, Diagnostics& diagnostics) {
  MatchedTensors matched;
  Differences differences;
  std::map<std::string, HeldTensor> rest = table.held;
  matched.tensors = enumerate_tensors(model);
  for (Tensor& tensor : matched.tensors) {
    const auto found = rest.find(tensor.name);
    if (found == rest.end()) {
      differences.add(missing_text(), tensor.name);
      continue;
    }
    const HeldTensor held = found->second;
    rest.erase(found);
    if (std::llround(held.elements) != tensor.elements()) {
      differences.add("with " + std::to_string(std::llround(held.elements)) +
                          " weights instead of " + std::to_string(tensor.elements()),
                      tensor.name);
    }
    Diagnostics unknown;
    tensor.format = catalog.format(held.format, {.file = file}, unknown);
    tensor.bytes = Bytes(held.bytes);
    if (tensor.format) continue;
    matched.all_formats = false;
    diagnostics.warning(
        "unknown-format", {.file = file},
        "weights stored as '" + held.format + "', which is no format of the catalogue");
  }
  for (const auto& [name, held] : rest)
    differences.add("of the file: not in the architecture", name);
  for (const OutsideTensors& group : table.outside) {
    if (group.what == unknown_tensors)
      differences.add("of the file: not in the architecture", group.example);
  }
  matched.all_found = differences.empty();
  differences.tell(file, diagnostics);
  return matched;
}

}  // namespace plimsoll
