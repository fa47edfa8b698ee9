#include <algorithm>
#include <array>
#include <cstdint>
#include <new>
#include <numeric>
#include <thread>
#include <vector>

#include "base/elapsed.h"
#include "detect/detect.h"

namespace plimsoll {
namespace {

// Far more than caches hold per core, and for so long that starting threads does not count.
constexpr std::size_t block = std::size_t{128} << 20;
constexpr int rounds = 5;

using Words = std::vector<std::uint64_t>;

// Several sums, so that no addition waits for the one before it.
std::uint64_t sum_of(const Words& words) {
  std::array<std::uint64_t, 8> sums{};
  for (std::size_t at = 0; at < words.size(); at += sums.size())
    for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += words[at + i];
  return std::accumulate(sums.begin(), sums.end(), std::uint64_t{0});
}

// Wall time in which every thread reads its block once.
double read_once(const std::vector<Words>& blocks, std::vector<std::uint64_t>& sums) {
  const SteadyClock::time_point begin = SteadyClock::now();
  std::vector<std::jthread> threads;
  for (std::size_t i = 0; i < blocks.size(); ++i)
    threads.emplace_back([&, i] { sums[i] = sum_of(blocks[i]); });
  threads.clear();
  return seconds_since(begin);
}

}  // namespace

std::optional<ReadRate> measure_read_rate(int threads) {
  constexpr int most_threads = 64;  // 8 GiB of blocks
  const auto used = static_cast<std::size_t>(std::clamp(threads, 1, most_threads));
  try {
    const std::vector<Words> blocks(used, Words(block / sizeof(std::uint64_t), 1));
    std::vector<std::uint64_t> sums(used);
    std::array<double, rounds> rates{};
    const double bytes = static_cast<double>(block) * static_cast<double>(used);
    for (double& rate : rates) rate = bytes / read_once(blocks, sums);
    if (sums.front() != blocks.front().size()) return std::nullopt;  // every word is 1
    std::sort(rates.begin(), rates.end());
    return ReadRate{.median = BytesPerSecond(rates[rounds / 2]),
                    .low = BytesPerSecond(rates.front()),
                    .high = BytesPerSecond(rates.back())};
  } catch (const std::bad_alloc&) {
    return std::nullopt;  // a machine that full would not read well either
  }
}

}  // namespace plimsoll
