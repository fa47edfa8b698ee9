#include "validate/footprint_points.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "base/ceil_div.h"
#include "base/quantity_text.h"
#include "config/node_fields.h"
#include "footprint/footprint.h"
#include "validate/published_file.h"

namespace plimsoll {
namespace {

constexpr double kibi = 1024.0;
constexpr double mebibyte = kibi * kibi;
constexpr double gibibyte = mebibyte * kibi;

constexpr double known_recipe_aim = 0.005;
constexpr double unknown_recipe_aim = 0.05;
constexpr double buffer_aim = 0.15;
// Logs print caches and states with two decimals of a MiB.
constexpr double half_printed_mib = 0.005 * mebibyte;

std::vector<std::string> texts_of(const Node& map, std::string_view key) {
  std::vector<std::string> texts;
  if (const Node* list = map.find(key))
    for (const Node& item : list->items()) texts.push_back(item.text());
  return texts;
}

struct Size {
  double bytes = 0.0;
  double rounding = 0.0;
};

// "size_gib: 4.58, half_ulp_gib: 0.005", in whichever unit it was published.
std::optional<Size> published_size(const Node& row) {
  struct Unit {
    std::string_view word;
    double bytes;
  };
  constexpr std::array<Unit, 5> units = {
      {{"bytes", 1.0}, {"gb", 1e9}, {"gib", gibibyte}, {"mb", 1e6}, {"mib", mebibyte}}};
  for (const Unit& unit : units) {
    const auto size = number_of(row, "size_" + std::string(unit.word));
    if (!size) continue;
    const double half = number_of(row, "half_ulp_" + std::string(unit.word)).value_or(0.0);
    return Size{*size * unit.bytes, half * unit.bytes};
  }
  return std::nullopt;
}

// Predicts the rows of one file.
class Predictor {
 public:
  Predictor(Catalog& catalog, Diagnostics& diagnostics)
      : catalog_(catalog), diagnostics_(diagnostics) {}

  void checkpoint(const Node& row, ValidationPoint& point);
  void cache(const Node& row, ValidationPoint& point);
  void state(const Node& row, ValidationPoint& point);
  void buffers(const Node& row, ValidationPoint& point);
  void resident(const Node& row, ValidationPoint& point);
  void engine_report(const Node& row, ValidationPoint& point);

 private:
  const ModelSpec* model_of(const Node& row, ValidationPoint& point);
  const FormatSpec* cache_format(const std::string& word, ValidationPoint& point);
  void take_file(const PublishedFile& file, ValidationPoint& point);

  Catalog& catalog_;
  Diagnostics& diagnostics_;
};

void give_up(ValidationPoint& point, ValidationStatus status, std::string why) {
  point.status = status;
  point.why = std::move(why);
}

void predicted(ValidationPoint& point, const Estimate& estimate) {
  point.predicted = estimate;
  point.status = ValidationStatus::ok;
}

const ModelSpec* Predictor::model_of(const Node& row, ValidationPoint& point) {
  Diagnostics quiet;
  const std::string name = text_of(row, "model");
  const ModelSpec* model = name.empty() ? nullptr : catalog_.model(name, row.place(), quiet);
  if (!model) give_up(point, ValidationStatus::unresolved, "no model '" + name + "'");
  return model;
}

bool doubtful(const std::vector<std::string>& flags) {
  return std::any_of(flags.begin(), flags.end(), [](const std::string& flag) {
    return flag.starts_with("suspect") || flag == "approximate";
  });
}

// What the summary groups files by.
std::string recipe_group(const PublishedFile& file, const PredictedFile& prediction) {
  const std::string kind = prediction.recipe_known ? "known recipe" : "publisher's recipe";
  return prediction.recipe->family + ", " + kind + (file.counts_metadata ? "" : ", tensors only");
}

void Predictor::take_file(const PublishedFile& file, ValidationPoint& point) {
  const PredictedFile prediction = predict(file, catalog_, diagnostics_);
  if (!prediction.recipe) {
    give_up(point, ValidationStatus::unresolved, "no quantization '" + file.quantization + "'");
    return;
  }
  predicted(point, prediction.bytes);
  point.group = recipe_group(file, prediction);
  point.aim = prediction.recipe_known ? known_recipe_aim : unknown_recipe_aim;
  if (!prediction.recipe_known) point.why = "recipe-unknown";
  if (doubtful(file.flags)) point.status = ValidationStatus::suspect;
}

void Predictor::checkpoint(const Node& row, ValidationPoint& point) {
  point.group = "unresolved";
  const std::string basis = text_of(row, "basis");
  PublishedFile file{.model = model_of(row, point),
                     .quantization = text_of(row, "quant"),
                     .publisher = text_of(row, "publisher"),
                     .variant = text_of(row, "variant"),
                     .notes = text_of(row, "notes"),
                     .flags = texts_of(row, "flags"),
                     .gguf = basis.starts_with("gguf"),
                     .mlx_repository = basis == "mlx_repo_bytes",
                     .counts_metadata = basis != "gguf_tensor_bytes"};
  if (file.model) take_file(file, point);
}

void Predictor::resident(const Node& row, ValidationPoint& point) {
  point.group = "all buffers together";
  const PublishedFile file{.model = model_of(row, point),
                           .quantization = text_of(row, "quant"),
                           .publisher = {},
                           .variant = {},
                           .notes = {},
                           .flags = {},
                           .counts_metadata = false};
  if (file.model) take_file(file, point);
}

void Predictor::engine_report(const Node& row, ValidationPoint& point) {
  point.group = "weights as loaded";
  const PublishedFile file{.model = model_of(row, point),
                           .quantization = text_of(row, "weights"),
                           .publisher = {},
                           .variant = {},
                           .notes = {},
                           .flags = {},
                           .gguf = false,
                           .counts_metadata = false};
  if (file.model) take_file(file, point);
}

// llama.cpp writes its formats in small letters; those of serving engines are spelled so here too,
// "fp8_e4m3" being one of them.
const FormatSpec* Predictor::cache_format(const std::string& word, ValidationPoint& point) {
  std::string id = word;
  std::transform(id.begin(), id.end(), id.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  Diagnostics quiet;
  const FormatSpec* format = id.empty() ? nullptr : catalog_.format(id, {}, quiet);
  if (!format && !word.empty())
    format = catalog_.format(word.starts_with("fp8") ? "fp8" : word, {}, quiet);
  if (!format) give_up(point, ValidationStatus::unresolved, "no cache format '" + word + "'");
  return format;
}

// Formats of K and V: "f16", "K=q8_0,V=q8_0", or a map with K and V or c^KV.
std::pair<std::string, std::string> cache_words(const Node& row) {
  const Node* node = row.find("dtype");
  if (!node) return {"f16", "f16"};
  if (node->kind() == NodeKind::map) {
    const std::string latent = text_of(*node, "c^KV");
    if (!latent.empty()) return {latent, latent};
    return {text_of(*node, "K"), text_of(*node, "V")};
  }
  const std::string& text = node->text();
  const auto comma = text.find(",V=");
  if (text.starts_with("K=") && comma != std::string::npos)
    return {text.substr(2, comma - 2), text.substr(comma + 3)};
  return {text, text};
}

struct CacheElements {
  std::int64_t k = 0;
  std::int64_t v = 0;
};

// Elements of a cell and layer in the layout an engine logged.
std::optional<CacheElements> cache_elements(const ModelSpec& model, const std::string& layout) {
  const AttentionSpec& a = model.attention;
  const std::int64_t latent = a.kv_lora_rank + a.rope_dim;
  if (a.kind != AttentionKind::mla) {
    const std::int64_t width = std::int64_t{a.kv_heads} * a.head_dim;
    return CacheElements{width, width};
  }
  if (layout == "mla_latent" || layout == "mla_latent_split") return CacheElements{latent, 0};
  if (layout == "mla_latent+transposed" || layout == "mla_latent_kv_both")
    return CacheElements{latent, a.kv_lora_rank};
  if (layout == "mla_expanded_mha") {
    return CacheElements{std::int64_t{a.heads} * (a.nope_dim + a.rope_dim),
                         std::int64_t{a.heads} * a.v_dim};
  }
  return std::nullopt;
}

// Tokens of a prefill chunk, as a field or among the notes ("n_ubatch 2048, so …").
std::int64_t chunk_of(const Node& row) {
  constexpr std::int64_t usual_chunk = 512;
  constexpr std::string_view word = "n_ubatch ";
  if (const auto chunk = integer_of(row, "n_ubatch")) return *chunk;
  const std::string notes = text_of(row, "notes");
  const auto begin = notes.find(word);
  if (begin == std::string::npos) return usual_chunk;
  const auto first = begin + word.size();
  const auto end = notes.find_first_not_of("0123456789", first);
  const auto number = parse_integer(std::string_view(notes).substr(first, end - first));
  return number ? *number : usual_chunk;
}

// Cells are allocated in multiples of 256; windowed layers of an engine with two caches keep the
// windows of all slots and one chunk.
std::int64_t cells_of_layer(const ModelSpec& model, std::size_t layer, const Node& row,
                            bool two_caches) {
  constexpr std::int64_t granule = 256;
  const LayerAttention attention = model.layers[layer].attention;
  if (attention == LayerAttention::linear) return 0;
  std::int64_t cells = integer_of(row, "ctx").value_or(0);
  if (two_caches && attention == LayerAttention::windowed) {
    const std::int64_t slots = integer_of(row, "n_seq").value_or(1);
    cells = std::min(cells, model.window * slots + chunk_of(row));
  }
  return round_up(cells, granule);
}

double bytes_of(const FormatSpec& format, std::int64_t elements) {
  const std::int64_t blocks = ceil_div(elements, format.block);
  return static_cast<double>(blocks) * format.block_bytes;
}

void Predictor::cache(const Node& row, ValidationPoint& point) {
  const std::string layout = text_of(row, "layout");
  point.group = layout.empty() ? "model's own layout" : layout;
  const ModelSpec* model = model_of(row, point);
  if (!model) return;
  const auto [k_word, v_word] = cache_words(row);
  const FormatSpec* k_format = cache_format(k_word, point);
  const FormatSpec* v_format = k_format ? cache_format(v_word, point) : nullptr;
  if (!k_format || !v_format) return;
  if (!integer_of(row, "ctx")) {
    give_up(point, ValidationStatus::unsupported, "no context is stated");
    return;
  }
  const auto elements = cache_elements(*model, layout);
  if (!elements) {
    give_up(point, ValidationStatus::unsupported, "layout '" + layout + "'");
    return;
  }
  const bool two_caches = layout == "iswa" || layout.empty();
  double bytes = 0.0;
  for (std::size_t layer = 0; layer < model->layers.size(); ++layer) {
    const auto cells = static_cast<double>(cells_of_layer(*model, layer, row, two_caches));
    bytes += cells * (bytes_of(*k_format, elements->k) + bytes_of(*v_format, elements->v));
  }
  predicted(point, Estimate::exact(bytes));
}

// "… keeps 7 state snapshots": speculative decoding can go back to each of its draft tokens.
double state_snapshots(const std::string& notes) {
  constexpr std::string_view before = "keeps ";
  constexpr std::string_view after = " state snapshots";
  const auto end = notes.find(after);
  const auto begin = notes.rfind(before, end);
  if (end == std::string::npos || begin == std::string::npos) return 1.0;
  const auto first = begin + before.size();
  const auto number = parse_integer(std::string_view(notes).substr(first, end - first));
  return number ? static_cast<double>(*number) : 1.0;
}

void Predictor::state(const Node& row, ValidationPoint& point) {
  point.group = "linear attention";
  const ModelSpec* model = model_of(row, point);
  if (!model) return;
  double bytes = 0.0;
  for (int layer = 0; layer < static_cast<int>(model->layers.size()); ++layer)
    bytes += cache_shape(*model, layer).fixed_per_sequence.base();
  const auto sequences = static_cast<double>(integer_of(row, "n_seq").value_or(1));
  predicted(point, Estimate::exact(bytes * sequences * state_snapshots(text_of(row, "notes"))));
}

// Why the buffer formula, which knows latent caches only absorbed, says nothing of a log. Separate
// formats of K and V mean that both are kept for every head.
std::string incomparable(const Node& row, const ModelSpec& model) {
  if (!integer_of(row, "ctx")) return "no context is stated";
  if (!integer_of(row, "n_ubatch")) return "no chunk is stated";
  const bool expands = row.find("mla_mode") && text_of(row, "mla_mode") != "1";
  const bool of_heads = text_of(row, "kv_dtype").find('/') != std::string::npos;
  if (model.attention.kind == AttentionKind::mla && (expands || of_heads))
    return "graph expands K and V of all heads";
  return {};
}

void Predictor::buffers(const Node& row, ValidationPoint& point) {
  point.aim = buffer_aim;
  const std::string flash = text_of(row, "flash_attn");
  const bool flash_attention = flash != "0";
  point.group = flash_attention ? "flash attention" : "without flash attention";
  const ModelSpec* model = model_of(row, point);
  if (!model) return;
  if (std::string why = incomparable(row, *model); !why.empty()) {
    give_up(point, ValidationStatus::unsupported, std::move(why));
    return;
  }
  EngineSpec engine;
  engine.flash_attention = flash_attention;
  engine.logits_for_all = true;
  engine.prefill_chunk = static_cast<int>(*integer_of(row, "n_ubatch"));
  const auto sequences = static_cast<int>(integer_of(row, "n_parallel").value_or(1));
  const BufferEstimate estimate =
      compute_buffers(*model, engine, *integer_of(row, "ctx"), sequences);
  predicted(point, {estimate.layers.value + estimate.output.value,
                    estimate.layers.low + estimate.output.low,
                    estimate.layers.high + estimate.output.high});
}

// The published value of each section.
std::optional<Size> mib_size(const Node& row) {
  const auto mib = number_of(row, "mib");
  if (!mib) return std::nullopt;
  return Size{*mib * mebibyte, half_printed_mib};
}

// The largest of all: where the head stays in main memory, its buffer is the host's.
std::optional<Size> largest_buffer(const Node& row) {
  double largest = 0.0;
  if (const Node* buffers = row.find("buffers_mib"))
    for (const MapEntry& entry : buffers->entries())
      largest = std::max(largest, parse_number(entry.value.text()).value_or(0.0));
  if (!(largest > 0.0)) return std::nullopt;
  return Size{largest * mebibyte, half_printed_mib};
}

// Mapped buffers are views of one file, which may overlap: the largest shows all that is used.
std::optional<Size> all_buffers(const Node& row) {
  double mapped = 0.0;
  Size sum;
  const Node* buffers = row.find("buffers_mib");
  if (!buffers) return std::nullopt;
  for (const MapEntry& entry : buffers->entries()) {
    const double mib = parse_number(entry.value.text()).value_or(0.0);
    if (entry.key.ends_with("_Mapped"))
      mapped = std::max(mapped, mib);
    else
      sum.bytes += mib * mebibyte;
    sum.rounding += half_printed_mib;
  }
  sum.bytes += mapped * mebibyte;
  return sum;
}

std::optional<Size> loaded_weights(const Node& row) {
  const auto gib = number_of(row, "weights_gib");
  if (!gib) return std::nullopt;
  return Size{*gib * gibibyte, 0.005 * gibibyte};
}

struct Section {
  std::string_view key;
  std::string_view metric;
  std::optional<Size> (*published)(const Node&);
  void (Predictor::*predict)(const Node&, ValidationPoint&);
};

constexpr std::array<Section, 6> sections = {{
    {"footprints", "checkpoint_bytes", published_size, &Predictor::checkpoint},
    {"kv_cache", "kv_cache_bytes", mib_size, &Predictor::cache},
    {"recurrent_state", "recurrent_state_bytes", mib_size, &Predictor::state},
    {"compute_buffers", "compute_buffer_bytes", largest_buffer, &Predictor::buffers},
    {"resident_weights", "resident_weight_bytes", all_buffers, &Predictor::resident},
    {"engine_reports", "resident_weight_bytes", loaded_weights, &Predictor::engine_report},
}};

void read_section(const Section& section, const Node& rows, Predictor& predictor,
                  std::vector<ValidationPoint>& points, Diagnostics& diagnostics) {
  if (rows.kind() != NodeKind::sequence)
    diagnostics.error("bad-measurement", rows.place(),
                      std::string(section.key) + " is " + std::string(describe(rows.kind())),
                      "a list of points");
  for (const Node& row : rows.items()) {
    ValidationPoint point;
    point.id = text_of(row, "id");
    point.metric = section.metric;
    const std::optional<Size> size = section.published(row);
    if (point.id.empty() || !size || !(size->bytes > 0.0) || !(size->rounding >= 0.0)) {
      diagnostics.error("bad-measurement", row.place(), "a point needs id and a positive size",
                        "the fields of doc/validate.md");
      continue;
    }
    point.measured = size->bytes;
    point.rounding = size->rounding;
    (predictor.*section.predict)(row, point);
    points.push_back(std::move(point));
  }
}

}  // namespace

std::vector<ValidationPoint> predict_footprints(const Node& root, Catalog& catalog,
                                                Diagnostics& diagnostics) {
  constexpr std::string_view known =
      "footprints, kv_cache, recurrent_state, compute_buffers, resident_weights or engine_reports";
  std::vector<ValidationPoint> points;
  Predictor predictor(catalog, diagnostics);
  if (root.entries().empty())
    diagnostics.error("unknown-section", root.place(), "the file holds no sections of points",
                      std::string(known));
  for (const MapEntry& entry : root.entries()) {
    if (entry.key == "meta" || entry.key == "kind" || entry.key == "source") continue;
    const auto section = std::find_if(sections.begin(), sections.end(),
                                      [&](const Section& s) { return s.key == entry.key; });
    if (section == sections.end())
      diagnostics.error("unknown-section", entry.key_place.source(),
                        "'" + entry.key + "' is no section of published points",
                        std::string(known));
    else
      read_section(*section, entry.value, predictor, points, diagnostics);
  }
  return points;
}

}  // namespace plimsoll
