// Runs a directed acyclic graph of tasks on serial queues and fluid resources, and says why it took
// as long as it did.
//
//   GraphRunner runner;
//   const ResourceId memory = runner.add_resource({.capacity = 1e11});
//   TaskGraph graph;
//   const TaskId loaded = graph.add(load);
//   graph.add(multiply, {loaded});
//   const GraphRun& run = runner.run(graph);
//
// Times are picoseconds since the start of the run; units of work and resources are the caller's,
// as in fluid.h.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <span>
#include <vector>

#include "sim/fluid.h"
#include "sim/simulation.h"
#include "sim/trace.h"

namespace plimsoll::sim {

enum class TaskId : std::uint32_t {};
enum class QueueId : std::uint32_t {};
constexpr QueueId kNoQueue = QueueId(std::numeric_limits<std::uint32_t>::max());

// Up to four demands, in place.
class DemandList {
 public:
  static constexpr std::size_t kMost = 4;
  DemandList() = default;
  DemandList(std::initializer_list<Demand> demands) {  // NOLINT(google-explicit-constructor)
    for (const Demand& demand : demands) push_back(demand);
  }
  void push_back(const Demand& demand);  // throws std::length_error for a fifth
  std::size_t size() const { return size_; }
  operator std::span<const Demand>() const {  // NOLINT(google-explicit-constructor): it is one
    return {demands_.data(), size_};
  }

 private:
  std::array<Demand, kMost> demands_{};
  std::uint32_t size_ = 0;
};

// A task waits for its dependencies and for the head of its queue, which it then occupies to its
// end; it spends `delay`, then does its fluid part. Without work it ends after the delay.
struct Task {
  std::uint16_t label = 0;   // the caller's meaning; blame is summed by it
  QueueId queue = kNoQueue;  // in-order: one task at a time, in the order they were added
  Duration not_before{};     // since the start of the run
  Duration delay{};          // paid at the head of the queue, such as a launch gap
  // The fluid part, as in ActivitySpec.
  double work = 0.0;
  double rate_bound = std::numeric_limits<double>::infinity();
  double weight = 1.0;
  MixClass mix_class = 0;
  DemandList demands{};
};

// Tasks in the order of adding; a task depends on earlier ones only, so that there are no cycles
// and, with in-order queues, no deadlocks. Contiguous; clear() keeps the storage.
class TaskGraph {
 public:
  // O(1 + dependencies), amortised. Throws std::invalid_argument for a dependency on a later or
  // unknown task, or a negative time; the fluid part is checked by the run.
  TaskId add(const Task& task, std::span<const TaskId> dependencies = {});
  TaskId add(const Task& task, std::initializer_list<TaskId> dependencies) {
    return add(task, std::span<const TaskId>(dependencies.begin(), dependencies.size()));
  }
  void clear();

  std::size_t size() const { return tasks_.size(); }
  const Task& task(TaskId id) const { return tasks_[static_cast<std::size_t>(id)]; }
  std::span<const TaskId> dependencies(TaskId id) const {
    const auto i = static_cast<std::size_t>(id);
    return {dependencies_.data() + first_dependency_[i],
            first_dependency_[i + 1] - first_dependency_[i]};
  }

 private:
  std::vector<Task> tasks_;
  std::vector<TaskId> dependencies_;  // compressed rows: of task i from first_dependency_[i] on
  std::vector<std::uint32_t> first_dependency_{0};
};

// What a stretch of the critical path was spent on.
enum class Cause : std::uint8_t {
  waiting,   // for `not_before`
  delay,     // Task::delay
  own_rate,  // fluid part, as long as it takes alone: its own rate bound limits it
  capacity,  // likewise, but `resource` limits it, even for it alone
  sharing,   // fluid part, what it took longer than alone because others use `resource`, too
};

struct Blame {
  std::uint16_t label = 0;
  Cause cause = Cause::waiting;
  ResourceId resource{};  // for capacity and sharing
  Duration time{};
  friend bool operator==(const Blame&, const Blame&) = default;
};

struct TaskTimes {
  Time start{};      // at the head of its queue with all dependencies finished
  Time delay_end{};  // the fluid part starts
  Time end{};
};

struct GraphRun {
  struct ResourceUse {
    Duration busy{};        // at least one task with a demand was in its fluid part
    double consumed = 0.0;  // U
  };
  struct QueueUse {
    Duration busy{};  // occupied by a task
    Duration idle{};  // the rest of the makespan
  };
  Duration makespan{};
  std::vector<TaskTimes> tasks;
  std::vector<ResourceUse> resources;
  std::vector<QueueUse> queues;

  // From the last task to finish back through the one that finished last among what each waited for
  // (dependencies before the queue predecessor, then the one named first); in the order of time.
  std::vector<TaskId> critical_path;
  // The critical path's time by label, cause and resource, sorted so, without zeros; the times add
  // up to the makespan to the picosecond.
  std::vector<Blame> blame;
};

// Holds the resources and queues, and the storage of a run: running similar graphs in a row
// allocates little. One run costs O((tasks + dependencies) log tasks) plus what sharing.h says for
// each change of a shared component. Not movable; one thread per runner.
class GraphRunner final : private ActivityListener {
 public:
  GraphRunner() : network_(simulation_.add<FluidNetwork>()) {}

  ResourceId add_resource(ResourceSpec spec) { return network_.add_resource(std::move(spec)); }
  void set_capacity(ResourceId resource, double capacity) {
    network_.set_capacity(resource, capacity);
  }
  QueueId add_queue();

  // The result is valid until the next run. Throws std::invalid_argument for a task that names an
  // unknown queue or resource or has a fluid part that FluidNetwork::start refuses, TimeOverflow
  // when it does not end in 100 days.
  const GraphRun& run(const TaskGraph& graph);

  // Records a span per task of later runs: the track of its queue, or `queueless` for tasks without
  // one, and the name of its label. Both tables are read by index. The trace must outlive those
  // runs.
  struct TraceNames {
    std::vector<TrackId> queues;
    TrackId queueless{};
    std::vector<NameId> labels;
  };
  void set_trace(Trace& trace, TraceNames names);
  void stop_trace() { trace_ = nullptr; }

  void set_observer(Observer* observer) { simulation_.set_observer(observer); }

 private:
  static constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();
  using Index = std::uint32_t;

  // What a task took longer than alone, by its demands, and what limits it alone.
  struct FluidTimes {
    std::array<double, DemandList::kMost> slowed{};  // seconds
    std::array<Index, DemandList::kMost> resource{};
    std::uint32_t slowdowns = 0;
    Index alone = kNone;  // a resource, or kNone for its own rate bound
  };

  void prepare();
  void link_queues();
  void link_successors();
  void release_waiting();
  void drop_blocker(Index task);
  void begin(Index task);
  void begin_delay(Index task);
  void begin_fluid(Index task);
  void end(Index task);
  void on_finished(std::uint32_t task, const ActivityReport& report) override;

  void collect_uses();
  void record_trace() const;
  Index last_finisher() const;
  Index last_predecessor(Index task) const;
  void assign_blame();
  void blame_task(Index task, Time ready);
  void blame_fluid(Index task);
  void add_blame(std::uint16_t label, Cause cause, Index resource, Duration time);
  void list_blame();

  Simulation simulation_;
  FluidNetwork& network_;
  std::uint32_t queue_count_ = 0;

  const TaskGraph* graph_ = nullptr;
  std::vector<Index> blockers_;  // dependencies and queue predecessor still to finish
  std::vector<Index> queue_next_;
  std::vector<Index> queue_previous_;
  std::vector<Index> queue_last_;
  std::vector<Index> first_successor_;
  std::vector<Index> successors_;
  std::vector<Index> ready_;  // a stack instead of recursion: chains of empty tasks can be long
  std::vector<FluidTimes> fluid_;
  std::vector<Duration> blame_table_;  // by label, then column
  std::size_t blame_columns_ = 0;
  GraphRun result_;

  Trace* trace_ = nullptr;
  TraceNames trace_names_;
};

}  // namespace plimsoll::sim
