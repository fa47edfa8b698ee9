#include "sim/simulation.h"

#include <algorithm>
#include <stdexcept>

namespace plimsoll::sim {
namespace {

constexpr std::size_t kArity =
    4;  // shallower than a binary heap, and the children share a cache line or two
constexpr unsigned kSequenceBits = 62;

}  // namespace

void Process::promise_type::AtEnd::await_suspend(
    std::coroutine_handle<promise_type> ended) const noexcept {
  ended.promise().simulation->ended_.push_back(ended);
}

Simulation::~Simulation() {
  destroy_processes();
}

void Simulation::destroy_processes() {
  for (ProcessSlot& slot : processes_) {
    if (slot.handle) std::exchange(slot.handle, nullptr).destroy();
  }
}

void Simulation::reset() {
  destroy_processes();
  for (std::uint32_t i = 0; i < processes_.size(); ++i) {
    ++processes_[i].generation;
    processes_[i].waiters.clear();
  }
  free_processes_.clear();
  for (std::size_t i = processes_.size(); i-- > 0;) {
    free_processes_.push_back(static_cast<std::uint32_t>(i));
  }
  ended_.clear();
  unsettled_.clear();
  settling_.clear();
  while (!heap_.empty()) {
    const std::uint32_t slot = heap_.back().slot;
    heap_.pop_back();
    free_slot(slot);
  }
  now_ = Time{};
  sequence_ = 0;
  events_fired_ = 0;
}

// ---- the heap ----------------------------------------------------------------------------------

std::uint32_t Simulation::new_slot(Callback action) {
  if (free_slots_.empty()) {
    actions_.emplace_back();
    positions_.push_back(0);
    generations_.push_back(0);
    free_slots_.push_back(static_cast<std::uint32_t>(actions_.size() - 1));
  }
  const std::uint32_t slot = free_slots_.back();
  free_slots_.pop_back();
  actions_[slot] = std::move(action);
  return slot;
}

void Simulation::free_slot(std::uint32_t slot) {
  actions_[slot].reset();
  ++generations_[slot];
  free_slots_.push_back(slot);
}

void Simulation::place(std::size_t position, const Entry& entry) {
  heap_[position] = entry;
  positions_[entry.slot] = static_cast<std::uint32_t>(position);
}

void Simulation::sift_up(std::size_t position, const Entry& entry) {
  while (position > 0) {
    const std::size_t parent = (position - 1) / kArity;
    if (!entry.before(heap_[parent])) break;
    place(position, heap_[parent]);
    position = parent;
  }
  place(position, entry);
}

void Simulation::sift_down(std::size_t position, const Entry& entry) {
  const std::size_t size = heap_.size();
  while (true) {
    const std::size_t first = position * kArity + 1;
    if (first >= size) break;
    std::size_t least = first;
    const std::size_t end = std::min(first + kArity, size);
    for (std::size_t child = first + 1; child < end; ++child) {
      if (heap_[child].before(heap_[least])) least = child;
    }
    if (!heap_[least].before(entry)) break;
    place(position, heap_[least]);
    position = least;
  }
  place(position, entry);
}

void Simulation::remove_at(std::size_t position) {
  const Entry last = heap_.back();
  heap_.pop_back();
  if (position == heap_.size()) return;
  if (position > 0 && last.before(heap_[(position - 1) / kArity])) {
    sift_up(position, last);
  } else {
    sift_down(position, last);
  }
}

// ---- events ------------------------------------------------------------------------------------

EventId Simulation::at(Time time, Phase phase, Callback action, std::uint32_t label) {
  if (time < now_) throw std::invalid_argument("an event is scheduled in the past");
  if (time > kEndOfTime) throw TimeOverflow("an event lies beyond the 100 days of simulated time");
  const std::uint32_t slot = new_slot(std::move(action));
  const std::uint64_t order = (static_cast<std::uint64_t>(phase) << kSequenceBits) | sequence_++;
  const Entry entry{.time = time, .order = order, .slot = slot, .label = label};
  heap_.push_back(entry);
  sift_up(heap_.size() - 1, entry);
  return EventId{.slot = slot, .generation = generations_[slot]};
}

EventId Simulation::after(Duration delay, Phase phase, Callback action, std::uint32_t label) {
  if (delay < Duration::zero()) throw std::invalid_argument("a delay is negative");
  return at(later(now_, delay), phase, std::move(action), label);
}

bool Simulation::cancel(EventId event) {
  if (event.slot >= generations_.size() || generations_[event.slot] != event.generation)
    return false;
  remove_at(positions_[event.slot]);
  free_slot(event.slot);
  return true;
}

void Simulation::fire_first() {
  const Entry first = heap_.front();
  remove_at(0);
  Callback action = std::move(actions_[first.slot]);
  free_slot(first.slot);
  now_ = first.time;
  ++events_fired_;
  if (observer_ != nullptr) {
    observer_->on_event(first.time, static_cast<Phase>(first.order >> kSequenceBits), first.label);
  }
  action();
}

void Simulation::settle_all() {
  settling_.swap(unsettled_);
  for (Settler* settler : settling_) settler->settle();
  settling_.clear();
}

void Simulation::run_through(Time until) {
  while (true) {
    const bool is_due = !heap_.empty() && heap_.front().time <= until;
    const bool in_this_instant = is_due && heap_.front().time == now_;
    if (!in_this_instant && !unsettled_.empty()) {
      settle_all();
    } else if (is_due) {
      fire_first();
    } else {
      return;
    }
  }
}

void Simulation::run() {
  run_through(kEndOfTime);
}

void Simulation::run_until(Time until) {
  if (until < now_) throw std::invalid_argument("a run ends in the past");
  run_through(until);
  now_ = until;
}

// ---- processes ---------------------------------------------------------------------------------

ProcessId Simulation::spawn(Process process, Phase phase, std::uint32_t label) {
  if (free_processes_.empty()) {
    processes_.emplace_back();
    free_processes_.push_back(static_cast<std::uint32_t>(processes_.size() - 1));
  }
  const std::uint32_t slot = free_processes_.back();
  free_processes_.pop_back();
  const Process::Handle handle = process.release();
  handle.promise().simulation = this;
  handle.promise().slot = slot;
  processes_[slot].handle = handle;
  at(
      now_, phase, [this, handle] { resume(handle); }, label);
  return ProcessId{.slot = slot, .generation = processes_[slot].generation};
}

void Simulation::bury_ended() {
  std::exception_ptr failure;
  while (!ended_.empty()) {
    const Process::Handle handle = ended_.back();
    ended_.pop_back();
    ProcessSlot& slot = processes_[handle.promise().slot];
    failure = handle.promise().failure;
    free_processes_.push_back(handle.promise().slot);
    slot.handle = nullptr;
    ++slot.generation;
    while (!slot.waiters.empty()) wake(slot.waiters.pop());
    handle.destroy();
  }
  if (failure) std::rethrow_exception(failure);
}

void Simulation::wake(Waiter& waiter) {
  const std::coroutine_handle<> process = waiter.process;
  at(now_, Phase::completion, [this, process] { resume(process); });
}

}  // namespace plimsoll::sim
