#include "sim/capacity_store.h"

#include <algorithm>
#include <stdexcept>

namespace plimsoll::sim {

CapacityStore::CapacityStore(Simulation& simulation, std::int64_t capacity)
    : simulation_(simulation), capacity_(capacity) {
  if (capacity < 0) throw std::invalid_argument("a capacity is negative");
}

void CapacityStore::check(std::int64_t amount) const {
  if (amount < 0) throw std::invalid_argument("an amount is negative");
  if (amount > capacity_)
    throw std::invalid_argument("an amount exceeds the capacity of its store");
}

void CapacityStore::take(std::int64_t amount) {
  held_ += amount;
  most_held_ = std::max(most_held_, held_);
  ++acquired_count_;
}

bool CapacityStore::try_acquire(std::int64_t amount) {
  check(amount);
  if (!waiting_.empty() || amount > capacity_ - held_) return false;
  take(amount);
  return true;
}

void CapacityStore::release(std::int64_t amount) {
  if (amount < 0 || amount > held_) throw std::logic_error("a store gets back more than is held");
  held_ -= amount;
  while (!waiting_.empty() && waiting_.front().amount <= capacity_ - held_) {
    Waiter& next = waiting_.pop();
    take(next.amount);
    total_wait_ += simulation_.now() - next.since;
    simulation_.wake(next);
  }
}

}  // namespace plimsoll::sim
