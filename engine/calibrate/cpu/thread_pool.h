// Threads that stay, each pinned to a processor of its own, and meet at a barrier: what engines
// compute a token with.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <thread>
#include <vector>

#include "calibrate/cpu/topology.h"

namespace plimsoll::calibrate::cpu {

class ThreadPool {
 public:
  // Thread i runs on processors[i]; thread 0 is the caller of run(), pinned while the pool lives.
  ThreadPool(const Topology& topology, std::vector<Processor> processors);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int threads() const { return static_cast<int>(processors_.size()); }
  bool pinned() const { return pinned_; }  // all of them

  // Calls work(thread) on every thread and waits for all. Work must not throw.
  void run(const std::function<void(int thread)>& work);
  // Within run(): goes on when all threads have come here.
  void barrier();

 private:
  void stay(int thread);

  const Topology& topology_;
  std::vector<Processor> processors_;
  const std::function<void(int)>* work_ = nullptr;
  bool stop_ = false;
  std::atomic<bool> pinned_{true};
  // Each on a line of its own: the threads spin on them.
  alignas(64) std::atomic<std::uint32_t> runs_{0};
  alignas(64) std::atomic<std::uint32_t> arrived_{0};
  alignas(64) std::atomic<std::uint32_t> generation_{0};
  std::vector<std::thread> workers_;
};

}  // namespace plimsoll::calibrate::cpu
