// Every shipped model against the parameter counts and cache sizes of the fact base, which were
// computed from the published configurations independently of this program and compared with vendor
// figures and GGUF headers.
#include <algorithm>
#include <cmath>
#include <set>

#include "footprint/shipped.h"

namespace plimsoll {
namespace {

struct ModelFacts {
  const char* id;
  std::int64_t parameters;
  std::int64_t cache_elements;  // K + V of one attention layer and token
  std::int64_t full_bytes;      // a token in all full layers, 16 bit
  std::int64_t windowed_bytes;  // a token in all windowed layers, while inside the window
};

const ModelFacts facts[] = {
    {"gemma-2b", 2506172416, 512, 18432, 0},
    {"gemma-2-9b", 9241705984, 4096, 172032, 172032},
    {"gemma-2-27b", 27227128320, 4096, 188416, 188416},
    {"gemma-3-4b", 3880263168, 2048, 20480, 118784},
    {"gemma-3-12b", 11766034176, 4096, 65536, 327680},
    {"gemma-3-27b", 27009346304, 4096, 81920, 425984},
    {"mistral-7b-v0.1", 7241732096, 2048, 0, 131072},
    {"openhermes-2.5-mistral-7b", 7241748480, 2048, 0, 131072},
    {"mixtral-8x7b", 46702792704, 2048, 131072, 0},
    {"mixtral-8x22b", 140620634112, 2048, 229376, 0},
    {"mixtral-8x22b-instruct-v0.1", 140630071296, 2048, 229376, 0},
    {"llama-2-7b", 6738415616, 8192, 524288, 0},
    {"llama-2-13b", 13015864320, 10240, 819200, 0},
    {"llama-2-70b", 68976648192, 2048, 327680, 0},
    {"llama-3-8b", 8030261248, 2048, 131072, 0},
    {"llama-3.1-8b", 8030261248, 2048, 131072, 0},
    {"llama-3-70b", 70553706496, 2048, 327680, 0},
    {"llama-3.1-70b", 70553706496, 2048, 327680, 0},
    {"llama-3.1-405b", 405853388800, 2048, 516096, 0},
    {"llama-3.2-1b", 1235814400, 1024, 32768, 0},
    {"llama-3.2-3b", 3212749824, 2048, 114688, 0},
    {"llama-4-scout", 107769861120, 2048, 49152, 147456},
    {"llama-4-maverick", 400711848960, 2048, 49152, 147456},
    {"deepseek-coder-33b", 33342991360, 2048, 253952, 0},
    {"deepseek-v2-lite", 15706484224, 576, 31104, 0},
    {"deepseek-v3", 671026419200, 576, 70272, 0},
    {"deepseek-v3.2", 671877944064, 576, 70272, 0},
    {"kimi-k2", 1026408232448, 576, 70272, 0},
    {"kimi-k2.5", 1026408232448, 576, 70272, 0},
    {"qwen2.5-7b", 7615616512, 1024, 57344, 0},
    {"qwen2.5-32b", 32763876352, 2048, 262144, 0},
    {"qwen2.5-72b", 72706203648, 2048, 327680, 0},
    {"qwen3-0.6b", 596049920, 2048, 114688, 0},
    {"qwen3-1.7b", 1720574976, 2048, 114688, 0},
    {"qwen3-4b", 4022468096, 2048, 147456, 0},
    {"qwen3-8b", 8190735360, 2048, 147456, 0},
    {"qwen3-14b", 14768307200, 2048, 163840, 0},
    {"qwen3-32b", 32762123264, 2048, 262144, 0},
    {"qwen3-30b-a3b", 30532122624, 1024, 98304, 0},
    {"qwen3-235b-a22b", 235093634560, 1024, 192512, 0},
    {"qwen3-coder-480b-a35b", 480154875392, 2048, 253952, 0},
    {"qwen3-next-80b-a3b", 79674391296, 1024, 24576, 0},
    {"qwen3.5-35b-a3b", 34660610688, 1024, 20480, 0},
    {"qwen3.5-122b-a10b", 122111526912, 1024, 24576, 0},
    {"qwen3.5-397b-a17b", 396346350336, 1024, 30720, 0},
    {"qwen3.5-27b", 26895998464, 2048, 65536, 0},
    {"gpt-oss-20b", 20914757184, 1024, 24576, 24576},
    {"gpt-oss-120b", 116829156672, 1024, 36864, 36864},
    {"glm-4.5", 352797829024, 2048, 376832, 0},
    {"glm-4.6", 352797829024, 2048, 376832, 0},
    {"glm-4.5-air", 106852251264, 2048, 188416, 0},
    {"glm-5", 743911218432, 576, 89856, 0},
    {"minimax-m2", 228689764864, 2048, 253952, 0},
    // 102 of the 256 experts of each layer pruned: 62 x 102 x (3 x 3072 x 1536 + 3072 + 1) fewer.
    {"minimax-m2.5-reap-139b-a10b", 139149203788, 2048, 253952, 0},
    {"phi-3-mini", 3821079552, 6144, 0, 393216},
    {"phi-3-medium", 13960238080, 2560, 0, 204800},
    {"phi-4", 14659507200, 2560, 204800, 0},
    {"phi-4-mini", 3836021760, 2048, 131072, 0},
    {"smollm2-135m", 134515008, 384, 23040, 0},
    {"smollm2-360m", 361821120, 640, 40960, 0},
    {"smollm2-1.7b", 1711376384, 4096, 196608, 0},
    {"opt-175b", 174604468224, 24576, 4718592, 0},
    {"opt-6.7b", 6658473984, 8192, 524288, 0},
    // Counted from the dimensions of each config.json, and equal to the published checkpoints.
    {"codellama-34b", 33743970304, 2048, 196608, 0},
    {"tinyllama-1.1b", 1100048384, 512, 22528, 0},
    {"mistral-7b-v0.3", 7248023552, 2048, 131072, 0},
    {"mistral-small-3-24b", 23572403200, 2048, 163840, 0},
    {"mistral-nemo-12b", 12247782400, 2048, 163840, 0},
    {"ministral-3-14b", 13506073600, 2048, 163840, 0},
    {"qwen2.5-1.5b", 1543714304, 512, 28672, 0},
    {"qwen2.5-14b", 14770033664, 2048, 196608, 0},
    {"llama-1-30b", 32528943616, 13312, 1597440, 0},
    {"llama-1-65b", 65285660672, 16384, 2621440, 0},
    {"yi-6b", 6061035520, 1024, 65536, 0},
    {"internlm-20b", 20088714240, 10240, 1228800, 0},
    {"olmoe-1b-7b", 6919161856, 4096, 131072, 0},
    {"hunyuan-a13b", 80393183232, 2048, 131072, 0},
    {"dots.llm1", 142774381696, 8192, 1015808, 0},
    {"glm-4.7-flash", 29943393920, 576, 54144, 0},
    {"qwen3.5-2b", 1881825088, 1024, 12288, 0},
    // Counted from the shapes that llama.cpp's src/models/deepseek4.cpp creates, without the table
    // by which the first three layers choose experts: 2 x 129280 x 4096 + 4096 + 16384 x 4 + 5
    // + 43 x (attention, streams, norms, router, 257 experts) + 21 and 20 compressors.
    {"deepseek-v4-flash", 284332241239, 512, 0, 2048},
    {"qwen3.5-9b", 8953803264, 2048, 32768, 0},
    // 25233142046 less three norms, a scale of the router's input, one per expert and one per layer
    // (30 x (4 x 2816 + 128 + 1)) and the frequencies of the rotation (256).
    {"gemma-4-26b-a4b", 25232800000, 4096, 20480, 204800},
    {"gemma-4-12b", 11907350272, 4096, 16384, 327680},
    {"gemma-4-31b", 30697345280, 8192, 81920, 819200},
    {"smallthinker-21b-a3b", 21506562560, 1024, 26624, 79872},
    // The published 179522565120 less the bias of the last norm (14848).
    {"falcon-180b", 179522550272, 1024, 163840, 0},
    // The published 6050882784 less the bias of the head (50400), and with a second norm per layer
    // (28 x 2 x 4096).
    {"gpt-j-6b", 6051061760, 8192, 458752, 0},
};

std::int64_t cache_bytes_of_token(const ModelSpec& model, LayerAttention attention) {
  std::int64_t bytes = 0;
  for (int layer = 0; layer < static_cast<int>(model.layers.size()); ++layer) {
    if (model.layers[static_cast<std::size_t>(layer)].attention == attention) {
      bytes += 2 * cache_shape(model, layer).elements_per_token;
    }
  }
  return bytes;
}

}  // namespace

TEST_CASE("every shipped model has exactly the parameters of its published checkpoint") {
  for (const ModelFacts& fact : facts) {
    INFO(fact.id);
    CHECK(count_parameters(enumerate_tensors(shipped_model(fact.id))) == fact.parameters);
  }
}

TEST_CASE("every model file is covered by the table") {
  std::set<std::string> known;
  for (const ModelFacts& fact : facts) known.insert(fact.id);
  for (const CatalogEntry& header : shipped_catalog().headers(EntryKind::model)) {
    INFO(header.id);
    CHECK(known.count(header.id) == 1);
  }
}

TEST_CASE("published parameter counts agree with the dimensions") {
  // Vendors round to as little as one digit (Kimi K2: "1T"); vision towers are at most a tenth of a
  // small model.
  for (const ModelFacts& fact : facts) {
    const ModelSpec& model = shipped_model(fact.id);
    INFO(fact.id);
    REQUIRE(model.published_parameters);
    const double published = model.published_parameters->value;
    const bool measured = model.published_parameters->from.status == FigureStatus::measured;
    const double ratio = static_cast<double>(fact.parameters) / published;
    CHECK(std::abs(ratio - 1.0) < (measured ? 0.001 : 0.1));
  }
}

TEST_CASE("a cached token takes the published number of bytes") {
  for (const ModelFacts& fact : facts) {
    const ModelSpec& model = shipped_model(fact.id);
    INFO(fact.id);
    CHECK(cache_bytes_of_token(model, LayerAttention::full) == fact.full_bytes);
    CHECK(cache_bytes_of_token(model, LayerAttention::windowed) == fact.windowed_bytes);
    CHECK(cache_bytes_of_token(model, LayerAttention::linear) == 0);
    const auto attention = std::find_if(
        model.layers.begin(), model.layers.end(),
        [](const LayerSpec& layer) { return layer.attention != LayerAttention::linear; });
    const auto layer = static_cast<int>(attention - model.layers.begin());
    CHECK(cache_shape(model, layer).elements_per_token == fact.cache_elements);
  }
}

TEST_CASE("tensor names are unique and the sum over tensors is the footprint") {
  for (const ModelFacts& fact : facts) {
    const std::vector<Tensor> tensors = quantized(shipped_model(fact.id), "q4_k_m");
    std::set<std::string> names;
    double sum = 0.0;
    for (const Tensor& tensor : tensors) {
      CHECK(names.insert(tensor.name).second);
      CHECK(tensor.row % tensor.format->block == 0);
      sum += tensor.bytes.base();
    }
    INFO(fact.id);
    CHECK(sum == checkpoint_bytes(shipped_model(fact.id), "q4_k_m"));
  }
}

TEST_CASE("a footprint splits weights and cache by layer") {
  // Mixtral 8x7B in bf16: a layer's experts are 8 x 3 x 4096 x 14336 weights.
  EngineSpec engine;
  FootprintRequest request;
  request.model = &shipped_model("mixtral-8x7b");
  request.recipe = &shipped_recipe("bf16");
  request.engine = &engine;
  request.cache.format = &shipped_format("F16");
  Diagnostics diagnostics;
  const Footprint result = footprint(request, shipped_catalog(), diagnostics);
  require_clean(diagnostics);
  REQUIRE(result.layer_weights.size() == 32);
  double outside = 2.0 * 2 * 4096 * 32000 + 4.0 * 4096;  // embedding, head; final norm in f32
  for (int i = 0; i < 32; ++i) {
    const auto layer = static_cast<std::size_t>(i);
    CHECK(result.layer_experts[layer].base() == 2.0 * 8 * 3 * 4096 * 14336);
    CHECK(result.layer_cache[layer].base() == 4096.0 * 2 * 8 * 128 * 2);
    outside += result.layer_weights[layer].base();
  }
  CHECK(result.weights.base() == outside);
  CHECK(result.cache.base() == 4096.0 * 131072);
  CHECK(result.parameters == 46702792704);
}

TEST_CASE("a recipe whose format is missing is a diagnostic and has no size") {
  QuantizationSpec recipe = shipped_recipe("q4_k_m");
  recipe.default_format = "Q4_Z";
  recipe.place = {"recipe.yaml", 3, 17};
  Diagnostics diagnostics;
  const Bytes bytes =
      weight_bytes(shipped_model("llama-2-7b"), recipe, {}, shipped_catalog(), diagnostics);
  CHECK(bytes.base() == 0.0);
  REQUIRE(diagnostics.sorted().size() == 1);
  CHECK(diagnostics.sorted()[0].code == "unknown-format");
  CHECK(diagnostics.sorted()[0].place == recipe.place);
}

}  // namespace plimsoll
