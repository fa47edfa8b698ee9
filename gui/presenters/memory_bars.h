// What lies in which memory, as bars of segments. Without Qt.
#pragma once

#include <string>
#include <vector>

#include "evaluate/outcome.h"

namespace plimsoll::gui {

enum class MemoryPart {
  held,       // weights, caches, buffers: cannot be taken away
  evictable,  // file-backed: the page cache may drop it
  free,
  withheld,  // kept from the scenario by a limit
  reserved,  // the operating system's
  missing,   // what finds no room, beyond the end
};

// From `start` to `end` on the bar, in bytes from its left. Where memory is short, the items that
// find no room end at the usable limit, or have no length; `bytes` is still all of them.
struct MemorySegment {
  MemoryPart part = MemoryPart::held;
  std::string what;  // of the engine's vocabulary
  Estimate bytes;
  double start = 0.0;
  double end = 0.0;
  double share = 0.0;  // of the capacity
};

// A pool, or each of several that hold the same.
struct MemoryBar {
  std::string label;  // "GPU 0-3 memory, each"
  int count = 1;
  Bytes capacity;
  Bytes usable;
  std::string use;    // "20.1 GB (19.8 … 20.6) of 24.0 GB usable"
  std::string limit;  // "capacity 24 GiB, usable …: what sets it"
  std::string raise;  // command that raises the limit; may be empty
  std::vector<MemorySegment> segments;

  double end() const { return segments.empty() ? 0.0 : segments.back().end; }
};

// Segments of a name stand in the same order in every bar: what is largest over all pools first,
// what may be evicted after what is held.
std::vector<MemoryBar> memory_bars(const Outcome& outcome);

// The longest bar over the shortest: whether one scale can show them all.
double span_of_lengths(const std::vector<MemoryBar>& bars);

}  // namespace plimsoll::gui
