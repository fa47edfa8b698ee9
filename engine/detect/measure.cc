#include <algorithm>
#include <array>
#include <cstring>
#include <new>
#include <thread>
#include <vector>

#include "base/elapsed.h"
#include "detect/detect.h"

namespace plimsoll {
namespace {

// Far more than caches hold per core.
constexpr std::size_t block = std::size_t{64} << 20;
constexpr int rounds = 5;

struct Blocks {
  std::vector<char> from;
  std::vector<char> to;
};

// Wall time in which every thread copies its block once.
double copy_once(std::vector<Blocks>& blocks) {
  const SteadyClock::time_point begin = SteadyClock::now();
  std::vector<std::jthread> threads;
  for (Blocks& each : blocks)
    threads.emplace_back([&each] { std::memcpy(each.to.data(), each.from.data(), block); });
  threads.clear();
  return seconds_since(begin);
}

}  // namespace

std::optional<CopyRate> measure_copy_rate(int threads) {
  constexpr int most_threads = 64;  // 8 GiB of blocks
  const int used = std::clamp(threads, 1, most_threads);
  try {
    std::vector<Blocks> blocks(static_cast<std::size_t>(used));
    for (Blocks& each : blocks) {
      each.from.assign(block, 1);
      each.to.assign(block, 0);
    }
    std::array<double, rounds> rates{};
    const double bytes = 2.0 * static_cast<double>(block) * used;
    for (double& rate : rates) rate = bytes / copy_once(blocks);
    std::sort(rates.begin(), rates.end());
    return CopyRate{.median = BytesPerSecond(rates[rounds / 2]),
                    .low = BytesPerSecond(rates.front()),
                    .high = BytesPerSecond(rates.back())};
  } catch (const std::bad_alloc&) {
    return std::nullopt;  // a machine that full would not copy well either
  }
}

}  // namespace plimsoll
