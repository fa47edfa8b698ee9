// Stack distances of a sequence of accesses (Mattson, Gecsei, Slutz and Traiger 1970): an LRU cache
// of C entries hits exactly those accesses whose distance is below C, for every C at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace plimsoll {

class StackDistances {
 public:
  // Items are 0 to items - 1; at most `accesses` calls of access() follow.
  StackDistances(std::size_t items, std::size_t accesses);

  // How many other items were used since this one was last; nothing at its first use. O(log
  // accesses): a Fenwick tree over the times at which some item was used last.
  std::optional<std::size_t> access(std::size_t item);

  // Items used so far.
  std::size_t distinct() const { return distinct_; }

 private:
  void add(std::size_t time, int change);
  std::size_t used_up_to(std::size_t time) const;

  std::vector<std::size_t> last_use_;  // by item; 0: never, times count from 1
  std::vector<std::int32_t> tree_;
  std::size_t now_ = 0;
  std::size_t distinct_ = 0;
};

}  // namespace plimsoll
