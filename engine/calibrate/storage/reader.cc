#include "calibrate/storage/reader.h"

#include <algorithm>
#include <numeric>

#include "base/rng.h"

namespace plimsoll::calibrate::storage {

BlockOrder sequential_order(std::int64_t block_bytes, std::int64_t blocks) {
  BlockOrder order{.block_bytes = block_bytes};
  order.blocks.resize(static_cast<std::size_t>(blocks));
  std::iota(order.blocks.begin(), order.blocks.end(), 0U);
  return order;
}

// Fisher and Yates.
BlockOrder random_order(std::int64_t block_bytes, std::int64_t blocks) {
  BlockOrder order = sequential_order(block_bytes, blocks);
  Rng rng(1, "storage order");
  for (std::size_t left = order.blocks.size(); left > 1; --left)
    std::swap(order.blocks[left - 1], order.blocks[rng.below(left)]);
  return order;
}

bool StreamMeter::note() {
  const std::lock_guard lock(mutex_);
  if (over_) return false;
  const Clock::time_point now = Clock::now();
  if (++done_ <= depth_) {
    begin_ = now;
    return true;
  }
  window_.requests = done_ - depth_;
  window_.seconds = std::chrono::duration<double>(now - begin_).count();
  const bool enough = window_.requests >= rule_.requests && window_.seconds >= rule_.seconds;
  over_ = enough || (rule_.most_requests > 0 && window_.requests >= rule_.most_requests);
  return !over_;
}

void StreamMeter::give_up() {
  const std::lock_guard lock(mutex_);
  over_ = true;
}

bool StreamMeter::over() const {
  const std::lock_guard lock(mutex_);
  return over_;
}

Window StreamMeter::window() const {
  const std::lock_guard lock(mutex_);
  return window_;
}

Reader::Reader(int depth, std::int64_t bytes)
    : depth_(depth), bytes_(static_cast<std::size_t>(bytes)), buffers_(depth * bytes) {}

}  // namespace plimsoll::calibrate::storage
