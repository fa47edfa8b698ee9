#include "import/own_recipe.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "base/ceil_div.h"
#include "base/quantity_text.h"
#include "base/text.h"
#include "catalog/words.h"

namespace plimsoll {
namespace {

// What the conditions of rules tell apart.
struct Group {
  TensorClass cls = TensorClass::norm;
  bool routed = false;
  bool shared = false;
  friend auto operator<=>(const Group&, const Group&) = default;
};

// As assign_formats() sees it: a tied embedding is the output.
Group group_of(const Tensor& tensor, const ModelSpec& model) {
  const bool tied = model.tied_embeddings && tensor.cls == TensorClass::token_embedding;
  return {.cls = tied ? TensorClass::output : tensor.cls,
          .routed = tensor.experts > 0,
          .shared = tensor.role == TensorRole::shared_expert};
}

// Bytes by format.
class Shares {
 public:
  void add(const std::string& format, double bytes) { bytes_[format] += bytes; }
  const std::string& largest() const {
    return std::max_element(bytes_.begin(), bytes_.end(),
                            [](const auto& a, const auto& b) { return a.second < b.second; })
        ->first;
  }

 private:
  std::map<std::string, double> bytes_;
};

// Formats of a group by position. Rules count what quantisers count: layers, and in GGUF files the
// attention_v tensors, linear attention's attn_qkv among them.
using Positions = std::map<int, Shares>;

// The format in which linear attention's output gate has the bytes that the rest of its tensor
// leaves it; that of the rest where none does.
const std::string& gate_format(const Tensor& tensor, const std::vector<Tensor>& tensors) {
  const auto bytes_in = [&](const FormatSpec& format, std::int64_t rows) {
    const std::int64_t blocks = ceil_div(tensor.row, format.block);
    return static_cast<double>(rows * blocks) * format.block_bytes;
  };
  const double gate =
      tensor.bytes.base() - bytes_in(*tensor.format, tensor.rows - tensor.gate_rows);
  const auto fits = [&](const Tensor& each) {
    return each.row % each.format->block == 0 && bytes_in(*each.format, tensor.gate_rows) == gate;
  };
  if (fits(tensor)) return tensor.format->id;
  const auto found = std::find_if(tensors.begin(), tensors.end(), fits);
  return found == tensors.end() ? tensor.format->id : found->format->id;
}

std::map<Group, Positions> positions_of(const ModelSpec& model, const std::vector<Tensor>& tensors,
                                        const std::string& family) {
  std::map<Group, Positions> groups;
  const bool quantiser = family == "gguf";
  int next_v = 0;
  for (const Tensor& tensor : tensors) {
    const double bytes = tensor.bytes.base();
    if (quantiser && tensor.gate_rows > 0) {
      const double share = static_cast<double>(tensor.gate_rows) / static_cast<double>(tensor.rows);
      groups[{.cls = TensorClass::attention_v}][next_v++].add(tensor.format->id,
                                                              (1.0 - share) * bytes);
      groups[{.cls = TensorClass::attention_other}][tensor.layer].add(gate_format(tensor, tensors),
                                                                      share * bytes);
      continue;
    }
    const bool counted = quantiser && tensor.cls == TensorClass::attention_v;
    groups[group_of(tensor, model)][counted ? next_v++ : tensor.layer].add(tensor.format->id,
                                                                           bytes);
  }
  return groups;
}

// Later rules override earlier ones: the last run for all, then every run before it as the first N.
void add_runs(const QuantizationRule& group, const Positions& positions,
              std::vector<QuantizationRule>& rules) {
  QuantizationRule rule = group;
  for (auto position = positions.rbegin(); position != positions.rend(); ++position) {
    const std::string& format = position->second.largest();
    if (position != positions.rbegin()) {
      const bool outside = position->first < 0;  // no rule is for those alone
      if (outside || format == rule.format) continue;
      rule.selector = LayerSelector::first;
      rule.first_count = position->first + 1;
    }
    rule.format = format;
    rules.push_back(rule);
  }
}

std::vector<QuantizationRule> rules_of(const std::map<Group, Positions>& groups) {
  const auto sharing_class = [&](const Group& group) {
    return std::count_if(groups.begin(), groups.end(),
                         [&](const auto& each) { return each.first.cls == group.cls; });
  };
  std::vector<QuantizationRule> rules;
  for (const auto& [group, positions] : groups) {
    QuantizationRule rule{.tensors = {group.cls}, .when = {}, .format = {}};
    if (sharing_class(group) > 1) {
      rule.when.routed = group.routed;
      rule.when.shared = group.shared;
    }
    add_runs(rule, positions, rules);
  }
  return rules;
}

std::string rule_line(const QuantizationRule& rule) {
  std::string text = "  - {tensors: [" + std::string(word(rule.tensors.front())) + "]";
  if (rule.selector == LayerSelector::first)
    text += ", layers: first " + std::to_string(rule.first_count);
  if (rule.when.routed)
    text += ", when: {routed: " + truth(*rule.when.routed) +
            ", shared: " + truth(*rule.when.shared) + "}";
  return text + ", format: " + rule.format + "}\n";
}

}  // namespace

std::optional<QuantizationSpec> own_recipe(const ModelSpec& model,
                                           const std::vector<Tensor>& tensors,
                                           const QuantizationSpec& nearest) {
  Shares all;
  for (const Tensor& tensor : tensors) {
    if (!tensor.format) return std::nullopt;
    all.add(tensor.format->id, tensor.bytes.base());
  }
  if (tensors.empty()) return std::nullopt;
  QuantizationSpec recipe;
  recipe.id = model.id + "-mix";
  recipe.name = nearest.name + "-mix";
  recipe.family = nearest.family;
  recipe.default_format = all.largest();
  recipe.vector_format = nearest.vector_format;
  recipe.rules = rules_of(positions_of(model, tensors, recipe.family));
  recipe.quality_rank = nearest.quality_rank;
  const auto largest = std::find_if(tensors.begin(), tensors.end(), [&](const Tensor& tensor) {
    return tensor.format->id == recipe.default_format;
  });
  recipe.nominal_bits = largest->format->bits_per_weight();
  recipe.source = "D: formats of its tensors; rank of " + nearest.id;
  recipe.recipe = "exact";
  return recipe;
}

std::string quantization_yaml(const QuantizationSpec& recipe) {
  std::string text = "kind: quantization\nid: " + recipe.id + "\nname: \"" + recipe.name +
                     "\"\nfamily: " + recipe.family + "\ndefault_format: " + recipe.default_format +
                     "\nvector_format: " + recipe.vector_format +
                     "\nquality_rank: " + std::to_string(recipe.quality_rank) +
                     "\nnominal_bits: " + print_number(recipe.nominal_bits, 6) +
                     "\nrecipe: " + recipe.recipe + "\nsource: \"" + recipe.source + "\"\nrules:\n";
  for (const QuantizationRule& rule : recipe.rules) text += rule_line(rule);
  return text;
}

}  // namespace plimsoll
