// Placement over several machines: order of the stages, shares of the members, refusals.
#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <vector>

#include "footprint/shipped.h"
#include "placement/cluster_world.h"
#include "placement/placed.h"

namespace plimsoll {
namespace {

using Nodes = std::vector<int>;
using Counts = std::vector<int>;

// The machine of each stage, in the order of the stages.
Nodes stage_nodes(const Placement& placement, const Fabric& fabric) {
  Nodes nodes;
  for (const Stage& stage : placement.stages)
    nodes.push_back(fabric.executors()[static_cast<std::size_t>(stage.executors.front())].node);
  return nodes;
}

Counts layer_counts(const Placement& placement) {
  Counts counts;
  for (const Stage& stage : placement.stages) counts.push_back(stage.layers);
  return counts;
}

double held(const PoolLoad& load, LoadKind kind, TensorRole role) {
  for (const LoadItem& item : load.items)
    if (item.kind == kind && item.role == role) return item.bytes.value;
  return 0.0;
}

TEST_CASE("an engine that ends at home puts the first machine last", "[placement]") {
  ClusterWorld world;
  const Nodes orders[] = {{0}, {1, 0}, {1, 2, 0}, {1, 2, 3, 0}};
  for (int machines = 1; machines <= 4; ++machines) {
    INFO(machines);
    const Placed placed(on_cluster("deep", chips(machines), "caller", "layer_split"),
                        world.catalog());
    const Placement placement = placed.candidates().front();
    const auto n = static_cast<std::size_t>(machines);
    CHECK(stage_nodes(placement, placed.fabric) == orders[machines - 1]);
    // Equal room: 12 / n layers each; one more anywhere weighs more than the head (0.24 layers).
    CHECK(layer_counts(placement) == Counts(n, 12 / machines));
    CHECK(placement.nodes(placed.fabric).size() == n);
    CHECK(bytes_of(placement, LoadKind::weights) == placed.footprint.weights.base());
    CHECK(bytes_of(placement, LoadKind::cache) == Approx(placed.footprint.cache.base()));
    // The table of tokens is read where the main process is.
    CHECK(placed.fabric.executors()[static_cast<std::size_t>(placement.embedding_executor)].node ==
          0);
    if (machines > 1)
      CHECK(placement.description == "layers split over " + std::to_string(machines) +
                                         " machines (" +
                                         (machines == 2   ? "6 + 6"
                                          : machines == 3 ? "4 + 4 + 4"
                                                          : "3 + 3 + 3 + 3") +
                                         ")");
  }
  const Placed at_front(on_cluster("deep", chips(3), "first", "layer_split"), world.catalog());
  CHECK(stage_nodes(at_front.candidates().front(), at_front.fabric) == Nodes{0, 1, 2});
}

TEST_CASE("layers go by free memory", "[placement]") {
  ClusterWorld world;
  world.cluster("pair", "{id: a, system: chip}, {id: b, system: small-chip}",
                "{among: [a, b], topology: star, link: ether-a}");
  const Placed placed(on_cluster("deep", "pair", "caller", "layer_split"), world.catalog());
  // The GPU may take 24 of 32 GiB and 8 of 16; 0.4 GiB are overhead. A layer holds 1.1 MB of
  // weights and 1.0 MB of cache, the head (0.51 MB) rides with the last. Largest load over room, in
  // layers per GiB: 2 + 10 max(2 / 7.6, 10.24 / 23.6) = 0.43, 3 + 9 max(0.39, 0.39), 4 + 8
  // max(0.53, 0.35).
  const Placement placement = placed.candidates().front();
  CHECK(stage_nodes(placement, placed.fabric) == Nodes{1, 0});
  CHECK(layer_counts(placement) == Counts{3, 9});
  // Both read their memory at the same rate: no reason for another split.
  CHECK(placed.candidates().size() == 1);
}

TEST_CASE("unequal machines: the fastest is filled first for one stream", "[placement]") {
  ClusterWorld world;
  world.cluster("pair", "{id: a, system: slow-chip}, {id: b, system: small-chip}",
                "{among: [a, b], topology: star, link: ether-a}");
  const Placed placed(
      on_cluster("heavy", "pair", "caller", "layer_split", {"workload.context=1024"}),
      world.catalog());
  const std::vector<Placement> candidates = placed.candidates();
  REQUIRE(candidates.size() == 2);
  const double layer = 2.0 * (4.0 * 4096 * 4096 + 3.0 * 4096 * 11008 + 2 * 4096);
  const double cache = 2.0 * 32 * 128 * 2 * 1024;
  const BufferEstimate buffers =
      compute_buffers(placed.scenario.model, *placed.scenario.engine, 1024, 1);
  // 50 GB/s on the first machine, 200 GB/s on the second, which has room for fewer than all: each
  // layer there saves 6 ms of a token, the hop costs 1 ms once.
  const double room = 8 * gib - 400 * mib - buffers.layers.value;
  const int fitting = static_cast<int>(room / (layer + cache));
  REQUIRE(fitting > 10);
  REQUIRE(fitting < 25);
  const Placement& by_time = candidates[1];
  CHECK(by_time.split == LayerSplit::by_time);
  CHECK(stage_nodes(by_time, placed.fabric) == Nodes{1, 0});
  CHECK(layer_counts(by_time) == Counts{fitting, 30 - fitting});
  CHECK(by_time.description == "layers split over 2 machines by speed (" + std::to_string(fitting) +
                                   " + " + std::to_string(30 - fitting) + ")");
  CHECK(by_time.fits());
  CHECK(candidates[0].split == LayerSplit::by_memory);
  CHECK(candidates[0].stages[0].layers < fitting);
}

TEST_CASE("tensor parallel over machines divides as over cards", "[placement]") {
  ClusterWorld world;
  for (int machines : {2, 4}) {
    INFO(machines);
    const Placed placed(on_cluster("moe", chips(machines), "grid", "tensor_parallel"),
                        world.catalog());
    const Placement placement = placed.candidates().front();
    REQUIRE(placement.possible());
    REQUIRE(placement.loads.size() == static_cast<std::size_t>(machines));
    const double copied = bytes_of_role(placed.footprint, TensorRole::norm) +
                          bytes_of_role(placed.footprint, TensorRole::router);
    CHECK(bytes_of(placement, LoadKind::weights) ==
          Approx(placed.footprint.weights.base() + (machines - 1) * copied).epsilon(1e-12));
    // 2 KV heads: two members hold one each, of four two hold the same.
    CHECK(bytes_of(placement, LoadKind::cache) ==
          Approx(placed.footprint.cache.base() * machines / 2));
    CHECK(placement.description ==
          "tensor parallel over " + std::to_string(machines) + " machines");
  }
}

TEST_CASE("a pipeline has a group of GPUs at each stage", "[placement]") {
  ClusterWorld world;
  const char* machines = "2x box-2 over ether-a";
  const Placed placed(on_cluster("dense", machines, "grid", "pipeline_parallel"), world.catalog());
  const Placement placement = placed.candidates().front();
  INFO(placement.refusal);
  REQUIRE(placement.stages.size() == 2);
  CHECK(placement.stages[0].executors == placed.fabric.accelerators(0));
  CHECK(placement.stages[1].executors == placed.fabric.accelerators(1));
  // Six layers and a head of 0.24: 3 + 3 is the smallest largest load.
  CHECK(layer_counts(placement) == Counts{3, 3});
  CHECK(placement.description == "pipeline of 2 stages (3 + 3), each tensor parallel over 2 GPUs");
  // Norms stand on both members of a group, the rest is cut; 2 KV heads, one each.
  CHECK(bytes_of(placement, LoadKind::weights) ==
        Approx(placed.footprint.weights.base() + bytes_of_role(placed.footprint, TensorRole::norm))
            .epsilon(1e-12));
  CHECK(bytes_of(placement, LoadKind::cache) == Approx(placed.footprint.cache.base()));

  const Placed single(
      on_cluster("deep", machines, "grid", "pipeline_parallel", {"placement.tensor=1"}),
      world.catalog());
  const Placement four = single.candidates().front();
  CHECK(layer_counts(four) == Counts{3, 3, 3, 3});
  CHECK(four.description == "pipeline of 4 stages (3 + 3 + 3 + 3), each on one GPU");
  CHECK(bytes_of(four, LoadKind::weights) == single.footprint.weights.base());
}

TEST_CASE("divided experts: shares of the weights and of the sequences", "[placement]") {
  ClusterWorld world;
  for (const auto& [batch, sequences] : {std::pair("8", 2), std::pair("6", 2), std::pair("1", 1)}) {
    INFO("batch " << batch);
    const Placed placed(on_cluster("moe", chips(4), "grid", "expert_parallel",
                                   {std::string("workload.batch=") + batch}),
                        world.catalog());
    const Placement placement = placed.candidates().front();
    INFO(placement.refusal);
    REQUIRE(placement.loads.size() == 4);
    const double routed = bytes_of_role(placed.footprint, TensorRole::routed_experts);
    const double all = placed.footprint.weights.base();
    for (const PoolLoad& load : placement.loads) {
      CHECK(held(load, LoadKind::weights, TensorRole::routed_experts) == Approx(routed / 4));
      CHECK(bytes_of(load, LoadKind::weights) == Approx(all - routed + routed / 4).epsilon(1e-12));
      // K and V of 2 heads of 32 in 16 bits, 4096 cells, 6 layers; a member's sequences rounded up.
      CHECK(bytes_of(load, LoadKind::cache) == Approx(2.0 * 2 * 32 * 2 * 4096 * 6 * sequences));
    }
    CHECK(placement.description == "experts and sequences divided over 4 machines");
  }
}

std::set<int> loaded_nodes(const Placed& placed) {
  const Placement placement = placed.candidates().front();
  REQUIRE(placement.possible());
  std::set<int> nodes;
  for (const PoolLoad& load : placement.loads)
    nodes.insert(placed.fabric.pools()[static_cast<std::size_t>(load.pool)].node);
  return nodes;
}

TEST_CASE("a replica uses its part of the machines, a smaller cluster the first of them",
          "[placement]") {
  ClusterWorld world;
  const auto nodes = [&](const char* engine, const char* placement,
                         const std::vector<std::string>& set) {
    return loaded_nodes(
        Placed(on_cluster("deep", chips(4), engine, placement, set), world.catalog()));
  };
  using Set = std::set<int>;
  CHECK(nodes("caller", "layer_split", {}) == Set{0, 1, 2, 3});
  CHECK(nodes("caller", "layer_split", {"replicas=2"}) == Set{0, 1});
  CHECK(nodes("grid", "tensor_parallel", {"replicas=2", "spare=1"}) == Set{0, 1});
  CHECK(nodes("caller", "layer_split", {"replicas=4"}) == Set{0});
  CHECK(nodes("caller", "layer_split", {"placement.nodes=3"}) == Set{0, 1, 2});
  CHECK(nodes("grid", "tensor_parallel", {"placement.nodes=2", "replicas=2"}) == Set{0});
}

// What an engine tries by itself, in its order: "tensor_parallel 2".
std::vector<std::string> tried(const ScenarioSpec& spec, Catalog& catalog) {
  const Placed placed(spec, catalog);
  std::vector<std::string> list;
  for (const Placement& placement : placed.candidates())
    list.push_back(std::string(to_text(placement.strategy)) + " " +
                   std::to_string(placement.executor_count()));
  return list;
}

TEST_CASE("an engine tries what it can do over the machines it has", "[placement]") {
  ClusterWorld world;
  using List = std::vector<std::string>;
  const auto list = [&](const char* model, const std::string& machines, const char* engine) {
    return tried(on_cluster(model, machines, engine, "auto"), world.catalog());
  };
  // What fits on one machine is not split over several: that never makes a stream faster.
  CHECK(list("deep", chips(4), "caller") == List{"single 1"});
  // 8 heads divide by 2 and 4. Stages of a machine each, as few as hold the model.
  CHECK(list("deep", chips(4), "grid") ==
        List{"single 1", "tensor_parallel 2", "tensor_parallel 4", "pipeline_parallel 2"});
  CHECK(list("moe", chips(2), "grid") ==
        List{"single 1", "tensor_parallel 2", "pipeline_parallel 2", "expert_parallel 2"});
  // Groups are whole machines where there are several.
  CHECK(list("deep", "2x box-2 over ether-a", "grid") ==
        List{"single 1", "tensor_parallel 2", "tensor_parallel 4", "pipeline_parallel 4"});
  // Machines with different numbers of cards make no equal groups, whichever comes first.
  world.cluster("less-first", "{id: a, system: box-1}, {id: b, system: box-2}",
                "{among: [a, b], topology: star, link: ether-a}");
  world.cluster("more-first", "{id: a, system: box-2}, {id: b, system: box-1}",
                "{among: [a, b], topology: star, link: ether-a}");
  CHECK(list("deep", "less-first", "grid") == List{"single 1"});
  CHECK(list("deep", "more-first", "grid") == List{"single 1", "tensor_parallel 2"});
}

struct Refused {
  const char* model;
  std::string machines;
  const char* engine;
  const char* placement;
  std::vector<std::string> set;
  const char* reason;
};

TEST_CASE("what cannot span machines is refused with the numbers", "[placement]") {
  ClusterWorld world;
  for (const Refused& r : std::vector<Refused>{
           {"dense",
            chips(2),
            "caller",
            "row_split",
            {},
            "caller does not do 'row_split' across machines"},
           {"dense",
            chips(3),
            "grid",
            "tensor_parallel",
            {},
            "8 attention heads do not divide by 3"},
           {"kv3",
            chips(4),
            "grid",
            "tensor_parallel",
            {},
            "3 KV heads neither divide by 4 nor divide it"},
           {"moe", chips(3), "grid", "expert_parallel", {}, "16 experts do not divide by 3"},
           {"dense", chips(2), "grid", "expert_parallel", {}, "Dense has no routed experts"},
           {"dense",
            chips(4),
            "grid",
            "pipeline_parallel",
            {"placement.tensor=3"},
            "4 GPUs do not divide into groups of 3"},
           {"dense",
            chips(8),
            "grid",
            "pipeline_parallel",
            {"placement.tensor=1"},
            "6 layers do not fill 8 stages"},
           {"dense",
            "4x box-2 over ether-a",
            "grid",
            "pipeline_parallel",
            {"placement.tensor=8"},
            ""}}) {
    INFO(r.model << " " << r.machines << " " << r.engine << " " << r.placement);
    const Placed placed(on_cluster(r.model, r.machines, r.engine, r.placement, r.set),
                        world.catalog());
    const std::vector<Placement> candidates = placed.candidates();
    REQUIRE(candidates.size() == 1);
    CHECK(candidates.front().refusal == r.reason);
    CHECK(candidates.front().possible() == std::string(r.reason).empty());
  }
}

// A chain a - b - c of cables over which machines do not forward: a and c never meet.
TEST_CASE("a missing cable is refused with its ends", "[placement]") {
  ClusterWorld world;
  const std::string nodes = "{id: a, system: chip}, {id: b, system: chip}, {id: c, system: chip}";
  const auto cable = [](const char* from, const char* to, const char* link) {
    return std::string("{from: ") + from + ", to: " + to + ", link: " + link + "}";
  };
  world.cluster("chain", nodes, cable("a", "b", "verbs-a") + ", " + cable("b", "c", "verbs-a"));
  world.cluster("passing", nodes, cable("a", "b", "cable-a") + ", " + cable("b", "c", "cable-a"));
  world.cluster("hub", nodes, cable("a", "b", "verbs-a") + ", " + cable("a", "c", "verbs-a"));
  world.model("twelve-heads",
              {{"heads: 8, kv_heads: 2", "heads: 12, kv_heads: 3"}, {"width: 512", "width: 768"}},
              small_world::dense_model);
  const auto refusal = [&](const char* cluster, const char* engine, const char* placement) {
    return Placed(on_cluster("twelve-heads", cluster, engine, placement), world.catalog())
        .candidates()
        .front()
        .refusal;
  };
  const auto missing = [](const char* from, const char* to) {
    return std::string("nothing carries messages from ") + from + " to " + to +
           ": no cable joins them, and the machines between pass nothing on";
  };
  // The ring of a group closes from c to a.
  CHECK(refusal("chain", "grid", "tensor_parallel") == missing("c", "a"));
  CHECK(refusal("passing", "grid", "tensor_parallel").empty());
  // Stages a, b, c of an engine that hands over from neighbour to neighbour; with the head on c,
  // whose token the main process on a needs.
  CHECK(refusal("passing", "relay", "layer_split").empty());
  CHECK(refusal("chain", "relay", "layer_split") == missing("c", "a"));
  CHECK(refusal("hub", "relay", "layer_split") == missing("b", "c"));
  // Through the first machine: everybody needs a way to it and nothing else.
  CHECK(refusal("chain", "caller", "layer_split") == missing("a", "c"));
  CHECK(refusal("hub", "caller", "layer_split").empty());
}

}  // namespace
}  // namespace plimsoll
