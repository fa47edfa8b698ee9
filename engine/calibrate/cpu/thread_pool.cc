#include "calibrate/cpu/thread_pool.h"

#include <utility>

#if defined(__x86_64__) || defined(__i386__)
#include <immintrin.h>
#endif

namespace plimsoll::calibrate::cpu {
namespace {

void pause() {
#if defined(__x86_64__) || defined(__i386__)
  _mm_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// Spins for some tens of microseconds, the gap between two operators of an engine, and then sleeps:
// on a machine with other work a thread that is waited for may not be running.
void wait_for_change(const std::atomic<std::uint32_t>& value, std::uint32_t old) {
  constexpr int spins = 2000;
  for (int i = 0; i < spins; ++i) {
    if (value.load(std::memory_order_acquire) != old) return;
    pause();
  }
  while (value.load(std::memory_order_acquire) == old) {
    value.wait(old, std::memory_order_acquire);
  }
}

void change(std::atomic<std::uint32_t>& value) {
  value.fetch_add(1, std::memory_order_release);
  value.notify_all();
}

}  // namespace

ThreadPool::ThreadPool(const Topology& topology, std::vector<Processor> processors)
    : topology_(topology), processors_(std::move(processors)) {
  if (!topology_.pin_to(processors_.front())) pinned_ = false;
  for (int thread = 1; thread < threads(); ++thread) {
    workers_.emplace_back([this, thread] { stay(thread); });
  }
}

ThreadPool::~ThreadPool() {
  stop_ = true;
  change(runs_);
  for (std::thread& worker : workers_) worker.join();
  topology_.unpin();
}

void ThreadPool::stay(int thread) {
  if (!topology_.pin_to(processors_[static_cast<std::size_t>(thread)])) pinned_ = false;
  for (std::uint32_t seen = 0;; ++seen) {
    wait_for_change(runs_, seen);
    if (stop_) return;
    (*work_)(thread);
    barrier();
  }
}

void ThreadPool::run(const std::function<void(int thread)>& work) {
  if (threads() == 1) return work(0);
  work_ = &work;
  change(runs_);
  work(0);
  barrier();
}

// The last to arrive begins a new generation, for which the others wait.
void ThreadPool::barrier() {
  if (threads() == 1) return;
  const std::uint32_t generation = generation_.load(std::memory_order_relaxed);
  const auto all = static_cast<std::uint32_t>(threads());
  if (arrived_.fetch_add(1, std::memory_order_acq_rel) + 1 == all) {
    arrived_.store(0, std::memory_order_relaxed);
    change(generation_);
  } else {
    wait_for_change(generation_, generation);
  }
}

}  // namespace plimsoll::calibrate::cpu
