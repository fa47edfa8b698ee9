// Attention of one new token over a cache, heads in groups that share keys and values (GQA).
#pragma once

#include <cstdint>
#include <span>

#include "calibrate/reference/comparison.h"

namespace plimsoll::calibrate::reference {

struct AttentionShape {
  std::int64_t heads = 0;     // of the query; a multiple of kv_heads
  std::int64_t kv_heads = 0;  // query head h reads head h / (heads / kv_heads)
  std::int64_t head_dim = 0;
  std::int64_t context = 0;  // tokens in the cache
};

// out[head] = sum over tokens of softmax(q . k / sqrt(head_dim)) v. `query` is [heads][head_dim],
// `keys` and `values` are [context][kv_heads][head_dim]. A magnitude counts what the rounding of
// the scores moves, too: the largest sum of |q k| / sqrt(head_dim) of the head's scores.
Expected decode_attention(const AttentionShape& shape, std::span<const double> query,
                          std::span<const double> keys, std::span<const double> values);

}  // namespace plimsoll::calibrate::reference
