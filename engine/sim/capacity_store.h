// A store of a countable capacity: memory in bytes, slots, credits.
#pragma once

#include <coroutine>
#include <cstdint>

#include "sim/simulation.h"

namespace plimsoll::sim {

// Made by Simulation::add<CapacityStore>(capacity).
//   co_await store.acquire(bytes);  ...  store.release(bytes);
// Strictly first come, first served: a small request does not overtake a large one that waits, so
// nobody starves.
class CapacityStore {
 public:
  CapacityStore(Simulation& simulation, std::int64_t capacity);

  // Throws std::invalid_argument for a negative amount or one above the capacity, which could never
  // be served.
  class AcquireAwaiter;
  AcquireAwaiter acquire(std::int64_t amount);
  bool try_acquire(std::int64_t amount);  // false, and takes nothing, where acquire would wait
  void release(std::int64_t amount);      // throws std::logic_error for more than is held

  std::int64_t capacity() const { return capacity_; }
  std::int64_t held() const { return held_; }
  std::int64_t most_held() const { return most_held_; }
  std::int64_t acquired_count() const { return acquired_count_; }
  Duration total_wait() const { return total_wait_; }

 private:
  void check(std::int64_t amount) const;
  void take(std::int64_t amount);

  Simulation& simulation_;
  std::int64_t capacity_;
  std::int64_t held_ = 0;
  std::int64_t most_held_ = 0;
  std::int64_t acquired_count_ = 0;
  Duration total_wait_{};
  WaitList waiting_;
};

class CapacityStore::AcquireAwaiter {
 public:
  AcquireAwaiter(CapacityStore& store, std::int64_t amount) : store_(store) {
    waiter_.amount = amount;
  }
  bool await_ready() { return store_.try_acquire(waiter_.amount); }
  void await_suspend(std::coroutine_handle<> process) {
    waiter_.process = process;
    waiter_.since = store_.simulation_.now();
    store_.waiting_.insert(waiter_);
  }
  void await_resume() const noexcept {}

 private:
  CapacityStore& store_;
  Waiter waiter_;
};

inline CapacityStore::AcquireAwaiter CapacityStore::acquire(std::int64_t amount) {
  check(amount);
  return AcquireAwaiter(*this, amount);
}

}  // namespace plimsoll::sim
