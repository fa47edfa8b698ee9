#include "cache/memory_split.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace plimsoll {
namespace {

void check(const MemoryUse& use) {
  if (std::min({use.total, use.reserved, use.wired, use.anonymous}) < 0) {
    throw std::invalid_argument("a negative number of bytes");
  }
  const auto is_share = [](double value) { return value >= 0.0 && value < 1.0; };
  if (!is_share(use.free_share) || !is_share(use.file_floor)) {
    throw std::invalid_argument("a share of memory is in [0, 1)");
  }
  if (use.compression != 0.0 && !(use.compression > 1.0 && std::isfinite(use.compression))) {
    throw std::invalid_argument("compression makes smaller: above 1, or 0 for none");
  }
}

std::int64_t share_of(std::int64_t total, double share) {
  return static_cast<std::int64_t>(static_cast<double>(total) * share);
}

// Divides `room`, too small for all anonymous memory, between what is held as it is, x, and the
// compressor: x + (anonymous - x) / c = room, so x = (c room - anonymous) / (c - 1).
void compress(const MemoryUse& use, std::int64_t room, MemorySplit& split) {
  const auto anonymous = static_cast<double>(use.anonymous);
  const double most = use.compression * static_cast<double>(room);
  if (use.compression == 0.0) {
    split.resident = room;
  } else if (anonymous > most) {
    split.compressed = static_cast<std::int64_t>(most);
  } else {
    split.resident = static_cast<std::int64_t>((most - anonymous) / (use.compression - 1.0));
    split.compressed = use.anonymous - split.resident;
  }
  split.compressor = room - split.resident;
  split.short_by = use.anonymous - split.resident - split.compressed;
}

}  // namespace

MemorySplit split_memory(const MemoryUse& use) {
  check(use);
  const std::int64_t left = use.total - use.reserved - use.wired;
  if (left < 0) return {.short_by = use.anonymous - left};
  MemorySplit split{.free = std::min(share_of(use.total, use.free_share), left)};
  const std::int64_t usable = left - split.free;
  split.page_cache = std::min(share_of(use.total, use.file_floor), usable);
  const std::int64_t room = usable - split.page_cache;
  if (use.anonymous <= room) {
    split.resident = use.anonymous;
    split.page_cache += room - use.anonymous;
  } else {
    compress(use, room, split);
  }
  return split;
}

}  // namespace plimsoll
