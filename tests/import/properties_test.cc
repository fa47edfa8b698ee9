// Properties over random architectures.
#include "import/gguf.h"
#include "import/json.h"
#include "import_world.h"
// after Catch2
#include <rapidcheck/catch.h>

using namespace plimsoll;
using namespace plimsoll::test;

namespace {

int between(int low, int high) {
  return *rc::gen::inRange(low, high + 1);
}

// Llama, with experts or without: what keys and tensors of a GGUF file can say in full.
ModelSpec random_model() {
  ModelSpec model;
  model.name = "Random";
  model.family = "llama";
  model.hidden = 256 * between(1, 32);
  model.vocab = between(1000, 200000);
  model.max_context = between(1, 1000000);
  model.tied_embeddings = between(0, 1) == 1;
  model.attention.kv_heads = between(1, 8);
  model.attention.heads = model.attention.kv_heads * between(1, 8);
  model.attention.head_dim = 64 * between(1, 4);
  model.attention.qkv_bias = between(0, 1) == 1;
  LayerSpec layer;
  if (between(0, 1) == 1) {
    layer.ffn = LayerFfn::moe;
    const int experts = between(2, 64);
    model.moe = MoeSpec{.experts = experts,
                        .experts_per_token = between(1, experts),
                        .expert_width = 256 * between(1, 16)};
  } else {
    model.ffn_width = 256 * between(1, 64);
  }
  model.layers.assign(static_cast<std::size_t>(between(1, 60)), layer);
  return model;
}

// Written down by hand, as in tests/footprint/properties_test.cc.
std::int64_t closed_count(const ModelSpec& model) {
  const std::int64_t h = model.hidden;
  const std::int64_t q = std::int64_t{model.attention.heads} * model.attention.head_dim;
  const std::int64_t kv = std::int64_t{model.attention.kv_heads} * model.attention.head_dim;
  const std::int64_t bias = model.attention.qkv_bias ? q + 2 * kv : 0;
  const std::int64_t ffn =
      model.moe ? h * model.moe->experts + 3 * h * model.moe->expert_width * model.moe->experts
                : 3 * h * model.ffn_width;
  const auto layers = static_cast<std::int64_t>(model.layers.size());
  return h * model.vocab * (model.tied_embeddings ? 1 : 2) + h +
         layers * (2 * h * q + 2 * h * kv + 2 * h + bias + ffn);
}

}  // namespace

TEST_CASE("a random architecture comes back, with the parameters of the formula", "[import]") {
  const TemporaryFolder folder;
  rc::prop("GGUF", [&] {
    const ModelSpec model = random_model();
    const auto file = folder.path("random.gguf");
    gguf_of(model, with_recipe(model, "f16")).write_sparse(file);
    const ImportedModel result = imported(file);
    RC_ASSERT(architecture_lines(result.model) == architecture_lines(model));
    RC_ASSERT(count_parameters(result.tensors) == closed_count(model));
    RC_ASSERT(result.exact);
  });
}

TEST_CASE("random bytes are refused without harm", "[import]") {
  rc::prop("bytes", [](const std::string& text) {
    for (const std::string& bytes :
         {text, "GGUF" + little(3, 4) + text, little(text.size(), 8) + text, "{\"a\":" + text}) {
      Diagnostics diagnostics;
      const auto first = in_memory(bytes);
      RC_ASSERT(!read_gguf(*first, "f", diagnostics) || bytes.size() >= 24);
      const auto second = in_memory(bytes);
      read_safetensors(*second, "f", diagnostics);
      const auto third = in_memory(bytes);
      read_json(*third, "f", diagnostics);
    }
  });
}

TEST_CASE("layers of every rule are written and read alike", "[import]") {
  const TemporaryFolder folder;
  rc::prop("layers", [&] {
    ModelSpec model = shipped_model("qwen3-0.6b");
    model.id = "random";
    model.window = 512;
    const int count = between(1, 12);
    model.layers.clear();
    for (int i = 0; i < count; ++i) {
      LayerSpec layer;
      if (between(0, 1) == 1) layer.attention = LayerAttention::windowed;
      model.layers.push_back(layer);
    }
    model.layers.front().attention = LayerAttention::windowed;  // else `window` describes nothing
    std::ofstream(folder.path("random.yaml")) << model_yaml(model);
    Diagnostics diagnostics;
    Catalog catalog(std::vector<DataFolders>{find_data_folders({})});
    const ModelSpec* read = catalog.model(folder.path("random.yaml").string(), {}, diagnostics);
    RC_ASSERT(read != nullptr);
    RC_ASSERT(read->layers == model.layers);
  });
}
