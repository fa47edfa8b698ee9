#include <algorithm>
#include <functional>

#include "catalog/reader_parts.h"
#include "catalog/readers.h"

namespace plimsoll {

namespace {

constexpr int largest_width = 1'000'000;
constexpr int largest_vocabulary = 10'000'000;
constexpr int longest_context = 1'000'000'000;

IndexerSpec read_indexer(MapReader& reader) {
  return {.heads = required_int(reader, "heads", 1, largest_width),
          .head_dim = required_int(reader, "head_dim", 1, largest_width),
          .top_k = required_int(reader, "top_k", 1, longest_context)};
}

void check_sharing(MapReader& reader, int heads, int kv_heads) {
  if (heads % kv_heads == 0) return;
  reader.error("kv_heads", "inconsistent",
               std::to_string(heads) + " query heads cannot share " + std::to_string(kv_heads) +
                   " KV heads evenly",
               "a divisor of heads");
}

FullLayersSpec read_full_layers(MapReader& reader, int heads) {
  FullLayersSpec full;
  const ErrorWatch watch(reader);
  full.kv_heads = required_int(reader, "kv_heads", 1, largest_width);
  full.head_dim = required_int(reader, "head_dim", 1, largest_width);
  full.keys_as_values = reader.value_or("keys_as_values", field::boolean(), false);
  if (watch.clean()) check_sharing(reader, heads, full.kv_heads);
  return full;
}

void read_grouped_query(MapReader& reader, AttentionSpec& attention) {
  const ErrorWatch watch(reader);
  attention.kv_heads = required_int(reader, "kv_heads", 1, largest_width);
  attention.head_dim = required_int(reader, "head_dim", 1, largest_width);
  if (watch.clean()) check_sharing(reader, attention.heads, attention.kv_heads);
  const int heads = attention.heads;
  attention.full_layers =
      reader.optional("full_layers", field::object("full layers", [heads](MapReader& full) {
                        return read_full_layers(full, heads);
                      }));
}

void read_latent(MapReader& reader, AttentionSpec& attention) {
  attention.q_lora_rank = int_or(reader, "q_lora_rank", 0, largest_width, 0);
  attention.kv_lora_rank = required_int(reader, "kv_lora_rank", 1, largest_width);
  attention.rope_dim = required_int(reader, "rope_dim", 1, largest_width);
  attention.nope_dim = required_int(reader, "nope_dim", 1, largest_width);
  attention.v_dim = required_int(reader, "v_dim", 1, largest_width);
}

void read_compressed(MapReader& reader, AttentionSpec& attention) {
  const ErrorWatch watch(reader);
  attention.kv_heads = 1;
  attention.head_dim = required_int(reader, "head_dim", 1, largest_width);
  attention.q_lora_rank = required_int(reader, "q_lora_rank", 1, largest_width);
  attention.rope_dim = required_int(reader, "rope_dim", 1, largest_width);
  attention.output_groups = required_int(reader, "output_groups", 1, largest_width);
  attention.output_lora_rank = required_int(reader, "output_lora_rank", 1, largest_width);
  attention.sparse_tokens = int_or(reader, "sparse_tokens", 1, longest_context, 0);
  attention.heavy_tokens = int_or(reader, "heavy_tokens", 1, longest_context, 0);
  if (watch.clean() && attention.heads % attention.output_groups != 0)
    reader.error("output_groups", "inconsistent",
                 std::to_string(attention.heads) + " heads do not divide into " +
                     std::to_string(attention.output_groups) + " groups",
                 "a divisor of heads");
}

AttentionSpec read_attention(MapReader& reader) {
  AttentionSpec attention;
  const ErrorWatch watch(reader);
  attention.kind = reader.required("kind", word_of<AttentionKind>());
  attention.heads = required_int(reader, "heads", 1, largest_width);
  if (!watch.clean()) attention.heads = 0;  // divisible by everything: said once is enough
  const auto of_kind = [&](AttentionKind kind, auto read) {
    reader.in_case({.key = "kind", .word = std::string(word(kind))}, attention.kind == kind,
                   [&] { read(reader, attention); });
  };
  of_kind(AttentionKind::gqa, read_grouped_query);
  of_kind(AttentionKind::mla, read_latent);
  of_kind(AttentionKind::compressed, read_compressed);
  attention.qkv_bias = reader.value_or("qkv_bias", field::boolean(), false);
  attention.output_bias = reader.value_or("output_bias", field::boolean(), false);
  attention.sinks = reader.value_or("sinks", field::boolean(), false);
  attention.output_gate = reader.value_or("output_gate", field::boolean(), false);
  attention.qk_norm = reader.value_or("qk_norm", word_of<QkNorm>(), QkNorm::none);
  attention.indexer = reader.optional("indexer", field::object("indexer", read_indexer));
  return attention;
}

LinearAttentionSpec read_linear(MapReader& reader) {
  LinearAttentionSpec linear;
  const ErrorWatch watch(reader);
  linear.k_heads = required_int(reader, "k_heads", 1, largest_width);
  linear.k_dim = required_int(reader, "k_dim", 1, largest_width);
  linear.v_heads = required_int(reader, "v_heads", 1, largest_width);
  linear.v_dim = required_int(reader, "v_dim", 1, largest_width);
  linear.conv_kernel = required_int(reader, "conv_kernel", 1, 1024);
  if (watch.clean() && linear.v_heads % linear.k_heads != 0) {
    reader.error("v_heads", "inconsistent", "the value heads cannot share the key heads evenly",
                 "a multiple of k_heads");
  }
  return linear;
}

MoeSpec read_moe(MapReader& reader) {
  MoeSpec moe;
  const ErrorWatch watch(reader);
  moe.experts = required_int(reader, "experts", 1, sane::most_experts);
  moe.experts_per_token = required_int(reader, "experts_per_token", 1, sane::most_experts);
  moe.expert_width = required_int(reader, "expert_width", 1, largest_width);
  moe.shared_width = int_or(reader, "shared_width", 0, largest_width, 0);
  moe.shared_gate = reader.value_or("shared_gate", field::boolean(), false);
  moe.expert_bias = reader.value_or("expert_bias", field::boolean(), false);
  moe.router_correction_bias = reader.value_or("router_correction_bias", field::boolean(), false);
  if (watch.clean() && moe.experts_per_token > moe.experts) {
    reader.error("experts_per_token", "inconsistent",
                 "a token cannot visit " + std::to_string(moe.experts_per_token) + " of " +
                     std::to_string(moe.experts) + " experts",
                 "at most experts");
  }
  if (watch.clean() && moe.shared_gate && moe.shared_width == 0) {
    reader.error("shared_gate", "inconsistent", "a gate without a shared expert",
                 "shared_width above 0");
  }
  return moe;
}

struct DenseFfn {
  int width = 0;
  bool gated = true;
};

DenseFfn read_ffn(MapReader& reader) {
  return {.width = required_int(reader, "width", 1, largest_width),
          .gated = reader.value_or("gated", field::boolean(), true)};
}

struct LayerRun {
  LayerSpec layer;
  int times = 1;
};

LayerRun read_run(MapReader& reader) {
  LayerRun run;
  run.layer.attention = reader.required("attention", word_of<LayerAttention>());
  run.layer.ffn = reader.required("ffn", word_of<LayerFfn>());
  run.times = int_or(reader, "times", 1, sane::most_layers, 1);
  return run;
}

std::vector<LayerSpec> expand(const std::vector<LayerRun>& runs) {
  std::vector<LayerSpec> layers;
  for (const LayerRun& run : runs) {
    layers.insert(layers.end(), static_cast<std::size_t>(run.times), run.layer);
  }
  return layers;
}

// The leading layers, then the pattern over and over until `count` is reached.
std::vector<LayerSpec> read_layers(MapReader& reader) {
  const ErrorWatch watch(reader);
  const auto runs = field::list_of(field::object("layer", read_run));
  const auto count = static_cast<std::size_t>(required_int(reader, "count", 1, sane::most_layers));
  std::vector<LayerSpec> layers = expand(reader.value_or("leading", runs, {}));
  const std::vector<LayerSpec> pattern = expand(reader.required("pattern", runs));
  if (!watch.clean()) return {};
  if (layers.size() > count) {
    reader.error("leading", "inconsistent", "more leading layers than layers", "at most count");
    return {};
  }
  if (pattern.empty() || (layers.size() < count && layers.size() + pattern.size() > count)) {
    reader.error("pattern", "inconsistent",
                 "the pattern has " + std::to_string(pattern.size()) + " layers and " +
                     std::to_string(count - layers.size()) + " are left for it",
                 "1 to as many");
    return {};
  }
  for (std::size_t i = 0; layers.size() < count; ++i) layers.push_back(pattern[i % pattern.size()]);
  return layers;
}

template <class Predicate>
bool any_layer(const ModelSpec& model, Predicate predicate) {
  return std::any_of(model.layers.begin(), model.layers.end(), predicate);
}

// A part that some layers use must be described, and a described part must be used.
void check_part(MapReader& reader, std::string_view key, bool used, std::string_view users) {
  const bool described = reader.has(key);
  if (used && !described) {
    reader.error(
        "layers", "inconsistent",
        "there are " + std::string(users) + " layers but no key '" + std::string(key) + "'",
        std::string(key) + ": …");
  } else if (described && !used) {
    reader.error(key, "inconsistent",
                 "key '" + std::string(key) + "' describes " + std::string(users) +
                     " layers, and there are none",
                 "such layers in the pattern, or no such key");
  }
}

// Compressed layers need that kind of attention and what it says of them, and nothing else does.
void check_compression(MapReader& reader, const AttentionSpec& spec,
                       const std::function<bool(LayerAttention)>& has) {
  const auto wrong = [&](const std::string& what, const std::string& expected) {
    reader.error("attention", "inconsistent", what, expected);
  };
  const bool compressed = spec.kind == AttentionKind::compressed;
  if (compressed && has(LayerAttention::full))
    wrong("no layer of compressed attention sees everything",
          "windowed, compressed_sparse and heavily_compressed layers");
  const auto check = [&](LayerAttention kind, int tokens, const std::string& key) {
    const std::string layers = std::string(word(kind)) + " layers";
    if (has(kind) && !compressed)
      wrong("there are " + layers + " but no compressed attention", "kind: compressed");
    else if (has(kind) && tokens == 0)
      wrong("there are " + layers + " but no key '" + key + "'", key + ": …");
    else if (!has(kind) && tokens > 0)
      wrong("key '" + key + "' describes " + layers + ", and there are none",
            "such layers in the pattern, or no such key");
  };
  check(LayerAttention::compressed_sparse, spec.sparse_tokens, "sparse_tokens");
  check(LayerAttention::heavily_compressed, spec.heavy_tokens, "heavy_tokens");
  if (compressed && has(LayerAttention::compressed_sparse) != spec.indexer.has_value())
    wrong("an indexer chooses the entries of compressed_sparse layers",
          "both such layers and an indexer, or neither");
}

void check_parts(MapReader& reader, const ModelSpec& model) {
  const auto attention = [&model](LayerAttention kind) {
    return any_layer(model, [kind](const LayerSpec& layer) { return layer.attention == kind; });
  };
  const auto ffn = [&model](LayerFfn kind) {
    return any_layer(model, [kind](const LayerSpec& layer) { return layer.ffn == kind; });
  };
  check_part(reader, "window",
             any_layer(model, [](const LayerSpec& layer) { return has_window(layer.attention); }),
             "windowed or compressed");
  check_compression(reader, model.attention, attention);
  const bool both = attention(LayerAttention::full) && attention(LayerAttention::windowed);
  if (model.attention.full_layers && !both) {
    reader.error("attention", "inconsistent",
                 "key 'full_layers' says what full layers have other than windowed ones, and there "
                 "are not both",
                 "both in the pattern, or no such key");
  }
  check_part(reader, "linear", attention(LayerAttention::linear), "linear");
  check_part(reader, "moe", ffn(LayerFfn::moe), "moe");
  check_part(reader, "ffn", ffn(LayerFfn::dense), "dense");
}

void read_dimensions(MapReader& reader, ModelSpec& model) {
  model.hidden = required_int(reader, "hidden", 1, largest_width);
  model.vocab = required_int(reader, "vocab", 1, largest_vocabulary);
  model.max_context = required_int(reader, "max_context", 1, longest_context);
  model.tied_embeddings = reader.required("tied_embeddings", field::boolean());
  model.norms_per_layer = int_or(reader, "norms_per_layer", 0, 16, 2);
  model.layer_norm_bias = reader.value_or("layer_norm_bias", field::boolean(), false);
  model.learned_positions = int_or(reader, "learned_positions", 0, longest_context, 0);
  model.fused_projections = reader.value_or("fused_projections", field::boolean(), false);
  model.hyper_connections = int_or(reader, "hyper_connections", 2, 64, 0);
}

void read_layer_parts(MapReader& reader, ModelSpec& model) {
  model.attention = reader.required("attention", field::object("attention", read_attention));
  model.window = int_or(reader, "window", 1, longest_context, 0);
  model.full_size_cache = reader.value_or("full_size_cache", field::boolean(), false);
  model.linear = reader.optional("linear", field::object("linear attention", read_linear));
  if (const auto ffn = reader.optional("ffn", field::object("ffn", read_ffn))) {
    model.ffn_width = ffn->width;
    model.gated_ffn = ffn->gated;
  }
  model.moe = reader.optional("moe", field::object("moe", read_moe));
  model.layers = reader.required("layers", field::object("layers", read_layers));
  model.mtp_layers = int_or(reader, "mtp_layers", 0, sane::most_layers, 0);
}

}  // namespace

void read_entry(MapReader& reader, ModelSpec& model, References& references) {
  model.family = reader.required("family", field::id());
  model.license = text_or_empty(reader, "license");
  model.source = reader.required("source", field::text());
  model.native_format =
      required_reference(reader, "native_format", ReferenceKind::quantization, references);
  model.default_quantization =
      optional_reference(reader, "default_quantization", ReferenceKind::quantization, references);
  read_dimensions(reader, model);
  read_layer_parts(reader, model);
  model.routing = reader.optional("routing", field::object("routing", read_routing));
  if (model.routing && !model.moe)
    reader.error("routing", "inconsistent", "a model without experts routes nothing",
                 "key 'moe' beside it");
  model.published_parameters = reader.optional("published_parameters", field::figure(1e3, 1e15));
  if (!model.layers.empty()) check_parts(reader, model);
}

}  // namespace plimsoll
