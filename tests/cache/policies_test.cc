#include <algorithm>
#include <rapidcheck/catch.h>
#include <stdexcept>
#include <vector>

#include "cache/replacement.h"
#include "naive_caches.h"
#include "support/catch.h"

namespace plimsoll {
namespace {

using Kind = ReplacementKind;

constexpr Kind kReplacing[] = {Kind::lru, Kind::two_list, Kind::clock_pro, Kind::lfu};

std::unique_ptr<Replacement> make(Kind kind, std::int64_t capacity,
                                  const std::vector<std::int64_t>& bytes,
                                  const std::vector<ExtentId>& pinned = {}) {
  return make_replacement(
      {.kind = kind, .capacity_bytes = capacity, .extent_bytes = bytes, .pinned = pinned});
}

int hits(Replacement& cache, const std::vector<ExtentId>& trace) {
  return static_cast<int>(
      std::ranges::count_if(trace, [&](ExtentId extent) { return cache.access(extent); }));
}

// Squaring a uniform draw makes small ids frequent.
ExtentId random_extent(std::size_t count) {
  const auto uniform = *rc::gen::inRange<std::size_t>(0, count * count);
  std::size_t root = 0;
  while ((root + 1) * (root + 1) <= uniform) ++root;
  return static_cast<ExtentId>(count - 1 - root);
}

std::vector<std::int64_t> random_sizes(std::int64_t unit) {
  std::vector<std::int64_t> bytes(*rc::gen::inRange<std::size_t>(1, 25));
  for (std::int64_t& size : bytes) size = unit * *rc::gen::inRange(0, 12);
  return bytes;
}

void check_same(const Replacement& cache, const test::NaiveCache& naive, std::size_t extents) {
  for (ExtentId id = 0; id < extents; ++id) RC_ASSERT(cache.holds(id) == naive.holds(id));
  RC_ASSERT(cache.held_bytes() == naive.held_bytes());
  RC_ASSERT(cache.held_bytes() <= cache.capacity_bytes());
}

void follow_reference(Kind kind) {
  // A quarter of a GiB, so that the two lists may be unequal.
  const std::int64_t unit = *rc::gen::element<std::int64_t>(1, 268'435'456);
  const std::vector<std::int64_t> bytes = random_sizes(unit);
  std::int64_t capacity = unit * *rc::gen::inRange(0, 90);
  const auto cache = make(kind, capacity, bytes);
  auto naive = test::make_naive(kind, capacity, bytes);
  const int steps = *rc::gen::inRange(1, 400);
  for (int i = 0; i < steps; ++i) {
    const int what = *rc::gen::inRange(0, 200);
    const ExtentId extent = random_extent(bytes.size());
    if (what == 0) {
      cache->clear();
      naive = test::make_naive(kind, capacity, bytes);
    } else if (what <= 3) {
      capacity = unit * *rc::gen::inRange(0, 90);
      cache->resize(capacity);
      naive->resize(capacity);
    } else if (what <= 30) {
      cache->insert(extent);
      naive->insert(extent);
    } else {
      RC_ASSERT(cache->access(extent) == naive->access(extent));
    }
    check_same(*cache, *naive, bytes.size());
  }
}

TEST_CASE("every policy holds what its published description says") {
  rc::prop("lru", [] { follow_reference(Kind::lru); });
  rc::prop("two lists", [] { follow_reference(Kind::two_list); });
  rc::prop("CLOCK-Pro", [] { follow_reference(Kind::clock_pro); });
  rc::prop("lfu", [] { follow_reference(Kind::lfu); });
}

TEST_CASE("LRU holds what its stack distance in bytes admits") {
  // Mattson et al. 1970: held if and only if what was used since, itself included, fits. So a
  // larger cache holds all that a smaller one does.
  rc::prop("distance and inclusion", [] {
    std::vector<std::int64_t> bytes(*rc::gen::inRange<std::size_t>(1, 25));
    for (std::int64_t& size : bytes) size = *rc::gen::inRange(1, 12);
    const std::int64_t small = *rc::gen::inRange(12, 60);
    const auto cache = make(Kind::lru, small, bytes);
    const auto larger = make(Kind::lru, small + *rc::gen::inRange(0, 40), bytes);
    std::vector<ExtentId> order;  // newest first
    for (int i = 0; i < 200; ++i) {
      const ExtentId extent = random_extent(bytes.size());
      cache->access(extent);
      larger->access(extent);
      std::erase(order, extent);
      order.insert(order.begin(), extent);
      std::int64_t distance = 0;
      for (const ExtentId each : order) {
        distance += bytes[each];
        RC_ASSERT(cache->holds(each) == (distance <= small));
        RC_ASSERT(larger->holds(each) || !cache->holds(each));
      }
    }
  });
}

TEST_CASE("LRU hits nothing of a cycle that is one extent longer than the cache") {
  for (const std::size_t length : {5U, 6U}) {
    std::vector<ExtentId> trace;
    for (ExtentId i = 0; i < 100 * length; ++i) trace.push_back(static_cast<ExtentId>(i % length));
    const auto cache = make(Kind::lru, 5 * 7, std::vector<std::int64_t>(length, 7));
    // Five extents fit: a cycle of five misses each once.
    CHECK(hits(*cache, trace) == (length == 5 ? 99 * 5 : 0));
  }
}

// 100 extents fit. Ids from 0 are the set in use, those from 1000 on are seen once.
struct ScanResult {
  int of_hot_set_held = 0;
  int hits_in_scan = 0;
};

ScanResult scan_past_hot_set(Kind kind, bool full_before, ExtentId hot_set) {
  const auto cache = make(kind, 100 * 4096, std::vector<std::int64_t>(3000, 4096));
  const auto scan = [&](ExtentId from, ExtentId count) {
    int found = 0;
    for (ExtentId i = 0; i < count; ++i) found += cache->access(from + i);
    return found;
  };
  if (full_before) scan(1000, 200);
  for (int round = 0; round < 10; ++round) scan(0, hot_set);
  ScanResult result{.hits_in_scan = scan(1200, 1000)};
  for (ExtentId i = 0; i < hot_set; ++i) result.of_hot_set_held += cache->holds(i);
  return result;
}

TEST_CASE("a set in use outlives a scan, except under LRU") {
  for (const bool full_before : {false, true}) {
    CAPTURE(full_before);
    for (const Kind kind : {Kind::two_list, Kind::clock_pro, Kind::lfu}) {
      CAPTURE(static_cast<int>(kind));
      CHECK(scan_past_hot_set(kind, full_before, 40).of_hot_set_held == 40);
    }
    CHECK(scan_past_hot_set(Kind::lru, full_before, 40).of_hot_set_held == 0);
  }
}

TEST_CASE("two lists: below 1 GiB half of the cache is out of a scan's reach") {
  // 80 in use are active; the inactive list is shorter, so that they are demoted as fast as the
  // scan evicts, until the lists are equally long.
  CHECK(scan_past_hot_set(Kind::two_list, true, 80).of_hot_set_held == 50);
}

TEST_CASE("two lists: a refault within the active list's length activates") {
  // Four extents fit. 0 and 1 are active (second use), 2 and 3 inactive; 4 evicts 2, 5 evicts 3:
  // the distance of 2 is 2, the length of the active list. It returns active, and 7 and 8 evict
  // others.
  const std::vector<ExtentId> before{0, 0, 1, 1, 2, 3, 4, 5};
  const auto near = make(Kind::two_list, 4, std::vector<std::int64_t>(10, 1));
  CHECK(hits(*near, before) == 2);
  CHECK(hits(*near, {2, 7, 8}) == 0);
  CHECK(near->holds(2));
  // 6 makes it 3: 2 returns inactive, 7 evicts 6 before it, 8 evicts 2.
  const auto far = make(Kind::two_list, 4, std::vector<std::int64_t>(10, 1));
  hits(*far, before);
  CHECK(hits(*far, {6, 2, 7, 8}) == 0);
  CHECK_FALSE(far->holds(2));
}

TEST_CASE("LFU: the fewest uses go first, the older among equals") {
  const auto cache = make(Kind::lfu, 3, std::vector<std::int64_t>(10, 1));
  CHECK(hits(*cache, {0, 0, 1, 2}) == 1);
  cache->access(3);  // 1 and 2 were used once; 1 is older
  CHECK(cache->holds(0));
  CHECK_FALSE(cache->holds(1));
  CHECK(cache->holds(2));
}

TEST_CASE("what was prefetched is not the first to go, and its first use brings no promotion") {
  for (const Kind kind : kReplacing) {
    CAPTURE(static_cast<int>(kind));
    const auto cache = make(kind, 4, std::vector<std::int64_t>(10, 1));
    for (const ExtentId used : {0U, 1U, 2U, 3U}) cache->access(used);
    cache->insert(4);
    cache->access(5);
    if (kind != Kind::clock_pro) CHECK(cache->holds(4));
  }
  // LFU: 0 was used twice; 1 came by prefetch and was used once, as 2, which is younger.
  const auto lfu = make(Kind::lfu, 3, std::vector<std::int64_t>(10, 1));
  lfu->insert(1);
  hits(*lfu, {0, 0, 1, 2, 3});
  CHECK_FALSE(lfu->holds(1));
}

TEST_CASE("an extent larger than the cache passes by") {
  for (const Kind kind : kReplacing) {
    const auto cache = make(kind, 10, {4, 11, 6});
    CHECK(hits(*cache, {0, 2, 1, 1, 0, 2}) == 2);
    cache->insert(1);
    CHECK_FALSE(cache->holds(1));
    CHECK(cache->held_bytes() == 10);
  }
}

TEST_CASE("no cache holds nothing") {
  const auto cache = make(Kind::none, 100, {1, 0});
  cache->insert(0);
  CHECK(hits(*cache, {0, 0, 1, 1}) == 0);
  CHECK(cache->held_bytes() == 0);
}

TEST_CASE("a pinned set holds the most wanted that fit, and only those") {
  const auto cache = make(Kind::pinned, 10, {4, 5, 3, 3, 1}, {1, 0, 1, 2, 4});
  // 5 and 4 leave 1: 3 does not fit, the extent of 1 does.
  CHECK(cache->held_bytes() == 10);
  CHECK(hits(*cache, {0, 1, 2, 3, 4, 3}) == 3);
  cache->resize(8);  // 5 and 3
  CHECK(cache->holds(2));
  CHECK_FALSE(cache->holds(0));
  cache->clear();
  CHECK(cache->held_bytes() == 8);
}

TEST_CASE("sizes and sets that cannot be are refused") {
  CHECK_THROWS_AS(make(Kind::lru, -1, {1}), std::invalid_argument);
  CHECK_THROWS_AS(make(Kind::lru, 1, {1, -1}), std::invalid_argument);
  CHECK_THROWS_AS(make(Kind::pinned, 1, {1}, {1}), std::invalid_argument);
  for (const Kind kind : {Kind::none, Kind::lru, Kind::pinned}) {
    CHECK_THROWS_AS(make(kind, 1, {1})->resize(-1), std::invalid_argument);
  }
}

}  // namespace
}  // namespace plimsoll
