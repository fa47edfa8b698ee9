// KV cache and recurrent state against sizes that llama.cpp and ik_llama.cpp logged.
#include <cmath>

#include "footprint/recipe.h"
#include "footprint/shipped.h"

namespace plimsoll {
namespace {

double cache_mib(const std::string& id, const CacheOptions& options) {
  const ModelSpec& model = shipped_model(id);
  double sum = 0.0;
  for (int layer = 0; layer < static_cast<int>(model.layers.size()); ++layer) {
    sum += cache_bytes(model, layer, options).base();
  }
  return sum / mib;
}

CacheOptions options_of(std::int64_t context, const std::string& format) {
  CacheOptions options;
  options.context = context;
  options.format = &shipped_format(format);
  return options;
}

}  // namespace

TEST_CASE("logged cache sizes are met to the last printed digit") {
  const struct {
    const char* model;
    std::int64_t context;
    const char* format;
    double logged_mib;
  } logs[] = {
      {"qwen3-235b-a22b", 32768, "Q8_0", 3196.0}, {"qwen3-235b-a22b", 16384, "Q8_0", 1598.0},
      {"qwen3-235b-a22b", 4096, "Q8_0", 399.5},   {"llama-3.1-8b", 16384, "F16", 2048.0},
      {"deepseek-v3", 2048, "F16", 137.25},       {"deepseek-v3", 163840, "F16", 10980.0},
      {"deepseek-v3", 61440, "Q8_0", 2187.42},    {"deepseek-v3", 131072, "Q8_0", 4666.5},
      {"deepseek-v3", 16896, "Q8_0", 601.54},     {"qwen3-30b-a3b", 4096, "F16", 384.0},
      {"qwen3-32b", 16896, "Q8_0", 2244.0},       {"qwen3-32b", 40960, "F16", 10240.0},
      {"llama-2-13b", 512, "F16", 400.0},         {"llama-2-7b", 512, "F16", 256.0},
      {"llama-3-8b", 8192, "F16", 1024.0},        {"llama-3.2-1b", 4096, "F16", 128.0},
      {"minimax-m2", 131072, "Q8_0", 16864.0},    {"qwen3.5-27b", 8192, "F16", 512.0 + 149.625},
      {"phi-3-mini", 4096, "F16", 1536.0},
  };
  for (const auto& log : logs) {
    INFO(log.model << " at " << log.context << " " << log.format);
    CHECK(std::abs(cache_mib(log.model, options_of(log.context, log.format)) - log.logged_mib) <=
          0.0051);
  }
}

TEST_CASE("K and V are stored apart") {
  // llama-3.1-8b, 1024 cells, K in IQ4_NL and V in F16: 82 MiB. Half of each pure cache.
  CHECK(cache_mib("llama-3.1-8b", options_of(1024, "IQ4_NL")) / 2 +
            cache_mib("llama-3.1-8b", options_of(1024, "F16")) / 2 ==
        82.0);
}

TEST_CASE("windowed layers keep their window and one prefill chunk") {
  CacheOptions options = options_of(2048, "F16");
  options.prefill_chunk = 2048;
  CHECK(cache_mib("gpt-oss-120b", options) == 144.0);
  // 8192 cells in 12 full layers, 128 + 128 = 256 in 12 windowed ones.
  options = options_of(8192, "Q8_0");
  options.prefill_chunk = 128;
  CHECK(std::abs(cache_mib("gpt-oss-20b", options) - 105.19) <= 0.0051);
  CHECK(cache_cells(shipped_model("gpt-oss-20b"), 0, options) == 256);
  CHECK(cache_cells(shipped_model("gpt-oss-20b"), 1, options) == 8192);
  // An engine without window caches keeps the context everywhere.
  options = options_of(32768, "F16");
  options.window_cache = false;
  CHECK(cache_mib("gemma-3-27b", options) == 15872.0);
}

TEST_CASE("recurrent and convolution states have the published sizes") {
  const struct {
    const char* model;
    double recurrent_mib;
    double convolution_mib;
  } states[] = {
      {"qwen3-next-80b-a3b", 72.0, 3.375},  {"qwen3.5-35b-a3b", 60.0, 2.8125},
      {"qwen3.5-122b-a10b", 144.0, 5.0625}, {"qwen3.5-397b-a17b", 180.0, 6.328125},
      {"qwen3.5-27b", 144.0, 5.625},
  };
  for (const auto& state : states) {
    const ModelSpec& model = shipped_model(state.model);
    double sum = 0.0;
    for (int layer = 0; layer < static_cast<int>(model.layers.size()); ++layer) {
      sum += cache_shape(model, layer).fixed_per_sequence.base() / mib;
    }
    INFO(state.model);
    CHECK(sum == state.recurrent_mib + state.convolution_mib);
  }
  // Four sequences of qwen3.5-35b-a3b: 240 + 11.25 MiB in the log.
  CacheOptions options = options_of(256, "F16");
  options.sequences = 4;
  const double attention = 4 * 10 * 256 * 1024 * 2 / mib;
  CHECK(cache_mib("qwen3.5-35b-a3b", options) == 251.25 + attention);
}

TEST_CASE("sparse attention caches 132 bytes of indexer key a token and layer") {
  CHECK(cache_shape(shipped_model("deepseek-v3.2"), 0).indexer_per_token.base() == 132.0);
  CHECK(cache_shape(shipped_model("deepseek-v3"), 0).indexer_per_token.base() == 0.0);
}

// DeepSeek-V4-Flash, 4096 tokens in chunks of 128: 256 cells of 512 elements in each of 43 layers;
// 4096 / 4 entries with a key of the indexer (132 bytes) each in 21 of them, 4096 / 128 in 20. Open
// entries hold values and gates: of 2 x 4 tokens twice as wide as 512 and 128, and of 128 tokens.
TEST_CASE("compressed layers keep a window and entries of several tokens") {
  CacheOptions options = options_of(4096, "F16");
  options.prefill_chunk = 128;
  const double cells = 43.0 * 256 * 1024;
  const double entries = 21.0 * 1024 * (1024 + 132) + 20.0 * 32 * 1024;
  const double open = 4.0 * 2 * (21.0 * 2 * 4 * 2 * (512 + 128) + 20.0 * 128 * 512);
  CHECK(cache_mib("deepseek-v4-flash", options) * mib == cells + entries + open);

  const ModelSpec& model = shipped_model("deepseek-v4-flash");
  const auto per_token = [&](int layer) {
    return cached_per_token(cache_shape(model, layer), 16.0).base();
  };
  CHECK(per_token(0) == 1024.0);
  CHECK(per_token(2) == (1024.0 + 132.0) / 4.0);
  CHECK(per_token(3) == 1024.0 / 128.0);
}

TEST_CASE("cells are rounded up to the granule") {
  const ModelSpec& model = shipped_model("llama-3.1-8b");
  CHECK(cache_cells(model, 0, options_of(65535, "F16")) == 65536);
  CHECK(cache_cells(model, 0, options_of(1, "F16")) == 256);
  CacheOptions exact = options_of(1001, "F16");
  exact.granule = 1;
  CHECK(cache_cells(model, 0, exact) == 1001);
}

TEST_CASE("a cache without a format is our own mistake") {
  CacheOptions options;
  CHECK_THROWS_AS(cache_bytes(shipped_model("llama-3.1-8b"), 0, options), std::invalid_argument);
}

}  // namespace plimsoll
