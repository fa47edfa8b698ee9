#include "calibrate/reference/attention.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace plimsoll::calibrate::reference {
namespace {

struct Scores {
  std::vector<double> values;
  double largest_magnitude = 0.0;  // sum of |q k| of the worst token, scaled as the scores are
};

Scores scores_of(const AttentionShape& shape, std::span<const double> query,
                 std::span<const double> keys, std::size_t kv_head) {
  const auto dim = static_cast<std::size_t>(shape.head_dim);
  const auto kv_heads = static_cast<std::size_t>(shape.kv_heads);
  const double scale = 1.0 / std::sqrt(static_cast<double>(dim));
  Scores scores;
  for (std::size_t token = 0; token < static_cast<std::size_t>(shape.context); ++token) {
    const auto key = keys.subspan((token * kv_heads + kv_head) * dim, dim);
    double score = 0.0;
    double magnitude = 0.0;
    for (std::size_t i = 0; i < dim; ++i) {
      score += query[i] * key[i];
      magnitude += std::abs(query[i] * key[i]);
    }
    scores.values.push_back(scale * score);
    scores.largest_magnitude = std::max(scores.largest_magnitude, scale * magnitude);
  }
  return scores;
}

void softmax(std::vector<double>& values) {
  const double largest = *std::max_element(values.begin(), values.end());
  double sum = 0.0;
  for (double& value : values) {
    value = std::exp(value - largest);
    sum += value;
  }
  for (double& value : values) value /= sum;
}

}  // namespace

Expected decode_attention(const AttentionShape& shape, std::span<const double> query,
                          std::span<const double> keys, std::span<const double> values) {
  const auto heads = static_cast<std::size_t>(shape.heads);
  const auto kv_heads = static_cast<std::size_t>(shape.kv_heads);
  const auto dim = static_cast<std::size_t>(shape.head_dim);
  Expected out{.values = std::vector<double>(heads * dim),
               .magnitudes = std::vector<double>(heads * dim)};
  for (std::size_t head = 0; head < heads; ++head) {
    const std::size_t kv_head = head / (heads / kv_heads);
    Scores scores = scores_of(shape, query.subspan(head * dim, dim), keys, kv_head);
    softmax(scores.values);
    for (std::size_t token = 0; token < scores.values.size(); ++token) {
      const auto value = values.subspan((token * kv_heads + kv_head) * dim, dim);
      for (std::size_t i = 0; i < dim; ++i) {
        const double term = scores.values[token] * value[i];
        out.values[head * dim + i] += term;
        // A score that is off by e turns its weight by e, and all the others' through the sum.
        out.magnitudes[head * dim + i] += std::abs(term) * (1.0 + 2.0 * scores.largest_magnitude);
      }
    }
  }
  return out;
}

}  // namespace plimsoll::calibrate::reference
