// The free blocks of a KV cache, in the order in which they are given out: those that were given
// back first go first. Until then what a preempted request left in them is still there, and can be
// taken up again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>

namespace plimsoll::serving {

class FreeBlocks {
 public:
  explicit FreeBlocks(std::int64_t count);

  std::int64_t count() const { return count_; }
  // The first `blocks`, at most count(). Of what a request left the end goes first.
  void take(std::int64_t blocks);
  void give_back(std::int64_t blocks);
  // The blocks of a preempted request, whose tokens stay in them for a while.
  void leave(std::size_t request, std::int64_t blocks);
  // How many of the blocks that the request left are still untouched, from its beginning.
  std::int64_t left_by(std::size_t request) const;
  // Takes them up again.
  void take_up(std::size_t request);

 private:
  static constexpr std::size_t nobody = static_cast<std::size_t>(-1);
  struct Stretch {
    std::size_t request = nobody;
    std::int64_t blocks = 0;
  };

  std::deque<Stretch> stretches_;  // in the order in which they are given out
  std::int64_t count_ = 0;
};

}  // namespace plimsoll::serving
