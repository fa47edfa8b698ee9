// What travels between machines in a pass: how many messages, in which order, how large.
#include <algorithm>
#include <cmath>
#include <random>
#include <string>
#include <tuple>
#include <vector>

#include "catalog/expert_popularity.h"
#include "lowering/operators.h"
#include "placement/cluster_world.h"
#include "placement/placed.h"

namespace plimsoll {
namespace {

struct LoweredCluster {
  LoweredCluster(const ScenarioSpec& spec, Catalog& catalog)
      : placed(spec, catalog), placement(placed.candidates().front()) {
    INFO(placement.refusal);
    REQUIRE(placement.possible());
  }
  OperatorGraph pass(const Pass& pass) const {
    return Lowering({.scenario = &placed.scenario,
                     .fabric = &placed.fabric,
                     .placement = &placement,
                     .footprint = &placed.footprint})
        .lower(pass);
  }

  Placed placed;
  Placement placement;
};

// Receiver's machine, bytes on its links, whether it is a call, how many links it crosses.
struct Sent {
  int to = 0;
  double bytes = 0.0;
  bool call = false;
  bool operator==(const Sent&) const = default;
};
std::ostream& operator<<(std::ostream& out, const Sent& sent) {
  return out << "{to " << sent.to << ", " << sent.bytes << " bytes"
             << (sent.call ? ", call}" : "}");
}

// Each over two cables, to the switch and from it.
std::vector<Sent> messages(const LoweredCluster& lowered, const OperatorGraph& graph) {
  std::vector<Sent> list;
  for (const Operator& op : graph.operators) {
    if (op.kind != OperatorKind::message) continue;
    CHECK(op.cls == OperatorClass::transfer);
    const auto& links = graph.link_sets[static_cast<std::size_t>(op.link_set)];
    REQUIRE(links.size() == 2);
    CHECK(links[0].bytes == links[1].bytes);
    CHECK(op.latency.base() == Approx(ether_latency));
    CHECK(op.transfer.base() == Approx(links[0].bytes.base() / ether_rate));
    list.push_back(
        {.to = lowered.placed.fabric.executors()[static_cast<std::size_t>(op.executor)].node,
         .bytes = links[0].bytes.base(),
         .call = op.software == MessageSoftware::hop});
  }
  return list;
}

using Messages = std::vector<Sent>;

// Each stage on another machine is called once; what it returns goes to the caller, who passes it
// on. The last layers are the caller's own, so logits stay where they are.
TEST_CASE("calls go out and come back through the first machine", "[lowering]") {
  ClusterWorld world;
  for (const Pass& pass :
       {Pass{.tokens = 1, .past = 9}, Pass{.tokens = 1, .past = 9, .sequences = 8},
        Pass{.tokens = 512, .past = 0}}) {
    const double hidden = static_cast<double>(pass.tokens) * pass.sequences * 256 * 4;
    for (int machines = 1; machines <= 4; ++machines) {
      INFO(machines << " machines, " << pass.tokens << " x " << pass.sequences);
      const LoweredCluster l(on_cluster("deep", chips(machines), "caller", "layer_split"),
                             world.catalog());
      Messages expected;
      for (int remote = 1; remote < machines; ++remote) {
        expected.push_back({.to = remote, .bytes = hidden, .call = true});
        expected.push_back({.to = 0, .bytes = hidden});
      }
      CHECK(messages(l, l.pass(pass)) == expected);
    }
  }
}

// With its own layers first the last stage is elsewhere: the logits of each sequence's last token
// come home, 1000 of 4 bytes.
TEST_CASE("logits travel only when the last stage is elsewhere", "[lowering]") {
  ClusterWorld world;
  for (int machines = 1; machines <= 4; ++machines) {
    INFO(machines);
    const LoweredCluster l(on_cluster("deep", chips(machines), "first", "layer_split"),
                           world.catalog());
    for (const Pass& pass : {Pass{.tokens = 1, .past = 9, .sequences = 3},
                             Pass{.tokens = 200, .past = 0, .sequences = 2}}) {
      const double hidden = static_cast<double>(pass.tokens) * pass.sequences * 256 * 4;
      Messages expected;
      for (int remote = 1; remote < machines; ++remote) {
        if (remote > 1) expected.push_back({.to = 0, .bytes = hidden});
        expected.push_back({.to = remote, .bytes = hidden, .call = true});
      }
      if (machines > 1) expected.push_back({.to = 0, .bytes = pass.sequences * 1000 * 4.0});
      CHECK(messages(l, l.pass(pass)) == expected);
    }
  }
}

TEST_CASE("neighbours hand over to one another", "[lowering]") {
  ClusterWorld world;
  const LoweredCluster l(on_cluster("deep", chips(4), "relay", "layer_split"), world.catalog());
  const double hidden = 5 * 256 * 4;
  // The last stage samples; a token of 4 bytes for each of five sequences comes home.
  CHECK(messages(l, l.pass({.tokens = 1, .past = 9, .sequences = 5})) ==
        Messages{{.to = 1, .bytes = hidden, .call = true},
                 {.to = 2, .bytes = hidden, .call = true},
                 {.to = 3, .bytes = hidden, .call = true},
                 {.to = 0, .bytes = 5 * 4.0}});
}

// Cards sit behind their host links: from card to host, over the wire, from host to card.
TEST_CASE("a message between cards of two machines crosses four links", "[lowering]") {
  ClusterWorld world;
  const LoweredCluster l(on_cluster("deep", "2x box-1 over ether-a", "relay", "layer_split"),
                         world.catalog());
  const OperatorGraph graph = l.pass({.tokens = 1, .past = 9});
  const auto call =
      std::find_if(graph.operators.begin(), graph.operators.end(),
                   [](const auto& op) { return op.software == MessageSoftware::hop; });
  REQUIRE(call != graph.operators.end());
  CHECK(graph.link_sets[static_cast<std::size_t>(call->link_set)].size() == 4);
  CHECK(call->latency.base() == Approx(ether_latency + 2 * 8e-6));
  CHECK(call->transfer.base() == Approx(256 * 4 / ether_rate));
}

std::vector<const Operator*> collectives(const OperatorGraph& graph) {
  std::vector<const Operator*> list;
  for (const Operator& op : graph.operators)
    if (op.cls == OperatorClass::collective) list.push_back(&op);
  return list;
}

double most_on_a_link(const OperatorGraph& graph, const Operator& op) {
  double most = 0.0;
  for (const LinkBytes& link : graph.link_sets[static_cast<std::size_t>(op.link_set)])
    most = std::max(most, link.bytes.base());
  return most;
}

// Everybody's vector is tokens x 256 values of a byte. All at once: one latency and n - 1 vectors
// on each machine's cable. Ring: 2 (n - 1) latencies and 2 (n - 1) / n vectors; of four machines
// it wins from 200 us x 1 GB/s / 1.5 = 133 kB on, 521 tokens.
TEST_CASE("two all-reduces a layer, however many machines", "[lowering]") {
  ClusterWorld world;
  for (int machines : {2, 4}) {
    const LoweredCluster l(on_cluster("deep", chips(machines), "grid", "tensor_parallel"),
                           world.catalog());
    for (int tokens : {1, 512, 530, 4096}) {
      INFO(machines << " machines, " << tokens << " tokens");
      const OperatorGraph graph = l.pass({.tokens = tokens, .past = 0});
      const auto found = collectives(graph);
      CHECK(found.size() == 2 * 12);
      CHECK(static_cast<std::size_t>(std::count_if(
                graph.operators.begin(), graph.operators.end(),
                [](const auto& op) { return op.kind == OperatorKind::message; })) == found.size());
      const double vector = tokens * 256 * grid_exchange_bytes;
      const double n = machines;
      const bool ring = machines == 4 && tokens > 521;
      const double carried = ring ? 2 * (n - 1) / n * vector : (n - 1) * vector;
      for (const Operator* op : found) {
        CHECK(op->software == MessageSoftware::collective);
        CHECK(op->latency.base() == Approx((ring ? 2 * (n - 1) : 1.0) * ether_latency));
        CHECK(op->transfer.base() == Approx(carried / ether_rate));
        CHECK(most_on_a_link(graph, *op) == Approx(carried));
      }
    }
  }
}

TEST_CASE("a pipeline reduces inside its groups and hands over between them", "[lowering]") {
  ClusterWorld world;
  const LoweredCluster l(on_cluster("dense", "2x box-2 over ether-a", "grid", "pipeline_parallel"),
                         world.catalog());
  const OperatorGraph graph = l.pass({.tokens = 1, .past = 9});
  int reductions = 0;
  std::vector<MessageSoftware> others;
  for (const Operator& op : graph.operators) {
    if (op.kind != OperatorKind::message) continue;
    if (op.cls == OperatorClass::collective) {
      ++reductions;
      // Two cards of one machine: 16 us through the host, and no call to another machine.
      CHECK(op.software == MessageSoftware::message);
      CHECK(op.latency.base() == Approx(2 * 8e-6));
    } else {
      others.push_back(op.software);
    }
  }
  CHECK(reductions == 2 * 6);
  // To the second stage, and the token back home.
  CHECK(others == std::vector<MessageSoftware>{MessageSoftware::hop, MessageSoftware::message});
}

// All at once is one latency, a ring of four 2 (4 - 1). To the host are 8 us, between cards over a
// hub of NVLink 3, over one of PCIe 8.
TEST_CASE("an engine may exchange directly among few that meet at their host", "[lowering]") {
  ClusterWorld world;
  using namespace small_world;
  world.data.write("hwdb/links/pcie-a.yaml",
                   link("pcie-a", "25 GB/s", "8 us") + "host_bus: true\n");
  world.data.write("hwdb/systems/box-4.yaml", box("box-4", "card-a", 4));
  world.data.write("hwdb/systems/box-4-peers.yaml", box("box-4-peers", "card-a", 4, "pcie-a"));
  struct Case {
    std::string engine;
    std::string system;
    double latency;
  };
  for (const auto& [engine, system, latency] :
       {Case{"grid", "box-4", 16e-6}, Case{"picky", "box-4", 6 * 16e-6},
        Case{"grid", "box-4-peers", 8e-6}, Case{"picky", "box-4-peers", 6 * 8e-6},
        Case{"picky", "box-4-nv", 3e-6}, Case{"picky", "box-2", 16e-6}}) {
    INFO(engine << " on " << system);
    const LoweredCluster l(spec_of({{"model", "dense"},
                                    {"quantization", "q16"},
                                    {"system", system},
                                    {"engine", engine},
                                    {"placement", "tensor_parallel"}}),
                           world.catalog());
    const OperatorGraph graph = l.pass({.tokens = 1, .past = 9});
    const auto found = collectives(graph);
    REQUIRE(found.size() == 2 * 6);
    for (const Operator* op : found) CHECK(op->latency.base() == Approx(latency));
  }
}

// Layer 0 is dense, 1 to 5 have 16 experts of 256 x 128, 4 per token. Four machines hold four
// experts each and serve a quarter of the sequences.
TEST_CASE("divided experts: tokens go to them and come back", "[lowering]") {
  ClusterWorld world;
  // Two tokens of its own go out from every machine, once to each of the other three, all at once:
  // to all of them, or to those that have any of a token's four experts, which each has with
  // 1 - (3/4)^4.
  struct Exchange {
    std::string engine;
    double receivers;
  };
  const auto exchange =
      GENERATE(Exchange{"grid", 3.0}, Exchange{"sender", 3 * (1.0 - std::pow(0.75, 4.0))});
  const LoweredCluster l(
      on_cluster("moe", chips(4), exchange.engine, "expert_parallel", {"workload.batch=8"}),
      world.catalog());
  const OperatorGraph graph = l.pass({.tokens = 1, .past = 99, .sequences = 8});
  const auto found = collectives(graph);
  REQUIRE(found.size() == 2 * 5);
  for (const Operator* op : found) {
    CHECK(most_on_a_link(graph, *op) == Approx(exchange.receivers * 2 * 256 * grid_exchange_bytes));
    CHECK(op->latency.base() == Approx(ether_latency));
    CHECK(op->software == MessageSoftware::collective);
    CHECK(op->layer >= 1);
  }
  const double busiest = expected_busiest(8 * 4, 4);
  // As many tokens as give every machine that much, each with 4 of 16 experts.
  const double distinct = 16 * (1 - std::pow(12.0 / 16, busiest * 4 / 4)) / 4;
  const double expert = 256.0 * 128;
  int products = 0;
  for (const Operator& op : graph.operators) {
    if (op.cls != OperatorClass::routed_experts || op.kind != OperatorKind::matrix) continue;
    ++products;
    CHECK(op.work.base() == Approx(2 * expert * busiest));
    CHECK(op.rows == Approx(busiest / distinct));
    CHECK(op.memory.base() == Approx(2 * expert * distinct + 4 * busiest * (256 + 128)));
  }
  CHECK(products == 5 * 3);
  // Attention over the two sequences of a member: K and V of 2 heads of 32, 100 cells, 16 bits.
  double read = 0.0;
  for (const Operator& op : graph.operators)
    if (op.kind == OperatorKind::attention) read += op.memory.base();
  CHECK(read == Approx(6 * 2 * 2.0 * 2 * 32 * 2 * 100));
}

// Mean over draws of which member has which experts, and of which experts so many tokens take.
double busiest_by_drawing(const std::vector<ExpertGroup>& popularity, int tokens, int members) {
  std::vector<double> chances;
  for (const ExpertGroup& group : popularity)
    chances.insert(chances.end(), static_cast<std::size_t>(group.experts), group.chance);
  std::mt19937 generator(20261122);
  constexpr int draws = 4000;
  double sum = 0.0;
  for (int draw = 0; draw < draws; ++draw) {
    std::shuffle(chances.begin(), chances.end(), generator);
    std::vector<int> load(static_cast<std::size_t>(members), 0);
    for (std::size_t i = 0; i < chances.size(); ++i)
      load[i * load.size() / chances.size()] +=
          std::binomial_distribution<int>(tokens, chances[i])(generator);
    sum += *std::max_element(load.begin(), load.end());
  }
  return sum / draws;
}

TEST_CASE("the member with the popular experts makes the others wait", "[lowering]") {
  ClusterWorld world;
  const std::string figure = ", source: S, status: fitted}\n";
  world.data.write("hwdb/routing.yaml", "kind: routing\nskew: {value: 1" + figure +
                                            "reuse: {value: 0.4" + figure + "memory: {value: 8" +
                                            figure + "mixed_skew: {value: 0.8" + figure);
  const LoweredCluster l(
      on_cluster("moe", chips(4), "grid", "expert_parallel", {"workload.batch=4096"}),
      world.catalog());
  const double expert = 256.0 * 128;
  for (int tokens : {8, 64, 4096}) {
    INFO(tokens << " tokens");
    const double drawn = busiest_by_drawing(expert_popularity(16, 4, 0.8), tokens, 4);
    CHECK(drawn > 1.1 * tokens);  // a quarter of four experts a token
    int products = 0;
    for (const Operator& op : l.pass({.tokens = 1, .past = 99, .sequences = tokens}).operators) {
      if (op.cls != OperatorClass::routed_experts || op.kind != OperatorKind::matrix) continue;
      ++products;
      // Chance and popularity are added as if both were normal.
      CHECK(op.work.base() == Approx(2 * expert * drawn).epsilon(0.05));
    }
    CHECK(products == 5 * 3);
  }
}

}  // namespace
}  // namespace plimsoll
