#include "routing/stack_distances.h"

namespace plimsoll {

StackDistances::StackDistances(std::size_t items, std::size_t accesses)
    : last_use_(items, 0), tree_(accesses + 1, 0) {}

std::optional<std::size_t> StackDistances::access(std::size_t item) {
  std::optional<std::size_t> distance;
  std::size_t& last = last_use_[item];
  if (last > 0) {
    distance = distinct_ - used_up_to(last);
    add(last, -1);
  } else {
    ++distinct_;
  }
  last = ++now_;
  add(last, 1);
  return distance;
}

void StackDistances::add(std::size_t time, int change) {
  for (; time < tree_.size(); time += time & -time) tree_[time] += change;
}

std::size_t StackDistances::used_up_to(std::size_t time) const {
  std::int32_t sum = 0;
  for (; time > 0; time -= time & -time) sum += tree_[time];
  return static_cast<std::size_t>(sum);
}

}  // namespace plimsoll
