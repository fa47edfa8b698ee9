#include "validate/published_file.h"

#include <array>
#include <string_view>

#include "base/contains.h"
#include "footprint/footprint.h"

namespace plimsoll {
namespace {

// Tokenizer tables of a GGUF file, bytes a token: the vocabulary-only files of llama.cpp (VOCG).
// The four kinds differ in their merges: none (SentencePiece), one or two a token.
constexpr double sentencepiece_bytes = 22.6;    // Llama 2
constexpr double usual_tokenizer_bytes = 35.2;  // GPT-2 and its kin
constexpr double qwen_tokenizer_bytes = 39.1;   // Qwen2
constexpr double llama3_tokenizer_bytes = 61.0;
// Names, shapes and padding of one tensor in the table.
constexpr double tensor_entry_bytes = 80.0;

// Stock mixes reproduce published files within this: converters differ in small tensors.
constexpr double known_recipe_spread = 0.005;
// Recipes derived from sizes miss files of the same publisher by -4 to +8 % (5 % and 95 % quantiles
// of published over predicted, doc/validate.md); models they were not derived from get somewhat
// more.
constexpr double unknown_recipe_low = 0.93;
constexpr double unknown_recipe_high = 1.10;

constexpr double bytes_of_16_bits = 2.0;

bool mentions(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

bool flagged(const PublishedFile& file, std::string_view flag) {
  return contains(file.flags, flag);
}

// Publishers that quantise without an importance matrix; the others do, as their cards say.
bool uses_importance_matrix(const PublishedFile& file) {
  constexpr std::array<std::string_view, 7> without = {
      "MaziyarPanahi", "QuantFactory", "Qwen", "RichardErkhov", "TheBloke", "lefromage", "ollama"};
  return !contains(without, file.publisher);
}

// Files of before the mixes of January 2024; TheBloke published until then.
bool made_before_2024(const PublishedFile& file) {
  return file.publisher == "TheBloke" || flagged(file, "early_mixtral_recipe") ||
         mentions(file.notes, "pre-2024");
}

// Names tell the year where files of fused projections differ: those of Qwen3-Coder-Next and
// Qwen3.6 came after the change of early 2026.
int quantiser_year(const PublishedFile& file) {
  if (made_before_2024(file)) return 2023;
  const bool late = mentions(file.variant, "Coder-Next") || mentions(file.variant, "Qwen3.6");
  return late ? 2026 : 2025;
}

// One name, two recipes: what a publisher means by it. An empty family stands for all.
struct PublisherRecipe {
  std::string_view publisher;
  std::string_view family;
  std::string_view name;
  std::string_view recipe;
};
constexpr std::array<PublisherRecipe, 9> publisher_recipes = {{
    {"unsloth", "", "Q2_K_L", "q2_k_l-unsloth"},
    {"bartowski", "", "Q3_K_XL", "q3_k_xl-bartowski"},
    {"google", "gemma3", "Q4_0", "q4_0-qat"},
    {"ollama", "qwen3", "Q4_K_M", "q4_k_m-ollama"},
    {"ollama", "qwen3", "Q8_0", "q8_0-ollama"},
    {"ollama", "qwen3next", "Q4_K_M", "q4_k_m-ollama-hybrid"},
    {"ollama", "qwen35", "Q4_K_M", "q4_k_m-ollama-hybrid"},
    {"ollama", "qwen35moe", "Q4_K_M", "q4_k_m-ollama-hybrid"},
    {"unsloth", "qwen35moe", "MXFP4_MOE", "ud-mxfp4_moe"},
}};

bool is_hybrid_of_2026(const ModelSpec& model) {
  return model.family == "qwen35" || model.family == "qwen35moe";
}

std::string recipe_name(const PublishedFile& file) {
  for (const PublisherRecipe& rule : publisher_recipes) {
    if (rule.publisher == file.publisher && rule.name == file.quantization &&
        (rule.family.empty() || rule.family == file.model->family)) {
      return std::string(rule.recipe);
    }
  }
  if (file.quantization == "Q2_K" && made_before_2024(file)) return "q2_k-2023";
  return file.quantization;
}

const QuantizationSpec* look_up(const std::string& name, Catalog& catalog) {
  Diagnostics quiet;
  return catalog.quantization(name, {}, quiet);
}

// Unsloth quantises Qwen3.5 by its own recipes under every name (UNSD).
const QuantizationSpec* recipe_of(const PublishedFile& file, Catalog& catalog) {
  const std::string name = recipe_name(file);
  if (file.publisher == "unsloth" && is_hybrid_of_2026(*file.model)) {
    if (const QuantizationSpec* own = look_up("UD-" + name, catalog)) return own;
  }
  const QuantizationSpec* recipe = look_up(name, catalog);
  if (!recipe) return nullptr;
  // "MXFP4" of a GGUF file is its GGUF counterpart.
  const auto counterpart = recipe->counterparts.find("gguf");
  const bool other_family = file.gguf && recipe->family != "gguf";
  return other_family && counterpart != recipe->counterparts.end()
             ? look_up(counterpart->second, catalog)
             : recipe;
}

// Vision encoders: a ViT and what projects its output to the hidden state. Qwen3.5: vision_config
// of its config.json, patches of 3 x 2 x 16 x 16, 2 x 2 of them merged by two matrices. Gemma 3:
// SigLIP of 896 x 896 pixels, patches of 3 x 14 x 14, one matrix.
struct VisionTower {
  std::string_view family;
  int smallest_model;  // hidden size from which on it is this one: smaller models have another, or
                       // none (Gemma 3 1B)
  double layers, hidden, ffn, patch, positions;
  double merged;  // patches that two matrices turn into one token; 0: one matrix, no merging
};
constexpr std::array<VisionTower, 3> vision_towers = {{
    {"qwen35", 4096, 27, 1152, 4304, 3 * 2 * 16 * 16, 2304, 4},
    {"qwen35moe", 0, 27, 1152, 4304, 3 * 2 * 16 * 16, 2304, 4},
    {"gemma3", 2560, 27, 1152, 4304, 3 * 14 * 14, 4096, 0},
}};

double parameters(const VisionTower& tower, double output) {
  const double h = tower.hidden;
  const double attention = 4 * h * h + 4 * h;
  const double ffn = 2 * h * tower.ffn + tower.ffn + h;
  const double norms = 4 * h;
  const double embeddings = tower.patch * h + h + tower.positions * h;
  const double wide = tower.merged * h;
  const double merger = tower.merged > 0 ? 2 * h + wide * wide + wide + wide * output + output
                                         : 2 * h + h + h * output;
  return tower.layers * (attention + ffn + norms) + embeddings + merger;
}

// Conversions to MLX keep the encoder, unless their name says that they hold the text model alone.
bool includes_vision(const PublishedFile& file) {
  return flagged(file, "includes_vision_tower") ||
         (file.mlx_repository && !mentions(file.variant, "text"));
}

bool predicts_next_tokens(const PublishedFile& file) {
  const bool denied = mentions(file.variant, "no MTP");
  const bool stated = mentions(file.variant, "with MTP") || file.quantization.ends_with("+MTP");
  // The Ollama library keeps the layer in files of Qwen3.5, llama.cpp's converter in those of three
  // families (skip_mtp and block_count of its classes).
  constexpr std::array<std::string_view, 3> keeping = {"deepseek32", "glm-dsa", "glm4moe"};
  const bool converted = file.gguf && contains(keeping, file.model->family);
  const bool kept = (file.publisher == "ollama" && is_hybrid_of_2026(*file.model)) || converted;
  return !denied && (stated || kept);
}

// The prediction layer, taken as one more layer with full attention; its projection (2 hidden x
// hidden, about 1 % of it) is left out.
double prediction_layer_bytes(const ModelSpec& model, const QuantizationSpec& recipe,
                              const QuantizeOptions& options, Catalog& catalog,
                              Diagnostics& diagnostics) {
  ModelSpec layers = model;
  layers.layers.assign(1, {LayerAttention::full, model.layers.back().ffn});
  const Bytes with = weight_bytes(layers, recipe, options, catalog, diagnostics);
  layers.layers.clear();
  return (with - weight_bytes(layers, recipe, options, catalog, diagnostics)).base();
}

// Ollama's own converter writes the output matrix of Qwen3 although it is the embedding.
ModelSpec as_stored(const PublishedFile& file) {
  ModelSpec model = *file.model;
  if (file.publisher == "ollama" && model.family == "qwen3") model.tied_embeddings = false;
  return model;
}

// The tokenizer's kind, told by the size of its vocabulary and by the family.
double tokenizer_bytes(const ModelSpec& model) {
  constexpr int llama2_vocab = 32064;  // with the added tokens of its kin
  constexpr int llama3_vocab = 128256;
  constexpr std::array<int, 2> qwen_vocabs = {151936, 152064};
  if (model.vocab <= llama2_vocab || model.family.starts_with("gemma")) return sentencepiece_bytes;
  if (model.vocab == llama3_vocab) return llama3_tokenizer_bytes;
  const bool qwen = contains(qwen_vocabs, model.vocab);
  return qwen ? qwen_tokenizer_bytes : usual_tokenizer_bytes;
}

Estimate metadata_bytes(const ModelSpec& model) {
  const double table = tensor_entry_bytes * static_cast<double>(enumerate_tensors(model).size());
  const double tokens = model.vocab;
  return {table + tokens * tokenizer_bytes(model), table + tokens * sentencepiece_bytes,
          table + tokens * llama3_tokenizer_bytes};
}

}  // namespace

double vision_parameters(const ModelSpec& model) {
  for (const VisionTower& tower : vision_towers) {
    if (tower.family == model.family && model.hidden >= tower.smallest_model)
      return parameters(tower, model.hidden);
  }
  return 0.0;
}

PredictedFile predict(const PublishedFile& file, Catalog& catalog, Diagnostics& diagnostics) {
  PredictedFile result;
  PublishedFile plain = file;
  constexpr std::string_view with_prediction = "+MTP";
  if (plain.quantization.ends_with(with_prediction))
    plain.quantization.resize(plain.quantization.size() - with_prediction.size());
  result.recipe = recipe_of(plain, catalog);
  if (!result.recipe) return result;
  const ModelSpec model = as_stored(file);
  const QuantizeOptions options{.importance_matrix = uses_importance_matrix(file),
                                .quantiser_year = quantiser_year(file)};
  double bytes = weight_bytes(model, *result.recipe, options, catalog, diagnostics).base();
  if (predicts_next_tokens(file))
    bytes += prediction_layer_bytes(model, *result.recipe, options, catalog, diagnostics);
  if (includes_vision(file)) bytes += bytes_of_16_bits * vision_parameters(model);
  const Estimate metadata =
      file.gguf && file.counts_metadata ? metadata_bytes(model) : Estimate::exact(0.0);
  result.recipe_known = result.recipe->recipe == "exact" && !flagged(file, "nonstandard_recipe");
  const double low = result.recipe_known ? 1.0 - known_recipe_spread : unknown_recipe_low;
  const double high = result.recipe_known ? 1.0 + known_recipe_spread : unknown_recipe_high;
  result.bytes = {bytes + metadata.value, low * bytes + metadata.low, high * bytes + metadata.high};
  return result;
}

}  // namespace plimsoll
