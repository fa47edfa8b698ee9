#include "metal_threads.h"

#include <barrier>
#include <optional>
#include <thread>
#include <vector>

namespace metal_cpu {
namespace {

// Two of them in turn: nobody offers for the second time after while somebody still reads, as all
// have to arrive in between.
struct Simdgroup {
  std::barrier<> barrier{32};
  std::array<Offers, 2> offers;
};

struct Threadgroup {
  explicit Threadgroup(std::uint32_t threads) : barrier(threads), simdgroups(threads / 32) {}
  std::barrier<> barrier;
  std::vector<Simdgroup> simdgroups;
};

struct Self {
  Threadgroup* threadgroup = nullptr;
  Simdgroup* simdgroup = nullptr;
  std::uint32_t lane = 0;
  std::uint32_t exchanges = 0;
};
thread_local Self self;

void run_thread(Threadgroup& threadgroup, const Place& place,
                const std::function<void(const Place&)>& body) {
  self = {.threadgroup = &threadgroup,
          .simdgroup = &threadgroup.simdgroups[place.index / 32],
          .lane = place.index % 32};
  body(place);
  self.simdgroup->barrier.arrive_and_drop();
  threadgroup.barrier.arrive_and_drop();
}

}  // namespace

// Each thread goes through all threadgroups; the last to finish one makes the next.
void run(const Grid& grid, const std::function<void(const Place&)>& body) {
  std::optional<Threadgroup> threadgroup(std::in_place, grid.threads);
  const auto renew = [&]() noexcept { threadgroup.emplace(grid.threads); };
  std::barrier finished(grid.threads, renew);
  std::vector<std::jthread> threads;
  for (std::uint32_t index = 0; index < grid.threads; ++index) {
    threads.emplace_back([&, index] {
      for (std::uint32_t y = 0; y < grid.y; ++y) {
        for (std::uint32_t x = 0; x < grid.x; ++x) {
          run_thread(*threadgroup, {.x = x, .y = y, .index = index}, body);
          finished.arrive_and_wait();
        }
      }
    });
  }
}

std::uint32_t lane() {
  return self.lane;
}

void threadgroup_barrier() {
  self.threadgroup->barrier.arrive_and_wait();
}

void simdgroup_barrier() {
  self.simdgroup->barrier.arrive_and_wait();
}

const Offers& exchange(const void* value, std::size_t bytes) {
  Offers& offers = self.simdgroup->offers[self.exchanges++ % 2];
  std::memcpy(offers.values[self.lane].data(), value, bytes);
  simdgroup_barrier();
  return offers;
}

}  // namespace metal_cpu
