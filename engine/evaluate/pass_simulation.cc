#include "evaluate/pass_simulation.h"

#include <algorithm>
#include <array>
#include <deque>
#include <optional>
#include <set>

namespace plimsoll {

std::string_view to_text(TimeSink sink) {
  static constexpr std::array<std::string_view, time_sink_count> names = {"GPU memory bandwidth",
                                                                          "GPU compute",
                                                                          "CPU memory bandwidth",
                                                                          "CPU compute",
                                                                          "launch gaps",
                                                                          "links",
                                                                          "link latency",
                                                                          "calls between machines",
                                                                          "host"};
  return names[static_cast<std::size_t>(sink)];
}

namespace {

// A task's label says what its time counts as: operator class, what bounds its fluid part, what its
// delay is. The timeline adds the layer.
struct Label {
  OperatorClass cls = OperatorClass::norm;
  TimeSink work = TimeSink::gpu_memory;
  TimeSink delay = TimeSink::launch_gap;

  std::uint16_t encode() const {
    return static_cast<std::uint16_t>(
        (static_cast<int>(cls) * time_sink_count + static_cast<int>(work)) * time_sink_count +
        static_cast<int>(delay));
  }
  static Label decode(std::uint16_t code) {
    return {.cls = static_cast<OperatorClass>(code / (time_sink_count * time_sink_count)),
            .work = static_cast<TimeSink>(code / time_sink_count % time_sink_count),
            .delay = static_cast<TimeSink>(code % time_sink_count)};
  }
};

// Launches that a device holds back before the host has to wait for it: "the buffer size is about
// 1000 kernels" (forums.developer.nvidia.com/t/68937), 1024 by its power of two.
constexpr double launch_queue_length = 1024.0;

// What the host has launched on a device and cannot know to be done.
class LaunchQueue {
 public:
  void clear() { *this = {}; }
  // Takes out of the queue what has to be done before so many launches find room; the last of that.
  std::optional<sim::TaskId> make_room(double launches) {
    std::optional<sim::TaskId> last;
    while (length_ + launches > launch_queue_length && !waiting_.empty()) {
      last = waiting_.front().task;
      length_ -= waiting_.front().launches;
      waiting_.pop_front();
    }
    return last;
  }
  void add(sim::TaskId task, double launches) {
    waiting_.push_back({.task = task, .launches = launches});
    length_ += launches;
  }

 private:
  struct Launched {
    sim::TaskId task{};
    double launches = 0.0;
  };
  std::deque<Launched> waiting_;
  double length_ = 0.0;
};

}  // namespace

struct PassSimulator::State {
  State(const Fabric& machines, CostModel& model) : fabric(machines), cost(model) {
    for (const Executor& executor : fabric.executors()) {
      memory.push_back(runner.add_resource({.capacity = executor.memory.value.base()}));
      compute.push_back(runner.add_resource({.capacity = 1.0}));
      queues.push_back(runner.add_queue());
    }
    launched.resize(queues.size());
    for (const FabricLink& link : fabric.links())
      links.push_back(runner.add_resource({.capacity = link.capacity.value.base()}));
    for (int node = 0; node < fabric.node_count(); ++node) hosts.push_back(runner.add_queue());
  }

  const Fabric& fabric;
  CostModel& cost;
  sim::GraphRunner runner;
  std::vector<sim::ResourceId> memory;   // by executor
  std::vector<sim::ResourceId> compute;  // by executor; capacity 1: the whole unit
  std::vector<sim::ResourceId> links;
  std::vector<sim::QueueId> queues;   // by executor
  std::vector<sim::QueueId> hosts;    // by node
  std::vector<LaunchQueue> launched;  // by executor
  sim::TaskGraph graph;
  std::vector<sim::TaskId> task_of;  // by operator
  PassResult result;

  bool on_gpu(const Operator& op) const {
    return fabric.executors()[static_cast<std::size_t>(op.executor)].unit->kind == UnitKind::gpu;
  }

  TimeSink sink_of(const Operator& op, const OperatorCost& c) const {
    const bool compute_bound = c.compute_time > c.memory_time;
    if (on_gpu(op)) return compute_bound ? TimeSink::gpu_compute : TimeSink::gpu_memory;
    return compute_bound ? TimeSink::cpu_compute : TimeSink::cpu_memory;
  }

  std::size_t node_of(const Operator& op) const {
    return static_cast<std::size_t>(fabric.executors()[static_cast<std::size_t>(op.executor)].node);
  }

  void add_operator(const OperatorGraph& ops, std::size_t index, bool issue_each) {
    const Operator& op = ops.operators[index];
    const OperatorCost c = cost.cost(op);
    std::array<sim::TaskId, 3> dependencies{};
    std::size_t count = 0;
    for (std::int32_t d = 0; d < op.dependency_count; ++d) {
      const auto on = ops.dependencies[static_cast<std::size_t>(op.first_dependency + d)];
      dependencies[count++] = task_of[static_cast<std::size_t>(on)];
    }
    const auto after = std::span(dependencies.data(), count);
    if (op.kind == OperatorKind::message) {
      task_of.push_back(add_message(ops, op, c, after));
    } else {
      if (c.issue > Seconds() && (issue_each || index == 0)) {
        const Label label{.cls = op.cls, .work = TimeSink::host, .delay = TimeSink::host};
        dependencies[count++] = issue(op, label, c.issue);
      }
      task_of.push_back(graph.add(kernel(op, c), std::span(dependencies.data(), count)));
      if (issue_each)
        launched[static_cast<std::size_t>(op.executor)].add(task_of.back(), op.launches);
    }
    add_sensitivities(c);
  }

  // The host waits where the device's queue is full, and whatever it does after waits, too.
  sim::TaskId issue(const Operator& op, const Label& label, Seconds time) {
    const sim::Task task{
        .label = label.encode(), .queue = hosts[node_of(op)], .delay = sim::to_time(time)};
    LaunchQueue& queue = launched[static_cast<std::size_t>(op.executor)];
    const std::optional<sim::TaskId> before = queue.make_room(op.launches);
    return before ? graph.add(task, {*before}) : graph.add(task);
  }

  sim::Task kernel(const Operator& op, const OperatorCost& c) const {
    const auto executor = static_cast<std::size_t>(op.executor);
    sim::Task task;
    task.label =
        Label{.cls = op.cls, .work = sink_of(op, c), .delay = TimeSink::launch_gap}.encode();
    task.queue = queues[executor];
    task.delay = sim::to_time(c.gap);
    if (c.work > Seconds()) {
      task.work = 1.0;
      task.rate_bound = 1.0 / c.work.base();
      task.demands.push_back({.resource = memory[executor], .amount = c.memory.base()});
      task.demands.push_back({.resource = compute[executor], .amount = c.compute_units});
    }
    return task;
  }

  // The engine's call, then latency and bytes.
  sim::TaskId add_message(const OperatorGraph& ops, const Operator& op, const OperatorCost& c,
                          std::span<const sim::TaskId> dependencies) {
    const Label call{.cls = op.cls, .work = TimeSink::calls, .delay = TimeSink::calls};
    const Label sent{.cls = op.cls, .work = TimeSink::link, .delay = TimeSink::link_latency};
    sim::Task task{.label = sent.encode(), .delay = sim::to_time(c.gap)};
    if (c.work > Seconds() && op.link_set >= 0) {
      task.work = 1.0;
      task.rate_bound = 1.0 / c.work.base();
      for (const LinkBytes& link : busiest(ops.link_sets[static_cast<std::size_t>(op.link_set)]))
        task.demands.push_back(
            {.resource = links[static_cast<std::size_t>(link.link)], .amount = link.bytes.base()});
    }
    if (c.call == Seconds()) return graph.add(task, dependencies);
    const sim::TaskId before =
        graph.add({.label = call.encode(), .delay = sim::to_time(c.call)}, dependencies);
    return graph.add(task, {before});
  }

  // The links that another message could make a message wait for: those it fills most. A collective
  // uses many alike; what holds on the busiest of them holds on all.
  std::vector<LinkBytes> busiest(std::vector<LinkBytes> loads) const {
    std::stable_sort(loads.begin(), loads.end(), [this](const LinkBytes& a, const LinkBytes& b) {
      return time_on(a) > time_on(b);
    });
    if (loads.size() > sim::DemandList::kMost) loads.resize(sim::DemandList::kMost);
    return loads;
  }
  Seconds time_on(const LinkBytes& load) const {
    return load.bytes / fabric.links()[static_cast<std::size_t>(load.link)].capacity.value;
  }

  void add_sensitivities(const OperatorCost& c) {
    for (int s = 0; s < c.sensitivity_count; ++s) {
      const Sensitivity& sensitivity = c.sensitivities[static_cast<std::size_t>(s)];
      add_sensitivity(sensitivity.parameter, sensitivity.derivative);
    }
  }

  void add_sensitivity(int of, Seconds derivative) {
    const auto parameter = static_cast<std::size_t>(of);
    if (result.sensitivities.size() <= parameter) result.sensitivities.resize(parameter + 1);
    result.sensitivities[parameter] += derivative;
  }

  void build(std::span<const OperatorGraph> passes) {
    graph.clear();
    for (LaunchQueue& queue : launched) queue.clear();
    result = {};
    const bool issue_each = !cost.captured_graph();
    for (const OperatorGraph& ops : passes) {
      task_of.clear();
      for (std::size_t i = 0; i < ops.operators.size(); ++i) add_operator(ops, i, issue_each);
    }
    int answers = 0;
    for (const OperatorGraph& ops : passes) answers += ops.answers;
    end_step(answers);
  }

  // What the host does after all passes, before it may begin others.
  void end_step(int answers) {
    const Label label{
        .cls = OperatorClass::output_head, .work = TimeSink::host, .delay = TimeSink::host};
    const Seconds time = cost.step_overhead() + cost.answer_overhead() * answers;
    const sim::Task step{
        .label = label.encode(), .queue = hosts.front(), .delay = sim::to_time(time)};
    if (task_of.empty())
      graph.add(step);
    else
      graph.add(step, {task_of.back()});
    add_sensitivity(cost.step_overhead_parameter(), cost.step_overhead());
    if (answers == 0) return;
    for (const CostTerm& term : cost.answer_terms())
      add_sensitivity(term.factors.front().parameter, Seconds(term.seconds) * answers);
  }

  static TimeSink sink_of(const sim::Blame& blame, const Label& label) {
    switch (blame.cause) {
      case sim::Cause::delay:
        return label.delay;
      case sim::Cause::waiting:
        return TimeSink::host;
      default:
        return label.work;
    }
  }
};

PassSimulator::PassSimulator(const Fabric& fabric, CostModel& cost)
    : state_(std::make_unique<State>(fabric, cost)) {}
PassSimulator::~PassSimulator() = default;

PassResult PassSimulator::run_overlapped(std::span<const OperatorGraph> passes) {
  state_->build(passes);
  const sim::GraphRun& run = state_->runner.run(state_->graph);
  PassResult& result = state_->result;
  result.time = sim::to_seconds(run.makespan);
  for (const sim::Blame& blame : run.blame) {
    const Label label = Label::decode(blame.label);
    result.sinks[{State::sink_of(blame, label), label.cls}] += sim::to_seconds(blame.time);
  }
  return std::move(result);
}

Timeline PassSimulator::timeline(const OperatorGraph& graph) {
  state_->build({&graph, 1});
  const sim::GraphRun& run = state_->runner.run(state_->graph);
  Timeline timeline;
  for (const Executor& executor : state_->fabric.executors())
    timeline.tracks.push_back(executor.name + " queue");
  const int host_track = static_cast<int>(timeline.tracks.size());
  timeline.tracks.emplace_back("host thread");
  const int link_track = host_track + 1;
  timeline.tracks.emplace_back("links");

  std::map<std::string, int> names;
  const auto name_id = [&](const std::string& name) {
    const auto [entry, fresh] = names.try_emplace(name, static_cast<int>(timeline.names.size()));
    if (fresh) timeline.names.push_back(name);
    return entry->second;
  };
  std::map<sim::TaskId, const Operator*> operator_of;
  for (std::size_t i = 0; i < state_->task_of.size(); ++i)
    operator_of[state_->task_of[i]] = &graph.operators[i];
  for (std::size_t t = 0; t < state_->graph.size(); ++t) {
    const auto id = static_cast<sim::TaskId>(t);
    const auto found = operator_of.find(id);
    std::string name;
    int track = host_track;
    if (found == operator_of.end()) {
      const Label label = Label::decode(state_->graph.task(id).label);
      name = t + 1 == state_->graph.size() ? "end of pass"
                                           : "issue " + std::string(to_text(label.cls));
    } else {
      const Operator& op = *found->second;
      if (op.layer >= 0) name = "layer " + std::to_string(op.layer) + " ";
      name += to_text(op.cls);
      track = op.kind == OperatorKind::message ? link_track : op.executor;
    }
    const sim::TaskTimes& times = run.tasks[t];
    timeline.spans.push_back({.track = track,
                              .name = name_id(name),
                              .start = sim::to_seconds(times.start),
                              .end = sim::to_seconds(times.end)});
  }
  return timeline;
}

namespace {

// Gathers the operators of a pass by class and by kind of unit.
class RooflineBuilder {
 public:
  explicit RooflineBuilder(const Fabric& fabric) : fabric_(fabric) {}

  void add(const Operator& op, const OperatorCost& cost) {
    const Executor& executor = fabric_.executors()[static_cast<std::size_t>(op.executor)];
    Unit& unit = unit_of(executor);
    unit.executors.insert(op.executor);
    unit.roofs[std::string(cost.units)] = cost.compute_roof;
    Point& point = points_[{op.cls, unit.rank}];
    point.sums.operators = to_text(op.cls);
    point.sums.unit = unit.name;
    point.sums.work += op.work;
    point.sums.bytes += op.memory;
    point.sums.time += cost.gap + cost.work;
    point.sums.roof_time +=
        std::max(Seconds(cost.compute_units), op.memory / executor.memory.value);
    point.work_under[std::string(cost.units)] += op.work;
  }

  Roofline take() {
    Roofline roofline;
    for (const Unit& unit : units_) roofline.units.push_back(finish(unit));
    for (auto& [key, point] : points_) {
      point.sums.units =
          std::max_element(point.work_under.begin(), point.work_under.end(),
                           [](const auto& a, const auto& b) { return a.second < b.second; })
              ->first;
      roofline.points.push_back(std::move(point.sums));
    }
    return roofline;
  }

 private:
  struct Unit {
    const ComputeUnitSpec* spec = nullptr;
    int rank = 0;
    std::string name;
    BytesPerSecond memory;
    std::set<int> executors;
    std::map<std::string, FlopPerSecond> roofs;
  };
  struct Point {
    RooflinePoint sums;
    std::map<std::string, Flop> work_under;  // by ComputeRoof::units
  };

  Unit& unit_of(const Executor& executor) {
    for (Unit& unit : units_)
      if (unit.spec == executor.unit && unit.memory == executor.memory.value) return unit;
    const char* kind = executor.unit->kind == UnitKind::gpu ? "GPU" : "CPU";
    units_.push_back({.spec = executor.unit,
                      .rank = static_cast<int>(units_.size()),
                      .name = std::string(kind) + " of " + executor.device->name,
                      .memory = executor.memory.value,
                      .executors = {},
                      .roofs = {}});
    return units_.back();
  }

  static RooflineUnit finish(const Unit& unit) {
    RooflineUnit done{.unit = unit.name,
                      .count = static_cast<int>(unit.executors.size()),
                      .memory = unit.memory,
                      .compute = {}};
    for (const auto& [units, rate] : unit.roofs) done.compute.push_back({units, rate});
    std::stable_sort(done.compute.begin(), done.compute.end(),
                     [](const ComputeRoof& a, const ComputeRoof& b) { return a.rate > b.rate; });
    return done;
  }

  const Fabric& fabric_;
  std::vector<Unit> units_;
  std::map<std::pair<OperatorClass, int>, Point> points_;  // the int: rank of the unit
};

}  // namespace

Roofline roofline_of(const OperatorGraph& graph, CostModel& cost, const Fabric& fabric) {
  RooflineBuilder builder(fabric);
  for (const Operator& op : graph.operators)
    if (op.kind != OperatorKind::message) builder.add(op, cost.cost(op));
  return builder.take();
}

}  // namespace plimsoll
