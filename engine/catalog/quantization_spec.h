// Quantization formats (how a block of weights is stored) and recipes (which tensor of a checkpoint
// gets which).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "catalog/figure.h"

namespace plimsoll {

// One storage format of a tensor. Exact: bytes = rows x ceil(row / block) x block_bytes.
struct FormatSpec {
  std::string id;  // "Q4_K", "F16", "mlx-4bit-g64"
  int block = 1;   // weights per block, along the row
  double block_bytes =
      0.0;  // may be fractional for group formats stored in separate arrays (GPTQ: 66.5 B / 128)
  std::string kernel_family;  // efficiency class of kernels reading it: "f16", "q8", "q4",
                              // "kquant", "iquant", "fp8", …
  std::string
      fallback;  // format used when the row is not a multiple of the block; empty: none needed
  int scale_group = 0;  // weights that share a scale, where they are fewer than 32; 0: not
  double bits_per_weight() const { return 8.0 * block_bytes / block; }
};

// Which tensors a rule speaks of; the words of quantization.md: attn_v, ffn_down, output,
// token_embd, experts, …
enum class TensorClass {
  token_embedding,
  output,  // also the token embedding where it is tied, which then matches no token_embedding rule
  attention_q,
  attention_k,
  attention_v,  // also fused qkv and MLA kv_b
  attention_output,
  attention_other,  // MLA's q_a, q_b, kv_a, k_b, v_b; gates; linear-attention projections
  ffn_gate,         // gate, also of experts and the shared expert unless a rule says otherwise
  ffn_up,
  ffn_down,
  norm,
  router,
  bias,
  convolution,
  state,  // A_log, dt_bias and other small vectors
  indexer,
};

enum class LayerSelector { all, first, more, middle };

struct RuleCondition {
  std::optional<int> min_gqa;  // query heads per KV head at least
  std::optional<int> max_gqa;
  std::optional<int> min_experts;
  std::optional<int> experts;  // exactly
  std::optional<bool> importance_matrix;
  std::optional<bool> tied;
  std::optional<bool> routed;          // true: only expert tensors; false: only others
  std::optional<bool> shared;          // true: only the shared expert
  std::optional<int> layers;           // exactly this many layers
  std::optional<std::string> current;  // only where the format so far is this one
  std::optional<int>
      row_not_multiple_of;            // only where blocks of this many weights do not fill the row
  std::vector<std::string> families;  // only models of these families; empty: all
  std::optional<bool> fused;  // true: only query, key and value in one tensor; false: only others
  std::optional<int> before;  // only quantisers older than this year
};

// Rules apply in order; a later match overrides an earlier one.
struct QuantizationRule {
  std::vector<TensorClass> tensors;
  LayerSelector selector = LayerSelector::all;
  // For `first`: layers below divisor's share (i < n / first_divisor) or below first_count.
  int first_divisor = 0;
  int first_count = 0;
  RuleCondition when;
  std::string format;
};

struct QuantizationSpec {
  std::string id;    // "q4_k_m"
  std::string name;  // "Q4_K_M"
  std::vector<std::string> names;
  std::string family;  // "gguf", "mlx", "safetensors"
  // The same precision in another family ("safetensors" -> "bf16-safetensors"), for engines that do
  // not load this one.
  std::map<std::string, std::string> counterparts;
  std::string default_format;
  std::string vector_format;  // 1-D tensors, norms, router: "F32" in GGUF, "BF16" elsewhere
  std::vector<QuantizationRule> rules;
  // IQ1/IQ2 select ffn_down layers by a running counter even in MoE models (see
  // doc/quantization.md).
  bool running_ffn_down = false;
  int quality_rank = 0;       // higher is closer to the original; orders suggestions
  double nominal_bits = 0.0;  // of the default format, for sorting and warnings
  std::string source;
  std::string recipe;  // "exact" where the rule reproduces files, "publisher" where a publisher
                       // overrides tensors
  SourcePlace place;
};

}  // namespace plimsoll
