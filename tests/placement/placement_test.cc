// Which bytes go where: nothing lost, nothing counted twice but what a strategy really copies.
#include <numeric>
#include <string>
#include <vector>

#include "footprint/shipped.h"
#include "placement/placed.h"

namespace plimsoll {
namespace {

using Options = std::vector<std::pair<std::string, std::string>>;

Placement only(const Placed& placed) {
  const std::vector<Placement> candidates = placed.candidates();
  REQUIRE(candidates.size() == 1);
  INFO(candidates.front().refusal);
  REQUIRE(candidates.front().possible());
  return candidates.front();
}

ScenarioSpec placed_as(const std::string& model, const std::string& system,
                       const std::string& placement, Options more = {}) {
  Options options{{"model", model}, {"system", system}, {"placement", placement}};
  bool quantized = false;
  for (const auto& [key, value] : more) quantized = quantized || key == "quantization";
  if (!quantized) options.emplace_back("quantization", "q16");
  options.insert(options.end(), more.begin(), more.end());
  return spec_of(options);
}

TEST_CASE("strategies that copy nothing hold each weight once", "[placement]") {
  SmallWorld world;
  for (const char* model : {"dense", "moe"})
    for (const char* strategy : {"single", "cpu", "layer_split", "cpu_layers", "cpu_experts"})
      for (const char* system : {"box-1", "box-2", "box-4-nv"}) {
        if (std::string(model) == "dense" && std::string(strategy) == "cpu_experts") continue;
        INFO(model << " " << strategy << " " << system);
        const Placed placed(placed_as(model, system, strategy), world.catalog());
        const Placement placement = only(placed);
        CHECK(bytes_of(placement, LoadKind::weights) == placed.footprint.weights.base());
        CHECK(bytes_of(placement, LoadKind::cache) == placed.footprint.cache.base());
        int layers = 0;
        for (const Stage& stage : placement.stages) {
          CHECK(stage.first_layer == layers);
          layers += stage.layers;
        }
        CHECK(layers == 6);
      }
}

TEST_CASE("every shipped model is accounted to the byte", "[placement]") {
  Catalog& catalog = shipped_catalog();
  for (const CatalogEntry& entry : catalog.headers(EntryKind::model))
    for (const char* system : {"macbook-pro-16-m3-max-48gb", "rtx-4090-pc"}) {
      INFO(entry.id << " on " << system);
      const Placed placed(placed_as(entry.id, system, "single", {{"quantization", "q8_0"}}),
                          catalog);
      const Placement placement = only(placed);
      // A head that is the embedding table is stored a second time where the table stays in main
      // memory and the card has a memory of its own.
      double copy = 0.0;
      const bool own_memory = std::string(system) == "rtx-4090-pc";
      if (placed.scenario.model.tied_embeddings && own_memory)
        for (const Tensor& tensor : placed.footprint.tensors)
          if (tensor.cls == TensorClass::token_embedding || tensor.name == "token_embd.weight")
            copy = tensor.bytes.base();
      CHECK(bytes_of(placement, LoadKind::weights) == placed.footprint.weights.base() + copy);
      CHECK(bytes_of(placement, LoadKind::cache) == placed.footprint.cache.base());
    }
}

TEST_CASE("a tied head is one table in one pool and two in two", "[placement]") {
  SmallWorld world;
  world.data.write("hwdb/systems/mac.yaml",
                   "kind: system\nid: mac\nname: mac\nos: macos\nparts: [{device: soc-a}]\nhost: "
                   "{memory: 32 GiB}\n");
  const double table = 256.0 * 1000 * 2;  // hidden x vocabulary in F16
  const Placed card(placed_as("tied", "box-1", "single"), world.catalog());
  CHECK(bytes_of(only(card), LoadKind::weights) == card.footprint.weights.base() + table);
  const Placed unified(placed_as("tied", "mac", "single"), world.catalog());
  CHECK(bytes_of(only(unified), LoadKind::weights) == unified.footprint.weights.base());
}

// Megatron: matrices are cut, norms and routers stand whole on every member.
TEST_CASE("tensor parallel copies norms and routers and nothing else", "[placement]") {
  SmallWorld world;
  const Options serve{{"engine", "serve"}, {"quantization", "s16"}};
  for (const char* model : {"dense", "moe", "tied"}) {
    INFO(model);
    const Placed placed(placed_as(model, "box-4-nv", "tensor_parallel", serve), world.catalog());
    const Placement placement = only(placed);
    const double copied = bytes_of_role(placed.footprint, TensorRole::norm) +
                          bytes_of_role(placed.footprint, TensorRole::router);
    CHECK(bytes_of(placement, LoadKind::weights) ==
          Approx(placed.footprint.weights.base() + 3 * copied).epsilon(1e-12));
    // Every member holds the same.
    REQUIRE(placement.loads.size() >= 4);
    for (int member = 1; member < 4; ++member)
      CHECK(bytes_of(placement.loads[static_cast<std::size_t>(member)], LoadKind::weights) ==
            bytes_of(placement.loads[0], LoadKind::weights));
  }
}

TEST_CASE("KV heads that do not go round are copied", "[placement]") {
  SmallWorld world;
  const Options serve{{"engine", "serve"}, {"quantization", "s16"}};
  // 2 KV heads: over 2 members each holds one, over 4 two members hold the same one.
  const Placed two(placed_as("dense", "box-2", "tensor_parallel", serve), world.catalog());
  CHECK(bytes_of(only(two), LoadKind::cache) == Approx(two.footprint.cache.base()));
  const Placed four(placed_as("dense", "box-4-nv", "tensor_parallel", serve), world.catalog());
  CHECK(bytes_of(only(four), LoadKind::cache) == Approx(2 * four.footprint.cache.base()));
  CHECK(bytes_of(only(four).loads[0], LoadKind::cache) == Approx(four.footprint.cache.base() / 2));
}

TEST_CASE("a latent cache is whole on every member", "[placement]") {
  const Placed placed(spec_of({{"model", "deepseek-v2-lite"},
                               {"quantization", "bf16-safetensors"},
                               {"system", "h100-sxm5-80gb-2x"},
                               {"engine", "vllm"},
                               {"placement", "tensor_parallel"}}),
                      shipped_catalog());
  CHECK(bytes_of(only(placed), LoadKind::cache) == Approx(2 * placed.footprint.cache.base()));
}

TEST_CASE("row split keeps the cache on the first device", "[placement]") {
  SmallWorld world;
  const Placed placed(placed_as("dense", "box-2", "row_split"), world.catalog());
  const Placement placement = only(placed);
  CHECK(bytes_of(placement.loads[0], LoadKind::cache) == placed.footprint.cache.base());
  CHECK(bytes_of(placement.loads[1], LoadKind::cache) == 0.0);
}

TEST_CASE("offload moves what it names", "[placement]") {
  SmallWorld world;
  ScenarioSpec layers = placed_as("moe", "box-1", "cpu_layers");
  layers.gpu_layers.value = 2;
  const Placed by_layer(layers, world.catalog());
  const Placement split = only(by_layer);
  REQUIRE(split.stages.size() == 2);
  CHECK(split.stages[0].layers == 4);  // the first layers stay on the CPU
  CHECK(split.stages[1].layers == 2);
  CHECK(bytes_of(split.loads[0], LoadKind::cache) ==
        Approx(by_layer.footprint.cache.base() * 2 / 6));

  ScenarioSpec experts = placed_as("moe", "box-1", "cpu_experts");
  experts.cpu_expert_layers.value = 3;
  const Placed by_expert(experts, world.catalog());
  const Placement moved = only(by_expert);
  // Layer 0 is dense: the first three layers with experts are 1, 2 and 3.
  CHECK(moved.experts_on_cpu == std::vector<bool>{false, true, true, true, false, false});
  // Experts of a layer: 16 x 3 matrices of 256 x 128 in F16.
  const double expert_layer = 16.0 * 3 * 256 * 128 * 2;
  const double table = 1000.0 * 256 * 2;  // the embedding stays in main memory too
  CHECK(bytes_of(moved.loads.back(), LoadKind::weights) == 3 * expert_layer + table);
}

struct Refusal {
  const char* what;
  std::string model;
  std::string system;
  std::string reason;
};

TEST_CASE("tensor parallel is refused with the numbers that do not divide", "[placement]") {
  SmallWorld world;
  world.data.write("hwdb/systems/box-3.yaml", small_world::box("box-3", "card-a", 3));
  const auto model = [&](const std::string& id, const std::string& from, const std::string& to,
                         const std::string& base) {
    world.data.write(
        "models/" + id + ".yaml",
        replaced(
            replaced(replaced(base,
                              "id: " + base.substr(base.find("id: ") + 4,
                                                   base.find("\nname") - base.find("id: ") - 4),
                              "id: " + id),
                     base.substr(base.find("name: "), base.find("\nfamily") - base.find("name: ")),
                     "name: " + id),
            from, to));
  };
  model("kv3", "heads: 8, kv_heads: 2", "heads: 12, kv_heads: 3", small_world::dense_model);
  model("odd-ffn", "width: 512", "width: 510", small_world::dense_model);
  model("odd-expert", "expert_width: 128", "expert_width: 126", small_world::moe_model);
  for (const Refusal& refusal :
       {Refusal{"heads", "dense", "box-3", "8 attention heads do not divide by 3"},
        Refusal{"KV heads", "kv3", "box-4-nv", "3 KV heads neither divide by 4 nor divide it"},
        Refusal{"width", "odd-ffn", "box-4-nv", "FFN width 510 does not divide by 4"},
        Refusal{"expert width", "odd-expert", "box-4-nv",
                "expert width 126 does not divide by 4"}}) {
    INFO(refusal.what);
    const Placed placed(placed_as(refusal.model, refusal.system, "tensor_parallel",
                                  {{"engine", "serve"}, {"quantization", "s16"}}),
                        world.catalog());
    const std::vector<Placement> candidates = placed.candidates();
    REQUIRE(candidates.size() == 1);
    CHECK(candidates.front().refusal == refusal.reason);
    CHECK_FALSE(candidates.front().fits());
    CHECK(candidates.front().fits_probability() == 0.0);
  }
}

TEST_CASE("strategies a machine cannot serve say why", "[placement]") {
  SmallWorld world;
  const auto refusal = [&](const std::string& model, const std::string& system,
                           const std::string& strategy, const std::string& engine) {
    return Placed(placed_as(model, system, strategy, {{"engine", engine}}), world.catalog())
        .candidates()
        .front()
        .refusal;
  };
  CHECK(refusal("dense", "box-1", "cpu_experts", "llama.cpp") == "Dense has no routed experts");
  CHECK(refusal("dense", "box-1", "single", "llama.cpp:cpu") ==
        "the machine has no accelerator this engine's backend runs on");
  CHECK(refusal("dense", "card-a", "cpu", "llama.cpp") ==
        "the machine has no CPU to run layers on");
}

}  // namespace
}  // namespace plimsoll
