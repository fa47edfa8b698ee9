// The event kernel: a heap of (time, phase, sequence), callbacks and processes, and the owner of
// everything in a run.
//
// The same calls give the same run: ties break by phase, then first scheduled first fired; nothing
// depends on addresses, threads or hashes. There is no global state, so independent simulations run
// in parallel, one thread each.
#pragma once

#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <utility>
#include <vector>

#include "sim/callback.h"
#include "sim/observer.h"
#include "sim/process.h"
#include "sim/sim_time.h"
#include "sim/wait_list.h"

namespace plimsoll::sim {

// Names a scheduled event; stays harmless after the event fired.
struct EventId {
  std::uint32_t slot = std::numeric_limits<std::uint32_t>::max();
  std::uint32_t generation = 0;
  friend bool operator==(EventId, EventId) = default;
};

// Something that puts its state right once per instant, after the instant's last event and before
// time moves on: the fluid network computes its rates here, once for any number of activities that
// start and end together.
class Settler {
 public:
  virtual ~Settler() = default;
  virtual void settle() = 0;
};

class Simulation {
 public:
  Simulation() = default;
  Simulation(const Simulation&) = delete;
  Simulation& operator=(const Simulation&) = delete;
  ~Simulation();

  Time now() const { return now_; }
  std::uint64_t events_fired() const { return events_fired_; }

  // Schedules `action`. O(log pending), allocates only when more events are pending than ever
  // before. Throws std::invalid_argument for a time before now(), TimeOverflow beyond kEndOfTime.
  EventId at(Time time, Phase phase, Callback action, std::uint32_t label = 0);
  EventId after(Duration delay, Phase phase, Callback action, std::uint32_t label = 0);
  // False when the event has fired or was cancelled before. O(log pending).
  bool cancel(EventId event);

  // Fires all events, or those up to and including `until` (now() is then `until`). What an action
  // or a process throws leaves run(); the simulation stays valid and a further run() goes on with
  // the next event. Not reentrant.
  void run();
  void run_until(Time until);

  // Starts `process` at now(), in `phase`. The simulation owns the process from then on.
  ProcessId spawn(Process process, Phase phase = Phase::arrival, std::uint32_t label = 0);

  // co_await sim.delay(d): goes on at now() + d.
  class DelayAwaiter;
  DelayAwaiter delay(Duration duration, Phase phase = Phase::completion, std::uint32_t label = 0);

  // co_await sim.finished(id): goes on when that process has ended, at once if it already has.
  class FinishedAwaiter;
  FinishedAwaiter finished(ProcessId process);
  bool is_finished(ProcessId process) const {
    return processes_[process.slot].generation != process.generation;
  }

  // Constructs T(*this, arguments...) and owns it: queues, stores, fluid networks.
  template <typename T, typename... Arguments>
  T& add(Arguments&&... arguments) {
    auto owned = std::make_unique<Owned<T>>(*this, std::forward<Arguments>(arguments)...);
    T& part = owned->part;
    parts_.push_back(std::move(owned));
    return part;
  }

  // Null, the default, costs nothing. The observer must outlive the run.
  void set_observer(Observer* observer) { observer_ = observer; }

  // Ends all processes, forgets all events and goes back to time 0; parts stay, and so does the
  // storage.
  void reset();

  // For parts, not for models: calls settler.settle() once at the end of this instant.
  void request_settle(Settler& settler) { unsettled_.push_back(&settler); }
  // Resumes a suspended process now; throws what the process throws.
  void resume(std::coroutine_handle<> process) {
    process.resume();
    if (!ended_.empty()) bury_ended();
  }
  // Lets a waiter go on at now(), behind the completions that are already due.
  void wake(Waiter& waiter);

 private:
  friend struct Process::promise_type::AtEnd;

  // 24 bytes; the order holds the phase in its upper 2 bits and the sequence number below.
  struct Entry {
    Time time;
    std::uint64_t order;
    std::uint32_t slot;
    std::uint32_t label;
    bool before(const Entry& other) const {
      return time < other.time || (time == other.time && order < other.order);
    }
  };
  struct ProcessSlot {
    Process::Handle handle;
    std::uint32_t generation = 0;
    WaitList waiters;
  };
  struct OwnedBase {
    virtual ~OwnedBase() = default;
  };
  template <typename T>
  struct Owned : OwnedBase {
    template <typename... Arguments>
    explicit Owned(Arguments&&... arguments) : part(std::forward<Arguments>(arguments)...) {}
    T part;
  };

  std::uint32_t new_slot(Callback action);
  void free_slot(std::uint32_t slot);
  void place(std::size_t position, const Entry& entry);
  void sift_up(std::size_t position, const Entry& entry);
  void sift_down(std::size_t position, const Entry& entry);
  void remove_at(std::size_t position);
  void run_through(Time until);
  void fire_first();
  void settle_all();
  void bury_ended();
  void destroy_processes();

  Time now_{};
  std::uint64_t sequence_ = 0;
  std::uint64_t events_fired_ = 0;
  Observer* observer_ = nullptr;

  std::vector<Entry> heap_;               // 4-ary
  std::vector<Callback> actions_;         // by slot
  std::vector<std::uint32_t> positions_;  // by slot: where in the heap
  std::vector<std::uint32_t> generations_;
  std::vector<std::uint32_t> free_slots_;

  std::vector<Settler*> unsettled_;
  std::vector<Settler*> settling_;

  std::vector<std::unique_ptr<OwnedBase>> parts_;
  std::vector<ProcessSlot>
      processes_;  // after parts_: frames may refer to parts when they are destroyed
  std::vector<std::uint32_t> free_processes_;
  std::vector<Process::Handle> ended_;
};

class Simulation::DelayAwaiter {
 public:
  DelayAwaiter(Simulation& simulation, Duration duration, Phase phase, std::uint32_t label)
      : simulation_(simulation), duration_(duration), phase_(phase), label_(label) {}
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> process) {
    Simulation* simulation = &simulation_;
    simulation_.after(
        duration_, phase_, [simulation, process] { simulation->resume(process); }, label_);
  }
  void await_resume() const noexcept {}

 private:
  Simulation& simulation_;
  Duration duration_;
  Phase phase_;
  std::uint32_t label_;
};

class Simulation::FinishedAwaiter {
 public:
  FinishedAwaiter(Simulation& simulation, ProcessId process)
      : simulation_(simulation), process_(process) {}
  bool await_ready() const noexcept { return simulation_.is_finished(process_); }
  void await_suspend(std::coroutine_handle<> waiting) {
    waiter_.process = waiting;
    simulation_.processes_[process_.slot].waiters.insert(waiter_);
  }
  void await_resume() const noexcept {}

 private:
  Simulation& simulation_;
  ProcessId process_;
  Waiter waiter_;
};

inline Simulation::DelayAwaiter Simulation::delay(Duration duration, Phase phase,
                                                  std::uint32_t label) {
  return DelayAwaiter(*this, duration, phase, label);
}

inline Simulation::FinishedAwaiter Simulation::finished(ProcessId process) {
  return FinishedAwaiter(*this, process);
}

}  // namespace plimsoll::sim
