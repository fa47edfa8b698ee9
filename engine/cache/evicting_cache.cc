#include "cache/evicting_cache.h"

#include <stdexcept>

namespace plimsoll {

void check_capacity(std::int64_t capacity_bytes) {
  if (capacity_bytes < 0) throw std::invalid_argument("a cache of negative capacity");
}

EvictingCache::EvictingCache(const ReplacementSpec& spec)
    : extent_bytes_(spec.extent_bytes.begin(), spec.extent_bytes.end()),
      capacity_(spec.capacity_bytes) {}

bool EvictingCache::access(ExtentId extent) {
  if (holds(extent)) {
    hit(extent);
    return true;
  }
  if (bytes_of(extent) <= capacity_) bring_in(extent, Reason::access);
  return false;
}

void EvictingCache::insert(ExtentId extent) {
  if (!holds(extent) && bytes_of(extent) <= capacity_) bring_in(extent, Reason::prefetch);
}

void EvictingCache::resize(std::int64_t capacity_bytes) {
  check_capacity(capacity_bytes);
  capacity_ = capacity_bytes;
  make_room(0);
}

void EvictingCache::clear() {
  forget_everything();
  held_ = 0;
}

}  // namespace plimsoll
