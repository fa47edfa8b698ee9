// Threads that wait in read() or copy, and sleep when there is nothing to do.
#pragma once

#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <semaphore>
#include <thread>

namespace plimsoll::calibrate::storage {

// Runs on the processors that its maker may run on when it makes it: made before kernels of the
// processor pin their caller.
class ThreadTeam {
 public:
  explicit ThreadTeam(int threads);
  ~ThreadTeam();  // waits
  ThreadTeam(const ThreadTeam&) = delete;
  ThreadTeam& operator=(const ThreadTeam&) = delete;

  int threads() const { return static_cast<int>(workers_.size()); }

  // Calls work(i) on thread i for all i < threads. Another start only after wait().
  void start(int threads, std::function<void(int thread)> work);
  // Until all have returned; throws what the first of them threw.
  void wait();
  void run(int threads, std::function<void(int thread)> work);

 private:
  struct Worker {
    std::binary_semaphore go{0};
    std::thread thread{};
  };

  void stay(int thread, std::binary_semaphore& go);

  std::mutex mutex_;
  std::condition_variable end_;
  std::function<void(int)> work_;
  int busy_ = 0;
  bool over_ = false;
  std::exception_ptr failure_;
  std::deque<Worker> workers_;
};

}  // namespace plimsoll::calibrate::storage
