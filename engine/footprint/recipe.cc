#include "footprint/recipe.h"

#include <algorithm>
#include <cassert>

#include "base/ceil_div.h"
#include "base/contains.h"
#include "catalog/catalog.h"

namespace plimsoll {
namespace {

std::uint32_t bit(TensorClass cls) {
  return std::uint32_t{1} << static_cast<unsigned>(cls);
}

// Tensors that quantisers leave in the format of small vectors unless a rule names them.
bool is_small(TensorClass cls) {
  switch (cls) {
    case TensorClass::norm:
    case TensorClass::router:
    case TensorClass::bias:
    case TensorClass::convolution:
    case TensorClass::state:
      return true;
    default:
      return false;
  }
}

int query_heads_per_kv_head(const ModelSpec& model) {
  const AttentionSpec& a = model.attention;
  // Converters write latent attention as one KV head.
  if (a.kind != AttentionKind::gqa) return a.heads;
  return a.kv_heads > 0 ? a.heads / a.kv_heads : 1;
}

int expert_count(const ModelSpec& model) {
  return model.moe ? model.moe->experts : 0;
}

bool selects(const QuantizationRule& rule, int index, int count) {
  switch (rule.selector) {
    case LayerSelector::all:
      return true;
    case LayerSelector::first:
      return index < (rule.first_divisor > 0 ? count / rule.first_divisor : rule.first_count);
    case LayerSelector::more:
      return gets_more_bits(index, count);
    case LayerSelector::middle:
      return index >= count / 8 && index < 7 * count / 8;
  }
  return false;
}

// Tensors of the attn_v kind; those of linear layers are counted where files keep them apart.
int count_attention_v(const ModelSpec& model, bool with_linear) {
  if (model.attention.kind != AttentionKind::gqa) return 0;
  return static_cast<int>(
      std::count_if(model.layers.begin(), model.layers.end(), [&](const LayerSpec& layer) {
        return with_linear || layer.attention != LayerAttention::linear;
      }));
}

}  // namespace

bool gets_more_bits(int index, int count) {
  return index < count / 8 || index >= 7 * count / 8 || (index - count / 8) % 3 == 2;
}

Bytes stored_bytes(const FormatSpec& format, std::int64_t row, std::int64_t rows) {
  const std::int64_t blocks_per_row = ceil_div(row, format.block);
  return Bytes(static_cast<double>(rows * blocks_per_row) * format.block_bytes);
}

Recipe::Recipe(const QuantizationSpec& spec, const ModelSpec& model, const QuantizeOptions& options,
               Catalog& catalog, Diagnostics& diagnostics)
    : spec_(spec),
      model_(model),
      options_(options),
      attention_v_count_(count_attention_v(model, splits_linear_attention())) {
  default_format_ = look_up(spec.default_format, catalog, diagnostics);
  vector_format_ = look_up(spec.vector_format, catalog, diagnostics);
  for (const QuantizationRule& rule : spec.rules) {
    const FormatSpec* format = look_up(rule.format, catalog, diagnostics);
    if (!model_matches(rule.when) || (made_in_2023() && !known_in_2023(rule))) continue;
    std::uint32_t classes = 0;
    for (const TensorClass cls : rule.tensors) classes |= bit(cls);
    rules_.push_back({&rule, classes, format});
  }
}

const FormatSpec* Recipe::look_up(const std::string& id, Catalog& catalog,
                                  Diagnostics& diagnostics) {
  const FormatSpec* format = catalog.format(id, spec_.place, diagnostics);
  if (format == nullptr) {
    valid_ = false;
  } else {
    load_fallbacks(format, catalog, diagnostics);
  }
  return format;
}

void Recipe::load_fallbacks(const FormatSpec* format, Catalog& catalog, Diagnostics& diagnostics) {
  const bool known = std::any_of(fallbacks_.begin(), fallbacks_.end(),
                                 [&](const Fallback& f) { return f.from == format; });
  if (known || format->fallback.empty()) return;
  const FormatSpec* to = catalog.format(format->fallback, spec_.place, diagnostics);
  if (to == nullptr) {
    valid_ = false;
    return;
  }
  fallbacks_.push_back({format, to});  // first, so that a circle of fallbacks ends here
  load_fallbacks(to, catalog, diagnostics);
}

const FormatSpec* Recipe::fitting(const FormatSpec* format, std::int64_t row) const {
  // Each step uses another fallback; a circle of them stops at the number there are.
  for (std::size_t step = 0; row % format->block != 0 && step < fallbacks_.size(); ++step) {
    const auto fallback = std::find_if(fallbacks_.begin(), fallbacks_.end(),
                                       [&](const Fallback& f) { return f.from == format; });
    if (fallback == fallbacks_.end()) return format;
    format = fallback->to;
  }
  return format;
}

// Converters wrote one tensor for Qwen3-Next until 2025, and attn_qkv beside attn_gate since then.
bool Recipe::splits_linear_attention() const {
  return follows_quantiser() && (model_.family != "qwen3next" || options_.quantiser_year >= 2026);
}

// Until early 2026 the rules of attn_v did not reach attn_qkv, which had a few of its own.
bool Recipe::fused_apart() const {
  return follows_quantiser() && options_.quantiser_year < 2026;
}

Recipe::Position Recipe::advance(const View& view) {
  const Position by_layer{view.tensor.layer, static_cast<int>(model_.layers.size())};
  if (spec_.family != "gguf") return by_layer;
  if (view.cls == TensorClass::attention_v) {
    const bool counted = !view.fused || !fused_apart();
    return {counted ? attention_v_next_++ : attention_v_next_, attention_v_count_};
  }
  // In a dense model the running counter of ffn_down is the layer number anyway.
  if (view.cls == TensorClass::ffn_down && spec_.running_ffn_down) {
    return {ffn_down_next_++, by_layer.count};
  }
  return by_layer;
}

// The attention output of eight-expert models got its own rule in January 2024.
bool Recipe::known_in_2023(const QuantizationRule& rule) const {
  const bool of_output = rule.tensors == std::vector<TensorClass>{TensorClass::attention_output};
  return !(of_output && rule.when.experts);
}

bool Recipe::model_matches(const RuleCondition& when) const {
  const int gqa = query_heads_per_kv_head(model_);
  const int experts = expert_count(model_);
  const int layers = static_cast<int>(model_.layers.size());
  return (!when.min_gqa || gqa >= *when.min_gqa) && (!when.max_gqa || gqa <= *when.max_gqa) &&
         (!when.min_experts || experts >= *when.min_experts) &&
         (!when.experts || experts == *when.experts) &&
         (!when.importance_matrix || options_.importance_matrix == *when.importance_matrix) &&
         (!when.tied || model_.tied_embeddings == *when.tied) &&
         (!when.layers || layers == *when.layers) &&
         (!when.before || options_.quantiser_year < *when.before) &&
         (when.families.empty() || contains(when.families, model_.family));
}

bool Recipe::tensor_matches(const RuleCondition& when, const View& view,
                            const FormatSpec& current) const {
  const Tensor& tensor = view.tensor;
  return (!when.routed || (tensor.experts > 0) == *when.routed) &&
         (!when.shared || (tensor.role == TensorRole::shared_expert) == *when.shared) &&
         (!when.fused || view.fused == *when.fused) &&
         (!when.row_not_multiple_of || tensor.row % *when.row_not_multiple_of != 0) &&
         (!when.current || current.id == *when.current);
}

const FormatSpec* Recipe::choose(const View& view) {
  const Tensor& tensor = view.tensor;
  const Position position = advance(view);
  const bool tied_head = model_.tied_embeddings && view.cls == TensorClass::token_embedding;
  const std::uint32_t cls = bit(tied_head ? TensorClass::output : view.cls);
  const FormatSpec* format = is_small(view.cls) ? vector_format_ : default_format_;
  if (made_in_2023() && tensor.experts > 0) return fitting(format, tensor.row);
  const bool only_fused = view.fused && fused_apart();
  for (const Rule& rule : rules_) {
    if ((rule.classes & cls) != 0 && (!only_fused || rule.rule->when.fused) &&
        selects(*rule.rule, position.index, position.count) &&
        tensor_matches(rule.rule->when, view, *format)) {
      format = rule.format;
    }
  }
  return fitting(format, tensor.row);
}

void Recipe::apply(Tensor& tensor) {
  assert(valid_);
  if (tensor.gate_rows > 0 && splits_linear_attention()) {
    const FormatSpec* gate = choose({tensor, TensorClass::attention_other, false});
    tensor.format = choose({tensor, TensorClass::attention_v, true});
    tensor.bytes = stored_bytes(*tensor.format, tensor.row, tensor.rows - tensor.gate_rows) +
                   stored_bytes(*gate, tensor.row, tensor.gate_rows);
    return;
  }
  const bool fused = model_.fused_projections && tensor.cls == TensorClass::attention_v;
  tensor.format = choose({tensor, tensor.cls, fused});
  tensor.bytes = stored_bytes(*tensor.format, tensor.row, tensor.rows);
}

}  // namespace plimsoll
