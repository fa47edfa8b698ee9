#include "calibrate/cpu/cpu_kernel.h"

#include <algorithm>

#include "base/ceil_div.h"
#include "base/elapsed.h"
#include "base/rng.h"
#include "calibrate/reference/weights.h"

namespace plimsoll::calibrate::cpu {
namespace {

// What the inputs of all turns come to, in last-level caches: a turn's lines are gone twice over
// before it comes again.
constexpr std::int64_t cache_multiple = 3;
// Below that a virtual machine that shows a part of its cache only would be believed.
constexpr std::int64_t fewest_bytes = std::int64_t{256} << 20;
// Beyond that filling takes longer than measuring; larger caches than a third of it do not rotate
// whole.
constexpr std::int64_t most_bytes = std::int64_t{2} << 30;
constexpr std::int64_t page_floats = 1024;

}  // namespace

CpuKernel::CpuKernel(const Team& team, KernelCase kernel_case)
    : team_(team), case_(std::move(kernel_case)), work_(team.pool->threads()) {}

KernelCheck CpuKernel::check() {
  launch(0);
  return compare();
}

double CpuKernel::run(int launches) {
  const SteadyClock::time_point begin = SteadyClock::now();
  for (int i = 0; i < launches; ++i) {
    next_turn_ = (next_turn_ + 1) % turns_;
    launch(next_turn_);
  }
  return seconds_since(begin);
}

int CpuKernel::turns_for(std::int64_t bytes) {
  const auto cache = static_cast<std::int64_t>(team_.topology->last_level_cache_bytes());
  const std::int64_t wanted = std::clamp(cache_multiple * cache, fewest_bytes, most_bytes);
  turns_ = static_cast<int>(std::max<std::int64_t>(1, ceil_div(wanted, bytes)));
  return turns_;
}

RotatedFloats::RotatedFloats(const Team& team, std::span<const float> values, int turns,
                             std::int64_t step)
    : count_(static_cast<std::int64_t>(values.size())),
      stride_(round_up(count_, page_floats)),
      buffer_(*team.topology, static_cast<std::size_t>(stride_ * turns), team.node) {
  team.pool->run([&](int thread) {
    const Share share = share_of(count_, thread, team.pool->threads(), step);
    for (int each = 0; each < turns; ++each) {
      std::copy(values.begin() + share.first, values.begin() + share.last,
                turn(each) + share.first);
    }
  });
}

std::vector<double> as_doubles(std::span<const float> values) {
  return {values.begin(), values.end()};
}

std::vector<float> random_floats(std::int64_t count, const std::string& stream) {
  Rng rng(1, "cpu " + stream);
  return reference::random_values(count, rng);
}

}  // namespace plimsoll::calibrate::cpu
