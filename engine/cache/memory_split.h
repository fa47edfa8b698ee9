// One budget for everything in a machine's memory: what processes wire, what they hold anonymously,
// what the file cache may use, and what the compressor has to make of the rest.
//
//   total = reserved + wired + resident + compressor + page cache + free
//
// What is wired the page cache loses. Anonymous memory comes before cached files down to a floor
// for files; of what does not fit then as little as possible is compressed, and touching it again
// costs a decompression. Only wired memory takes the floor and, last, what is kept free.
#pragma once

#include <cstdint>

namespace plimsoll {

struct MemoryUse {
  std::int64_t total = 0;      // bytes of memory
  std::int64_t reserved = 0;   // the operating system and whatever else runs
  std::int64_t wired = 0;      // by this process: never evicted, never compressed
  std::int64_t anonymous = 0;  // by this process: evictable only by compressing or swapping
  double free_share = 0.0;     // of total, that the system keeps free (its watermark)
  // Of total: cached files are not squeezed below this by anonymous memory.
  double file_floor = 0.0;
  double compression = 0.0;  // original over compressed size; 0: there is no compressor
};

struct MemorySplit {
  std::int64_t page_cache = 0;  // what files may take
  std::int64_t resident = 0;    // anonymous memory held uncompressed
  std::int64_t compressed = 0;  // anonymous memory (original size) held compressed
  std::int64_t compressor = 0;  // bytes that those take
  std::int64_t free = 0;
  // What fits nowhere, even compressed (original size of anonymous memory, and wired memory beyond
  // total); > 0: the process is killed or swaps.
  std::int64_t short_by = 0;
};

// Parts add up to total to the byte, and resident + compressed + short_by to the anonymous memory,
// unless reserved and wired alone exceed total. More wired memory never leaves more page cache.
// Throws std::invalid_argument for negative values, shares outside [0, 1) or compression in (0, 1].
MemorySplit split_memory(const MemoryUse& use);

}  // namespace plimsoll
