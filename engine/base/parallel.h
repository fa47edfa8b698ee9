// Work over an index range on several threads, with results that do not depend on their number.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>

namespace plimsoll {

struct ParallelOptions {
  int threads = 0;  // 0: as many as the machine has
  // Called after every finished index, from one thread at a time.
  std::function<void(std::size_t done, std::size_t total)> progress;
  const std::atomic<bool>* stop = nullptr;  // set from elsewhere: no further index is begun
};

// Workers that `options` comes to; body's `worker` is below it.
int worker_count(const ParallelOptions& options);

// Calls body(index, worker) once for every index below `count`, in no particular order; two calls
// with the same worker never overlap, so each worker may own what is not thread-safe (a Catalog).
// Results belong into slots by index. Returns whether all were done; after a stop those begun are
// finished. Of several exceptions the one of the lowest index is rethrown, after all that were
// begun have finished.
bool parallel_for(std::size_t count, const ParallelOptions& options,
                  const std::function<void(std::size_t index, int worker)>& body);

}  // namespace plimsoll
