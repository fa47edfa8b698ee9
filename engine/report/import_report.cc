#include "report/import_report.h"

#include <algorithm>

#include "base/quantity_text.h"
#include "catalog/words.h"
#include "report/json_writer.h"

namespace plimsoll {
namespace {

constexpr double f16_bytes = 2.0;

// Tensors of one class in one format.
struct ClassFormat {
  std::string tensors;  // "ffn_down, experts"
  std::string format;   // "?" where nobody knows it
  int count = 0;
  std::int64_t weights = 0;
  Bytes bytes;
};

std::string class_name(const Tensor& tensor) {
  std::string name(word(tensor.cls));
  if (tensor.role == TensorRole::routed_experts) name += ", experts";
  if (tensor.role == TensorRole::shared_expert) name += ", shared expert";
  return name;
}

// In the order of the model's tensors.
std::vector<ClassFormat> class_formats(const ImportedModel& imported) {
  std::vector<ClassFormat> groups;
  for (const Tensor& tensor : imported.tensors) {
    const std::string name = class_name(tensor);
    const std::string format = tensor.format ? tensor.format->id : "?";
    auto group = std::find_if(groups.begin(), groups.end(), [&](const ClassFormat& each) {
      return each.tensors == name && each.format == format;
    });
    if (group == groups.end()) {
      // Beside the others of its class.
      const auto last = std::find_if(groups.rbegin(), groups.rend(),
                                     [&](const ClassFormat& each) { return each.tensors == name; });
      const auto place = last == groups.rend() ? groups.end() : last.base();
      group = groups.insert(place, {.tensors = name, .format = format});
    }
    ++group->count;
    group->weights += tensor.elements();
    group->bytes += tensor.bytes;
  }
  return groups;
}

// The cache of one sequence, at 16 bit an element.
struct CacheFacts {
  Bytes per_token;         // in layers that see everything
  Bytes window_per_token;  // in layers that see a window, for tokens inside it
  Bytes state;             // whatever the context
};

CacheFacts cache_facts(const ModelSpec& model) {
  CacheFacts facts;
  for (int layer = 0; layer < static_cast<int>(model.layers.size()); ++layer) {
    const CacheShape shape = cache_shape(model, layer);
    const Bytes token = cached_per_token(shape, 8.0 * f16_bytes);
    const LayerAttention attention = model.layers[static_cast<std::size_t>(layer)].attention;
    const bool windowed = attention == LayerAttention::windowed && !model.full_size_cache;
    (windowed ? facts.window_per_token : facts.per_token) += token;
    if (shape.tokens_per_entry > 0)
      facts.window_per_token += Bytes(f16_bytes * static_cast<double>(shape.elements_per_token));
    facts.state += shape.fixed_per_sequence;
  }
  return facts;
}

std::string billions(std::int64_t count) {
  const double value = static_cast<double>(count);
  if (value >= 1e12) return print_number(value / 1e12, 4) + " T";
  if (value >= 1e9) return print_number(value / 1e9, 4) + " B";
  return print_number(value / 1e6, 4) + " M";
}

std::string exactly(Bytes bytes) {
  return print_number(bytes.base(), 15) + " B";
}

int layers_with(const ModelSpec& model, LayerAttention kind) {
  return static_cast<int>(
      std::count_if(model.layers.begin(), model.layers.end(),
                    [&](const LayerSpec& layer) { return layer.attention == kind; }));
}

std::string layer_text(const ModelSpec& model) {
  std::string text = std::to_string(model.layers.size());
  const int windowed = layers_with(model, LayerAttention::windowed);
  const int linear = layers_with(model, LayerAttention::linear);
  const auto experts = std::count_if(model.layers.begin(), model.layers.end(),
                                     [](auto& layer) { return layer.ffn == LayerFfn::moe; });
  if (windowed > 0)
    text += ", " + std::to_string(windowed) + " see " + std::to_string(model.window) + " tokens";
  for (const LayerAttention kind :
       {LayerAttention::compressed_sparse, LayerAttention::heavily_compressed}) {
    const int compressed = layers_with(model, kind);
    if (compressed > 0)
      text += ", " + std::to_string(compressed) + " these and entries of " +
              std::to_string(entry_tokens(model.attention, kind)) + " each";
  }
  if (linear > 0) text += ", " + std::to_string(linear) + " linear";
  if (experts > 0) text += ", " + std::to_string(experts) + " with experts";
  return text;
}

std::string attention_text(const AttentionSpec& a) {
  if (a.kind == AttentionKind::compressed) {
    return "compressed, " + std::to_string(a.heads) + " heads of " + std::to_string(a.head_dim);
  }
  if (a.kind == AttentionKind::mla) {
    return "latent of " + std::to_string(a.kv_lora_rank + a.rope_dim) + ", " +
           std::to_string(a.heads) + " heads";
  }
  return std::to_string(a.heads) + " heads, " + std::to_string(a.kv_heads) + " KV heads of " +
         std::to_string(a.head_dim);
}

std::string expert_text(const MoeSpec& m) {
  return std::to_string(m.experts_per_token) + " of " + std::to_string(m.experts) + " x " +
         std::to_string(m.expert_width) +
         (m.shared_width > 0 ? ", shared " + std::to_string(m.shared_width) : "");
}

// Of a catalogue entry: what it is, or what tells it apart.
std::string match_text(const ImportedModel& imported) {
  if (!imported.match) return "no entry of the catalogue has these tensors";
  if (imported.match->differences.empty()) return "is " + imported.match->id + " of the catalogue";
  std::string lines;
  for (const std::string& line : imported.match->differences) {
    const std::size_t first = line.find_first_not_of(' ');
    lines += (lines.empty() ? "" : "; ") + line.substr(first == std::string::npos ? 0 : first);
  }
  return "has the tensors of " + imported.match->id + ", but " + lines;
}

std::string quantization_text(const ImportedModel& imported) {
  const NearestQuantization& nearest = imported.quantization;
  if (nearest.id.empty()) return "none of the catalogue";
  if (!nearest.compared) return nearest.id + ", as the file says";
  if (nearest.difference == Bytes()) return nearest.id + ", tensor by tensor";
  const auto percent = [&](Bytes difference) {
    return print_number(imported.weights.base() > 0 ? 100.0 * (difference / imported.weights) : 0.0,
                        2) +
           " % of the bytes elsewhere";
  };
  const std::string text = "nearest is " + nearest.id + ", with " + percent(nearest.difference);
  std::string own;
  if (imported.recipe)
    own = imported.recipe_difference == Bytes()
              ? "; the file's own rules give it tensor by tensor"
              : "; the file's own rules: " + percent(imported.recipe_difference);
  return text + own;
}

class TextReport {
 public:
  TextReport(const ImportedModel& imported, const TextStyle& style)
      : imported_(imported), model_(imported.model), page_(style) {}

  std::string run(const std::vector<Diagnostic>& problems) {
    page_.heading(model_.name, imported_.kind);
    facts();
    formats();
    if (!imported_.outside.empty()) outside();
    if (!problems.empty()) tell(problems);
    return page_.take();
  }

 private:
  void facts() {
    const std::int64_t parameters = count_parameters(imported_.tensors);
    const CacheFacts cache = cache_facts(model_);
    Table table{.columns = {{}, {.flexible = true}}};
    const auto add = [&](const char* name, std::string value) {
      table.rows.push_back({.cells = {{name, Ink::faint}, {std::move(value)}}});
    };
    add("architecture", imported_.architecture);
    add("parameters", billions(parameters) + " (" + std::to_string(parameters) + ")");
    add("layers", layer_text(model_));
    add("hidden, vocabulary", std::to_string(model_.hidden) + ", " + std::to_string(model_.vocab));
    add("context", std::to_string(model_.max_context));
    add("attention", attention_text(model_.attention));
    if (model_.moe) add("experts", expert_text(*model_.moe));
    add("KV a token, f16", exactly(cache.per_token));
    if (cache.window_per_token > Bytes()) add("inside the window", exactly(cache.window_per_token));
    if (cache.state > Bytes())
      add(model_.linear ? "recurrent state" : "open entries", exactly(cache.state));
    if (imported_.weights > Bytes()) add("weights", weights_text(parameters));
    if (imported_.file) add("file", print_binary(*imported_.file, 4));
    if (!imported_.packing.empty()) add("packed as", imported_.packing);
    add("quantization", quantization_text(imported_));
    add("model", match_text(imported_));
    page_.table(2, table);
  }

  std::string weights_text(std::int64_t parameters) const {
    return print_binary(imported_.weights, 4) + " (" + exactly(imported_.weights) + "), " +
           print_number(8.0 * imported_.weights.base() / static_cast<double>(parameters), 4) +
           " bit a weight";
  }

  void formats() {
    if (imported_.weights == Bytes()) return;
    page_.heading("Formats", imported_.exact ? "as in the file" : "by the recipe, not the file");
    Table table{.columns = {{}, {}, {Align::right}, {Align::right}, {Align::right}}};
    for (const ClassFormat& group : class_formats(imported_)) {
      table.rows.push_back({.cells = {{group.tensors},
                                      {group.format},
                                      {std::to_string(group.count)},
                                      {billions(group.weights)},
                                      {print_binary(group.bytes, 4)}}});
    }
    page_.table(2, table);
  }

  void outside() {
    page_.heading("Besides the text model");
    Table table{.columns = {{}, {Align::right}, {Align::right}}};
    for (const OutsideTensors& group : imported_.outside) {
      table.rows.push_back({.cells = {{group.what},
                                      {std::to_string(group.count)},
                                      {print_binary(Bytes(group.bytes), 4)}}});
    }
    page_.table(2, table);
  }

  void tell(const std::vector<Diagnostic>& problems) {
    page_.heading("Problems");
    for (const Diagnostic& problem : problems) {
      page_.paragraph(2, 4, {{problem.message + " [" + problem.code + "]", Ink::caution}});
    }
  }

  const ImportedModel& imported_;
  const ModelSpec& model_;
  Page page_;
};

void write_quantization(JsonWriter& json, const ImportedModel& imported) {
  const NearestQuantization& nearest = imported.quantization;
  json.key("quantization");
  json.open_object();
  json.key("id");
  if (nearest.id.empty())
    json.null();
  else
    json.value(nearest.id);
  json.key("difference_bytes");
  if (nearest.compared)
    json.value(nearest.difference.base());
  else
    json.null();
  json.key("own_difference_bytes");
  if (imported.recipe)
    json.value(imported.recipe_difference.base());
  else
    json.null();
  json.close();
}

void write_match(JsonWriter& json, const std::optional<CatalogMatch>& match) {
  json.key("catalog_model");
  if (!match) return json.null();
  json.open_object();
  json.member("id", match->id);
  json.texts("differences", match->differences);
  json.close();
}

}  // namespace

std::string import_text(const ImportedModel& imported, const std::vector<Diagnostic>& problems,
                        const TextStyle& style) {
  return TextReport(imported, style).run(problems);
}

std::string import_json(const ImportedModel& imported, const std::vector<Diagnostic>& problems) {
  const ModelSpec& model = imported.model;
  const CacheFacts cache = cache_facts(model);
  JsonWriter json;
  json.open_object();
  json.member("name", model.name);
  json.member("kind", imported.kind);
  json.member("architecture", imported.architecture);
  json.member("family", model.family);
  json.member("parameters", count_parameters(imported.tensors));
  json.member("layers", static_cast<std::int64_t>(model.layers.size()));
  json.member("hidden", model.hidden);
  json.member("vocab", model.vocab);
  json.member("max_context", model.max_context);
  json.member("kv_bytes_per_token", cache.per_token.base());
  json.member("window_kv_bytes_per_token", cache.window_per_token.base());
  json.member("state_bytes", cache.state.base());
  json.member("weight_bytes", imported.weights.base());
  json.key("file_bytes");
  if (imported.file)
    json.value(imported.file->base());
  else
    json.null();
  json.member("exact", imported.exact);
  json.member("packing", imported.packing);
  write_quantization(json, imported);
  write_match(json, imported.match);
  json.list("formats", class_formats(imported), [](JsonWriter& out, const ClassFormat& group) {
    out.open_object(JsonWriter::Layout::inline_);
    out.member("tensors", group.tensors);
    out.member("format", group.format);
    out.member("count", group.count);
    out.member("weights", group.weights);
    out.member("bytes", group.bytes.base());
    out.close();
  });
  json.list("outside", imported.outside, [](JsonWriter& out, const OutsideTensors& group) {
    out.open_object(JsonWriter::Layout::inline_);
    out.member("what", group.what);
    out.member("count", group.count);
    out.member("bytes", group.bytes);
    out.close();
  });
  json.list("problems", problems, [](JsonWriter& out, const Diagnostic& problem) {
    out.open_object(JsonWriter::Layout::inline_);
    out.member("code", problem.code);
    out.member("file", problem.place.file);
    out.member("message", problem.message);
    out.close();
  });
  json.close();
  return json.take();
}

}  // namespace plimsoll
