// The threads of a GPU's block as fibers of one thread of the CPU, with barriers of the block and
// of groups of 32 lanes. A fiber that ends early counts as having arrived at every barrier of the
// block; when the rest waits for what cannot come, the run throws: a deadlock on the device.
#pragma once

#include <cstdint>
#include <functional>

namespace cpu_device {

class Fibers {
 public:
  struct Thread {
    std::uint32_t thread = 0;
  };
  struct Block {
    std::uint32_t x = 0, y = 0;
    std::uint32_t count_x = 1, count_y = 1;
    std::uint32_t threads = 1;
  };

  // Runs `body` on all threads of all blocks. Throws std::logic_error at a deadlock, or when lanes
  // of a group meet at different barriers.
  static void run(const Block& grid, const std::function<void()>& body);

  static const Thread& current();
  static const Block& block();
  static void block_barrier();
  static void group_barrier();
  static std::uint32_t exchange(std::uint32_t value, std::uint32_t mask);
};

}  // namespace cpu_device
