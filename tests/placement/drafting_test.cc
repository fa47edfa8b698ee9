// What drafts for speculative decoding: its parameters and the memory it takes.
#include <string>
#include <vector>

#include "footprint/shipped.h"
#include "placement/placed.h"

namespace plimsoll {
namespace {

const ModelSpec& shipped_model(const std::string& id) {
  Diagnostics diagnostics;
  const ModelSpec* model = shipped_catalog().model(id, {}, diagnostics);
  REQUIRE(model);
  return *model;
}

// Without the table of embeddings and the head, which a module shares with its model.
double own_parameters(const ModelSpec& module) {
  double sum = 0.0;
  for (const Tensor& tensor : enumerate_tensors(module))
    if (tensor.cls != TensorClass::token_embedding && tensor.cls != TensorClass::output)
      sum += static_cast<double>(tensor.elements());
  return sum;
}

// Published: the weights of DeepSeek's module (11.5 B by its own documentation) and the difference
// of GGUF files with and without theirs for the others.
TEST_CASE("an MTP module has the parameters of the checkpoint's", "[placement][savings]") {
  struct Module {
    const char* model;
    double billions;
    double half_digit;
  };
  for (const Module& m :
       {Module{"deepseek-v3", 11.5, 0.15}, Module{"qwen3.5-27b", 0.425, 0.0005},
        Module{"qwen3.5-35b-a3b", 0.845, 0.0005}, Module{"qwen3.5-122b-a10b", 2.524, 0.0005},
        Module{"glm-4.6", 3.988, 0.0005}, Module{"glm-4.5-air", 2.375, 0.0005}}) {
    INFO(m.model);
    CHECK(own_parameters(drafting_module(shipped_model(m.model), false)) / 1e9 ==
          Approx(m.billions).margin(m.half_digit));
  }
}

// As the EAGLE repository lists them.
TEST_CASE("an EAGLE layer has the published parameters", "[placement][savings]") {
  CHECK(own_parameters(drafting_module(shipped_model("llama-2-7b"), true)) / 1e9 ==
        Approx(0.24).margin(0.005));
  CHECK(own_parameters(drafting_module(shipped_model("llama-2-13b"), true)) / 1e9 ==
        Approx(0.37).margin(0.005));
  CHECK(own_parameters(drafting_module(shipped_model("llama-2-70b"), true)) / 1e9 ==
        Approx(0.99).margin(0.005));
}

Placed with_draft(const std::vector<std::string>& overrides) {
  return Placed(spec_of({{"model", "qwen3-32b"},
                         {"quantization", "q4_k_m"},
                         {"system", "rtx-4090-pc"},
                         {"engine", "llama.cpp"},
                         {"placement", "single"}},
                        overrides),
                shipped_catalog());
}

TEST_CASE("draft weights are all of a model's, without shared ones of a module",
          "[placement][savings]") {
  const ModelSpec& model = shipped_model("qwen3-0.6b");
  Diagnostics diagnostics;
  const QuantizationSpec* recipe = shipped_catalog().quantization("q8_0", {}, diagnostics);
  const EngineSpec* engine = shipped_catalog().engine("llama.cpp", {}, diagnostics);
  const Footprint draft =
      footprint({.model = &model,
                 .recipe = recipe,
                 .engine = engine,
                 .quantize = {},
                 .cache = {.format = shipped_catalog().format("F16", {}, diagnostics)}},
                shipped_catalog(), diagnostics);
  CHECK(total(draft_weights(draft, {.name = {}, .model = model})) == draft.weights);
  CHECK(total(draft_weights(draft, {.name = {}, .model = model, .shares_embedding = true})) <
        draft.weights);
}

TEST_CASE("a draft's cache is held beside the model's", "[placement][savings]") {
  const auto draft_bytes = [](const Placed& placed) {
    double sum = 0.0;
    const std::vector<Placement> candidates = placed.candidates();
    for (const PoolLoad& load : candidates.front().loads)
      for (const LoadItem& item : load.items)
        if (item.kind == LoadKind::draft) sum += item.bytes.value;
    return sum;
  };
  CHECK(draft_bytes(with_draft({})) == 0.0);
  CHECK(draft_bytes(with_draft({"savings.speculative.draft=ngram"})) == 0.0);
  const Placed placed = with_draft({"savings.speculative.draft=qwen3-0.6b"});
  // K and V of 28 layers, 8 heads of 128, 16 bits, 4096 tokens; this fixture places no weights of
  // the draft.
  CHECK(draft_bytes(placed) == 2.0 * 28 * 8 * 128 * 2 * 4096);
}

}  // namespace
}  // namespace plimsoll
