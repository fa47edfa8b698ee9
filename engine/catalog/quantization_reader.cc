#include <cstdlib>

#include "catalog/reader_parts.h"
#include "catalog/readers.h"

namespace plimsoll {

namespace {

constexpr int latest_year = 9999;

// "all", "more", "middle", "first 4" or "first n/8".
bool parse_selector(std::string_view text, QuantizationRule& rule) {
  constexpr std::string_view first = "first ";
  constexpr std::string_view share = "n/";
  if (text == "all" || text == "more" || text == "middle") {
    rule.selector = text == "all"    ? LayerSelector::all
                    : text == "more" ? LayerSelector::more
                                     : LayerSelector::middle;
    return true;
  }
  if (!text.starts_with(first)) return false;
  text.remove_prefix(first.size());
  const bool divides = text.starts_with(share);
  if (divides) text.remove_prefix(share.size());
  const std::optional<long long> number = parse_integer(text);
  if (!number || *number < 1 || *number > sane::most_layers) return false;
  rule.selector = LayerSelector::first;
  (divides ? rule.first_divisor : rule.first_count) = static_cast<int>(*number);
  return true;
}

std::optional<int> optional_int(MapReader& reader, std::string_view key, int maximum) {
  const auto value = reader.optional(key, field::integer(1, maximum));
  if (!value) return std::nullopt;
  return static_cast<int>(*value);
}

RuleCondition read_condition(MapReader& reader, References& references) {
  RuleCondition when;
  when.min_gqa = optional_int(reader, "min_gqa", sane::most_experts);
  when.max_gqa = optional_int(reader, "max_gqa", sane::most_experts);
  when.min_experts = optional_int(reader, "min_experts", sane::most_experts);
  when.experts = optional_int(reader, "experts", sane::most_experts);
  when.importance_matrix = reader.optional("importance_matrix", field::boolean());
  when.tied = reader.optional("tied", field::boolean());
  when.routed = reader.optional("routed", field::boolean());
  when.shared = reader.optional("shared", field::boolean());
  when.layers = optional_int(reader, "layers", sane::most_layers);
  std::string current = optional_reference(reader, "current", ReferenceKind::format, references);
  if (reader.has("current")) when.current = std::move(current);
  when.row_not_multiple_of = optional_int(reader, "row_not_multiple_of", 1 << 20);
  when.families = reader.value_or("families", field::list_of(field::text()), {});
  when.fused = reader.optional("fused", field::boolean());
  when.before = optional_int(reader, "before", latest_year);
  return when;
}

QuantizationRule read_rule(MapReader& reader, References& references) {
  QuantizationRule rule;
  rule.tensors = reader.required("tensors", field::list_of(word_of<TensorClass>()));
  require_some(reader, "tensors", rule.tensors);
  const std::string layers = reader.value_or("layers", field::text(), "all");
  if (!layers.empty() && !parse_selector(layers, rule)) {
    reader.error("layers", "unknown-value", "'" + layers + "' selects no layers",
                 "all, more, middle, first K or first n/K");
  }
  if (auto when = reader.optional("when", field::object("condition", [&](MapReader& condition) {
                                    return read_condition(condition, references);
                                  }))) {
    rule.when = *std::move(when);
  }
  rule.format = required_reference(reader, "format", ReferenceKind::format, references);
  return rule;
}

void read_counterparts(MapReader& reader, QuantizationSpec& quantization, References& references) {
  const Node* node = reader.take("counterparts");
  quantization.counterparts =
      as_map(reader.value_or("counterparts", field::map_of(field::text()), {}));
  if (!node) return;
  for (const MapEntry& entry : node->entries()) {
    references.push_back({ReferenceKind::quantization, entry.value.text(), entry.value.place()});
  }
}

std::string read_recipe(MapReader& reader) {
  std::string recipe = reader.required("recipe", field::text());
  if (!recipe.empty() && recipe != "exact" && recipe != "publisher") {
    reader.error("recipe", "unknown-value", "'" + recipe + "' says nothing about the recipe",
                 "exact or publisher");
  }
  return recipe;
}

}  // namespace

void read_entry(MapReader& reader, QuantizationSpec& quantization, References& references) {
  quantization.family = reader.required("family", field::id());
  read_counterparts(reader, quantization, references);
  quantization.default_format =
      required_reference(reader, "default_format", ReferenceKind::format, references);
  quantization.vector_format =
      required_reference(reader, "vector_format", ReferenceKind::format, references);
  quantization.quality_rank = required_int(reader, "quality_rank", 0, 1000);
  quantization.nominal_bits = reader.required("nominal_bits", field::number(0.5, 64.0));
  quantization.recipe = read_recipe(reader);
  quantization.source = reader.required("source", field::text());
  quantization.running_ffn_down = reader.value_or("running_ffn_down", field::boolean(), false);
  quantization.rules =
      reader.value_or("rules",
                      field::list_of(field::object(
                          "rule", [&](MapReader& rule) { return read_rule(rule, references); })),
                      {});
}

}  // namespace plimsoll
