// Attention of one new token over caches of f16 and of 8 bits.
#include <algorithm>

#include "base/ceil_div.h"
#include "calibrate/gpu/gpu_families.h"
#include "calibrate/gpu/kernels/shapes.cu.h"
#include "calibrate/reference/activations.h"
#include "calibrate/reference/attention.h"
#include "calibrate/reference/floating_point.h"
#include "calibrate/reference/weights.h"

namespace plimsoll::calibrate {
namespace {

constexpr std::int64_t head_dim = HEAD_DIM;
constexpr std::int64_t tile = TILE;

// Keys or values in every turn's place, and what the kernel sees of them.
struct Cache {
  std::vector<RotatedOperand> parts;  // f16; or codes and scales
  std::vector<double> values;
};

// The cache repeats 1021 heads, a prime number: no stride of tokens or heads sees the same ones.
constexpr std::int64_t pattern_heads = 1021;

std::vector<double> repeated(const std::vector<double>& pattern, std::int64_t count) {
  std::vector<double> values(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = pattern[i % pattern.size()];
  return values;
}

Cache f16_cache(GpuDevice& device, std::int64_t heads, int copies, std::string_view stream) {
  const HalfValues halves = random_halves(pattern_heads * head_dim, stream);
  Cache cache;
  cache.parts.emplace_back(device, halves.bits.data(), 2 * halves.bits.size(),
                           static_cast<std::size_t>(heads * head_dim * 2), copies);
  cache.values = repeated(halves.values, heads * head_dim);
  return cache;
}

// Heads of the pattern have four scales of 2 bytes: whole words.
Cache q8_cache(GpuDevice& device, std::int64_t heads, int copies, std::string_view stream) {
  Rng rng(1, stream);
  const std::vector<float> values = reference::random_values(pattern_heads * head_dim, rng);
  const auto quantized = reference::quantize_activations(reference::ActivationFormat::q8_0, values);
  std::vector<std::uint16_t> scales;
  for (const float scale : quantized.scales) scales.push_back(reference::f16_bits(scale));
  Cache cache;
  cache.parts.emplace_back(device, quantized.codes.data(), quantized.codes.size(),
                           static_cast<std::size_t>(heads * head_dim), copies);
  cache.parts.emplace_back(device, scales.data(), 2 * scales.size(),
                           static_cast<std::size_t>(heads * head_dim / 32 * 2), copies);
  cache.values =
      repeated(reference::as_seen(reference::ActivationFormat::q8_0, values), heads * head_dim);
  return cache;
}

class AttentionKernel : public DeviceKernel {
 public:
  AttentionKernel(GpuDevice& gpu, const KernelCase& kernel_case)
      : DeviceKernel(gpu, kernel_case),
        attention_{.heads = shape("heads"),
                   .kv_heads = shape("kv_heads"),
                   .head_dim = head_dim,
                   .context = shape("context")},
        turns_(copies_for(limits_of(gpu), kernel_case.work.bytes)),
        keys_(cache("keys")),
        values_(cache("values")),
        query_(random_query()),
        query_memory_(gpu.upload(query_)),
        out_(gpu, static_cast<std::size_t>(attention_.heads * head_dim * 4)) {
    split(limits_of(gpu).compute_units);
    const auto parts = static_cast<std::size_t>(splits_ * attention_.heads);
    parts_ = DeviceMemory(gpu, 8 * parts);
    outputs_ = DeviceMemory(gpu, 4 * parts * head_dim);
  }

 private:
  int turns() const override { return turns_; }

  Cache cache(std::string_view stream) {
    const std::int64_t heads = attention_.context * attention_.kv_heads;
    const auto make = kernel_case().format == "f16" ? f16_cache : q8_cache;
    return make(device(), heads, turns_, stream);
  }

  std::vector<float> random_query() const {
    Rng rng(1, "query");
    return reference::random_values(attention_.heads * head_dim, rng);
  }

  // Four blocks for each compute unit, but whole tiles.
  void split(int compute_units) {
    const std::int64_t wanted =
        std::clamp<std::int64_t>(4 * compute_units / attention_.kv_heads, 1, MOST_SPLITS);
    const std::int64_t tiles = ceil_div(attention_.context, tile);
    per_split_ = tile * ceil_div(tiles, wanted);
    splits_ = ceil_div(attention_.context, per_split_);
  }

  void enqueue(int turn) override {
    const LaunchShape shape{.blocks = static_cast<unsigned>(splits_),
                            .blocks_y = static_cast<unsigned>(attention_.kv_heads),
                            .threads = 128};
    const std::string name = "decode_attention_" + kernel_case().format + "_" +
                             std::to_string(attention_.heads / attention_.kv_heads);
    const auto kv_heads = static_cast<std::uint32_t>(attention_.kv_heads);
    const auto context = static_cast<std::uint32_t>(attention_.context);
    const auto per_split = static_cast<std::uint32_t>(per_split_);
    if (keys_.parts.size() == 1) {
      device().launch(name, shape, query_memory_.address(), keys_.parts[0].of_turn(turn),
                      values_.parts[0].of_turn(turn), parts_.address(), outputs_.address(),
                      kv_heads, context, per_split);
    } else {
      device().launch(name, shape, query_memory_.address(), keys_.parts[0].of_turn(turn),
                      keys_.parts[1].of_turn(turn), values_.parts[0].of_turn(turn),
                      values_.parts[1].of_turn(turn), parts_.address(), outputs_.address(),
                      kv_heads, context, per_split);
    }
    device().launch(
        "join_attention", {.blocks = static_cast<unsigned>(attention_.heads), .threads = 128},
        parts_.address(), outputs_.address(), out_.address(),
        static_cast<std::uint32_t>(attention_.heads), static_cast<std::uint32_t>(splits_));
  }

  KernelCheck compare() override {
    const std::vector<double> query(query_.begin(), query_.end());
    const reference::Expected expected =
        reference::decode_attention(attention_, query, keys_.values, values_.values);
    const auto out = device().download<float>(out_.address(), expected.values.size());
    return reference::compare(out, expected,
                              reference::allowed_error(attention_.context + head_dim));
  }

  reference::AttentionShape attention_;
  int turns_;
  Cache keys_;
  Cache values_;
  std::vector<float> query_;
  DeviceMemory query_memory_;
  DeviceMemory out_;
  std::int64_t per_split_ = 0;
  std::int64_t splits_ = 0;
  DeviceMemory parts_;
  DeviceMemory outputs_;
};

KernelCase attention_case(const std::string& format, std::int64_t heads, std::int64_t kv_heads,
                          std::int64_t context) {
  const auto values = static_cast<double>(2 * context * kv_heads * head_dim);
  const double bytes = format == "f16" ? 2.0 : 1.0 + 2.0 / 32.0;
  return {.family = "decode_attention",
          .format = format,
          .variant = heads == kv_heads ? "every head its own cache"
                                       : std::to_string(heads / kv_heads) + " heads a cache",
          .shape = {{"heads", heads},
                    {"kv_heads", kv_heads},
                    {"head_dim", head_dim},
                    {"context", context}},
          .work = {.bytes = values * bytes,
                   .flop = 4.0 * static_cast<double>(context * heads * head_dim)}};
}

std::vector<KernelCase> attention_cases(const DeviceLimits& limits, Depth depth) {
  const std::vector<std::int64_t> contexts =
      depth == Depth::quick ? std::vector<std::int64_t>{1024, 32768}
                            : std::vector<std::int64_t>{512, 2048, 8192, 32768};
  std::vector<KernelCase> cases;
  for (const char* format : {"f16", "q8"}) {
    for (const std::int64_t kv_heads : {8, 32}) {
      for (const std::int64_t heads : {32, 64}) {
        if (heads == 64 && kv_heads == 32) continue;
        if (depth == Depth::quick && heads == kv_heads) continue;
        for (const std::int64_t context : contexts) {
          // The reference of more would take gigabytes on the host.
          if (kv_heads == 32 && context > 8192) continue;
          KernelCase made = attention_case(format, heads, kv_heads, context);
          if (made.work.bytes <= limits.memory_bytes) cases.push_back(std::move(made));
        }
      }
    }
  }
  return cases;
}

}  // namespace

std::vector<GpuFamily> attention_families() {
  return {
      {.name = "decode_attention", .cases = attention_cases, .make = make_kernel<AttentionKernel>}};
}

}  // namespace plimsoll::calibrate
