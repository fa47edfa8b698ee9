#include "import/model_yaml.h"

#include <algorithm>

#include "base/text.h"
#include "catalog/words.h"

namespace plimsoll {
namespace {

std::string yaml_text(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    constexpr unsigned char first_printable = 0x20;
    constexpr unsigned char erase = 0x7f;
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') out += '\\';
    out += byte < first_printable || byte == erase ? ' ' : c;
  }
  return out + "\"";
}

// The items of a map on one line: {heads: 32, kv_heads: 8}.
class InlineMap {
 public:
  InlineMap(std::string path, const std::vector<MissingFigure>& missing)
      : path_(std::move(path)), missing_(missing) {}

  void add(const std::string& key, const std::string& value) {
    text_ += (text_.empty() ? "" : ", ") + key + ": " + value;
  }
  // A figure that an entry cannot do without.
  void number(const std::string& key, int value) {
    add(key, is_missing(key) ? "TODO" : std::to_string(value));
  }
  void optional_number(const std::string& key, int value) {
    if (value > 0 || is_missing(key)) number(key, value);
  }
  void optional_truth(const std::string& key, bool value) {
    if (value) add(key, truth(value));
  }
  std::string take() const { return "{" + text_ + "}"; }

 private:
  bool is_missing(const std::string& key) const {
    return std::any_of(missing_.begin(), missing_.end(), [&](const MissingFigure& figure) {
      return figure.figure == path_ + "." + key;
    });
  }

  std::string path_;
  const std::vector<MissingFigure>& missing_;
  std::string text_;
};

// Layers as `leading` and a `pattern` repeated to the end; the shortest such pair.
struct LayerRule {
  std::size_t leading = 0;
  std::size_t period = 1;
};

LayerRule rule_of(const std::vector<LayerSpec>& layers) {
  const std::size_t count = layers.size();
  const auto repeats = [&](const LayerRule& rule) {
    for (std::size_t i = rule.leading + rule.period; i < count; ++i) {
      if (layers[i] != layers[i - rule.period]) return false;
    }
    return true;
  };
  for (std::size_t size = 1; size <= count; ++size) {
    for (std::size_t leading = 0; leading < size; ++leading) {
      const LayerRule rule{leading, size - leading};
      if (repeats(rule)) return rule;
    }
  }
  return {};
}

// Equal neighbours become one item with `times`.
std::string run_list(const std::vector<LayerSpec>& layers, std::size_t begin, std::size_t end) {
  std::string text;
  while (begin < end) {
    std::size_t next = begin;
    while (next < end && layers[next] == layers[begin]) ++next;
    text += text.empty() ? "" : ", ";
    text += "{attention: " + std::string(word(layers[begin].attention)) +
            ", ffn: " + std::string(word(layers[begin].ffn));
    if (next - begin > 1) text += ", times: " + std::to_string(next - begin);
    text += "}";
    begin = next;
  }
  return "[" + text + "]";
}

class Writer {
 public:
  Writer(const ModelSpec& model, const std::vector<MissingFigure>& missing)
      : model_(model), missing_(missing) {}

  std::string entry() {
    line("kind", "model");
    line("id", model_.id);
    line("name", yaml_text(model_.name));
    line("family", model_.family.empty() ? "TODO" : yaml_text(model_.family));
    if (!model_.license.empty()) line("license", yaml_text(model_.license));
    line("source", yaml_text(model_.source));
    line("native_format", model_.native_format.empty() ? "TODO" : model_.native_format);
    if (!model_.default_quantization.empty())
      line("default_quantization", yaml_text(model_.default_quantization));
    number("max_context", model_.max_context);
    architecture();
    return std::move(text_);
  }

  std::string architecture_only() {
    line("family", model_.family);
    architecture();
    return std::move(text_);
  }

 private:
  void line(const std::string& key, const std::string& value) {
    text_ += key + ": " + value + "\n";
  }

  const MissingFigure* missing(const std::string& figure) const {
    const auto found = std::find_if(missing_.begin(), missing_.end(),
                                    [&](const auto& each) { return each.figure == figure; });
    return found == missing_.end() ? nullptr : &*found;
  }
  std::string number_of(const std::string& figure, int value) const {
    const MissingFigure* absent = missing(figure);
    return absent ? "TODO  # not in the file: " + absent->keys : std::to_string(value);
  }
  void number(const std::string& key, int value) { line(key, number_of(key, value)); }
  void optional_truth(const std::string& key, bool value) {
    if (value) line(key, truth(value));
  }

  void architecture() {
    number("hidden", model_.hidden);
    number("vocab", model_.vocab);
    line("tied_embeddings", truth(model_.tied_embeddings));
    constexpr int usual_norms = 2;
    if (model_.norms_per_layer != usual_norms) number("norms_per_layer", model_.norms_per_layer);
    optional_truth("layer_norm_bias", model_.layer_norm_bias);
    if (model_.learned_positions > 0) number("learned_positions", model_.learned_positions);
    optional_truth("fused_projections", model_.fused_projections);
    if (model_.hyper_connections > 0) number("hyper_connections", model_.hyper_connections);
    line("attention", attention());
    if (model_.window > 0) number("window", model_.window);
    optional_truth("full_size_cache", model_.full_size_cache);
    if (model_.linear) line("linear", linear(*model_.linear));
    if (has_dense()) line("ffn", ffn());
    if (model_.moe) line("moe", moe(*model_.moe));
    layers();
  }

  std::string attention() const {
    const AttentionSpec& a = model_.attention;
    InlineMap map("attention", missing_);
    map.add("kind", std::string(word(a.kind)));
    map.number("heads", a.heads);
    if (a.kind == AttentionKind::gqa) {
      map.number("kv_heads", a.kv_heads);
      map.number("head_dim", a.head_dim);
    } else if (a.kind == AttentionKind::compressed) {
      map.number("head_dim", a.head_dim);
      map.number("q_lora_rank", a.q_lora_rank);
      map.number("rope_dim", a.rope_dim);
      map.number("output_groups", a.output_groups);
      map.number("output_lora_rank", a.output_lora_rank);
      map.optional_number("sparse_tokens", a.sparse_tokens);
      map.optional_number("heavy_tokens", a.heavy_tokens);
    } else {
      map.optional_number("q_lora_rank", a.q_lora_rank);
      map.number("kv_lora_rank", a.kv_lora_rank);
      map.number("rope_dim", a.rope_dim);
      map.number("nope_dim", a.nope_dim);
      map.number("v_dim", a.v_dim);
    }
    map.optional_truth("qkv_bias", a.qkv_bias);
    map.optional_truth("output_bias", a.output_bias);
    map.optional_truth("sinks", a.sinks);
    map.optional_truth("output_gate", a.output_gate);
    if (a.qk_norm != QkNorm::none) map.add("qk_norm", std::string(word(a.qk_norm)));
    if (a.indexer) {
      InlineMap indexer("attention.indexer", missing_);
      indexer.number("heads", a.indexer->heads);
      indexer.number("head_dim", a.indexer->head_dim);
      indexer.number("top_k", a.indexer->top_k);
      map.add("indexer", indexer.take());
    }
    return map.take();
  }

  std::string linear(const LinearAttentionSpec& l) const {
    InlineMap map("linear", missing_);
    map.number("k_heads", l.k_heads);
    map.number("k_dim", l.k_dim);
    map.number("v_heads", l.v_heads);
    map.number("v_dim", l.v_dim);
    map.number("conv_kernel", l.conv_kernel);
    return map.take();
  }

  bool has_dense() const {
    return model_.layers.empty() ||
           std::any_of(model_.layers.begin(), model_.layers.end(),
                       [](const LayerSpec& layer) { return layer.ffn == LayerFfn::dense; });
  }

  std::string ffn() const {
    InlineMap map("ffn", missing_);
    map.number("width", model_.ffn_width);
    map.add("gated", truth(model_.gated_ffn));
    return map.take();
  }

  std::string moe(const MoeSpec& m) const {
    InlineMap map("moe", missing_);
    map.number("experts", m.experts);
    map.number("experts_per_token", m.experts_per_token);
    map.number("expert_width", m.expert_width);
    map.optional_number("shared_width", m.shared_width);
    map.optional_truth("shared_gate", m.shared_gate);
    map.optional_truth("expert_bias", m.expert_bias);
    map.optional_truth("router_correction_bias", m.router_correction_bias);
    return map.take();
  }

  void layers() {
    text_ += "layers:\n";
    line("  count", number_of("layers.count", static_cast<int>(model_.layers.size())));
    const LayerRule rule = rule_of(model_.layers);
    if (rule.leading > 0) line("  leading", run_list(model_.layers, 0, rule.leading));
    const std::size_t end = std::min(model_.layers.size(), rule.leading + rule.period);
    line("  pattern", model_.layers.empty() ? "[{attention: full, ffn: dense}]"
                                            : run_list(model_.layers, rule.leading, end));
  }

  const ModelSpec& model_;
  const std::vector<MissingFigure>& missing_;
  std::string text_;
};

}  // namespace

std::string model_yaml(const ModelSpec& model, const std::vector<MissingFigure>& missing) {
  return Writer(model, missing).entry();
}

std::vector<std::string> architecture_lines(const ModelSpec& model) {
  const std::vector<MissingFigure> none;
  const std::string text = Writer(model, none).architecture_only();
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = text.find('\n', begin);
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

}  // namespace plimsoll
