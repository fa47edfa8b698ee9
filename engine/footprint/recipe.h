// Inside this room: a quantization recipe with its formats looked up, applied to tensors one after
// another.
//
// The rules and their counters are those of llama.cpp's quantiser (src/llama-quant.cpp, commit
// 007dbbf); recipes of other families use the same selectors on the layer number.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "footprint/footprint.h"

namespace plimsoll {

// Whether the quantiser spends more bits on layer `index` of `count`: the first and the last
// eighth, and every third between them (integer division).
bool gets_more_bits(int index, int count);

// Bytes of `rows` rows of `row` weights each.
Bytes stored_bytes(const FormatSpec& format, std::int64_t row, std::int64_t rows);

class Recipe {
 public:
  // Formats the catalog lacks become diagnostics; the recipe is usable only where valid() says so.
  Recipe(const QuantizationSpec& spec, const ModelSpec& model, const QuantizeOptions& options,
         Catalog& catalog, Diagnostics& diagnostics);

  bool valid() const { return valid_; }

  // Gives the tensor its format and bytes. Counters run, so tensors come in file order, each once.
  void apply(Tensor& tensor);

 private:
  struct Rule {
    const QuantizationRule* rule;
    std::uint32_t classes;  // bit set of TensorClass
    const FormatSpec* format;
  };
  // Where a tensor stands among those that a layer selector counts.
  struct Position {
    int index;
    int count;
  };

  const FormatSpec* look_up(const std::string& id, Catalog& catalog, Diagnostics& diagnostics);
  void load_fallbacks(const FormatSpec* format, Catalog& catalog, Diagnostics& diagnostics);
  const FormatSpec* fitting(const FormatSpec* format, std::int64_t row) const;
  // What the quantiser sees of a tensor, which may be a part of ours.
  struct View {
    const Tensor& tensor;
    TensorClass cls;
    bool fused;  // query, key and value in one
  };

  Position advance(const View& view);
  const FormatSpec* choose(const View& view);
  bool follows_quantiser() const { return spec_.family == "gguf" && spec_.recipe == "exact"; }
  bool splits_linear_attention() const;
  bool fused_apart() const;
  bool made_in_2023() const { return options_.quantiser_year < 2024; }
  bool known_in_2023(const QuantizationRule& rule) const;
  bool model_matches(const RuleCondition& when) const;
  bool tensor_matches(const RuleCondition& when, const View& view, const FormatSpec& current) const;

  const QuantizationSpec& spec_;
  const ModelSpec& model_;
  QuantizeOptions options_;
  bool valid_ = true;
  const FormatSpec* default_format_ = nullptr;
  const FormatSpec* vector_format_ = nullptr;
  std::vector<Rule> rules_;  // only those whose conditions on the model hold
  struct Fallback {
    const FormatSpec* from;
    const FormatSpec* to;
  };
  std::vector<Fallback> fallbacks_;
  int attention_v_count_ = 0;
  int attention_v_next_ = 0;
  int ffn_down_next_ = 0;
};

}  // namespace plimsoll
