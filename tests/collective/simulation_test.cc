// The closed form of a round against the same messages step by step on the event kernel, where
// links share their capacity max-min fairly.
#include "sim/simulation.h"

#include <algorithm>
#include <cmath>
#include <rapidcheck.h>
#include <vector>

#include "catalog/words.h"
#include "collective/collective.h"
#include "collective/small_fabric.h"
#include "sim/fluid.h"
#include "support/catch.h"

namespace plimsoll {
namespace {

using enum CollectiveKind;
using enum CollectiveAlgorithm;

// When a message begins to flow.
enum class Start {
  together,  // when all senders have paid and the longest latency is over, as the cost model says
  own,       // when its sender has paid for it; its latency follows its last byte
};

// Rounds one after another; all links of the fabric are resources.
class Stepwise : private sim::ActivityListener {
 public:
  explicit Stepwise(const Fabric& fabric) : fabric_(fabric) {
    for (const FabricLink& link : fabric.links()) {
      links_.push_back(network_.add_resource({.capacity = link.capacity.value.base()}));
    }
  }

  Seconds run(const std::vector<Round>& rounds, Start start) {
    for (const Round& round : rounds) run(round, start);
    return sim::to_seconds(end_);
  }

 private:
  void run(const Round& round, Start start) {
    routes_.clear();
    for (const Transfer& message : round) {
      routes_.push_back(&fabric_.route(message.from, message.to));
    }
    const sim::Time begin = end_;
    const std::vector<Seconds> paid = paid_at(round);
    const Seconds all_paid = paid.empty() ? Seconds() : *std::max_element(paid.begin(), paid.end());
    start_ = start;
    for (std::size_t i = 0; i < round.size(); ++i) {
      const Seconds delay = start == Start::own ? paid[i] : all_paid + longest_latency();
      simulation_.at(begin + sim::to_time(delay), sim::Phase::arrival,
                     [this, &round, i] { send(round[i], i); });
    }
    simulation_.run();
  }

  // Messages of one sender in the order of the round.
  std::vector<Seconds> paid_at(const Round& round) const {
    std::vector<Seconds> spent(fabric_.executors().size());
    std::vector<Seconds> paid;
    for (std::size_t i = 0; i < round.size(); ++i) {
      spent[index(round[i].from)] += routes_[i]->message_cost;
      paid.push_back(spent[index(round[i].from)]);
    }
    return paid;
  }
  Seconds longest_latency() const {
    Seconds longest;
    for (const Route* route : routes_) longest = std::max(longest, route->latency);
    return longest;
  }

  void send(const Transfer& message, std::size_t i) {
    std::vector<sim::Demand> demands;
    for (int link : routes_[i]->links) {
      demands.push_back({.resource = links_[index(link)], .amount = 1.0});
    }
    network_.start({.work = message.bytes.base(), .demands = demands}, this,
                   static_cast<std::uint32_t>(i));
  }
  void on_finished(std::uint32_t token, const sim::ActivityReport& report) override {
    const Seconds after = start_ == Start::own ? routes_[token]->latency : Seconds();
    end_ = std::max(end_, report.end + sim::to_time(after));
  }

  const Fabric& fabric_;
  sim::Simulation simulation_;
  sim::FluidNetwork network_{simulation_};
  std::vector<sim::ResourceId> links_;
  std::vector<const Route*> routes_;  // of the round's messages
  Start start_ = Start::together;
  sim::Time end_{};
};

Seconds stepwise(const std::vector<Round>& rounds, const Fabric& fabric, Start start) {
  return Stepwise(fabric).run(rounds, start);
}

// Each event is rounded up to a picosecond, each rate to a double.
double rounding(std::size_t rounds, Seconds time) {
  return static_cast<double>(rounds) * 10e-12 + 1e-9 * time.base();
}

std::vector<Round> rounds_of(CollectiveKind kind, CollectiveAlgorithm algorithm, double bytes,
                             const Fabric& fabric) {
  return schedule(kind, algorithm, everybody(fabric), Bytes(bytes), fabric);
}

// On fabrics where every round keeps its busiest link busy, so that both must agree.
void check_equal(const Fabric& fabric, double bytes) {
  for (CollectiveKind kind : all_kinds) {
    for (CollectiveAlgorithm algorithm : all_algorithms) {
      const std::vector<Round> rounds = rounds_of(kind, algorithm, bytes, fabric);
      const Seconds closed = cost_of(algorithm, rounds, fabric).time();
      const Seconds steps = stepwise(rounds, fabric, Start::together);
      INFO(to_text(kind) << " by " << word(algorithm) << ": " << closed.base() << " s, stepwise "
                         << steps.base() << " s");
      CHECK(std::abs(closed.base() - steps.base()) <= rounding(rounds.size(), steps));
    }
  }
}

TEST_CASE("the closed form is what a simulation takes on equal links", "[collective]") {
  const double bytes = 3e6;
  for (const bool duplex : {true, false}) {
    const Cable cable{
        .rate = 1.25e9, .latency = 17e-6, .full_duplex = duplex, .message_cost = 2e-6};
    for (int n : {2, 3, 4, 5, 8}) {
      INFO(n << " machines, " << (duplex ? "full duplex" : "half duplex"));
      check_equal(SmallCluster(n).star(cable).build(), bytes);
      check_equal(SmallCluster(n).mesh(cable).build(), bytes);
    }
  }
}

TEST_CASE("the closed form is what a simulation takes inside and between machines",
          "[collective]") {
  for (const int machines : {2, 3}) {
    const Fabric fabric =
        SmallCluster(machines, "box-4-nv").star({.rate = 1e9, .latency = 40e-6}).build();
    for (CollectiveKind kind : {all_reduce, all_gather, reduce_scatter}) {
      for (CollectiveAlgorithm algorithm : {ring, two_level}) {
        const std::vector<Round> rounds = rounds_of(kind, algorithm, 16e6, fabric);
        const Seconds closed = cost_of(algorithm, rounds, fabric).time();
        const Seconds steps = stepwise(rounds, fabric, Start::together);
        INFO(to_text(kind) << " by " << word(algorithm));
        CHECK(std::abs(closed.base() - steps.base()) <= rounding(rounds.size(), steps));
      }
    }
  }
}

TEST_CASE("the closed form is what a simulation takes through an oversubscribed switch",
          "[collective]") {
  for (const bool duplex : {true, false}) {
    const Cable cable{.rate = 1e9, .latency = 40e-6, .full_duplex = duplex};
    const Fabric fabric = SmallCluster(6).star(cable, 2.5e9).build();
    for (CollectiveKind kind : all_kinds) {
      for (CollectiveAlgorithm algorithm : {ring, direct, star}) {
        const std::vector<Round> rounds = rounds_of(kind, algorithm, 6e6, fabric);
        const Seconds closed = cost_of(algorithm, rounds, fabric).time();
        const Seconds steps = stepwise(rounds, fabric, Start::together);
        INFO(to_text(kind) << " by " << word(algorithm));
        CHECK(std::abs(closed.base() - steps.base()) <= rounding(rounds.size(), steps));
      }
    }
  }
}

// On a ring of cables the ring algorithm sends over one cable each; through a chain the last hop
// home shares every cable's way back, which is empty with full duplex.
TEST_CASE("the closed form is what a simulation takes around cables", "[collective]") {
  for (const bool duplex : {true, false}) {
    const Cable cable{.rate = 5e9, .latency = 9e-6, .full_duplex = duplex};
    for (int n : {2, 3, 5, 8}) {
      for (const bool closed_ring : {true, false}) {
        SmallCluster cluster(n);
        const Fabric fabric = (closed_ring ? cluster.ring(cable) : cluster.chain(cable)).build();
        for (CollectiveKind kind : {all_reduce, all_gather, reduce_scatter}) {
          const std::vector<Round> rounds = rounds_of(kind, ring, 3e6, fabric);
          const Seconds closed = cost_of(ring, rounds, fabric).time();
          const Seconds steps = stepwise(rounds, fabric, Start::together);
          INFO(to_text(kind) << " of " << n << (closed_ring ? ", ring" : ", chain"));
          CHECK(std::abs(closed.base() - steps.base()) <= rounding(rounds.size(), steps));
        }
      }
    }
  }
}

// Cables of 1 byte/s from A to B to C to D. A to C and B to D have 3 bytes each; 2 messages of
// 1 byte crowd the first cable, 2 the last. The cables carry 5, 6 and 5 bytes: no sharing is done
// before 6 s. Fair sharing gives a third of the outer cables to each message, so that A to C and
// B to D, held up there, use two thirds of the middle one. After 3 s the crowds are done, and 2
// bytes of either share the middle for 4 s more.
TEST_CASE("fair sharing can take longer than the busiest link", "[collective]") {
  const Fabric fabric = SmallCluster(4).chain({.rate = 1.0, .latency = 0.0}).build();
  const std::vector<int> g = everybody(fabric);
  const Round round{{g[0], g[2], Bytes(3)}, {g[1], g[3], Bytes(3)}, {g[0], g[1], Bytes(1)},
                    {g[0], g[1], Bytes(1)}, {g[2], g[3], Bytes(1)}, {g[2], g[3], Bytes(1)}};
  CHECK(cost_of(ring, {round}, fabric).transfer.base() == Approx(6.0));
  CHECK(stepwise({round}, fabric, Start::together).base() == Approx(7.0));
}

// Any small fabric in which everybody reaches everybody.
Fabric random_fabric() {
  const auto cable = [] {
    return Cable{.rate = *rc::gen::element(1e9, 1.25e9, 5e9, 10e9),
                 .latency = *rc::gen::inRange(0, 60) * 1e-6,
                 .full_duplex = *rc::gen::arbitrary<bool>(),
                 .message_cost = *rc::gen::element(0.0, 1e-6, 5e-6)};
  };
  const int machines = *rc::gen::inRange(2, 6);
  SmallCluster cluster(machines,
                       *rc::gen::element<std::string>(SmallCluster::chip, "box-2", "box-4-nv"));
  switch (*rc::gen::inRange(0, 4)) {
    case 0: {
      const int box = *rc::gen::arbitrary<bool>() ? cluster.add_switch(2e9) : cluster.add_switch();
      for (int i = 0; i < machines; ++i) cluster.wire(i, box, cable(), *rc::gen::inRange(1, 3));
      break;
    }
    case 1:
      cluster.ring(cable());
      break;
    case 2:
      for (int i = 1; i < machines; ++i) cluster.wire(i - 1, i, cable());
      break;
    default:
      for (int a = 0; a < machines; ++a)
        for (int b = a + 1; b < machines; ++b) cluster.wire(a, b, cable());
  }
  return cluster.build();
}

// What the header promises at most: of each round, the largest sum over a message's links of what
// they carry over what they can.
Seconds longest_sum_over_links(const std::vector<Round>& rounds, const Fabric& fabric) {
  Seconds sum;
  for (const Round& round : rounds) {
    std::vector<Seconds> busy(fabric.links().size());
    for (const Transfer& message : round)
      for (int link : fabric.route(message.from, message.to).links)
        busy[index(link)] += message.bytes / fabric.links()[index(link)].capacity.value;
    Seconds longest;
    for (const Transfer& message : round) {
      Seconds all;
      for (int link : fabric.route(message.from, message.to).links) all += busy[index(link)];
      longest = std::max(longest, all);
    }
    sum += longest;
  }
  return sum;
}

void check_bounds(CollectiveAlgorithm algorithm, const std::vector<Round>& rounds,
                  const Fabric& fabric) {
  const CollectiveCost closed = cost_of(algorithm, rounds, fabric);
  RC_ASSERT(closed.possible);
  const Seconds most = closed.latency + longest_sum_over_links(rounds, fabric);
  const double slack = rounding(rounds.size(), most);
  const Seconds together = stepwise(rounds, fabric, Start::together);
  RC_ASSERT(together.base() >= closed.time().base() - slack);
  RC_ASSERT(together.base() <= most.base() + slack);
  // Messages that start as soon as they are paid for gain at most the overlap of the formula's
  // three terms.
  const Seconds own = stepwise(rounds, fabric, Start::own);
  RC_ASSERT(own.base() >= closed.time().base() / 3.0 - slack);
  RC_ASSERT(own.base() <= most.base() + slack);
}

TEST_CASE("fair sharing takes no less than the closed form and no more than its bound",
          "[collective]") {
  CHECK(rc::check("collectives", [] {
    const Fabric fabric = random_fabric();
    const CollectiveKind kind = *rc::gen::elementOf(
        std::vector<CollectiveKind>(std::begin(all_kinds), std::end(all_kinds)));
    const double bytes = *rc::gen::element(1e3, 1e5, 1e7);
    for (CollectiveAlgorithm algorithm : all_algorithms) {
      const std::vector<Round> rounds = rounds_of(kind, algorithm, bytes, fabric);
      if (!rounds.empty()) check_bounds(algorithm, rounds, fabric);
    }
  }));
  CHECK(rc::check("any messages", [] {
    const Fabric fabric = random_fabric();
    const std::vector<int> group = everybody(fabric);
    Round round;
    for (int messages = *rc::gen::inRange(1, 20); messages > 0; --messages) {
      const int from = *rc::gen::elementOf(group);
      const int to = *rc::gen::elementOf(group);
      if (from != to) round.push_back({from, to, Bytes(*rc::gen::inRange(0, 20) * 1e6)});
    }
    if (!round.empty()) check_bounds(direct, {round}, fabric);
  }));
}

// One message per sender and round over like routes: then nothing overlaps.
TEST_CASE("messages that start on their own take what the closed form says", "[collective]") {
  for (int n : {2, 5, 8}) {
    const Fabric fabric =
        SmallCluster(n).star({.rate = 1e9, .latency = 40e-6, .message_cost = 3e-6}).build();
    for (CollectiveKind kind : all_kinds) {
      const std::vector<Round> rounds = rounds_of(kind, ring, 4e6, fabric);
      const Seconds own = stepwise(rounds, fabric, Start::own);
      INFO(to_text(kind) << " of " << n);
      CHECK(std::abs(own.base() - cost_of(ring, rounds, fabric).time().base()) <=
            rounding(rounds.size(), own));
    }
  }
}

}  // namespace
}  // namespace plimsoll
