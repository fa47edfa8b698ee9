// Speed of the simulation kernel on one core; informative, not pass or fail. Aims: 5 M plain
// events/s, 1 M fluid activities/s with up to 8 in one component, 300,000/s with 1,000 flows on
// disjoint links, and 10,000 serial tasks of a graph in well under 3 ms.
#include <array>
#include <benchmark/benchmark.h>
#include <vector>

#include "sim/fluid.h"
#include "sim/simulation.h"
#include "sim/task_graph.h"

namespace plimsoll::sim {
namespace {

// `state.range(0)` events are pending at any time; each schedules its successor, at spread out
// times.
struct Timer {
  Simulation* simulation;
  std::int64_t* left;
  std::uint64_t random;

  void operator()() {
    if (--*left < 0) return;
    random = random * 6364136223846793005U + 1442695040888963407U;  // Knuth, MMIX
    const Duration delay(static_cast<std::int64_t>(random >> 44U) + 1);
    simulation->after(delay, Phase::arrival, *this);
  }
};

void plain_events(benchmark::State& state) {
  constexpr std::int64_t kEvents = 1'000'000;
  std::int64_t fired = 0;
  for (auto _ : state) {
    Simulation simulation;
    std::int64_t left = kEvents;
    for (std::int64_t i = 0; i < state.range(0); ++i) {
      Timer{&simulation, &left, static_cast<std::uint64_t>(i)}();
    }
    simulation.run();
    fired += static_cast<std::int64_t>(simulation.events_fired());
  }
  state.SetItemsProcessed(fired);
}
BENCHMARK(plain_events)->Arg(10)->Arg(1000)->Arg(100'000)->Unit(benchmark::kMillisecond);

Process tick(Simulation& simulation, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) co_await simulation.delay(Duration(1000 + i % 7));
}

void process_delays(benchmark::State& state) {
  constexpr std::int64_t kProcesses = 1000;
  constexpr std::int64_t kDelays = 1000;
  for (auto _ : state) {
    Simulation simulation;
    for (std::int64_t i = 0; i < kProcesses; ++i) simulation.spawn(tick(simulation, kDelays));
    simulation.run();
  }
  state.SetItemsProcessed(state.iterations() * kProcesses * kDelays);
}
BENCHMARK(process_delays)->Unit(benchmark::kMillisecond);

// Keeps a number of activities going: each that ends starts the next on the same resources.
class Refill final : public ActivityListener {
 public:
  using Demands = std::vector<Demand>;
  Refill(FluidNetwork& network, std::vector<Demands> demands, std::int64_t total)
      : network_(network), demands_(std::move(demands)), left_(total) {}

  void start_all() {
    for (std::uint32_t i = 0; i < demands_.size(); ++i) start(i);
  }
  void on_finished(std::uint32_t token, const ActivityReport&) override {
    if (left_ > 0) start(token);
  }

 private:
  void start(std::uint32_t token) {
    --left_;
    random_ = random_ * 6364136223846793005U + 1442695040888963407U;
    const double work = 1.0 + static_cast<double>(random_ >> 40U) * 1e-6;
    const ActivitySpec spec{.work = work, .rate_bound = 1e12, .demands = demands_[token]};
    network_.start(spec, this, token);
  }

  FluidNetwork& network_;
  std::vector<Demands> demands_;
  std::int64_t left_;
  std::uint64_t random_ = 1;
};

// resources_of(network, flow) adds what the flow needs and returns its demands.
template <typename ResourcesOf>
void fluid_activities(benchmark::State& state, std::int64_t flows, ResourcesOf resources_of) {
  constexpr std::int64_t kActivities = 200'000;
  for (auto _ : state) {
    Simulation simulation;
    FluidNetwork& network = simulation.add<FluidNetwork>();
    std::vector<Refill::Demands> demands;
    for (std::int64_t i = 0; i < flows; ++i) demands.push_back(resources_of(network, i));
    Refill refill(network, demands, kActivities);
    refill.start_all();
    simulation.run();
  }
  state.SetItemsProcessed(state.iterations() * kActivities);
}

ResourceId shared_resource(FluidNetwork& network, std::int64_t flow, std::size_t number) {
  return flow == 0 ? network.add_resource({.capacity = 1e11}) : ResourceId(number);
}

void one_shared_link(benchmark::State& state) {
  fluid_activities(state, state.range(0), [](FluidNetwork& network, std::int64_t flow) {
    return Refill::Demands{{.resource = shared_resource(network, flow, 0), .amount = 1.0}};
  });
}
BENCHMARK(one_shared_link)->DenseRange(1, 8)->Arg(64)->Arg(1000)->Unit(benchmark::kMillisecond);

// Kernels with compute units of their own on a common memory.
void private_and_shared(benchmark::State& state) {
  fluid_activities(state, state.range(0), [](FluidNetwork& network, std::int64_t flow) {
    const ResourceId memory = shared_resource(network, flow, 0);
    const ResourceId compute = network.add_resource({.capacity = 2e10});
    return Refill::Demands{{.resource = memory, .amount = 1.0},
                           {.resource = compute, .amount = 0.5 + 0.25 * static_cast<double>(flow)}};
  });
}
BENCHMARK(private_and_shared)->Arg(2)->Arg(8)->Unit(benchmark::kMillisecond);

// Flows from one of two sources over one trunk to one of two sinks.
void dumbbell(benchmark::State& state) {
  fluid_activities(state, state.range(0), [](FluidNetwork& network, std::int64_t flow) {
    if (flow == 0) {
      for (int i = 0; i < 5; ++i) network.add_resource({.capacity = 1e11 + 2e10 * i});
    }
    return Refill::Demands{{.resource = ResourceId(0), .amount = 1.0},
                           {.resource = ResourceId(1 + flow % 2), .amount = 1.0},
                           {.resource = ResourceId(3 + flow / 2 % 2), .amount = 1.0}};
  });
}
BENCHMARK(dumbbell)->Arg(8)->Unit(benchmark::kMillisecond);

// Activities with different mixes of two shared resources: the general solver.
void coupled_resources(benchmark::State& state) {
  fluid_activities(state, state.range(0), [](FluidNetwork& network, std::int64_t flow) {
    if (flow == 0) {
      network.add_resource({.capacity = 1e11});
      network.add_resource({.capacity = 1e11});
    }
    const double lean = 0.25 * static_cast<double>(flow + 1);
    return Refill::Demands{{.resource = ResourceId(0), .amount = lean},
                           {.resource = ResourceId(1), .amount = 2.0 - 0.5 * lean}};
  });
}
BENCHMARK(coupled_resources)->Arg(2)->Arg(4)->Arg(6)->Unit(benchmark::kMillisecond);

void disjoint_links(benchmark::State& state) {
  fluid_activities(state, state.range(0), [](FluidNetwork& network, std::int64_t) {
    return Refill::Demands{{.resource = network.add_resource({.capacity = 1e11}), .amount = 1.0}};
  });
}
BENCHMARK(disjoint_links)->Arg(1000)->Unit(benchmark::kMillisecond);

// A forward pass: launch gap, then a kernel on compute and memory, one in-order queue.
void serial_task_graph(benchmark::State& state) {
  GraphRunner runner;
  const ResourceId compute = runner.add_resource({.capacity = 1e14});
  const ResourceId memory = runner.add_resource({.capacity = 1e12});
  const QueueId queue = runner.add_queue();
  TaskGraph graph;
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    Task task{.label = static_cast<std::uint16_t>(i % 12), .queue = queue, .work = 1e6};
    if (state.range(1) != 0) task.delay = std::chrono::microseconds(2);
    task.demands.push_back({.resource = memory, .amount = 1.0});
    task.demands.push_back({.resource = compute, .amount = 2.0});
    const std::array previous{TaskId(graph.size() - 1)};
    graph.add(task, i > 0 ? std::span<const TaskId>(previous) : std::span<const TaskId>());
  }
  for (auto _ : state) benchmark::DoNotOptimize(runner.run(graph).makespan);
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(serial_task_graph)
    ->Args({10'000, 0})
    ->Args({10'000, 1})
    ->Args({1'000, 1})
    ->Unit(benchmark::kMillisecond);

// Four devices in step: each layer's kernels run side by side and then exchange over a common link.
void parallel_task_graph(benchmark::State& state) {
  constexpr std::size_t kDevices = 4;
  GraphRunner runner;
  const ResourceId link = runner.add_resource({.capacity = 5e10});
  std::array<ResourceId, kDevices> memories{};
  std::array<QueueId, kDevices> queues{};
  for (std::size_t d = 0; d < kDevices; ++d) {
    memories[d] = runner.add_resource({.capacity = 1e12});
    queues[d] = runner.add_queue();
  }
  TaskGraph graph;
  std::vector<TaskId> exchanged;
  while (graph.size() < 10'000) {
    std::vector<TaskId> kernels;
    for (std::size_t d = 0; d < kDevices; ++d) {
      const double work = 1e6 * static_cast<double>(d + 1);
      const Task kernel{.queue = queues[d],
                        .delay = std::chrono::microseconds(2),
                        .work = work,
                        .demands = {{.resource = memories[d], .amount = 1.0}}};
      kernels.push_back(graph.add(kernel, exchanged));
    }
    exchanged.clear();
    for (std::size_t d = 0; d < kDevices; ++d) {
      const Task message{
          .label = 1,
          .work = 1e5,
          .demands = {{.resource = link, .amount = 1.0}, {.resource = memories[d], .amount = 1.0}}};
      exchanged.push_back(graph.add(message, kernels));
    }
  }
  for (auto _ : state) benchmark::DoNotOptimize(runner.run(graph).makespan);
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(graph.size()));
}
BENCHMARK(parallel_task_graph)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace plimsoll::sim

BENCHMARK_MAIN();
