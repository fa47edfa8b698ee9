// Costs of collectives against the literature's formulas and cases solved by hand.
#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "catalog/words.h"
#include "collective/collective.h"
#include "collective/small_fabric.h"
#include "support/catch.h"

namespace plimsoll {
namespace {

using enum CollectiveKind;
using enum CollectiveAlgorithm;

constexpr double megabyte = 1e6;
constexpr double us = 1e-6;

CollectiveCost cost(CollectiveKind kind, CollectiveAlgorithm algorithm, double bytes,
                    const Fabric& fabric) {
  return cost_of(algorithm, schedule(kind, algorithm, everybody(fabric), Bytes(bytes), fabric),
                 fabric);
}

double bytes_on(const CollectiveCost& cost, int link) {
  for (const LinkBytes& each : cost.links)
    if (each.link == link) return each.bytes.base();
  return 0.0;
}

// The link by which a message from a leaves it, and that by which it comes to b.
int first_link(const Fabric& fabric, int a, int b) {
  return fabric.route(a, b).links.front();
}
int last_link(const Fabric& fabric, int a, int b) {
  return fabric.route(a, b).links.back();
}

// Thakur, Rabenseifner, Gropp 2005, in their terms: latency alpha per message, beta per byte, p
// processes, n bytes (of all processes together for an all-gather, of one for an all-to-all).
TEST_CASE("on equal links costs are alpha and beta as published", "[collective]") {
  const double alpha = 40 * us;
  const double beta = 1.0 / 1e9;
  const double n = 24 * megabyte;
  for (const bool is_mesh : {false, true}) {
    for (int p = 2; p <= 9; ++p) {
      SmallCluster cluster(p);
      is_mesh ? cluster.mesh({.rate = 1e9, .latency = alpha})
              : cluster.star({.rate = 1e9, .latency = alpha});
      const Fabric fabric = cluster.build();
      const auto seconds = [&](CollectiveKind kind, CollectiveAlgorithm algorithm) {
        return cost(kind, algorithm, n, fabric).time().base();
      };
      const double log = std::ceil(std::log2(p));
      const double most = (p - 1.0) / p;
      INFO((is_mesh ? "mesh of " : "star of ") << p);
      CHECK(seconds(all_gather, ring) == Approx((p - 1) * alpha + most * n * beta));
      CHECK(seconds(reduce_scatter, ring) == Approx((p - 1) * alpha + most * n * beta));
      CHECK(seconds(all_reduce, ring) == Approx(2 * (p - 1) * alpha + 2 * most * n * beta));
      CHECK(seconds(broadcast, tree) == Approx(log * (alpha + n * beta)));
      CHECK(seconds(all_reduce, tree) == Approx(2 * log * (alpha + n * beta)));
      CHECK(seconds(all_to_all, ring) == Approx((p - 1) * alpha + most * n * beta));
      // One round. On the star p - 1 messages of everybody share its one cable.
      const double sharing = is_mesh ? 1.0 : p - 1.0;
      CHECK(seconds(all_reduce, direct) == Approx(alpha + sharing * n * beta));
      CHECK(seconds(all_gather, direct) == Approx(alpha + sharing * n / p * beta));
      CHECK(seconds(all_to_all, direct) == Approx(alpha + sharing * n / p * beta));
      // In and out at the root.
      CHECK(seconds(all_reduce, star) == Approx(2 * (alpha + sharing * n * beta)));
    }
  }
}

// Patarasuk and Yuan 2009: no all-reduce moves less through every link.
TEST_CASE("a ring all-reduce loads every link with 2 (n - 1) / n of the vector", "[collective]") {
  for (int n : {2, 3, 8}) {
    const Fabric switched = SmallCluster(n).star({}).build();
    const Fabric meshed = SmallCluster(n).mesh({}).build();
    const double expected = 2.0 * (n - 1) / n * megabyte;
    const CollectiveCost on_star = cost(all_reduce, ring, megabyte, switched);
    const CollectiveCost on_mesh = cost(all_reduce, ring, megabyte, meshed);
    CHECK(on_star.rounds == 2 * (n - 1));
    // Out of and into each machine; on a mesh only the cables between neighbours, one direction.
    CHECK(on_star.links.size() == 2 * static_cast<std::size_t>(n));
    CHECK(on_mesh.links.size() == static_cast<std::size_t>(n));
    for (const LinkBytes& link : on_star.links) CHECK(link.bytes.base() == Approx(expected));
    for (const LinkBytes& link : on_mesh.links) CHECK(link.bytes.base() == Approx(expected));
  }
}

TEST_CASE("a star loads the root's cable with everybody's data", "[collective]") {
  const int n = 5;
  const Fabric fabric = SmallCluster(n).star({.rate = 1e9, .latency = 40 * us}).build();
  const std::vector<int> group = everybody(fabric);
  const CollectiveCost reduced = cost(all_reduce, star, megabyte, fabric);
  CHECK(bytes_on(reduced, first_link(fabric, group[0], group[1])) == Approx(4 * megabyte));
  CHECK(bytes_on(reduced, last_link(fabric, group[1], group[0])) == Approx(4 * megabyte));
  CHECK(bytes_on(reduced, first_link(fabric, group[1], group[0])) == Approx(megabyte));
  CHECK(bytes_on(reduced, last_link(fabric, group[0], group[1])) == Approx(megabyte));
  CHECK(reduced.narrowest ==
        std::min(first_link(fabric, group[0], group[1]), last_link(fabric, group[1], group[0])));
  // Gathered shares go up, what each misses comes down: 4 x 1/5 and 4 x 4/5.
  const CollectiveCost gathered = cost(all_gather, star, megabyte, fabric);
  CHECK(bytes_on(gathered, last_link(fabric, group[1], group[0])) == Approx(0.8 * megabyte));
  CHECK(bytes_on(gathered, first_link(fabric, group[0], group[1])) == Approx(3.2 * megabyte));
  CHECK(gathered.time().base() == Approx(2 * 40 * us + 4.0 * megabyte / 1e9));
}

TEST_CASE("two messages on one cable take twice as long", "[collective]") {
  const double gigabyte = 1e9;
  const auto transfer = [](const Fabric& fabric, const Round& round) {
    return cost_of(ring, {round}, fabric).transfer.base();
  };
  SECTION("in one direction") {
    // A - B - C: both messages need the cable from B to C.
    const Fabric fabric = SmallCluster(3).chain({.rate = 1e9, .latency = 0.0}).build();
    const std::vector<int> g = everybody(fabric);
    CHECK(transfer(fabric, {{g[0], g[2], Bytes(gigabyte)}}) == Approx(1.0));
    const Round both{{g[0], g[2], Bytes(gigabyte)}, {g[1], g[2], Bytes(gigabyte)}};
    CHECK(transfer(fabric, both) == Approx(2.0));
    CHECK(bytes_on(cost_of(ring, {both}, fabric), first_link(fabric, g[1], g[2])) ==
          Approx(2 * gigabyte));
    // One that needs only the other cable does not.
    CHECK(transfer(fabric, {{g[1], g[2], Bytes(gigabyte)}, {g[1], g[0], Bytes(gigabyte)}}) ==
          Approx(1.0));
  }
  SECTION("in opposite directions only where they share it") {
    const Fabric duplex = SmallCluster(2).chain({.rate = 1e9, .latency = 0.0}).build();
    const Fabric half =
        SmallCluster(2).chain({.rate = 1e9, .latency = 0.0, .full_duplex = false}).build();
    const std::vector<int> g = everybody(duplex);
    const Round exchange{{g[0], g[1], Bytes(gigabyte)}, {g[1], g[0], Bytes(gigabyte)}};
    CHECK(transfer(duplex, exchange) == Approx(1.0));
    CHECK(transfer(half, exchange) == Approx(2.0));
  }
  SECTION("and half as long over two cables side by side") {
    const Fabric fabric = SmallCluster(2).wire(0, 1, {.rate = 1e9, .latency = 0.0}, 2).build();
    const std::vector<int> g = everybody(fabric);
    CHECK(transfer(fabric, {{g[0], g[1], Bytes(gigabyte)}, {g[0], g[1], Bytes(gigabyte)}}) ==
          Approx(1.0));
  }
  SECTION("through a switch that passes on less than its ports bring") {
    // Four machines at 1 GB/s on 2 GB/s: all at once get half each.
    const Fabric fabric = SmallCluster(4).star({.rate = 1e9, .latency = 0.0}, 2e9).build();
    const CollectiveCost gathered = cost(all_gather, ring, 4 * gigabyte, fabric);
    CHECK(gathered.transfer.base() == Approx(3 * 2.0));
    REQUIRE(gathered.narrowest >= 0);
    CHECK(fabric.links()[static_cast<std::size_t>(gathered.narrowest)].spec == nullptr);
  }
}

TEST_CASE("a sender pays for its messages one after another", "[collective]") {
  const int n = 5;
  const Fabric fabric =
      SmallCluster(n).star({.rate = 1e9, .latency = 40 * us, .message_cost = 7 * us}).build();
  const double beta = 1.0 / 1e9;
  // Direct: n - 1 messages each, all members at once. Ring: one a round.
  CHECK(cost(all_gather, direct, megabyte, fabric).time().base() ==
        Approx(4 * 7 * us + 40 * us + 0.8 * megabyte * beta));
  CHECK(cost(all_gather, ring, megabyte, fabric).time().base() ==
        Approx(4 * (7 * us + 40 * us) + 0.8 * megabyte * beta));
  // The star's root pays for everybody on the way back only.
  CHECK(cost(all_reduce, star, megabyte, fabric).latency.base() ==
        Approx(7 * us + 40 * us + 4 * 7 * us + 40 * us));
}

TEST_CASE("a round waits for the last of its messages", "[collective]") {
  const Fabric fabric =
      SmallCluster(4).mesh({.rate = 1e9, .latency = 40 * us, .jitter = 6 * us}).build();
  // Expected maxima of 4 and of 2 standard normals.
  const double of_four =
      1.5 / std::sqrt(std::numbers::pi) * (1.0 + 2.0 / std::numbers::pi * std::asin(1.0 / 3.0));
  const double of_two = 1.0 / std::sqrt(std::numbers::pi);
  CHECK(cost(all_reduce, ring, megabyte, fabric).latency.base() ==
        Approx(6 * (40 * us + of_four * 6 * us)));
  // Up: two messages, then one; down the same.
  CHECK(cost(all_reduce, tree, megabyte, fabric).latency.base() ==
        Approx(2 * (40 * us + of_two * 6 * us) + 2 * 40 * us));
}

// Four machines of four cards; a link of 200 GB/s and 3 us inside, 1 GB/s and 40 us between, and a
// card's way to its host of 25 GB/s and 8 us at either end.
class TwoLevelMachines {
 public:
  const Fabric fabric = SmallCluster(4, "box-4-nv").star({.rate = 1e9, .latency = 40 * us}).build();
  const double inside = 3 * us;
  const double between = 56 * us;
};

TEST_CASE("two levels beat a ring across slow links with several GPUs a node", "[collective]") {
  const TwoLevelMachines machines;
  const double bytes = 64 * megabyte;
  const CollectiveCost rings = cost(all_reduce, ring, bytes, machines.fabric);
  const CollectiveCost levels = cost(all_reduce, two_level, bytes, machines.fabric);
  // Every round of the ring crosses once between two machines, with 1/16 of the data.
  CHECK(rings.latency.base() == Approx(30 * machines.between));
  CHECK(rings.transfer.base() == Approx(30.0 / 16 * bytes / 1e9));
  // Inside quarters; between, four columns share a machine's cable with 1/16 each.
  CHECK(levels.rounds == 12);
  CHECK(levels.latency.base() == Approx(6 * machines.inside + 6 * machines.between));
  CHECK(levels.transfer.base() == Approx(6.0 / 4 * bytes / 200e9 + 6.0 * 4 / 16 * bytes / 1e9));
  CHECK(levels.time() < rings.time());
  // In an order that comes to another machine with every member, all four messages of a machine
  // leave it.
  std::vector<int> scattered;
  for (int k = 0; k < 4; ++k)
    for (int node = 0; node < 4; ++node)
      scattered.push_back(machines.fabric.accelerators(node)[static_cast<std::size_t>(k)]);
  const CollectiveCost crossing = cost_of(
      ring, schedule(all_reduce, ring, scattered, Bytes(bytes), machines.fabric), machines.fabric);
  CHECK(crossing.transfer.base() == Approx(4 * 30.0 / 16 * bytes / 1e9));
  const CollectiveCost same =
      cost_of(two_level, schedule(all_reduce, two_level, scattered, Bytes(bytes), machines.fabric),
              machines.fabric);
  CHECK(same.time().base() == Approx(levels.time().base()));
}

TEST_CASE("the fastest depends on the size", "[collective]") {
  const Fabric fabric = SmallCluster(8).star({.rate = 1e9, .latency = 40 * us}).build();
  const std::vector<int> group = everybody(fabric);
  const std::vector<CollectiveAlgorithm> some{ring, tree, direct};
  const auto best = [&](double bytes) {
    return fastest(all_reduce, some, group, Bytes(bytes), fabric);
  };
  // Ring 14 a + 1.75 b, tree 6 a + 6 b, direct a + 7 b: with a = 40 us direct and tree break even
  // at b = 200 us, tree and ring at 75 us: the tree never wins, and ring and direct meet at
  // 13 a / 5.25.
  const double meet = 13 * 40 * us / 5.25 * 1e9;
  CHECK(best(0.99 * meet).algorithm == direct);
  CHECK(best(1.01 * meet).algorithm == ring);
  CHECK(best(1.01 * meet).time() == cost(all_reduce, ring, 1.01 * meet, fabric).time());
  const std::vector<CollectiveAlgorithm> two{ring, tree};
  const double ring_meets_tree = 8 * 40 * us / 4.25 * 1e9;
  CHECK(fastest(all_reduce, two, group, Bytes(0.99 * ring_meets_tree), fabric).algorithm == tree);
  CHECK(fastest(all_reduce, two, group, Bytes(1.01 * ring_meets_tree), fabric).algorithm == ring);
}

TEST_CASE("of equals the first is taken", "[collective]") {
  const Fabric fabric = SmallCluster(2).chain({}).build();
  const std::vector<int> group = everybody(fabric);
  // Two members: a broadcast is one message whoever calls it what.
  const std::vector<CollectiveAlgorithm> one_way{direct, tree, star};
  const std::vector<CollectiveAlgorithm> other_way{star, tree, direct};
  CHECK(fastest(broadcast, one_way, group, Bytes(megabyte), fabric).algorithm == direct);
  CHECK(fastest(broadcast, other_way, group, Bytes(megabyte), fabric).algorithm == star);
}

TEST_CASE("what does not exist is passed over", "[collective]") {
  const Fabric fabric = SmallCluster(4).star({}).build();
  const std::vector<int> group = everybody(fabric);
  CHECK(schedule(all_reduce, two_level, group, Bytes(megabyte), fabric).empty());
  CHECK(schedule(all_to_all, tree, group, Bytes(megabyte), fabric).empty());
  const std::vector<CollectiveAlgorithm> some{two_level, ring};
  CHECK(fastest(all_reduce, some, group, Bytes(megabyte), fabric).algorithm == ring);
  const std::vector<CollectiveAlgorithm> none{two_level};
  CHECK_FALSE(fastest(all_reduce, none, group, Bytes(megabyte), fabric).possible);
}

TEST_CASE("members that nothing connects cannot take part", "[collective]") {
  const Fabric fabric = SmallCluster(3).wire(0, 1, {}).build();
  const std::vector<int> group = everybody(fabric);
  CHECK_FALSE(cost(all_reduce, ring, megabyte, fabric).possible);
  const std::vector<CollectiveAlgorithm> all{ring, direct};
  CHECK_FALSE(fastest(all_reduce, all, group, Bytes(megabyte), fabric).possible);
  const std::vector<int> joined{group[0], group[1]};
  CHECK(fastest(all_reduce, all, joined, Bytes(megabyte), fabric).possible);
}

TEST_CASE("a group of one, and members of one memory, pay nothing", "[collective]") {
  const Fabric fabric = SmallCluster(2).chain({}).build();
  const std::vector<CollectiveAlgorithm> all{ring, direct};
  const std::vector<int> alone{fabric.accelerators(0)[0]};
  const CollectiveCost nothing = fastest(all_reduce, all, alone, Bytes(megabyte), fabric);
  CHECK(nothing.possible);
  CHECK(nothing.time() == Seconds(0.0));
  const std::vector<int> one_chip{fabric.accelerators(0)[0], fabric.cpu(0)};
  const CollectiveCost free = fastest(all_reduce, all, one_chip, Bytes(megabyte), fabric);
  CHECK(free.possible);
  CHECK(free.time() == Seconds(0.0));
}

TEST_CASE("whole schedules and one algorithm's fastest cost the same", "[collective]") {
  const TwoLevelMachines machines;
  const std::vector<int> group = everybody(machines.fabric);
  for (CollectiveKind kind : all_kinds) {
    for (CollectiveAlgorithm algorithm : all_algorithms) {
      const std::vector<CollectiveAlgorithm> only{algorithm};
      const CollectiveCost one = fastest(kind, only, group, Bytes(megabyte), machines.fabric);
      if (!one.possible) continue;
      const CollectiveCost whole = cost(kind, algorithm, megabyte, machines.fabric);
      INFO(to_text(kind) << " by " << word(algorithm));
      CHECK(one.rounds == whole.rounds);
      CHECK(one.time().base() == Approx(whole.time().base()).epsilon(1e-12));
      CHECK(one.links.size() == whole.links.size());
      CHECK(one.narrowest == whole.narrowest);
      CHECK(one.slowest == whole.slowest);
    }
  }
}

}  // namespace
}  // namespace plimsoll
