#include "model_files.h"

#include <algorithm>
#include <bit>
#include <fstream>
#include <map>
#include <stdexcept>

namespace plimsoll::test {
namespace {

constexpr std::uint64_t alignment = 32;

std::uint64_t padded(std::uint64_t value) {
  return (value + alignment - 1) / alignment * alignment;
}

// Written down from ggml.h and ggml-common.h once more, apart from the reader's own table.
struct Type {
  std::uint32_t number;
  std::uint64_t block;
  std::uint64_t bytes;
};
const std::map<std::string, Type>& types() {
  static const std::map<std::string, Type> all = {{"F32", {0, 1, 4}},
                                                  {"F16", {1, 1, 2}},
                                                  {"Q4_0", {2, 32, 2 + 16}},
                                                  {"Q4_1", {3, 32, 4 + 16}},
                                                  {"Q5_0", {6, 32, 2 + 4 + 16}},
                                                  {"Q5_1", {7, 32, 4 + 4 + 16}},
                                                  {"Q8_0", {8, 32, 2 + 32}},
                                                  {"Q2_K", {10, 256, 4 + 16 + 64}},
                                                  {"Q3_K", {11, 256, 2 + 12 + 32 + 64}},
                                                  {"Q4_K", {12, 256, 4 + 12 + 128}},
                                                  {"Q5_K", {13, 256, 4 + 12 + 32 + 128}},
                                                  {"Q6_K", {14, 256, 2 + 16 + 64 + 128}},
                                                  {"IQ2_XXS", {16, 256, 2 + 64}},
                                                  {"IQ4_NL", {20, 32, 2 + 16}},
                                                  {"IQ3_S", {21, 256, 2 + 108}},
                                                  {"IQ4_XS", {23, 256, 8 + 128}},
                                                  {"BF16", {30, 1, 2}},
                                                  {"MXFP4", {39, 32, 1 + 16}}};
  return all;
}

std::uint64_t product(const std::vector<std::uint64_t>& shape) {
  std::uint64_t result = 1;
  for (const std::uint64_t length : shape) result *= length;
  return result;
}

bool is_linear(const ModelSpec& model, int layer) {
  return layer >= 0 &&
         model.layers[static_cast<std::size_t>(layer)].attention == LayerAttention::linear;
}

// "blk.3." and "attn_q.weight".
std::pair<std::string, std::string> split_name(const std::string& name) {
  if (!name.starts_with("blk.")) return {"", name};
  const std::size_t dot = name.find('.', 4);
  return {name.substr(0, dot + 1), name.substr(dot + 1)};
}

std::vector<std::uint64_t> shape_of(const Tensor& tensor) {
  const auto row = static_cast<std::uint64_t>(tensor.row);
  const auto rows = static_cast<std::uint64_t>(tensor.rows);
  if (tensor.experts > 0) {
    const auto experts = static_cast<std::uint64_t>(tensor.experts);
    if (rows == experts) return {row, experts};
    return {row, rows / experts, experts};
  }
  if (rows == 1) return {row};
  return {row, rows};
}

}  // namespace

std::string little(std::uint64_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i) & 0xff);
  return text;
}

std::string gguf_text(const std::string& text) {
  return little(text.size(), 8) + text;
}

void GgufWriter::add_raw(const std::string& key, std::uint32_t type, const std::string& bytes) {
  metadata_ += gguf_text(key) + little(type, 4) + bytes;
  ++entries_;
}
void GgufWriter::add(const std::string& key, const std::string& text) {
  add_raw(key, 8, gguf_text(text));
}
void GgufWriter::add(const std::string& key, std::uint32_t number) {
  add_raw(key, 4, little(number, 4));
}
void GgufWriter::add(const std::string& key, bool truth) {
  add_raw(key, 7, little(truth ? 1 : 0, 1));
}
void GgufWriter::add(const std::string& key, float number) {
  add_raw(key, 6, little(std::bit_cast<std::uint32_t>(number), 4));
}
void GgufWriter::add(const std::string& key, const std::vector<std::uint32_t>& numbers) {
  std::string bytes = little(4, 4) + little(numbers.size(), 8);
  for (const std::uint32_t number : numbers) bytes += little(number, 4);
  add_raw(key, 9, bytes);
}
void GgufWriter::add(const std::string& key, const std::vector<bool>& truths) {
  std::string bytes = little(7, 4) + little(truths.size(), 8);
  for (const bool truth : truths) bytes += little(truth ? 1 : 0, 1);
  add_raw(key, 9, bytes);
}
void GgufWriter::add(const std::string& key, const std::vector<std::string>& texts) {
  std::string bytes = little(8, 4) + little(texts.size(), 8);
  for (const std::string& text : texts) bytes += gguf_text(text);
  add_raw(key, 9, bytes);
}

void GgufWriter::add_tensor(const FileTensor& tensor) {
  const Type& type = types().at(tensor.format);
  add_tensor_raw(tensor.name, tensor.shape, type.number, end_);
  const std::uint64_t bytes = product(tensor.shape) / type.block * type.bytes;
  placed_.push_back({.tensor = tensor, .begin = end_, .bytes = bytes});
  end_ = padded(end_ + bytes);
}

void GgufWriter::add_tensor_raw(const std::string& name, const std::vector<std::uint64_t>& shape,
                                std::uint32_t type, std::uint64_t offset) {
  table_ += gguf_text(name) + little(shape.size(), 4);
  for (const std::uint64_t length : shape) table_ += little(length, 8);
  table_ += little(type, 4) + little(offset, 8);
  ++tensors_;
}

std::string GgufWriter::header() const {
  std::string text =
      "GGUF" + little(version_, 4) + little(tensors_, 8) + little(entries_, 8) + metadata_ + table_;
  text.resize(static_cast<std::size_t>(padded(text.size())), '\0');
  return text;
}

void GgufWriter::write_sparse(const std::filesystem::path& file) const {
  const std::string front = header();
  write_sparse_file(file, front, front.size() + end_);
}

void write_sparse_file(const std::filesystem::path& file, const std::string& front,
                       std::uint64_t size) {
  std::ofstream(file, std::ios::binary) << front;
  std::filesystem::resize_file(file, size);
}

// ----- a model as llama.cpp writes it

namespace {

// Of DeepSeek-V4: of every layer, and of one more that drafts.
std::vector<std::uint32_t> compress_ratios(const ModelSpec& m) {
  std::vector<std::uint32_t> ratios;
  for (const LayerSpec& layer : m.layers)
    ratios.push_back(static_cast<std::uint32_t>(entry_tokens(m.attention, layer.attention)));
  ratios.push_back(0);
  return ratios;
}

void add_keys(GgufWriter& file, const ModelSpec& m) {
  const std::string arch = m.family;
  const auto key = [&](const char* name) { return arch + "." + name; };
  const auto add = [&](const char* name, int value) {
    file.add(key(name), static_cast<std::uint32_t>(value));
  };
  const AttentionSpec& a = m.attention;
  file.add("general.architecture", arch);
  file.add("general.name", m.name);
  file.add(key("attention.layer_norm_rms_epsilon"), 1e-6F);
  add("context_length", m.max_context);
  add("embedding_length", m.hidden);
  add("block_count", static_cast<int>(m.layers.size()));
  add("attention.head_count", a.heads);
  if (a.kind == AttentionKind::mla) {
    add("attention.head_count_kv", 1);
    add("attention.key_length", a.kv_lora_rank + a.rope_dim);
    add("attention.value_length", a.kv_lora_rank);
    add("attention.key_length_mla", a.nope_dim + a.rope_dim);
    add("attention.value_length_mla", a.v_dim);
    if (a.q_lora_rank > 0) add("attention.q_lora_rank", a.q_lora_rank);
    add("attention.kv_lora_rank", a.kv_lora_rank);
    add("rope.dimension_count", a.rope_dim);
  } else if (a.kind == AttentionKind::compressed) {
    add("attention.head_count_kv", 1);
    add("attention.key_length", a.head_dim);
    add("attention.q_lora_rank", a.q_lora_rank);
    add("rope.dimension_count", a.rope_dim);
    add("attention.output_group_count", a.output_groups);
    add("attention.output_lora_rank", a.output_lora_rank);
    file.add(key("attention.compress_ratios"), compress_ratios(m));
    add("hyper_connection.count", m.hyper_connections);
  } else {
    add("attention.head_count_kv", a.kv_heads);
    add("attention.key_length", a.head_dim);
    add("attention.value_length", a.head_dim);
  }
  if (a.indexer) {
    add("attention.indexer.head_count", a.indexer->heads);
    add("attention.indexer.key_length", a.indexer->head_dim);
    add("attention.indexer.top_k", a.indexer->top_k);
  }
  if (m.window > 0 && arch != "llama4") add("attention.sliding_window", m.window);
  const auto dense = static_cast<int>(std::count_if(
      m.layers.begin(), m.layers.end(), [](auto& layer) { return layer.ffn == LayerFfn::dense; }));
  const bool width_is_experts = m.moe && (arch == "llama" || arch == "minimax-m2" ||
                                          arch == "olmoe" || arch == "hunyuan-moe");
  if (dense > 0) add("feed_forward_length", m.ffn_width);
  if (width_is_experts) add("feed_forward_length", m.moe->expert_width);
  if (m.moe) {
    add("expert_count", m.moe->experts);
    add("expert_used_count", m.moe->experts_per_token);
    if (arch != "llama") add("expert_feed_forward_length", m.moe->expert_width);
    const bool by_width = arch.starts_with("qwen") || arch == "hunyuan-moe";
    if (by_width && m.moe->shared_width > 0)
      add("expert_shared_feed_forward_length", m.moe->shared_width);
    if (!by_width && arch != "llama4" && m.moe->shared_width > 0)
      add("expert_shared_count", m.moe->shared_width / m.moe->expert_width);
    if (arch == "llama4") {
      add("interleave_moe_layer_step", dense > 0 ? 2 : 1);
    } else if (dense > 0) {
      add("leading_dense_block_count", dense);
    }
  }
  if (m.linear) {
    add("ssm.conv_kernel", m.linear->conv_kernel);
    add("ssm.state_size", m.linear->k_dim);
    add("ssm.group_count", m.linear->k_heads);
    add("ssm.time_step_rank", m.linear->v_heads);
    add("ssm.inner_size", m.linear->v_heads * m.linear->v_dim);
    add("full_attention_interval", 4);
  }
  file.add("tokenizer.ggml.tokens", std::vector<std::string>{"a", "b", "c"});
}

// Of linear attention's output gate, which is a tensor of its own in files since 2026: the format
// that accounts for the bytes beside those of the rest.
std::string gate_format(const Tensor& tensor) {
  const std::string rest = tensor.format->id;
  const auto bytes_in = [&](const std::string& format, std::int64_t rows) {
    const Type& type = types().at(format);
    return static_cast<std::uint64_t>(tensor.row * rows) / type.block * type.bytes;
  };
  const auto gate = static_cast<std::uint64_t>(tensor.bytes.base()) -
                    bytes_in(rest, tensor.rows - tensor.gate_rows);
  if (bytes_in(rest, tensor.gate_rows) == gate) return rest;
  for (const auto& [format, type] : types())
    if (bytes_in(format, tensor.gate_rows) == gate) return format;
  throw std::logic_error("no format of " + tensor.name + " has so many bytes");
}

// Names that the converter's files have instead of the enumerated ones.
std::vector<FileTensor> gguf_tensors(const ModelSpec& m, const Tensor& tensor) {
  const auto [prefix, rest] = split_name(tensor.name);
  const std::string format = tensor.format ? tensor.format->id : "BF16";
  const auto hidden = static_cast<std::uint64_t>(m.hidden);
  const bool halves = m.family == "qwen35" || m.family == "qwen35moe";
  if (is_linear(m, tensor.layer) && rest == "ssm_in.weight") {
    const auto v = static_cast<std::uint64_t>(m.linear->v_heads * m.linear->v_dim);
    const auto rows = static_cast<std::uint64_t>(tensor.rows);
    return {
        {prefix + "attn_qkv.weight", {hidden, rows - v}, format},
        {prefix + "attn_gate.weight", {hidden, v}, tensor.format ? gate_format(tensor) : format}};
  }
  if (is_linear(m, tensor.layer) && halves && rest == "ssm_ba.weight") {
    const auto heads = static_cast<std::uint64_t>(m.linear->v_heads);
    return {{prefix + "ssm_beta.weight", {hidden, heads}, format},
            {prefix + "ssm_alpha.weight", {hidden, heads}, format}};
  }
  const bool after = m.linear || m.family == "gpt-oss" || m.family == "glm4moe";
  if (after && rest == "ffn_norm.weight")
    return {{prefix + "post_attention_norm.weight", {hidden}, format}};
  return {{tensor.name, shape_of(tensor), format}};
}

}  // namespace

GgufWriter gguf_of(const ModelSpec& model, const std::vector<Tensor>& tensors,
                   std::uint32_t version) {
  GgufWriter file(version);
  add_keys(file, model);
  for (const Tensor& tensor : tensors) {
    for (const FileTensor& each : gguf_tensors(model, tensor)) file.add_tensor(each);
  }
  return file;
}

// ----- safetensors

namespace {

std::uint64_t bits_of(const std::string& format) {
  static const std::map<std::string, std::uint64_t> bits = {
      {"U8", 8},    {"I8", 8},   {"F8_E4M3", 8}, {"I16", 16}, {"F16", 16},
      {"BF16", 16}, {"F32", 32}, {"I32", 32},    {"U32", 32}, {"I64", 64}};
  return bits.at(format);
}

std::string joined(const std::vector<std::uint64_t>& numbers) {
  std::string text;
  for (const std::uint64_t number : numbers)
    text += (text.empty() ? "" : ",") + std::to_string(number);
  return text;
}

std::string quote(const std::string& text) {
  return "\"" + text + "\"";
}

}  // namespace

std::string safetensors_header(const std::vector<FileTensor>& tensors) {
  std::string json = R"({"__metadata__":{"format":"pt"})";
  std::uint64_t end = 0;
  for (const FileTensor& tensor : tensors) {
    const std::uint64_t bytes = product(tensor.shape) * bits_of(tensor.format) / 8;
    json += "," + quote(tensor.name) + R"(:{"dtype":)" + quote(tensor.format) + R"(,"shape":[)" +
            joined(tensor.shape) + R"(],"data_offsets":[)" + std::to_string(end) + "," +
            std::to_string(end + bytes) + "]}";
    end += bytes;
  }
  json += "}";
  return little(json.size(), 8) + json;
}

std::uint64_t safetensors_bytes(const std::vector<FileTensor>& tensors) {
  std::uint64_t sum = 0;
  for (const FileTensor& tensor : tensors)
    sum += product(tensor.shape) * bits_of(tensor.format) / 8;
  return sum;
}

namespace {

const std::map<std::string, std::string>& model_types() {
  static const std::map<std::string, std::string> words = {{"llama", "llama"},
                                                           {"gemma", "gemma"},
                                                           {"gemma2", "gemma2"},
                                                           {"gemma3", "gemma3_text"},
                                                           {"qwen2", "qwen2"},
                                                           {"qwen3", "qwen3"},
                                                           {"qwen3moe", "qwen3_moe"},
                                                           {"qwen3next", "qwen3_next"},
                                                           {"qwen35", "qwen3_5_text"},
                                                           {"qwen35moe", "qwen3_5_moe_text"},
                                                           {"deepseek2", "deepseek_v3"},
                                                           {"deepseek32", "deepseek_v32"},
                                                           {"deepseek4", "deepseek_v4"},
                                                           {"glm-dsa", "glm_moe_dsa"},
                                                           {"glm4moe", "glm4_moe"},
                                                           {"gpt-oss", "gpt_oss"},
                                                           {"llama4", "llama4_text"},
                                                           {"minimax-m2", "minimax_m2"},
                                                           {"opt", "opt"},
                                                           {"phi3", "phi3"},
                                                           {"dots1", "dots1"},
                                                           {"hunyuan-moe", "hunyuan_v1_moe"},
                                                           {"mistral3", "ministral3"},
                                                           {"olmoe", "olmoe"}};
  return words;
}

const char* layer_type(LayerAttention attention) {
  switch (attention) {
    case LayerAttention::linear:
      return "linear_attention";
    case LayerAttention::windowed:
      return "sliding_attention";
    case LayerAttention::compressed_sparse:
      return "compressed_sparse_attention";
    case LayerAttention::heavily_compressed:
      return "heavily_compressed_attention";
    case LayerAttention::full:
      break;
  }
  return "full_attention";
}

}  // namespace

std::string config_of(const ModelSpec& m, const std::vector<std::string>& more) {
  std::vector<std::string> lines;
  const auto raw = [&](const std::string& key, const std::string& value) {
    lines.push_back(quote(key) + ": " + value);
  };
  const auto number = [&](const char* key, int value) { raw(key, std::to_string(value)); };
  const auto truth = [&](const char* key, bool value) { raw(key, value ? "true" : "false"); };
  const AttentionSpec& a = m.attention;
  const std::string family = m.family;
  raw("model_type", quote(m.moe && family == "llama" ? "mixtral" : model_types().at(family)));
  number("hidden_size", m.hidden);
  number("vocab_size", m.vocab);
  number("max_position_embeddings", m.max_context);
  number("num_hidden_layers", static_cast<int>(m.layers.size()));
  truth("tie_word_embeddings", m.tied_embeddings);
  number("num_attention_heads", a.heads);
  if (a.kind == AttentionKind::mla) {
    raw("q_lora_rank", a.q_lora_rank > 0 ? std::to_string(a.q_lora_rank) : "null");
    number("kv_lora_rank", a.kv_lora_rank);
    number("qk_rope_head_dim", a.rope_dim);
    number("qk_nope_head_dim", a.nope_dim);
    number("v_head_dim", a.v_dim);
    raw("topk_method", quote(m.moe->router_correction_bias ? "noaux_tc" : "greedy"));
  } else if (a.kind == AttentionKind::compressed) {
    number("num_key_value_heads", 1);
    number("head_dim", a.head_dim);
    number("q_lora_rank", a.q_lora_rank);
    number("qk_rope_head_dim", a.rope_dim);
    number("o_groups", a.output_groups);
    number("o_lora_rank", a.output_lora_rank);
    number("hc_mult", m.hyper_connections);
    std::string ratios;
    for (const std::uint32_t ratio : compress_ratios(m))
      ratios += (ratios.empty() ? "" : ", ") + std::to_string(ratio);
    raw("compress_ratios", "[" + ratios + "]");
  } else {
    number("num_key_value_heads", a.kv_heads);
    number("head_dim", a.head_dim);
  }
  if (family == "dots1") raw("topk_method", quote("noaux_tc"));
  if (a.indexer) {
    number("index_n_heads", a.indexer->heads);
    number("index_head_dim", a.indexer->head_dim);
    number("index_topk", a.indexer->top_k);
  }
  if (family == "glm4moe") truth("use_qk_norm", a.qk_norm != QkNorm::none);
  if (m.ffn_width > 0)
    number(family == "llama4" ? "intermediate_size_mlp"
           : family == "opt"  ? "ffn_dim"
                              : "intermediate_size",
           m.ffn_width);
  if (m.moe) {
    const bool old =
        family == "llama" || family == "llama4" || family == "gpt-oss" || family == "minimax-m2";
    number(old                          ? "num_local_experts"
           : family.starts_with("qwen") ? "num_experts"
                                        : "n_routed_experts",
           m.moe->experts);
    number("num_experts_per_tok", m.moe->experts_per_token);
    number(old ? "intermediate_size" : "moe_intermediate_size", m.moe->expert_width);
    if (family.starts_with("qwen") && m.moe->shared_width > 0)
      number("shared_expert_intermediate_size", m.moe->shared_width);
    else if (!old && m.moe->shared_width > 0)
      number("n_shared_experts", m.moe->shared_width / m.moe->expert_width);
    if (family == "llama4") number("interleave_moe_layer_step", m.ffn_width > 0 ? 2 : 1);
    const auto first = std::find_if(m.layers.begin(), m.layers.end(),
                                    [](auto& layer) { return layer.ffn == LayerFfn::moe; });
    if (!old) number("first_k_dense_replace", static_cast<int>(first - m.layers.begin()));
  }
  if (m.linear) {
    number("linear_num_key_heads", m.linear->k_heads);
    number("linear_key_head_dim", m.linear->k_dim);
    number("linear_num_value_heads", m.linear->v_heads);
    number("linear_value_head_dim", m.linear->v_dim);
    number("linear_conv_kernel_dim", m.linear->conv_kernel);
  }
  if (m.window > 0)
    number(family == "llama4" ? "attention_chunk_size" : "sliding_window", m.window);
  if (m.linear || family == "gpt-oss") {
    std::string types;
    for (const LayerSpec& layer : m.layers)
      types += (types.empty() ? "" : ", ") + quote(layer_type(layer.attention));
    raw("layer_types", "[" + types + "]");
  }
  lines.insert(lines.end(), more.begin(), more.end());
  std::string text;
  for (const std::string& line : lines) text += (text.empty() ? "{\n  " : ",\n  ") + line;
  return text + "\n}\n";
}

namespace {

// Modules of a layer, for the families whose names the tests write.
std::string hf_module(const ModelSpec& m, const std::string& ours) {
  static const std::map<std::string, std::string> common = {
      {"attn_norm", "input_layernorm"},
      {"attn_q", "self_attn.q_proj"},
      {"attn_k", "self_attn.k_proj"},
      {"attn_v", "self_attn.v_proj"},
      {"attn_qkv", "self_attn.qkv_proj"},
      {"attn_output", "self_attn.o_proj"},
      {"attn_q_norm", "self_attn.q_norm"},
      {"attn_k_norm", "self_attn.k_norm"},
      {"attn_q_a", "self_attn.q_a_proj"},
      {"attn_q_a_norm", "self_attn.q_a_layernorm"},
      {"attn_q_b", "self_attn.q_b_proj"},
      {"attn_kv_a_mqa", "self_attn.kv_a_proj_with_mqa"},
      {"attn_kv_a_norm", "self_attn.kv_a_layernorm"},
      {"indexer.attn_q_b", "self_attn.indexer.wq_b"},
      {"indexer.attn_k", "self_attn.indexer.wk"},
      {"indexer.k_norm", "self_attn.indexer.k_norm"},
      {"indexer.proj", "self_attn.indexer.weights_proj"},
      {"ssm_norm", "linear_attn.norm"},
      {"ssm_out", "linear_attn.out_proj"},
      {"ssm_conv1d", "linear_attn.conv1d"},
      {"ffn_gate", "mlp.gate_proj"},
      {"ffn_up", "mlp.up_proj"},
      {"ffn_down", "mlp.down_proj"},
      {"ffn_gate_shexp", "mlp.shared_experts.gate_proj"},
      {"ffn_up_shexp", "mlp.shared_experts.up_proj"},
      {"ffn_down_shexp", "mlp.shared_experts.down_proj"},
      {"ffn_gate_inp_shexp", "mlp.shared_expert_gate"}};
  if (ours == "ffn_norm")
    return m.norms_per_layer > 2 ? "pre_feedforward_layernorm" : "post_attention_layernorm";
  if (ours == "post_attention_norm") return "post_attention_layernorm";
  if (ours == "post_ffw_norm") return "post_feedforward_layernorm";
  if (ours == "ffn_up" && m.fused_projections) return "mlp.gate_up_proj";
  if (ours == "ffn_gate_inp")
    return m.family == "llama" || m.family == "minimax-m2" ? "block_sparse_moe.gate" : "mlp.gate";
  return common.at(ours);
}

}  // namespace

std::vector<FileTensor> safetensors_of(const ModelSpec& m) {
  std::vector<FileTensor> files;
  const auto add = [&](const std::string& name, std::vector<std::uint64_t> shape) {
    files.push_back({name, std::move(shape), "BF16"});
  };
  const auto dim = [](std::int64_t value) { return static_cast<std::uint64_t>(value); };
  for (const Tensor& tensor : enumerate_tensors(m)) {
    if (tensor.name == "token_embd.weight")
      add("model.embed_tokens.weight", {dim(tensor.rows), dim(tensor.row)});
    if (tensor.name == "output_norm.weight") add("model.norm.weight", {dim(tensor.row)});
    if (tensor.name == "output.weight") add("lm_head.weight", {dim(tensor.rows), dim(tensor.row)});
    if (tensor.layer < 0) continue;
    const std::string rest = split_name(tensor.name).second;
    const std::string layer = "model.layers." + std::to_string(tensor.layer) + ".";
    const std::size_t dot = rest.rfind('.');
    const std::string module = rest.substr(0, dot);
    const std::string part = dot == std::string::npos ? "" : rest.substr(dot);
    if (tensor.experts > 0) {
      const bool mixtral = m.family == "llama" || m.family == "minimax-m2";
      const std::string which = module == "ffn_gate_exps" ? (mixtral ? "w1" : "gate_proj")
                                : module == "ffn_up_exps" ? (mixtral ? "w3" : "up_proj")
                                                          : (mixtral ? "w2" : "down_proj");
      for (int e = 0; e < tensor.experts; ++e)
        add(layer + (mixtral ? "block_sparse_moe" : "mlp") + ".experts." + std::to_string(e) + "." +
                which + ".weight",
            {dim(tensor.rows / tensor.experts), dim(tensor.row)});
    } else if (module == "attn_k_b") {
      const AttentionSpec& a = m.attention;
      add(layer + "self_attn.kv_b_proj.weight",
          {dim(a.heads) * dim(a.nope_dim + a.v_dim), dim(a.kv_lora_rank)});
    } else if (module == "attn_v_b") {
      continue;  // in the one before
    } else if (rest == "exp_probs_b.bias") {
      add(layer + (m.family == "minimax-m2" ? "block_sparse_moe." : "mlp.gate.") +
              "e_score_correction_bias",
          {dim(tensor.row)});
    } else if (module == "ssm_in") {
      add(layer + "linear_attn.in_proj_qkvz.weight", {dim(tensor.rows), dim(tensor.row)});
    } else if (module == "ssm_ba") {
      add(layer + "linear_attn.in_proj_ba.weight", {dim(tensor.rows), dim(tensor.row)});
    } else if (rest == "ssm_a") {
      add(layer + "linear_attn.A_log", {dim(tensor.row)});
    } else if (rest == "ssm_dt.bias") {
      add(layer + "linear_attn.dt_bias", {dim(tensor.row)});
    } else if (tensor.rows == 1) {
      add(layer + hf_module(m, module) + part, {dim(tensor.row)});
    } else {
      add(layer + hf_module(m, module) + part, {dim(tensor.rows), dim(tensor.row)});
    }
  }
  return files;
}

}  // namespace plimsoll::test
