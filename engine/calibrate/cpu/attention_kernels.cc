#include <algorithm>
#include <cmath>

#include "base/ceil_div.h"
#include "calibrate/cpu/cpu_kernel.h"
#include "calibrate/cpu/packed_weights.h"
#include "calibrate/reference/activations.h"
#include "calibrate/reference/attention.h"

namespace plimsoll::calibrate::cpu {
namespace {

constexpr std::int64_t head_dim = 128;
// Tokens that are worked on at a time: their scores stay in the first cache.
constexpr std::int64_t chunk_tokens = 256;

// What one chunk of tokens comes to for one query head: softmax is finished when all are known.
struct Partial {
  float largest = 0.0F;
  float sum = 0.0F;
  float weighted[head_dim] = {};
};

class AttentionKernel : public CpuKernel {
 public:
  AttentionKernel(const Team& team, const KernelCase& kernel_case)
      : CpuKernel(team, kernel_case),
        format_(kernel_case.format == "f16" ? WeightFormat::f16 : WeightFormat::q8_0),
        heads_{.heads = shape("heads"),
               .kv_heads = shape("kv_heads"),
               .head_dim = head_dim,
               .context = shape("context")},
        keys_pattern_(random_pattern(format_, heads_.kv_heads * head_dim)),
        values_pattern_(reversed(keys_pattern_)),
        keys_(team, keys_pattern_, heads_.context, turns_for(cache_bytes()), chunk_tokens),
        values_(team, values_pattern_, heads_.context, turns(), chunk_tokens),
        query_(random_floats(heads_.heads * head_dim, "query")),
        prepared_(format_, head_dim, heads_.heads),
        partials_(static_cast<std::size_t>(chunks() * heads_.heads)),
        scores_(static_cast<std::size_t>(team.pool->threads() * group() * chunk_tokens)),
        out_(query_.size()) {}

 private:
  // Other rows than the keys have: no row is its own opposite among an odd number but one.
  static reference::WeightMatrix reversed(reference::WeightMatrix matrix) {
    const auto bytes = matrix.row_bytes();
    std::vector<std::uint8_t> codes;
    for (std::int64_t row = matrix.rows; row-- > 0;) {
      codes.insert(codes.end(), matrix.codes.begin() + row * bytes,
                   matrix.codes.begin() + (row + 1) * bytes);
    }
    matrix.codes = std::move(codes);
    return matrix;
  }

  std::int64_t cache_bytes() const { return 2 * heads_.context * keys_pattern_.row_bytes(); }
  std::int64_t chunks() const { return ceil_div(heads_.context, chunk_tokens); }
  std::int64_t group() const { return heads_.heads / heads_.kv_heads; }

  void launch(int turn) override {
    const WeightRows keys = keys_.turn(turn);
    const WeightRows values = values_.turn(turn);
    const int threads = team().pool->threads();
    // All heads of a chunk go to one thread as long as there are chunks enough: they lie together.
    deal_out(chunks() * heads_.kv_heads, 1);
    team().pool->run([&](int thread) {
      prepare(share_of(heads_.heads, thread, threads));
      team().pool->barrier();
      take_shares(thread, [&](Share units) {
        for (std::int64_t unit = units.first; unit < units.last; ++unit)
          attend(keys, values, unit / heads_.kv_heads, unit % heads_.kv_heads, thread);
      });
      team().pool->barrier();
      const Share heads = share_of(heads_.heads, thread, threads);
      for (std::int64_t head = heads.first; head < heads.last; ++head) merge(head);
    });
  }

  void prepare(Share share) {
    for (std::int64_t head = share.first; head < share.last; ++head) {
      team().matrix->prepare(format_, query_.data() + head * head_dim, 0, 1, prepared_.from(head));
    }
  }

  // One KV head's rows of a cache.
  WeightRows rows_of(const WeightRows& cache, std::int64_t kv_head) const {
    WeightRows rows = cache;
    rows.columns = head_dim;
    rows.codes += kv_head * (cache.row_bytes / heads_.kv_heads);
    return rows;
  }

  void attend(const WeightRows& keys, const WeightRows& values, std::int64_t chunk,
              std::int64_t kv_head, int thread) {
    const std::int64_t first = chunk * chunk_tokens;
    const std::int64_t last = std::min(heads_.context, first + chunk_tokens);
    float* scores = scores_.data() + thread * group() * chunk_tokens;
    team().matrix->multiply(
        format_, AffineForm::dequantize_multiply, rows_of(keys, kv_head), {first, last},
        prepared_.from(kv_head * group()),
        {.y = scores, .y_stride = chunk_tokens, .tokens = static_cast<int>(group())});
    const auto scale = static_cast<float>(1.0 / std::sqrt(static_cast<double>(head_dim)));
    for (std::int64_t head = 0; head < group(); ++head) {
      float* of_head = scores + head * chunk_tokens;
      team().layer->scale(of_head, scale, last - first);
      Partial& partial = partial_of(chunk, kv_head * group() + head);
      partial.largest = team().layer->largest(of_head, last - first);
      partial.sum = team().layer->exponentiate(of_head, last - first, partial.largest);
    }
    add_values(rows_of(values, kv_head), chunk, kv_head, scores);
  }

  void add_values(const WeightRows& values, std::int64_t chunk, std::int64_t kv_head,
                  const float* weights) {
    const std::int64_t first = chunk * chunk_tokens;
    std::vector<float>& sums = sums_of_thread();
    sums.assign(static_cast<std::size_t>(group() * head_dim), 0.0F);
    team().layer->add_weighted_rows({.format = format_,
                                     .first = values.codes + first * values.row_bytes,
                                     .row_bytes = values.row_bytes,
                                     .count = std::min(heads_.context - first, chunk_tokens),
                                     .dim = head_dim,
                                     .weights = weights,
                                     .weight_stride = chunk_tokens,
                                     .heads = group(),
                                     .sums = sums.data()});
    for (std::int64_t head = 0; head < group(); ++head) {
      std::copy_n(sums.data() + head * head_dim, head_dim,
                  partial_of(chunk, kv_head * group() + head).weighted);
    }
  }

  static std::vector<float>& sums_of_thread() {
    thread_local std::vector<float> sums;
    return sums;
  }

  Partial& partial_of(std::int64_t chunk, std::int64_t head) {
    return partials_[static_cast<std::size_t>(chunk * heads_.heads + head)];
  }

  void merge(std::int64_t head) {
    float largest = partial_of(0, head).largest;
    for (std::int64_t chunk = 1; chunk < chunks(); ++chunk) {
      largest = std::max(largest, partial_of(chunk, head).largest);
    }
    float sum = 0.0F;
    float* out = out_.data() + head * head_dim;
    std::fill_n(out, head_dim, 0.0F);
    for (std::int64_t chunk = 0; chunk < chunks(); ++chunk) {
      const Partial& partial = partial_of(chunk, head);
      const float factor = std::exp(partial.largest - largest);
      sum += factor * partial.sum;
      for (std::int64_t i = 0; i < head_dim; ++i) out[i] += factor * partial.weighted[i];
    }
    team().layer->scale(out, 1.0F / sum, head_dim);
  }

  std::vector<double> decoded(const reference::WeightMatrix& pattern) const {
    std::vector<std::vector<double>> rows;
    for (std::int64_t row = 0; row < pattern.rows; ++row) {
      rows.push_back(reference::decode_row(pattern, row));
    }
    std::vector<double> all;
    for (std::int64_t token = 0; token < heads_.context; ++token) {
      const std::vector<double>& row = rows[static_cast<std::size_t>(token % pattern.rows)];
      all.insert(all.end(), row.begin(), row.end());
    }
    return all;
  }

  KernelCheck compare() override {
    const std::vector<double> query =
        reference::as_seen(reference::activations_for(format_), query_);
    const reference::Expected expected = reference::decode_attention(
        heads_, query, decoded(keys_pattern_), decoded(values_pattern_));
    // Sums over head_dim in the scores and over the context in the values; an exponential is good
    // to some units more.
    return reference::compare(out_, expected,
                              2.0 * reference::allowed_error(head_dim + heads_.context));
  }

  WeightFormat format_;
  reference::AttentionShape heads_;
  reference::WeightMatrix keys_pattern_;
  reference::WeightMatrix values_pattern_;
  RotatedWeights keys_;
  RotatedWeights values_;
  std::vector<float> query_;
  ActivationBuffers prepared_;
  std::vector<Partial> partials_;
  std::vector<float> scores_;
  std::vector<float> out_;
};

std::vector<KernelCase> attention_cases(Depth depth) {
  std::vector<std::int64_t> contexts{1024, 8192};
  if (depth == Depth::full) contexts = {256, 1024, 4096, 8192};
  std::vector<KernelCase> cases;
  for (const std::string format : {"f16", "q8"}) {
    for (const std::int64_t kv_heads : {8, 32}) {
      if (depth == Depth::quick && kv_heads == 32) continue;
      for (const std::int64_t context : contexts) {
        const auto values = static_cast<double>(2 * context * kv_heads * head_dim);
        cases.push_back({.family = "decode_attention",
                         .format = format,
                         .variant = kv_heads == 32 ? "every head its own cache" : "4 heads a cache",
                         .shape = {{"heads", 32},
                                   {"kv_heads", kv_heads},
                                   {"head_dim", head_dim},
                                   {"context", context}},
                         .work = {.bytes = values * (format == "f16" ? 2.0 : 34.0 / 32.0),
                                  .flop = 4.0 * static_cast<double>(context * 32 * head_dim)}});
      }
    }
  }
  return cases;
}

}  // namespace

std::vector<CpuFamily> attention_families() {
  return {
      {.name = "decode_attention", .cases = attention_cases, .make = make_kernel<AttentionKernel>}};
}

}  // namespace plimsoll::calibrate::cpu
