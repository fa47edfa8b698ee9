#include "sim/fluid.h"

#include <array>
#include <cmath>
#include <limits>
#include <rapidcheck/catch.h>
#include <vector>

#include "sim/simulation.h"
#include "support/catch.h"
#include "variates.h"

namespace plimsoll::sim {
namespace {

using std::chrono::seconds;

// Remembers when each activity ended, by token.
class Ends final : public ActivityListener {
 public:
  explicit Ends(const Simulation& simulation, std::size_t count)
      : times(count, Time::min()), simulation_(simulation) {}
  void on_finished(std::uint32_t token, const ActivityReport& report) override {
    CHECK(report.end == simulation_.now());
    times[token] = report.end;
    order.push_back(token);
  }
  std::vector<Time> times;
  std::vector<std::uint32_t> order;

 private:
  const Simulation& simulation_;
};

// Within a few picoseconds: every change of rates may round a completion up by one.
void check_near(Time actual, double expected_seconds) {
  CHECK(std::abs(to_seconds(actual).base() - expected_seconds) <= 5e-12);
}

TEST_CASE("a single activity ends when its work is done, rounded up") {
  Simulation simulation;
  FluidNetwork& network = simulation.add<FluidNetwork>();
  const ResourceId link = network.add_resource({.capacity = 4.0});
  Ends ends(simulation, 3);
  const Demand demand{.resource = link, .amount = 2.0};  // 2 units of work per second at most
  network.start({.work = 3.0, .demands = {&demand, 1}}, &ends, 0);
  network.start({.work = 1.0, .rate_bound = 3e12}, &ends, 1);  // 1/3 ps
  network.start({.work = 0.0, .rate_bound = 1.0}, &ends, 2);
  simulation.run();
  CHECK(ends.times[0] == Time(Duration(1'500'000'000'000)));
  CHECK(ends.times[1] == Time(Duration(1)));
  CHECK(ends.times[2] == Time());
  CHECK(network.consumed(link) == 6.0);
  CHECK(network.busy(link) == Duration(1'500'000'000'000));
  CHECK(network.active_count() == 0);
}

TEST_CASE("activities that come and go share by the time they overlap") {
  // Link of 1. a (work 3) from 0, b (work 1) from 1. Alone, a does 1 until t = 1; then both run at
  // 1/2: b ends at 3, when a has 1 left: it ends at 4.
  Simulation simulation;
  FluidNetwork& network = simulation.add<FluidNetwork>();
  const Demand demand{.resource = network.add_resource({.capacity = 1.0}), .amount = 1.0};
  Ends ends(simulation, 2);
  network.start({.work = 3.0, .demands = {&demand, 1}}, &ends, 0);
  simulation.at(Time(seconds(1)), Phase::arrival, [&] {
    network.start({.work = 1.0, .demands = {&demand, 1}}, &ends, 1);
  });
  simulation.run_until(Time(seconds(2)));
  CHECK(network.consumed(demand.resource) == Approx(2.0).epsilon(1e-12));
  simulation.run();
  check_near(ends.times[1], 3.0);
  check_near(ends.times[0], 4.0);
}

TEST_CASE("activities that end in one instant are told in the order they started") {
  Simulation simulation;
  FluidNetwork& network = simulation.add<FluidNetwork>();
  const Demand demand{.resource = network.add_resource({.capacity = 1.0}), .amount = 1.0};
  Ends ends(simulation, 5);
  for (std::uint32_t i = 0; i < 5; ++i) {
    network.start({.work = 1.0, .demands = {&demand, 1}}, &ends, i);
  }
  simulation.run();
  CHECK(ends.order == std::vector<std::uint32_t>{0, 1, 2, 3, 4});
  for (const Time time : ends.times) CHECK(time == ends.times[0]);
}

TEST_CASE("two components that a third activity joined go on alone when it has ended") {
  // Links 0 and 1 of 1. a (work 2) on 0, b (work 5) on 1, c (work 1) on both: all at 1/2 until c
  // ends at 2. Then a has 1 left and ends at 3, b has 4 left and ends at 6.
  Simulation simulation;
  FluidNetwork& network = simulation.add<FluidNetwork>();
  const std::array<Demand, 2> both{
      Demand{.resource = network.add_resource({.capacity = 1.0}), .amount = 1.0},
      Demand{.resource = network.add_resource({.capacity = 1.0}), .amount = 1.0}};
  Ends ends(simulation, 3);
  network.start({.work = 2.0, .demands = {&both[0], 1}}, &ends, 0);
  network.start({.work = 5.0, .demands = {&both[1], 1}}, &ends, 1);
  network.start({.work = 1.0, .demands = both}, &ends, 2);
  simulation.run();
  check_near(ends.times[2], 2.0);
  check_near(ends.times[0], 3.0);
  check_near(ends.times[1], 6.0);
}

TEST_CASE("demands for one resource add up") {
  Simulation simulation;
  FluidNetwork& network = simulation.add<FluidNetwork>();
  const Demand demand{.resource = network.add_resource({.capacity = 1.0}), .amount = 1.0};
  const std::array twice{demand, demand};
  Ends ends(simulation, 1);
  network.start({.work = 1.0, .demands = twice}, &ends, 0);
  simulation.run();
  CHECK(ends.times[0] == Time(seconds(2)));
}

TEST_CASE("a changed capacity takes effect at once") {
  // Work 2 at capacity 1 for one second, then at 1/2: ends at 1 + 1 / (1/2) = 3.
  Simulation simulation;
  FluidNetwork& network = simulation.add<FluidNetwork>();
  const Demand demand{.resource = network.add_resource({.capacity = 1.0}), .amount = 1.0};
  Ends ends(simulation, 1);
  network.start({.work = 2.0, .demands = {&demand, 1}}, &ends, 0);
  simulation.at(Time(seconds(1)), Phase::arrival,
                [&] { network.set_capacity(demand.resource, 0.5); });
  simulation.run();
  check_near(ends.times[0], 3.0);
}

TEST_CASE("a capacity may depend on who is active") {
  // Memory of 10 byte/s for kernels (class 0), and 1.5 byte/s less for each byte/s that copies
  // (class 1) could move alone. A copy of 4 bytes, bounded to 2 byte/s, from t = 1 on: it demands
  // 2, so the capacity falls to 7: the copy moves its 2 (less than its half) and the kernel 5. The
  // copy ends at 1 + 4/2 = 3. The kernel, of 40 bytes, does 10 until 1, 10 until 3, and the last 20
  // at 10 byte/s: it ends at 5.
  Simulation simulation;
  FluidNetwork& network = simulation.add<FluidNetwork>();
  const ResourceId memory =
      network.add_resource({.capacity = 10.0, .capacity_of_mix = [](double base, const Mix& mix) {
                              return base - 1.5 * mix.demanded[1];
                            }});
  const Demand demand{.resource = memory, .amount = 1.0};
  Ends ends(simulation, 2);
  network.start({.work = 40.0, .demands = {&demand, 1}}, &ends, 0);
  simulation.at(Time(seconds(1)), Phase::arrival, [&] {
    network.start({.work = 4.0, .rate_bound = 2.0, .mix_class = 1, .demands = {&demand, 1}}, &ends,
                  1);
  });
  simulation.run();
  check_near(ends.times[1], 3.0);
  check_near(ends.times[0], 5.0);
}

TEST_CASE("a demand of nothing counts in the mix") {
  // Kernels of 8/s that run at half speed while any copy is under way on its own link: 4 units take
  // 0.5 s alone. With a copy until t = 0.25 (1 unit done by then at 4/s), 3 are left at 8/s: 0.625
  // s.
  Simulation simulation;
  FluidNetwork& network = simulation.add<FluidNetwork>();
  const ResourceId compute =
      network.add_resource({.capacity = 8.0, .capacity_of_mix = [](double base, const Mix& mix) {
                              return mix.count[1] > 0 ? base / 2 : base;
                            }});
  const ResourceId link = network.add_resource({.capacity = 4.0});
  const Demand kernel{.resource = compute, .amount = 1.0};
  const std::array copy{Demand{.resource = link, .amount = 1.0},
                        Demand{.resource = compute, .amount = 0.0}};
  Ends ends(simulation, 2);
  network.start({.work = 4.0, .demands = {&kernel, 1}}, &ends, 0);
  network.start({.work = 1.0, .mix_class = 1, .demands = copy}, &ends, 1);
  simulation.run();
  check_near(ends.times[1], 0.25);
  check_near(ends.times[0], 0.625);
  CHECK(network.busy(compute) == ends.times[0].time_since_epoch());
}

Process await_twice(Simulation& simulation, FluidNetwork& network, ActivityId activity,
                    std::vector<Time>& woken) {
  co_await network.finished(activity);
  woken.push_back(simulation.now());
  co_await simulation.delay(seconds(1));
  co_await network.finished(activity);  // has ended long ago
  woken.push_back(simulation.now());
}

TEST_CASE("a process that awaits an activity wakes, also when it has ended before") {
  Simulation simulation;
  FluidNetwork& network = simulation.add<FluidNetwork>();
  const ActivityId activity = network.start({.work = 2.0, .rate_bound = 1.0});
  std::vector<Time> woken;
  for (int i = 0; i < 2; ++i) simulation.spawn(await_twice(simulation, network, activity, woken));
  simulation.run();
  const Time two{seconds(2)};
  const Time three{seconds(3)};
  CHECK(woken == std::vector<Time>{two, two, three, three});
  CHECK(network.is_finished(activity));
}

TEST_CASE("impossible activities are refused, endless ones are an error of the run") {
  Simulation simulation;
  FluidNetwork& network = simulation.add<FluidNetwork>();
  const Demand demand{.resource = network.add_resource({.capacity = 0.0}), .amount = 1.0};
  const Demand unknown{.resource = ResourceId(1), .amount = 1.0};
  const Demand nothing{.resource = demand.resource, .amount = 0.0};
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_AS(network.start({.work = 1.0}), std::invalid_argument);
  CHECK_THROWS_AS(network.start({.work = 1.0, .demands = {&nothing, 1}}), std::invalid_argument);
  CHECK_THROWS_AS(network.start({.work = 1.0, .demands = {&unknown, 1}}), std::invalid_argument);
  CHECK_THROWS_AS(network.start({.work = nan, .rate_bound = 1.0}), std::invalid_argument);
  CHECK_THROWS_AS(network.start({.work = -1.0, .rate_bound = 1.0}), std::invalid_argument);
  CHECK_THROWS_AS(network.start({.work = 1.0, .rate_bound = 0.0}), std::invalid_argument);
  CHECK_THROWS_AS(network.start({.work = 1.0, .rate_bound = 1.0, .weight = 0.0}),
                  std::invalid_argument);
  CHECK_THROWS_AS(network.start({.work = 1.0, .rate_bound = 1.0, .mix_class = 8}),
                  std::invalid_argument);
  CHECK_THROWS_AS(network.add_resource({.capacity = -1.0}), std::invalid_argument);
  CHECK(network.active_count() == 0);
  network.start({.work = 1.0, .demands = {&demand, 1}});
  CHECK_THROWS_AS(simulation.run(), TimeOverflow);
}

// ---- conservation ------------------------------------------------------------------------------

// Random messages of whole bytes, one after the other at random times, over links of one component
// or of many.
class Traffic {
 public:
  Traffic(Simulation& simulation, std::vector<double> capacities, std::size_t route_length)
      : simulation_(simulation),
        network_(simulation.add<FluidNetwork>()),
        capacities_(std::move(capacities)),
        route_length_(route_length),
        bytes_(capacities_.size()),
        messages_(capacities_.size()) {
    for (const double capacity : capacities_)
      links_.push_back(network_.add_resource({.capacity = capacity}));
  }

  void send(std::uint64_t messages, Duration mean_gap) {
    left_ = messages;
    mean_gap_ = static_cast<double>(mean_gap.count());
    next();
    simulation_.run();
  }

  // Every byte sent arrives and none twice: integer sums of whole bytes are exact in a double below
  // 2^53.
  void check_bytes() const {
    for (std::size_t i = 0; i < links_.size(); ++i) {
      REQUIRE(bytes_[i] < (std::int64_t{1} << 53));
      CHECK(network_.consumed(links_[i]) == static_cast<double>(bytes_[i]));
    }
    CHECK(network_.active_count() == 0);
  }

  // A link without rate bounds or other links works at full capacity while it is busy, so the busy
  // time itself measures the bytes. Each completion wastes less than one picosecond by rounding up;
  // the rates' own rounding (2^-53 each, a handful of operations per message) stays far below the
  // 1e-12 granted.
  void check_busy_time() const {
    for (std::size_t i = 0; i < links_.size(); ++i) {
      const double needed = static_cast<double>(bytes_[i]) / capacities_[i];
      const double busy = to_seconds(network_.busy(links_[i])).base();
      const double rounding = static_cast<double>(messages_[i]) * 1e-12;
      CHECK(busy >= needed * (1.0 - 1e-12));
      CHECK(busy <= needed * (1.0 + 1e-12) + rounding);
    }
  }

 private:
  void next() {
    if (left_-- == 0) return;
    const auto gap = static_cast<std::int64_t>(random_.exponential(mean_gap_));
    simulation_.after(Duration(gap), Phase::arrival, [this] {
      start();
      next();
    });
  }

  void start() {
    std::array<Demand, 4> route{};
    const auto size = static_cast<std::int64_t>(random_.below(1 << 20U));
    const std::size_t first = random_.below(links_.size());
    for (std::size_t k = 0; k < route_length_; ++k) {
      const std::size_t link = (first + k) % links_.size();
      route[k] = {.resource = links_[link], .amount = 1.0};
      bytes_[link] += size;
      ++messages_[link];
    }
    network_.start({.work = static_cast<double>(size), .demands = {route.data(), route_length_}});
  }

  Simulation& simulation_;
  FluidNetwork& network_;
  std::vector<double> capacities_;
  std::size_t route_length_;
  std::vector<ResourceId> links_;
  std::vector<std::int64_t> bytes_;
  std::vector<std::int64_t> messages_;
  Random random_{11};
  std::uint64_t left_ = 0;
  double mean_gap_ = 0.0;
};

TEST_CASE("bytes are conserved over 10 million events on separate links", "[long]") {
  // Messages of 2^19 bytes on average, 16 links of 10 to 25 GB/s: 280 GB/s together. One message
  // per 2.5 us loads them to about 3/4, the slowest above it: several messages share a link most of
  // the time.
  Simulation simulation;
  std::vector<double> capacities;
  for (int i = 0; i < 16; ++i) capacities.push_back((10.0 + i) * 1e9);
  Traffic traffic(simulation, capacities, 1);
  traffic.send(5'000'000, std::chrono::nanoseconds(3600));
  CHECK(simulation.events_fired() >= 10'000'000);
  traffic.check_bytes();
  traffic.check_busy_time();
}

TEST_CASE("bytes are conserved where messages cross several links", "[long]") {
  Simulation simulation;
  Traffic traffic(simulation, std::vector<double>(8, 10e9), 3);
  traffic.send(200'000, std::chrono::nanoseconds(30'000));
  traffic.check_bytes();
}

// ---- virtual time ------------------------------------------------------------------------------

struct Job {
  std::int64_t time_ps;
  double work;
  double bound;
  double amount;
  double weight;
  bool on_both;  // uses a second resource too, which ends virtual time
};

struct Outcome {
  std::vector<Time> ends;
  std::vector<double> slowed;
  double consumed_midway = 0.0;
};

// A capacity that depends on the mix, if only in form, keeps a resource out of virtual time.
class Run final : public ActivityListener {
 public:
  Run(const std::vector<Job>& jobs, double capacity, bool in_virtual_time) {
    ResourceSpec spec{.capacity = capacity};
    if (!in_virtual_time) spec.capacity_of_mix = [](double base, const Mix&) { return base; };
    const ResourceId link = network_.add_resource(std::move(spec));
    const ResourceId other = network_.add_resource({.capacity = capacity});
    outcome.ends.resize(jobs.size());
    outcome.slowed.resize(jobs.size());
    for (std::uint32_t i = 0; i < jobs.size(); ++i) {
      simulation_.at(
          Time(Duration(jobs[i].time_ps)), Phase::arrival, [this, &jobs, link, other, i] {
            const Job& job = jobs[i];
            const std::array demands{Demand{.resource = link, .amount = job.amount},
                                     Demand{.resource = other, .amount = 0.25 * job.amount}};
            network_.start({.work = job.work,
                            .rate_bound = job.bound,
                            .weight = job.weight,
                            .demands = {demands.data(), job.on_both ? 2U : 1U}},
                           this, i);
          });
    }
    simulation_.run_until(Time(Duration(1'000'000)));
    outcome.consumed_midway = network_.consumed(link);
    simulation_.run();
  }
  void on_finished(std::uint32_t token, const ActivityReport& report) override {
    outcome.ends[token] = report.end;
    outcome.slowed[token] = report.slowdowns.front().seconds;
  }
  Outcome outcome;

 private:
  Simulation simulation_;
  FluidNetwork& network_ = simulation_.add<FluidNetwork>();
};

// Either way an end differs by less than a picosecond of rounding up per event from exact sharing.
void check_same(const std::vector<Job>& jobs, double capacity) {
  const Outcome fast = Run(jobs, capacity, true).outcome;
  const Outcome general = Run(jobs, capacity, false).outcome;
  const auto events = static_cast<std::int64_t>(2 * jobs.size());
  const double rounding = 1e-12 * static_cast<double>(events);
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    RC_ASSERT(std::chrono::abs(fast.ends[i] - general.ends[i]) <= Duration(events));
    RC_ASSERT(std::abs(fast.slowed[i] - general.slowed[i]) <= 2.0 * rounding);
  }
  RC_ASSERT(std::abs(fast.consumed_midway - general.consumed_midway) <= 2.0 * rounding * capacity);
}

std::vector<Job> random_jobs(bool mixed) {
  std::vector<Job> jobs(*rc::gen::inRange<std::size_t>(1, 40));
  for (Job& job : jobs) {
    job = {.time_ps = *rc::gen::inRange<std::int64_t>(0, 40) * 100'000,
           .work = *rc::gen::inRange(0, 50) / 10.0,
           .bound = std::numeric_limits<double>::infinity(),
           .amount = *rc::gen::inRange(1, 30) / 10.0,
           .weight = 1.0,
           .on_both = false};
    if (!mixed) continue;
    if (*rc::gen::inRange(0, 4) == 0) job.bound = *rc::gen::inRange(1, 100) * 1e5;
    if (*rc::gen::inRange(0, 8) == 0) job.weight = 2.0;
    if (*rc::gen::inRange(0, 8) == 0) job.on_both = true;
  }
  return jobs;
}

TEST_CASE("virtual time gives what the general way gives") {
  rc::prop("equal weights, one resource, no bounds",
           [] { check_same(random_jobs(false), *rc::gen::inRange(1, 100) * 1e5); });
  rc::prop("back and forth, as bounds, weights and second resources come and go",
           [] { check_same(random_jobs(true), *rc::gen::inRange(1, 100) * 1e5); });
}

TEST_CASE("remaining work and rates can be asked for in virtual time") {
  // Link of 6 U/s. a (work 4, 1 U each) and b (work 4, 2 U each) get 3 U/s: 3 and 1.5 W/s. At t = 1
  // a has 1 left and b 2.5, and c makes the share 2 U/s: a ends at 1.5.
  Simulation simulation;
  FluidNetwork& network = simulation.add<FluidNetwork>();
  const Demand one{.resource = network.add_resource({.capacity = 6.0}), .amount = 1.0};
  const Demand two{.resource = one.resource, .amount = 2.0};
  const ActivityId a = network.start({.work = 4.0, .demands = {&one, 1}});
  const ActivityId b = network.start({.work = 4.0, .demands = {&two, 1}});
  simulation.run_until(Time(seconds(1)));
  CHECK(network.rate(a) == 3.0);
  CHECK(network.rate(b) == 1.5);
  CHECK(network.remaining(a) == Approx(1.0).epsilon(1e-12));
  CHECK(network.remaining(b) == Approx(2.5).epsilon(1e-12));
  CHECK(network.consumed(one.resource) == Approx(6.0).epsilon(1e-12));
  const ActivityId c = network.start({.work = 4.0, .demands = {&one, 1}});
  CHECK(network.rate(c) == 0.0);
  CHECK(network.rate(a) == 3.0);
  simulation.run_until(Time(std::chrono::milliseconds(1499)));
  CHECK(!network.is_finished(a));
  CHECK(network.rate(c) == 2.0);
  simulation.run_until(Time(std::chrono::milliseconds(1501)));
  CHECK(network.is_finished(a));
  // A slower link from now on: b and c share 3 U/s.
  network.set_capacity(one.resource, 3.0);
  simulation.run_until(Time(std::chrono::milliseconds(1502)));
  CHECK(network.rate(c) == 1.5);
  simulation.run();
  CHECK(network.consumed(one.resource) == 16.0);
}

TEST_CASE("processor sharing delays by 1 / (1 - load) in the mean") {
  // M/M/1-PS (Kleinrock, Queueing Systems II, section 4.4): mean time in system S / (1 - rho). Load
  // 1/2, S = 1 us: 2 us. The variance of one is (2 + r)/(2 - r)/(1 - r)^2 = 6.7 us^2
  // (Coffman, Muntz and Trotter 1970) at load r = 1/2, and about 1/(1 - sqrt(r))^2 = 12 of them in
  // a row go together, so the mean of 200,000 has a standard error of sqrt(6.7 * 12 / 200,000) us =
  // 1% of it; 3% are allowed.
  Simulation simulation;
  FluidNetwork& network = simulation.add<FluidNetwork>();
  const Demand demand{.resource = network.add_resource({.capacity = 1e6}), .amount = 1.0};
  Random random(7);
  struct Total final : ActivityListener {
    void on_finished(std::uint32_t, const ActivityReport& report) override {
      seconds += to_seconds(report.end - report.start).base();
    }
    double seconds = 0.0;
  } total;
  constexpr int kJobs = 200'000;
  Time time{};
  for (int i = 0; i < kJobs; ++i) {
    time += Duration(static_cast<std::int64_t>(random.exponential(2e6)));
    const double work = random.exponential(1.0);
    simulation.at(time, Phase::arrival, [&network, &total, &demand, work] {
      network.start({.work = work, .demands = {&demand, 1}}, &total);
    });
  }
  simulation.run();
  CHECK(total.seconds / kJobs == Approx(2e-6).epsilon(0.03));
}

// ---- more capacity -----------------------------------------------------------------------------

struct Arrival {
  std::int64_t time_ps;
  double work;
  double bound;
  double weight;
};

std::vector<Time> ends_on_one_link(const std::vector<Arrival>& arrivals, double capacity) {
  Simulation simulation;
  FluidNetwork& network = simulation.add<FluidNetwork>();
  const Demand demand{.resource = network.add_resource({.capacity = capacity}), .amount = 1.0};
  Ends ends(simulation, arrivals.size());
  for (std::uint32_t i = 0; i < arrivals.size(); ++i) {
    simulation.at(Time(Duration(arrivals[i].time_ps)), Phase::arrival, [&, i] {
      network.start({.work = arrivals[i].work,
                     .rate_bound = arrivals[i].bound,
                     .weight = arrivals[i].weight,
                     .demands = {&demand, 1}},
                    &ends, i);
    });
  }
  simulation.run();
  return ends.times;
}

TEST_CASE("more capacity delays nobody on a single fluid bottleneck") {
  // Theorem: as long as each activity's remaining work in the faster system is at most that in the
  // slower one, those active in the faster one are a subset, so each one's share min(bound, weight
  // * level) is at least as large, which keeps the order. Rounding up moves an end by less than a
  // picosecond per completion, and rates by 1 in 10^16.
  rc::prop("each end is no later", [] {
    std::vector<Arrival> arrivals(*rc::gen::inRange<std::size_t>(1, 12));
    for (Arrival& arrival : arrivals) {
      arrival = {.time_ps = *rc::gen::inRange<std::int64_t>(0, 20) * 100'000,
                 .work = *rc::gen::inRange(1, 50) / 10.0,
                 .bound = *rc::gen::inRange(1, 100) * 1e5,
                 .weight = static_cast<double>(*rc::gen::inRange(1, 4))};
    }
    const double slow = *rc::gen::inRange(1, 100) * 1e5;
    const double fast = slow * *rc::gen::inRange(10, 40) / 10.0;
    const std::vector<Time> slow_ends = ends_on_one_link(arrivals, slow);
    const std::vector<Time> fast_ends = ends_on_one_link(arrivals, fast);
    for (std::size_t i = 0; i < arrivals.size(); ++i) {
      const Duration rounding(2 * static_cast<std::int64_t>(arrivals.size()));
      RC_ASSERT(fast_ends[i] <= slow_ends[i] + rounding);
    }
  });
}

}  // namespace
}  // namespace plimsoll::sim
