#include "cache/memory_split.h"

#include <rapidcheck/catch.h>
#include <stdexcept>

#include "support/catch.h"

namespace plimsoll {
namespace {

std::int64_t accounted(const MemoryUse& use, const MemorySplit& split) {
  return use.reserved + use.wired + split.resident + split.compressor + split.page_cache +
         split.free;
}

// 100 of memory, 10 reserved, 20 wired, 10 kept free, at least 20 for files: 40 for anonymous.
MemoryUse use_of(std::int64_t anonymous, double compression) {
  return {.total = 100,
          .reserved = 10,
          .wired = 20,
          .anonymous = anonymous,
          .free_share = 0.1,
          .file_floor = 0.2,
          .compression = compression};
}

void check_split(const MemoryUse& use, const MemorySplit& expected) {
  const MemorySplit split = split_memory(use);
  CAPTURE(use.anonymous, use.compression, use.wired);
  CHECK(split.page_cache == expected.page_cache);
  CHECK(split.resident == expected.resident);
  CHECK(split.compressed == expected.compressed);
  CHECK(split.compressor == expected.compressor);
  CHECK(split.free == expected.free);
  CHECK(split.short_by == expected.short_by);
}

TEST_CASE("files get what is left, down to their floor") {
  check_split(use_of(0, 0), {.page_cache = 60, .free = 10});
  check_split(use_of(30, 0), {.page_cache = 30, .resident = 30, .free = 10});
  check_split(use_of(40, 0), {.page_cache = 20, .resident = 40, .free = 10});
  check_split(use_of(40, 2), {.page_cache = 20, .resident = 40, .free = 10});
}

TEST_CASE("without a compressor the rest fits nowhere") {
  check_split(use_of(60, 0), {.page_cache = 20, .resident = 40, .free = 10, .short_by = 20});
}

TEST_CASE("the compressor takes as little as makes the rest fit") {
  // x + (60 - x) / 2 = 40: x = 20; the other 40 take 20.
  check_split(use_of(60, 2),
              {.page_cache = 20, .resident = 20, .compressed = 40, .compressor = 20, .free = 10});
  // x + (52 - x) / 3 = 40: x = 34; the other 18 take 6.
  check_split(use_of(52, 3),
              {.page_cache = 20, .resident = 34, .compressed = 18, .compressor = 6, .free = 10});
  // x + (60 - x) / 4 = 40: x = 33.3. With 33, 27 take 6.75: 7 bytes.
  check_split(use_of(60, 4),
              {.page_cache = 20, .resident = 33, .compressed = 27, .compressor = 7, .free = 10});
  // All of 80 compressed takes 40.
  check_split(use_of(80, 2), {.page_cache = 20, .compressed = 80, .compressor = 40, .free = 10});
  // Of 90, 10 fit nowhere.
  check_split(use_of(90, 2),
              {.page_cache = 20, .compressed = 80, .compressor = 40, .free = 10, .short_by = 10});
}

TEST_CASE("wired memory takes the files' floor, then what is kept free") {
  MemoryUse use = use_of(0, 2);
  use.wired = 70;
  check_split(use, {.page_cache = 10, .free = 10});
  use.wired = 85;
  check_split(use, {.free = 5});
  use.anonymous = 3;
  check_split(use, {.free = 5, .short_by = 3});
  use.wired = 95;  // 5 too much, and 3
  check_split(use, {.short_by = 8});
}

TEST_CASE("every byte of memory is somewhere, and more wired memory leaves no more to files") {
  rc::prop("conservation and monotony", [] {
    const std::int64_t total = *rc::gen::element<std::int64_t>(1000, 51'539'607'552);
    const auto part = [&](int of_hundred) {
      return total / 100 * *rc::gen::inRange(0, of_hundred) + *rc::gen::inRange(0, 10);
    };
    MemoryUse use{.total = total,
                  .reserved = part(30),
                  .wired = part(60),
                  .anonymous = part(150),
                  .free_share = *rc::gen::inRange(0, 20) / 100.0,
                  .file_floor = *rc::gen::inRange(0, 40) / 100.0};
    const int ratio = *rc::gen::inRange(0, 40);
    use.compression = ratio == 0 ? 0.0 : 1.0 + ratio / 10.0;
    const MemorySplit split = split_memory(use);
    RC_ASSERT(accounted(use, split) == total);
    RC_ASSERT(split.resident + split.compressed + split.short_by == use.anonymous);
    for (const std::int64_t each : {split.page_cache, split.resident, split.compressed,
                                    split.compressor, split.free, split.short_by}) {
      RC_ASSERT(each >= 0);
    }
    MemoryUse more = use;
    more.wired += *rc::gen::inRange(0, 4) == 0 ? part(40) : *rc::gen::inRange(0, 3);
    const MemorySplit squeezed = split_memory(more);
    RC_ASSERT(squeezed.page_cache <= split.page_cache);
    RC_ASSERT(squeezed.resident <= split.resident);
    RC_ASSERT(squeezed.short_by >= split.short_by);
  });
}

TEST_CASE("memory that cannot be is refused") {
  for (const MemoryUse& use :
       {MemoryUse{.total = -1}, MemoryUse{.wired = -1}, MemoryUse{.total = 1, .free_share = 1.0},
        MemoryUse{.total = 1, .file_floor = -0.1}, MemoryUse{.total = 1, .compression = 1.0},
        MemoryUse{.total = 1, .compression = -2.0}}) {
    CHECK_THROWS_AS(split_memory(use), std::invalid_argument);
  }
}

}  // namespace
}  // namespace plimsoll
