// Routes between machines: stars, rings, meshes, chains and mixtures of them, by hand; and on
// random graphs against a search of its own.
#include <algorithm>
#include <cmath>
#include <limits>
#include <rapidcheck.h>
#include <set>
#include <string>
#include <vector>

#include "catalog/figure_spread.h"
#include "fabric/fabric.h"
#include "scenario/small_world.h"

namespace plimsoll {
namespace {

using Texts = std::vector<std::string>;

// The fabric of a cluster written as in a file, of boxes with one card each unless it says
// otherwise.
Fabric cluster_fabric(SmallWorld& world, const std::string& graph) {
  world.data.write("hwdb/clusters/c.yaml", "kind: cluster\nid: c\nname: C\n" + graph);
  Diagnostics diagnostics;
  const ClusterSpec* cluster = world.catalog().cluster("c", {}, diagnostics);
  INFO(all_texts(diagnostics));
  REQUIRE(cluster);
  const ClusterLayout layout = lay_out(*cluster, world.catalog(), diagnostics);
  INFO(all_texts(diagnostics));
  REQUIRE_FALSE(diagnostics.has_errors());
  Fabric fabric = build_fabric(layout, false, world.catalog(), diagnostics);
  REQUIRE_FALSE(diagnostics.has_errors());
  return fabric;
}

std::string nodes(int count) {
  return "nodes: [{id: n, system: box-1, count: " + std::to_string(count) + "}]\n";
}

std::string among(const std::string& topology, const std::string& link) {
  return "links: [{among: [n], topology: " + topology + ", link: " + link + "}]\n";
}

const FabricLink& link_at(const Fabric& fabric, int link) {
  return fabric.links()[static_cast<std::size_t>(link)];
}

Texts names(const Fabric& fabric, const Route& route) {
  Texts texts;
  for (const int link : route.links) texts.push_back(link_at(fabric, link).name);
  return texts;
}

TEST_CASE("a star: half of the link up, half down", "[fabric]") {
  SmallWorld world;
  const Fabric fabric = cluster_fabric(world, nodes(3) + among("star", "ether-a"));
  CHECK(fabric.node_count() == 3);
  CHECK(fabric.node_name(2) == "n-3");
  const Route& route = fabric.host_route(0, 2);
  CHECK(names(fabric, route) == Texts{"ether-a, n-1 to switch", "ether-a, switch to n-3"});
  CHECK(route.exists());
  CHECK(route.latency.base() == Approx(40 * microsecond));
  CHECK(route.bandwidth.base() == 1e9);
  CHECK(route.narrowest == route.links.front());
  // The way back uses the other direction of the same cables.
  const Route& back = fabric.host_route(2, 0);
  CHECK(names(fabric, back) == Texts{"ether-a, n-3 to switch", "ether-a, switch to n-1"});
  CHECK(back.latency == route.latency);
  for (const int link : route.links) {
    CHECK(std::find(back.links.begin(), back.links.end(), link) == back.links.end());
    CHECK(link_at(fabric, link).between_machines());
  }
  // Two from one machine share its way up: 0 -> 1 and 0 -> 2.
  CHECK(fabric.host_route(0, 1).links.front() == route.links.front());
}

TEST_CASE("from card to card: PCIe, the network, PCIe", "[fabric]") {
  SmallWorld world;
  const Fabric fabric = cluster_fabric(world, nodes(2) + among("star", "ether-a"));
  const Route& route = fabric.route(fabric.accelerators(0)[0], fabric.accelerators(1)[0]);
  CHECK(names(fabric, route) == Texts{"pcie-a from n-1 GPU", "ether-a, n-1 to switch",
                                      "ether-a, switch to n-2", "pcie-a to n-2 GPU"});
  CHECK(route.latency.base() == Approx((8 + 40 + 8) * microsecond));
  CHECK(link_at(fabric, route.narrowest).name == "ether-a, n-1 to switch");
  CHECK(link_at(fabric, route.slowest).name == "ether-a, n-1 to switch");
  CHECK_FALSE(link_at(fabric, route.links.front()).between_machines());
  // Executors are told apart by their machine, pools are called alike.
  CHECK(fabric.executors()[static_cast<std::size_t>(fabric.cpu(1))].name == "n-2 CPU");
  CHECK(fabric.pools()[0].name == "GPU memory");
  CHECK(fabric.pools()[static_cast<std::size_t>(fabric.host_pool(1))].name == "main memory");
  CHECK(fabric.pools()[static_cast<std::size_t>(fabric.host_pool(1))].node == 1);
  // The same route twice is the same object: looked up once.
  CHECK(&fabric.route(fabric.cpu(0), fabric.cpu(1)) == &fabric.host_route(0, 1));
}

TEST_CASE("a ring goes the shorter way round", "[fabric]") {
  SmallWorld world;
  const Fabric fabric = cluster_fabric(world, nodes(5) + among("ring", "cable-a"));
  // One cable each way to the neighbours, two to the others.
  const int hops[] = {0, 1, 2, 2, 1};
  for (int a = 0; a < 5; ++a)
    for (int b = 0; b < 5; ++b) {
      const int away = hops[(b - a + 5) % 5];
      const Route& route = fabric.host_route(a, b);
      CHECK(static_cast<int>(route.links.size()) == away);
      CHECK(route.latency.base() == Approx(20 * microsecond * away));
      CHECK(route.exists() == (a != b));
    }
  CHECK(names(fabric, fabric.host_route(0, 4)) == Texts{"cable-a, n-1 to n-5"});
}

TEST_CASE("a chain passes through the machines between", "[fabric]") {
  SmallWorld world;
  const Fabric fabric = cluster_fabric(world, nodes(4) + among("chain", "cable-a"));
  CHECK(names(fabric, fabric.host_route(3, 0)) ==
        Texts{"cable-a, n-4 to n-3", "cable-a, n-3 to n-2", "cable-a, n-2 to n-1"});
  CHECK(fabric.host_route(3, 0).latency.base() == Approx(60 * microsecond));
}

TEST_CASE("a mesh has a cable for every two", "[fabric]") {
  SmallWorld world;
  const Fabric fabric = cluster_fabric(world, nodes(4) + among("mesh", "verbs-a"));
  std::set<int> used;
  for (int a = 0; a < 4; ++a)
    for (int b = 0; b < 4; ++b) {
      if (a == b) continue;
      const Route& route = fabric.host_route(a, b);
      REQUIRE(route.links.size() == 1);
      CHECK(route.latency.base() == Approx(6 * microsecond));
      CHECK(route.bandwidth.base() == 5e9);
      used.insert(route.links.front());
    }
  CHECK(used.size() == 12);  // six cables, two directions
}

TEST_CASE("what is not forwarded ends at the next machine", "[fabric]") {
  SmallWorld world;
  // All but the cable from n-1 to n-3; cards must not find a way around it either.
  const Fabric fabric =
      cluster_fabric(world, nodes(3) +
                                "links:\n  - {from: n-1, to: n-2, link: verbs-a}\n"
                                "  - {from: n-2, to: n-3, link: verbs-a}\n");
  CHECK(fabric.host_route(0, 1).exists());
  const Route& none = fabric.host_route(0, 2);
  CHECK_FALSE(none.exists());
  CHECK(none.links.empty());
  CHECK(none.bandwidth.base() == 0.0);
  CHECK_FALSE(fabric.route(fabric.accelerators(2)[0], fabric.accelerators(0)[0]).exists());
}

TEST_CASE("forwarded and unforwarded links do not mix inside a machine in the middle", "[fabric]") {
  SmallWorld world;
  const std::string mixed = nodes(3) +
                            "links:\n  - {from: n-1, to: n-2, link: verbs-a}\n"
                            "  - {from: n-2, to: n-3, link: cable-a}\n";
  const Fabric fabric = cluster_fabric(world, mixed);
  CHECK_FALSE(fabric.host_route(0, 2).exists());
  CHECK_FALSE(fabric.host_route(2, 0).exists());
  // With a slow switch for all, what the cables do not reach goes there.
  SmallWorld other;
  const Fabric both =
      cluster_fabric(other, mixed + "  - {among: [n], topology: star, link: ether-a}\n");
  CHECK(names(both, both.host_route(0, 1)) == Texts{"verbs-a, n-1 to n-2"});
  CHECK(names(both, both.host_route(1, 2)) == Texts{"cable-a, n-2 to n-3"});
  CHECK(names(both, both.host_route(0, 2)) ==
        Texts{"ether-a, n-1 to switch", "ether-a, switch to n-3"});
}

TEST_CASE("switches in a tree: the machines' halves and the switches' own", "[fabric]") {
  SmallWorld world;
  const Fabric fabric = cluster_fabric(
      world,
      "nodes: [{id: a, system: box-1, count: 2}, {id: b, system: box-1}]\n"
      "switches:\n"
      "  - {id: left, latency: {value: 1 us, source: S, status: measured}}\n"
      "  - {id: right, capacity: {value: 0.5 GB/s, source: S, status: datasheet},\n"
      "     latency: {value: 2 us, source: S, status: measured}}\n"
      "links:\n  - {from: a, to: left, link: ether-a, count: 2}\n"
      "  - {from: left, to: right, link: cable-a}\n  - {from: b, to: right, link: ether-a}\n");
  const Route& route = fabric.host_route(0, 2);
  CHECK(names(fabric, route) ==
        Texts{"2x ether-a, a-1 to left", "cable-a, left to right", "right", "ether-a, right to b"});
  // 40/2 + 1 + 2 + 40/2; the wire between the switches is in their own.
  CHECK(route.latency.base() == Approx(43 * microsecond));
  CHECK(route.bandwidth.base() == 0.5e9);
  CHECK(link_at(fabric, route.narrowest).name == "right");
  CHECK(link_at(fabric, route.narrowest).spec == nullptr);
  CHECK(link_at(fabric, route.narrowest).between_machines());
  // Below the switch that limits nothing, two cables carry two rates.
  const Route& near = fabric.host_route(0, 1);
  CHECK(near.bandwidth.base() == 2e9);
  CHECK(near.latency.base() == Approx(41 * microsecond));
}

TEST_CASE("half-duplex links share both directions", "[fabric]") {
  SmallWorld world;
  world.data.write("hwdb/links/radio.yaml",
                   replaced(small_world::wire("radio", "0.1 GB/s", "2 ms", "cable"),
                            "full_duplex: true", "full_duplex: false"));
  const Fabric fabric = cluster_fabric(world, nodes(2) + among("chain", "radio"));
  CHECK(fabric.host_route(0, 1).links == fabric.host_route(1, 0).links);
  CHECK(names(fabric, fabric.host_route(0, 1)) == Texts{"radio, n-1 and n-2"});
  CHECK(fabric.host_route(0, 1).latency == fabric.host_route(1, 0).latency);
}

TEST_CASE("equal latency: the route with fewer links", "[fabric]") {
  SmallWorld world;
  world.data.write("hwdb/links/long.yaml", small_world::wire("long", "0.1 GB/s", "60 us", "cable"));
  // 20 + 20 + 20 us over two machines between, or 60 us at once.
  const Fabric fabric =
      cluster_fabric(world, nodes(4) +
                                "links:\n  - {among: [n], topology: chain, link: cable-a}\n"
                                "  - {from: n-1, to: n-4, link: long}\n");
  CHECK(names(fabric, fabric.host_route(0, 3)) == Texts{"long, n-1 to n-4"});
  CHECK(names(fabric, fabric.host_route(3, 0)) == Texts{"long, n-4 to n-1"});
}

TEST_CASE("jitter, message cost and what is known of the latency", "[fabric]") {
  SmallWorld world;
  const std::string extras =
      "jitter: {value: 3 us, source: S, status: measured}\n"
      "message_cost: {value: 7 us, source: S, status: measured}\n";
  world.data.write(
      "hwdb/links/shaky.yaml",
      replaced(small_world::wire("shaky", "1 GB/s", "40 us", "switched", extras),
               "latency: {value: 40 us,", "latency: {value: 40 us, range: [20 us, 80 us],"));
  world.data.write("hwdb/links/steady.yaml",
                   small_world::wire("steady", "1 GB/s", "30 us", "cable",
                                     "jitter: {value: 4 us, source: S, status: measured}\n"));
  const Fabric star = cluster_fabric(world, nodes(2) + among("star", "shaky"));
  const double sigma = std::log(80.0 / 20.0) / (2 * 1.6448536);
  const Route& one = star.host_route(0, 1);
  // Both halves are of one link: its jitter once, its figure wrong by one factor.
  CHECK(one.jitter.base() == Approx(3 * microsecond));
  CHECK(one.message_cost.base() == Approx(7 * microsecond));
  CHECK(one.latency_log_sigma == Approx(sigma).epsilon(1e-6));
  // Through PCIe, of medium confidence (4 %), on both ends: parts of the sum, the figures apart.
  const Route& cards = star.route(star.accelerators(0)[0], star.accelerators(1)[0]);
  CHECK(cards.latency_log_sigma ==
        Approx(std::hypot(40.0 / 56 * sigma, 16.0 / 56 * 0.04)).epsilon(1e-6));
  CHECK(cards.message_cost.base() ==
        Approx(7 * microsecond));  // PCIe has none; the network's counts

  SmallWorld other;
  for (const char* id : {"shaky", "steady"})
    other.data.write(
        "hwdb/links/" + std::string(id) + ".yaml",
        id == std::string("shaky")
            ? small_world::wire("shaky", "1 GB/s", "40 us", "cable", extras)
            : small_world::wire("steady", "1 GB/s", "30 us", "cable",
                                "jitter: {value: 4 us, source: S, status: measured}\n"));
  const Fabric chain = cluster_fabric(other, nodes(3) +
                                                 "links:\n  - {from: n-1, to: n-2, link: shaky}\n"
                                                 "  - {from: n-2, to: n-3, link: steady}\n");
  CHECK(chain.host_route(0, 2).jitter.base() == Approx(5 * microsecond));  // 3 and 4 in quadrature
  CHECK(chain.host_route(0, 2).message_cost.base() == Approx(7 * microsecond));
  CHECK(chain.host_route(2, 0).message_cost.base() == 0.0);  // its sender's link has none
}

TEST_CASE("cables side by side and what is known of their rate", "[fabric]") {
  SmallWorld world;
  world.data.write(
      "hwdb/links/fat.yaml",
      replaced(small_world::wire("fat", "4 GB/s", "5 us", "cable"), "reached: {value: 4 GB/s,",
               "reached: {value: 3 GB/s, range: [2 GB/s, 4 GB/s],"));
  const Fabric fabric =
      cluster_fabric(world, nodes(2) + "links: [{from: n-1, to: n-2, link: fat, count: 3}]\n");
  const FabricLink& link = link_at(fabric, fabric.host_route(0, 1).narrowest);
  CHECK(link.capacity.value.base() == 9e9);
  CHECK(link.capacity.log_sigma == Approx(std::log(4.0 / 2.0) / (2 * 1.6448536)).epsilon(1e-6));
  CHECK(link.name == "3x fat, n-1 to n-2");
}

TEST_CASE("machines of different kinds keep their own insides", "[fabric]") {
  SmallWorld world;
  const Fabric fabric =
      cluster_fabric(world,
                     "nodes: [{id: pc, system: box-2}, {id: mac, system: soc-a}]\n"
                     "links: [{from: pc, to: mac, link: cable-a}]\n");
  CHECK(fabric.accelerators(0).size() == 2);
  REQUIRE(fabric.accelerators(1).size() == 1);
  const Executor& mac = fabric.executors()[static_cast<std::size_t>(fabric.accelerators(1)[0])];
  CHECK(mac.name == "mac GPU");
  CHECK(fabric.pools()[static_cast<std::size_t>(mac.pool)].kind == PoolKind::unified);
  // Out of the card, over the cable, and there at once: the memory is the host's.
  const Route& route = fabric.route(fabric.accelerators(0)[1], fabric.accelerators(1)[0]);
  CHECK(names(fabric, route) == Texts{"pcie-a from pc GPU 1", "cable-a, pc to mac"});
  CHECK(route.latency.base() == Approx(28 * microsecond));
  CHECK_FALSE(fabric.route(fabric.accelerators(1)[0], fabric.cpu(1)).exists());
}

// A random layout: machines, some switches in a tree below, then wires anywhere among machines.
struct RandomLayout {
  ClusterLayout layout;
  int vertices = 0;
};

RandomLayout random_layout(const SystemSpec& system, const std::vector<const LinkSpec*>& links) {
  RandomLayout random;
  const int machines = *rc::gen::inRange(2, 7);
  const int switches = *rc::gen::inRange(0, 3);
  for (int i = 0; i < machines; ++i)
    random.layout.machines.push_back({.name = "m" + std::to_string(i), .system = &system});
  for (int i = 0; i < switches; ++i)
    random.layout.switches.push_back(
        {.name = "s" + std::to_string(i), .capacity = {}, .latency = {}});
  random.vertices = machines + switches;
  const auto wire = [&](int a, int b) {
    const LinkSpec* link = links[*rc::gen::inRange<std::size_t>(0, links.size())];
    random.layout.wires.push_back(
        {.a = a, .b = b, .link = link, .cables = *rc::gen::inRange(1, 4), .place = {}});
  };
  for (int b = machines + 1; b < random.vertices; ++b) wire(*rc::gen::inRange(machines, b), b);
  for (int b = 1; b < machines; ++b)
    if (switches > 0 && *rc::gen::arbitrary<bool>())
      wire(*rc::gen::inRange(machines, random.vertices), b);
    else
      wire(*rc::gen::inRange(0, b), b);
  if (switches > 0) wire(0, *rc::gen::inRange(machines, random.vertices));
  for (int more = *rc::gen::inRange(0, 4); more > 0; --more) {
    const int a = *rc::gen::inRange(0, machines), b = *rc::gen::inRange(0, machines);
    if (a != b) wire(a, b);
  }
  return random;
}

// Least latency by trying every walk that visits no vertex twice; a machine passes on what came
// and goes over forwarded links. Infinity where there is none.
double least_latency(const ClusterLayout& layout, int from, int to, std::set<int> seen = {},
                     const LinkSpec* came_by = nullptr) {
  const int machines = static_cast<int>(layout.machines.size());
  if (from == to) return 0.0;
  seen.insert(from);
  double best = std::numeric_limits<double>::infinity();
  for (const Wire& wire : layout.wires) {
    if (wire.a != from && wire.b != from) continue;
    const int next = wire.a == from ? wire.b : wire.a;
    const bool passes_on = from < machines && came_by;
    if (seen.contains(next)) continue;
    if (passes_on && !(came_by->forwarded && wire.link->forwarded)) continue;
    const double share = (wire.a < machines ? 0.5 : 0.0) + (wire.b < machines ? 0.5 : 0.0);
    best = std::min(best, share * wire.link->latency.value.base() +
                              least_latency(layout, next, to, seen, wire.link));
  }
  return best;
}

TEST_CASE("routes on random graphs", "[fabric]") {
  SmallWorld world;
  Diagnostics diagnostics;
  const SystemSpec* system = world.catalog().system("box-1", {}, diagnostics);
  std::vector<const LinkSpec*> links;
  for (const char* id : {"ether-a", "cable-a", "verbs-a"})
    links.push_back(world.catalog().link(id, {}, diagnostics));
  REQUIRE(system);
  CHECK(rc::check("least latency, the same both ways, a connected walk", [&] {
    const RandomLayout random = random_layout(*system, links);
    const ClusterLayout& layout = random.layout;
    const Fabric fabric = build_fabric(layout, false, world.catalog(), diagnostics);
    const int machines = static_cast<int>(layout.machines.size());
    for (int a = 0; a < machines; ++a)
      for (int b = 0; b < machines; ++b) {
        if (a == b) continue;
        const Route& there = fabric.host_route(a, b);
        const Route& back = fabric.host_route(b, a);
        RC_ASSERT(there.exists() == back.exists());
        const double expected = least_latency(layout, a, b);
        RC_ASSERT(there.exists() == std::isfinite(expected));
        if (!there.exists()) continue;
        RC_ASSERT(std::abs(there.latency.base() - expected) < 1e-10);
        RC_ASSERT(std::abs(back.latency.base() - expected) < 1e-10);
        // Each link begins where the one before ended: "LINK, X to Y".
        std::string at = layout.machines[static_cast<std::size_t>(a)].name;
        double narrowest = std::numeric_limits<double>::infinity();
        for (const int link : there.links) {
          const std::string& name = link_at(fabric, link).name;
          const std::size_t comma = name.find(", "), middle = name.find(" to ");
          RC_ASSERT(name.substr(comma + 2, middle - comma - 2) == at);
          at = name.substr(middle + 4);
          narrowest = std::min(narrowest, link_at(fabric, link).capacity.value.base());
        }
        RC_ASSERT(at == layout.machines[static_cast<std::size_t>(b)].name);
        RC_ASSERT(there.bandwidth.base() == narrowest);
      }
  }));
}

}  // namespace
}  // namespace plimsoll
