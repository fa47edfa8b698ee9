#include "presenters/memory_bars.h"

#include <algorithm>

#include "support/catch.h"

using namespace plimsoll;
using namespace plimsoll::gui;

namespace {

// 24 bytes, of which 20 are usable and 1 is the system's.
PoolMemory pool(const std::string& name, std::vector<MemoryItem> items) {
  PoolMemory made{.node = "box",
                  .pool = name,
                  .capacity = Bytes(24),
                  .usable = Bytes(20),
                  .limit = "a limit",
                  .items = std::move(items)};
  for (const MemoryItem& item : made.items) {
    made.used.value += item.bytes.value;
    made.used.low += item.bytes.low;
    made.used.high += item.bytes.high;
  }
  if (made.used.value > 20) made.short_by = Bytes(made.used.value - 20);
  made.fill_rest(Estimate::exact(1));
  return made;
}

MemoryItem item(const std::string& what, double bytes, bool wired = true) {
  return {.what = what, .bytes = Estimate::exact(bytes), .wired = wired};
}

double length(const MemoryBar& bar, MemoryPart part) {
  double sum = 0.0;
  for (const MemorySegment& segment : bar.segments)
    if (segment.part == part) sum += segment.end - segment.start;
  return sum;
}

std::vector<std::string> names(const MemoryBar& bar) {
  std::vector<std::string> list;
  for (const MemorySegment& segment : bar.segments) list.push_back(segment.what);
  return list;
}

}  // namespace

TEST_CASE("segments of a memory add up to its capacity", "[memory_bars]") {
  Outcome outcome;
  outcome.memory = {pool("GPU 0 memory", {item("weights", 12), item("cache", 3)})};
  const MemoryBar bar = memory_bars(outcome).front();
  CHECK(length(bar, MemoryPart::held) == 15);
  CHECK(length(bar, MemoryPart::free) == 5);      // 20 usable
  CHECK(length(bar, MemoryPart::withheld) == 3);  // of 24, less the system's
  CHECK(length(bar, MemoryPart::reserved) == 1);
  CHECK(length(bar, MemoryPart::missing) == 0);
  CHECK(bar.end() == 24);
  // One touches the next.
  double at = 0.0;
  for (const MemorySegment& segment : bar.segments) {
    CHECK(segment.start == at);
    at = segment.end;
  }
  CHECK(bar.segments[0].share == 0.5);
}

TEST_CASE("what finds no room stands beyond the capacity", "[memory_bars]") {
  Outcome outcome;
  outcome.memory = {pool("GPU 0 memory", {item("weights", 18), item("cache", 5)})};
  const MemoryBar bar = memory_bars(outcome).front();
  CHECK(length(bar, MemoryPart::held) == 20);
  CHECK(length(bar, MemoryPart::missing) == 3);
  CHECK(bar.segments.back().part == MemoryPart::missing);
  CHECK(bar.segments.back().start == 24);
  CHECK(bar.end() == 27);
  // Its bytes are all of it, although only 2 are drawn.
  CHECK(bar.segments[1].bytes.value == 5);
  CHECK(bar.segments[1].end - bar.segments[1].start == 2);
}

TEST_CASE("names have one order in all memories, what can be dropped last", "[memory_bars]") {
  Outcome outcome;
  outcome.memory = {
      pool("GPU 0 memory", {item("cache", 6), item("weights", 4)}),
      pool("main memory", {item("page cache", 9, false), item("weights", 8), item("cache", 1)})};
  const std::vector<MemoryBar> bars = memory_bars(outcome);
  REQUIRE(bars.size() == 2);
  // Weights are 12 over both, the cache 7.
  CHECK(names(bars[0])[0] == "weights");
  CHECK(names(bars[0])[1] == "cache");
  CHECK(names(bars[1])[0] == "weights");
  CHECK(names(bars[1])[1] == "cache");
  CHECK(names(bars[1])[2] == "page cache");
  CHECK(length(bars[1], MemoryPart::evictable) == 9);
}

TEST_CASE("memories that hold the same are one bar", "[memory_bars]") {
  Outcome outcome;
  for (int gpu = 0; gpu < 8; ++gpu)
    outcome.memory.push_back(pool("GPU " + std::to_string(gpu) + " memory", {item("weights", 12)}));
  const std::vector<MemoryBar> bars = memory_bars(outcome);
  REQUIRE(bars.size() == 1);
  CHECK(bars[0].count == 8);
  CHECK(bars[0].label == "GPU 0-7 memory, each");
  CHECK(span_of_lengths(bars) == 1.0);
  CHECK(memory_bars(Outcome()).empty());
}
