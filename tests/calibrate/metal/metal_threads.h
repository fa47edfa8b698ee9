// The threads of a Metal threadgroup as threads of the CPU, all at once, with barriers of the
// threadgroup and of each simdgroup of 32 lanes. Threadgroups follow one another, so that what a
// threadgroup shares can be static. A thread that ends early counts as arrived at every barrier.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>

namespace metal_cpu {

struct Grid {
  std::uint32_t x = 1, y = 1;
  std::uint32_t threads = 1;  // of a threadgroup: a multiple of 32
};

// Where a thread is.
struct Place {
  std::uint32_t x = 0, y = 0;  // of the threadgroup
  std::uint32_t index = 0;     // in the threadgroup
};

void run(const Grid& grid, const std::function<void(const Place&)>& body);

std::uint32_t lane();
void threadgroup_barrier();
void simdgroup_barrier();

// What each lane of a simdgroup has put up for the others.
struct Offers {
  std::array<std::array<std::byte, 16>, 32> values;
  template <class T>
  T of_lane(std::uint32_t lane) const {
    T value;
    std::memcpy(&value, values[lane].data(), sizeof value);
    return value;
  }
};
// Waits for all lanes; what it returns holds until the lane's next exchange.
const Offers& exchange(const void* value, std::size_t bytes);

}  // namespace metal_cpu
