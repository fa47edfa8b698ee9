#include "sim/task_graph.h"

#include <algorithm>
#include <functional>
#include <stdexcept>

namespace plimsoll::sim {
namespace {

// Columns of the blame table before those of the resources, which have two each: capacity and
// sharing.
constexpr std::size_t kFixedColumns = 3;

std::size_t column_of(Cause cause, std::size_t resource) {
  switch (cause) {
    case Cause::waiting:
    case Cause::delay:
    case Cause::own_rate:
      return static_cast<std::size_t>(cause);
    case Cause::capacity:
      return kFixedColumns + 2 * resource;
    case Cause::sharing:
      return kFixedColumns + 2 * resource + 1;
  }
  return 0;
}

Duration rounded(double seconds) {
  // NOLINTNEXTLINE: never negative; and llround would be a call in the innermost loop
  return Duration(static_cast<std::int64_t>(seconds * kPicosecondsPerSecond + 0.5));
}

}  // namespace

void DemandList::push_back(const Demand& demand) {
  if (size_ == kMost) throw std::length_error("a task has more than four demands");
  demands_[size_++] = demand;
}

TaskId TaskGraph::add(const Task& task, std::span<const TaskId> dependencies) {
  for (const TaskId dependency : dependencies) {
    if (static_cast<std::size_t>(dependency) >= tasks_.size()) {
      throw std::invalid_argument("a task depends on a task that was not added before it");
    }
  }
  if (task.delay < Duration::zero() || task.not_before < Duration::zero()) {
    throw std::invalid_argument("a task has a negative time");
  }
  tasks_.push_back(task);
  dependencies_.insert(dependencies_.end(), dependencies.begin(), dependencies.end());
  first_dependency_.push_back(static_cast<std::uint32_t>(dependencies_.size()));
  return TaskId(tasks_.size() - 1);
}

void TaskGraph::clear() {
  tasks_.clear();
  dependencies_.clear();
  first_dependency_.assign(1, 0);
}

// ---- running -----------------------------------------------------------------------------------

QueueId GraphRunner::add_queue() {
  return QueueId(queue_count_++);
}

const GraphRun& GraphRunner::run(const TaskGraph& graph) {
  graph_ = &graph;
  prepare();
  for (Index task = 0; task < graph.size(); ++task) {
    if (blockers_[task] == 0) ready_.push_back(task);
  }
  std::reverse(ready_.begin(), ready_.end());  // a stack: the first task begins first
  release_waiting();
  simulation_.run();
  collect_uses();
  assign_blame();
  if (trace_ != nullptr) record_trace();
  return result_;
}

void GraphRunner::prepare() {
  simulation_.reset();
  network_.reset();
  const std::size_t size = graph_->size();
  blockers_.assign(size, 0);
  fluid_.assign(size, FluidTimes{});
  result_.tasks.assign(size, TaskTimes{});
  result_.queues.assign(queue_count_, GraphRun::QueueUse{});
  ready_.clear();
  link_queues();
  link_successors();
}

void GraphRunner::link_queues() {
  const std::size_t size = graph_->size();
  queue_next_.assign(size, kNone);
  queue_previous_.assign(size, kNone);
  queue_last_.assign(queue_count_, kNone);
  for (Index task = 0; task < size; ++task) {
    const QueueId queue = graph_->task(TaskId(task)).queue;
    if (queue == kNoQueue) continue;
    const auto number = static_cast<std::size_t>(queue);
    if (number >= queue_count_) throw std::invalid_argument("a task names an unknown queue");
    const Index previous = queue_last_[number];
    if (previous != kNone) {
      queue_next_[previous] = task;
      queue_previous_[task] = previous;
      ++blockers_[task];
    }
    queue_last_[number] = task;
  }
}

// Turns the dependencies around: compressed rows by counting sort.
void GraphRunner::link_successors() {
  const std::size_t size = graph_->size();
  first_successor_.assign(size + 2, 0);
  for (Index task = 0; task < size; ++task) {
    for (const TaskId dependency : graph_->dependencies(TaskId(task))) {
      ++first_successor_[static_cast<std::size_t>(dependency) + 2];
      ++blockers_[task];
    }
  }
  for (std::size_t i = 2; i < first_successor_.size(); ++i) {
    first_successor_[i] += first_successor_[i - 1];
  }
  successors_.resize(first_successor_.back());
  for (Index task = 0; task < size; ++task) {
    for (const TaskId dependency : graph_->dependencies(TaskId(task))) {
      successors_[first_successor_[static_cast<std::size_t>(dependency) + 1]++] = task;
    }
  }
}

void GraphRunner::drop_blocker(Index task) {
  if (--blockers_[task] == 0) ready_.push_back(task);
}

void GraphRunner::release_waiting() {
  while (!ready_.empty()) {
    const Index task = ready_.back();
    ready_.pop_back();
    begin(task);
  }
}

void GraphRunner::begin(Index task) {
  const Time not_before{graph_->task(TaskId(task)).not_before};
  if (not_before <= simulation_.now()) {
    begin_delay(task);
    return;
  }
  simulation_.at(
      not_before, Phase::arrival,
      [this, task] {
        begin_delay(task);
        release_waiting();
      },
      task);
}

void GraphRunner::begin_delay(Index task) {
  result_.tasks[task].start = simulation_.now();
  const Duration delay = graph_->task(TaskId(task)).delay;
  if (delay == Duration::zero()) {
    begin_fluid(task);
    return;
  }
  simulation_.after(
      delay, Phase::completion,
      [this, task] {
        begin_fluid(task);
        release_waiting();
      },
      task);
}

void GraphRunner::begin_fluid(Index task) {
  result_.tasks[task].delay_end = simulation_.now();
  const Task& begun = graph_->task(TaskId(task));
  if (begun.work == 0.0) {
    end(task);
    return;
  }
  const ActivitySpec activity{.work = begun.work,
                              .rate_bound = begun.rate_bound,
                              .weight = begun.weight,
                              .mix_class = begun.mix_class,
                              .demands = begun.demands};
  network_.start(activity, this, task);
}

void GraphRunner::on_finished(std::uint32_t task, const ActivityReport& report) {
  FluidTimes& times = fluid_[task];
  for (const ActivityReport::Slowdown& slowdown : report.slowdowns) {
    if (slowdown.seconds <= 0.0) continue;
    times.resource[times.slowdowns] = static_cast<Index>(slowdown.resource);
    times.slowed[times.slowdowns++] = slowdown.seconds;
  }
  if (report.bound_by_resource) times.alone = static_cast<Index>(report.resource);
  end(task);
  release_waiting();
}

void GraphRunner::end(Index task) {
  TaskTimes& times = result_.tasks[task];
  times.end = simulation_.now();
  const std::size_t first_ready = ready_.size();
  if (const QueueId queue = graph_->task(TaskId(task)).queue; queue != kNoQueue) {
    result_.queues[static_cast<std::size_t>(queue)].busy += times.end - times.start;
    if (queue_next_[task] != kNone) drop_blocker(queue_next_[task]);
  }
  for (Index s = first_successor_[task]; s < first_successor_[task + 1]; ++s) {
    drop_blocker(successors_[s]);
  }
  // What one end makes ready begins in the order of adding.
  std::sort(ready_.begin() + static_cast<std::ptrdiff_t>(first_ready), ready_.end(),
            std::greater<>());
}

// ---- results -----------------------------------------------------------------------------------

void GraphRunner::collect_uses() {
  const Index last = last_finisher();
  result_.makespan = last == kNone ? Duration::zero() : result_.tasks[last].end.time_since_epoch();
  for (GraphRun::QueueUse& queue : result_.queues) queue.idle = result_.makespan - queue.busy;
  result_.resources.clear();
  for (std::size_t r = 0; r < network_.resource_count(); ++r) {
    const ResourceId id = ResourceId(r);
    result_.resources.push_back({.busy = network_.busy(id), .consumed = network_.consumed(id)});
  }
}

GraphRunner::Index GraphRunner::last_finisher() const {
  Index last = kNone;
  for (Index task = 0; task < result_.tasks.size(); ++task) {
    if (last == kNone || result_.tasks[task].end > result_.tasks[last].end) last = task;
  }
  return last;
}

GraphRunner::Index GraphRunner::last_predecessor(Index task) const {
  Index last = kNone;
  const auto consider = [&](Index predecessor) {
    if (last == kNone || result_.tasks[predecessor].end > result_.tasks[last].end) {
      last = predecessor;
    }
  };
  for (const TaskId dependency : graph_->dependencies(TaskId(task))) {
    consider(static_cast<Index>(dependency));
  }
  if (queue_previous_[task] != kNone) consider(queue_previous_[task]);
  return last;
}

void GraphRunner::assign_blame() {
  std::uint16_t most_label = 0;
  for (Index task = 0; task < graph_->size(); ++task) {
    most_label = std::max(most_label, graph_->task(TaskId(task)).label);
  }
  blame_columns_ = kFixedColumns + 2 * network_.resource_count();
  blame_table_.assign((std::size_t{most_label} + 1) * blame_columns_, Duration::zero());
  result_.critical_path.clear();
  for (Index task = last_finisher(); task != kNone;) {
    const Index predecessor = last_predecessor(task);
    blame_task(task, predecessor == kNone ? Time{} : result_.tasks[predecessor].end);
    result_.critical_path.push_back(TaskId(task));
    task = predecessor;
  }
  std::reverse(result_.critical_path.begin(), result_.critical_path.end());
  list_blame();
}

void GraphRunner::blame_task(Index task, Time ready) {
  const TaskTimes& times = result_.tasks[task];
  const std::uint16_t label = graph_->task(TaskId(task)).label;
  add_blame(label, Cause::waiting, 0, times.start - ready);
  add_blame(label, Cause::delay, 0, times.delay_end - times.start);
  blame_fluid(task);
}

// Slowdowns are rounded one by one; the time alone is what they leave, so that the parts add up
// exactly.
void GraphRunner::blame_fluid(Index task) {
  const FluidTimes& fluid = fluid_[task];
  const std::uint16_t label = graph_->task(TaskId(task)).label;
  Duration left = result_.tasks[task].end - result_.tasks[task].delay_end;
  for (std::uint32_t k = 0; k < fluid.slowdowns; ++k) {
    const Duration slowed = std::min(rounded(fluid.slowed[k]), left);
    add_blame(label, Cause::sharing, fluid.resource[k], slowed);
    left -= slowed;
  }
  if (fluid.alone == kNone) {
    add_blame(label, Cause::own_rate, 0, left);
  } else {
    add_blame(label, Cause::capacity, fluid.alone, left);
  }
}

void GraphRunner::add_blame(std::uint16_t label, Cause cause, Index resource, Duration time) {
  blame_table_[label * blame_columns_ + column_of(cause, resource)] += time;
}

void GraphRunner::list_blame() {
  result_.blame.clear();
  const std::size_t labels = blame_table_.size() / blame_columns_;
  for (std::size_t label = 0; label < labels; ++label) {
    const auto list = [&](Cause cause, std::size_t resource) {
      const Duration time = blame_table_[label * blame_columns_ + column_of(cause, resource)];
      if (time == Duration::zero()) return;
      result_.blame.push_back({.label = static_cast<std::uint16_t>(label),
                               .cause = cause,
                               .resource = ResourceId(resource),
                               .time = time});
    };
    for (const Cause cause : {Cause::waiting, Cause::delay, Cause::own_rate}) list(cause, 0);
    for (const Cause cause : {Cause::capacity, Cause::sharing}) {
      for (std::size_t r = 0; r < network_.resource_count(); ++r) list(cause, r);
    }
  }
}

void GraphRunner::set_trace(Trace& trace, TraceNames names) {
  trace_ = &trace;
  trace_names_ = std::move(names);
}

void GraphRunner::record_trace() const {
  for (Index i = 0; i < graph_->size(); ++i) {
    const Task& task = graph_->task(TaskId(i));
    const TrackId track = task.queue == kNoQueue
                              ? trace_names_.queueless
                              : trace_names_.queues.at(static_cast<std::size_t>(task.queue));
    trace_->record({.track = track,
                    .name = trace_names_.labels.at(task.label),
                    .start = result_.tasks[i].start,
                    .end = result_.tasks[i].end});
  }
}

}  // namespace plimsoll::sim
