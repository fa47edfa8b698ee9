#include "calibrate/cpu/shared_work.h"

#include <algorithm>

#include "base/ceil_div.h"

namespace plimsoll::calibrate::cpu {
namespace {

// Of a share: few enough that taking them costs nothing, many enough that the last one is short.
constexpr std::int64_t pieces = 16;

}  // namespace

Share share_of(std::int64_t count, int thread, int threads, std::int64_t step) {
  const std::int64_t steps = ceil_div(count, step);
  const auto begin = [&](std::int64_t part) {
    return std::min(count, steps * part / threads * step);
  };
  return {begin(thread), begin(thread + 1)};
}

void SharedWork::begin(std::int64_t count, std::int64_t step) {
  const int threads = static_cast<int>(left_.size());
  for (int thread = 0; thread < threads; ++thread) {
    const Share share = share_of(count, thread, threads, step);
    Left& left = left_[static_cast<std::size_t>(thread)];
    left.next.store(share.first, std::memory_order_relaxed);
    left.last = share.last;
    left.piece = std::max(step, round_up(ceil_div(share.last - share.first, pieces), step));
  }
}

std::optional<Share> SharedWork::take(int thread) {
  const std::size_t own = static_cast<std::size_t>(thread);
  for (std::size_t i = 0; i < left_.size(); ++i) {
    if (const auto piece = take_from(left_[(own + i) % left_.size()])) return piece;
  }
  return std::nullopt;
}

// Looked at first: threads that find nothing any more shall not take the line from its owner.
std::optional<Share> SharedWork::take_from(Left& left) {
  if (left.next.load(std::memory_order_relaxed) >= left.last) return std::nullopt;
  const std::int64_t first = left.next.fetch_add(left.piece, std::memory_order_relaxed);
  if (first >= left.last) return std::nullopt;
  return Share{first, std::min(left.last, first + left.piece)};
}

}  // namespace plimsoll::calibrate::cpu
