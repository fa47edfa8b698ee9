#include "sim/simulation.h"

#include <array>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "sim/fingerprint.h"
#include "sim/fluid.h"
#include "sim/serial_queue.h"
#include "sim/trace.h"
#include "support/catch.h"
#include "variates.h"

namespace plimsoll::sim {
namespace {

Time at_ps(std::int64_t ps) {
  return Time(Duration(ps));
}

TEST_CASE("ties break by phase, then by who was scheduled first") {
  Simulation simulation;
  std::string order;
  const auto note = [&](Time time, Phase phase, char name) {
    simulation.at(time, phase, [&order, name] { order += name; });
  };
  note(at_ps(2), Phase::completion, 'z');
  note(at_ps(1), Phase::observation, 'g');
  note(at_ps(1), Phase::decision, 'e');
  note(at_ps(1), Phase::arrival, 'c');
  note(at_ps(1), Phase::completion, 'a');
  note(at_ps(1), Phase::completion, 'b');
  note(at_ps(1), Phase::arrival, 'd');
  note(at_ps(1), Phase::decision, 'f');
  simulation.run();
  CHECK(order == "abcdefgz");
  CHECK(simulation.now() == at_ps(2));
}

TEST_CASE("the heap sorts many events, cancelled ones do not fire") {
  Simulation simulation;
  Random random(7);
  std::vector<EventId> events;
  std::vector<std::int64_t> fired;
  for (int i = 0; i < 5000; ++i) {
    const auto ps = static_cast<std::int64_t>(random.below(1000));
    events.push_back(
        simulation.at(at_ps(ps), Phase::arrival, [&fired, ps] { fired.push_back(ps); }));
  }
  for (std::size_t i = 0; i < events.size(); i += 3) CHECK(simulation.cancel(events[i]));
  CHECK_FALSE(simulation.cancel(events[0]));
  simulation.run();
  CHECK(fired.size() == 5000 - 1667);  // 1667 = ceil(5000 / 3)
  CHECK(std::is_sorted(fired.begin(), fired.end()));
  CHECK_FALSE(simulation.cancel(events[1]));
}

TEST_CASE("an event cannot be scheduled in the past or beyond the end of time") {
  Simulation simulation;
  simulation.run_until(at_ps(10));
  CHECK(simulation.now() == at_ps(10));
  CHECK_THROWS_AS(simulation.at(at_ps(9), Phase::arrival, [] {}), std::invalid_argument);
  CHECK_THROWS_AS(simulation.after(Duration(-1), Phase::arrival, [] {}), std::invalid_argument);
  CHECK_THROWS_AS(simulation.after(kLongestDuration, Phase::arrival, [] {}), TimeOverflow);
}

TEST_CASE("run_until fires what is due and leaves the rest") {
  Simulation simulation;
  int fired = 0;
  for (const std::int64_t ps : {1, 5, 6})
    simulation.at(at_ps(ps), Phase::arrival, [&] { ++fired; });
  simulation.run_until(at_ps(5));
  CHECK(fired == 2);
  simulation.run();
  CHECK(fired == 3);
}

TEST_CASE("a callback owns what it captured, fired or not") {
  const auto shared = std::make_shared<int>(0);
  {
    Simulation simulation;
    simulation.at(at_ps(1), Phase::arrival, [shared] { ++*shared; });
    simulation.at(at_ps(9), Phase::arrival, [shared] { ++*shared; });
    simulation.run_until(at_ps(1));
    CHECK(shared.use_count() == 2);
  }
  CHECK(*shared == 1);
  CHECK(shared.use_count() == 1);
}

// ---- processes ---------------------------------------------------------------------------------

Process count_up(Simulation& simulation, std::vector<std::int64_t>& times, int count) {
  for (int i = 0; i < count; ++i) {
    co_await simulation.delay(Duration(10));
    times.push_back(simulation.now().time_since_epoch().count());
  }
}

Process wait_for(Simulation& simulation, ProcessId other, std::vector<std::int64_t>& times) {
  co_await simulation.finished(other);
  times.push_back(-simulation.now().time_since_epoch().count());
}

TEST_CASE("a process delays and is waited for, also after its end") {
  Simulation simulation;
  std::vector<std::int64_t> times;
  const ProcessId counter = simulation.spawn(count_up(simulation, times, 3));
  simulation.spawn(wait_for(simulation, counter, times));
  simulation.spawn(wait_for(simulation, counter, times));
  simulation.run();
  CHECK(times == std::vector<std::int64_t>{10, 20, 30, -30, -30});
  CHECK(simulation.is_finished(counter));
  simulation.spawn(wait_for(simulation, counter, times));
  simulation.run();
  CHECK(times.size() == 6);
}

Process fail_after(Simulation& simulation, Duration delay) {
  co_await simulation.delay(delay);
  throw std::runtime_error("failed as planned");
}

TEST_CASE("an exception in a process leaves run(), and the others can go on") {
  Simulation simulation;
  std::vector<std::int64_t> times;
  simulation.spawn(count_up(simulation, times, 3));
  const ProcessId failing = simulation.spawn(fail_after(simulation, Duration(15)));
  simulation.spawn(wait_for(simulation, failing, times));
  CHECK_THROWS_WITH(simulation.run(), "failed as planned");
  CHECK(times == std::vector<std::int64_t>{10});
  simulation.run();
  CHECK(times == std::vector<std::int64_t>{10, -15, 20, 30});
}

TEST_CASE("an exception in a callback leaves run()") {
  Simulation simulation;
  bool later_fired = false;
  simulation.at(at_ps(1), Phase::arrival, [] { throw std::runtime_error("callback"); });
  simulation.at(at_ps(2), Phase::arrival, [&] { later_fired = true; });
  CHECK_THROWS_WITH(simulation.run(), "callback");
  simulation.run();
  CHECK(later_fired);
}

struct ReleaseAtEnd {
  SerialQueue& queue;
  ~ReleaseAtEnd() { queue.release(); }
};

Process hold(Simulation& simulation, SerialQueue& queue) {
  co_await queue.acquire();
  const ReleaseAtEnd guard{queue};
  co_await simulation.delay(Duration(100));
}

TEST_CASE("a simulation that ends early destroys its processes, whatever they hold or wait for") {
  Simulation simulation;
  SerialQueue& queue = simulation.add<SerialQueue>();
  for (int i = 0; i < 3; ++i) simulation.spawn(hold(simulation, queue));
  simulation.run_until(at_ps(150));
  CHECK(queue.statistics().waiting == 1);
  // The address sanitizer sees to the rest: the holder's guard hands the queue to a waiter on
  // destruction.
}

// ---- determinism -------------------------------------------------------------------------------

Process customer(Simulation& simulation, SerialQueue& desk, FluidNetwork& network, ResourceId link,
                 Duration service, double work) {
  co_await desk.acquire();
  co_await simulation.delay(service);
  desk.release();
  const Demand demand{.resource = link, .amount = 1.0};
  const ActivitySpec transfer{.work = work, .demands = {&demand, 1}};
  const ActivityId activity = network.start(transfer);
  co_await network.finished(activity);
}

Process customers(Simulation& simulation, SerialQueue& desk, FluidNetwork& network, ResourceId link,
                  std::uint64_t seed) {
  Random random(seed);
  for (int i = 0; i < 2000; ++i) {
    co_await simulation.delay(Duration(static_cast<std::int64_t>(random.below(1000))),
                              Phase::arrival, 1);
    const Duration service(static_cast<std::int64_t>(random.below(900)));
    const double work = random.exponential(400e-12);
    simulation.spawn(customer(simulation, desk, network, link, service, work), Phase::arrival, 2);
  }
}

std::uint64_t fingerprint_of(std::uint64_t seed) {
  Simulation simulation;
  Fingerprint fingerprint;
  simulation.set_observer(&fingerprint);
  SerialQueue& desk = simulation.add<SerialQueue>();
  FluidNetwork& network = simulation.add<FluidNetwork>();
  const ResourceId link = network.add_resource({.capacity = 1.0});
  simulation.spawn(customers(simulation, desk, network, link, seed));
  simulation.run();
  return fingerprint.value();
}

TEST_CASE("the same seed has the same fingerprint, alone and with another simulation beside it") {
  const std::uint64_t expected = fingerprint_of(1);
  CHECK(fingerprint_of(1) == expected);
  CHECK(fingerprint_of(2) != expected);
  std::array<std::uint64_t, 2> values{};
  {
    std::jthread first([&] { values[0] = fingerprint_of(1); });
    std::jthread second([&] { values[1] = fingerprint_of(1); });
  }
  CHECK(values[0] == expected);
  CHECK(values[1] == expected);
}

TEST_CASE("the fingerprint is FNV-1a") {
  // FNV-1a of 13 zero bytes: x -> (x ^ 0) * prime, 13 times from the offset basis.
  std::uint64_t expected = 14695981039346656037U;
  for (int i = 0; i < 13; ++i) expected *= 1099511628211U;
  Fingerprint fingerprint;
  fingerprint.on_event(Time{}, Phase::completion, 0);
  CHECK(fingerprint.value() == expected);
}

TEST_CASE("a simulation that was reset runs like a new one") {
  Simulation simulation;
  std::vector<std::int64_t> times;
  simulation.spawn(count_up(simulation, times, 5));
  simulation.run_until(at_ps(25));
  simulation.reset();
  CHECK(simulation.now() == Time{});
  times.clear();
  simulation.spawn(count_up(simulation, times, 1));
  simulation.run();
  CHECK(times == std::vector<std::int64_t>{10});
}

TEST_CASE("a trace keeps spans and refuses impossible ones") {
  Trace trace;
  const TrackId gpu = trace.add_track("gpu");
  const NameId kernel = trace.add_name("kernel");
  trace.record({.track = gpu, .name = kernel, .start = at_ps(1), .end = at_ps(3)});
  REQUIRE(trace.spans().size() == 1);
  CHECK(trace.track_name(trace.spans()[0].track) == "gpu");
  CHECK(trace.name(trace.spans()[0].name) == "kernel");
  const Span backwards{.track = gpu, .name = kernel, .start = at_ps(3), .end = at_ps(1)};
  CHECK_THROWS_AS(trace.record(backwards), std::invalid_argument);
  const Span nowhere{.track = TrackId(1), .name = kernel, .start = {}, .end = {}};
  CHECK_THROWS_AS(trace.record(nowhere), std::invalid_argument);
}

}  // namespace
}  // namespace plimsoll::sim
