#include "base/parallel.h"

#include <algorithm>
#include <exception>
#include <mutex>
#include <tbb/global_control.h>
#include <tbb/parallel_for.h>
#include <tbb/partitioner.h>
#include <tbb/task_arena.h>

namespace plimsoll {

int worker_count(const ParallelOptions& options) {
  return options.threads > 0 ? options.threads : tbb::this_task_arena::max_concurrency();
}

bool parallel_for(std::size_t count, const ParallelOptions& options,
                  const std::function<void(std::size_t index, int worker)>& body) {
  std::mutex mutex;
  std::size_t done = 0;
  std::exception_ptr failure;
  std::size_t failed_index = count;
  std::atomic<bool> failed{false};
  const auto stopped = [&] {
    return failed.load() || (options.stop != nullptr && options.stop->load());
  };
  const auto step = [&](std::size_t index) {
    if (stopped()) return;
    try {
      body(index, tbb::this_task_arena::current_thread_index());
    } catch (...) {
      const std::lock_guard lock(mutex);
      failed = true;
      if (index >= failed_index) return;
      failed_index = index;
      failure = std::current_exception();
      return;
    }
    const std::lock_guard lock(mutex);
    ++done;
    if (options.progress) options.progress(done, count);
  };
  const int workers = worker_count(options);
  // More threads than cores are granted only on demand.
  const tbb::global_control allowed(tbb::global_control::max_allowed_parallelism,
                                    static_cast<std::size_t>(std::max(2, workers)));
  tbb::task_arena arena(workers);
  arena.execute([&] { tbb::parallel_for(std::size_t{0}, count, step, tbb::simple_partitioner()); });
  if (failure) std::rethrow_exception(failure);
  return done == count;
}

}  // namespace plimsoll
