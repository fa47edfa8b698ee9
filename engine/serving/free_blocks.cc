#include "serving/free_blocks.h"

#include <algorithm>
#include <stdexcept>

namespace plimsoll::serving {

FreeBlocks::FreeBlocks(std::int64_t count) {
  give_back(count);
}

void FreeBlocks::take(std::int64_t blocks) {
  if (blocks > count_) throw std::logic_error("FreeBlocks: more taken than there are");
  count_ -= blocks;
  while (blocks > 0) {
    Stretch& first = stretches_.front();
    const std::int64_t taken = std::min(blocks, first.blocks);
    first.blocks -= taken;
    blocks -= taken;
    if (first.blocks == 0) stretches_.pop_front();
  }
}

void FreeBlocks::give_back(std::int64_t blocks) {
  if (blocks <= 0) return;
  count_ += blocks;
  if (!stretches_.empty() && stretches_.back().request == nobody)
    stretches_.back().blocks += blocks;
  else
    stretches_.push_back({.blocks = blocks});
}

void FreeBlocks::leave(std::size_t request, std::int64_t blocks) {
  if (blocks <= 0) return;
  count_ += blocks;
  stretches_.push_back({.request = request, .blocks = blocks});
}

std::int64_t FreeBlocks::left_by(std::size_t request) const {
  for (const Stretch& stretch : stretches_)
    if (stretch.request == request) return stretch.blocks;
  return 0;
}

void FreeBlocks::take_up(std::size_t request) {
  const auto stretch = std::find_if(stretches_.begin(), stretches_.end(),
                                    [&](const Stretch& each) { return each.request == request; });
  if (stretch == stretches_.end()) return;
  count_ -= stretch->blocks;
  stretches_.erase(stretch);
}

}  // namespace plimsoll::serving
