// A first-come first-served queue in front of one or several equal servers: a desk, a GPU command
// queue, a thread pool.
#pragma once

#include <coroutine>
#include <cstdint>

#include "sim/simulation.h"

namespace plimsoll::sim {

// Made by Simulation::add<SerialQueue>(servers).
//   co_await queue.acquire();  ...  queue.release();
// A higher priority goes first, equal priorities in the order of asking; nobody is interrupted. A
// released server goes straight to the first waiter, so that a later comer cannot snatch it.
class SerialQueue {
 public:
  explicit SerialQueue(Simulation& simulation, int servers = 1);

  class AcquireAwaiter;
  AcquireAwaiter acquire(int priority = 0);
  void release();  // throws std::logic_error when no server is held

  struct Statistics {
    std::int64_t acquired = 0;  // servers given out
    Duration total_wait{};      // of those, from asking to getting
    Duration busy{};            // server time held up to now(): two busy servers count twice
    std::int64_t waiting = 0;   // now
    std::int64_t most_waiting = 0;
  };
  Statistics statistics() const;

 private:
  void account_busy_time();
  bool take_free_server();

  Simulation& simulation_;
  int servers_;
  int held_ = 0;
  Time busy_until_here_{};
  Statistics statistics_;
  WaitList waiting_;
};

class SerialQueue::AcquireAwaiter {
 public:
  AcquireAwaiter(SerialQueue& queue, int priority) : queue_(queue) { waiter_.priority = priority; }
  bool await_ready() { return queue_.take_free_server(); }
  void await_suspend(std::coroutine_handle<> process);
  void await_resume() const noexcept {}

 private:
  SerialQueue& queue_;
  Waiter waiter_;
};

inline SerialQueue::AcquireAwaiter SerialQueue::acquire(int priority) {
  return AcquireAwaiter(*this, priority);
}

}  // namespace plimsoll::sim
