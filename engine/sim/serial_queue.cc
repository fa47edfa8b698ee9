#include "sim/serial_queue.h"

#include <algorithm>
#include <stdexcept>

namespace plimsoll::sim {

SerialQueue::SerialQueue(Simulation& simulation, int servers)
    : simulation_(simulation), servers_(servers) {
  if (servers < 1) throw std::invalid_argument("a queue needs a server");
}

void SerialQueue::account_busy_time() {
  statistics_.busy += (simulation_.now() - busy_until_here_) * held_;
  busy_until_here_ = simulation_.now();
}

bool SerialQueue::take_free_server() {
  if (held_ == servers_) return false;
  account_busy_time();
  ++held_;
  ++statistics_.acquired;
  return true;
}

void SerialQueue::AcquireAwaiter::await_suspend(std::coroutine_handle<> process) {
  waiter_.process = process;
  waiter_.since = queue_.simulation_.now();
  queue_.waiting_.insert(waiter_);
  Statistics& statistics = queue_.statistics_;
  statistics.most_waiting = std::max(statistics.most_waiting, ++statistics.waiting);
}

void SerialQueue::release() {
  if (held_ == 0) throw std::logic_error("a queue is released that is not held");
  account_busy_time();
  if (waiting_.empty()) {
    --held_;
    return;
  }
  Waiter& next = waiting_.pop();
  --statistics_.waiting;
  ++statistics_.acquired;
  statistics_.total_wait += simulation_.now() - next.since;
  simulation_.wake(next);
}

SerialQueue::Statistics SerialQueue::statistics() const {
  Statistics now = statistics_;
  now.busy += (simulation_.now() - busy_until_here_) * held_;
  return now;
}

}  // namespace plimsoll::sim
