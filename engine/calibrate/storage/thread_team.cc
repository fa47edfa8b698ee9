#include "calibrate/storage/thread_team.h"

#include <utility>

namespace plimsoll::calibrate::storage {

ThreadTeam::ThreadTeam(int threads) {
  for (int thread = 0; thread < threads; ++thread) {
    Worker& worker = workers_.emplace_back();
    worker.thread = std::thread([this, thread, &worker] { stay(thread, worker.go); });
  }
}

ThreadTeam::~ThreadTeam() {
  {
    std::unique_lock lock(mutex_);
    end_.wait(lock, [this] { return busy_ == 0; });
    over_ = true;
  }
  for (Worker& worker : workers_) worker.go.release();
  for (Worker& worker : workers_) worker.thread.join();
}

void ThreadTeam::start(int threads, std::function<void(int)> work) {
  {
    const std::lock_guard lock(mutex_);
    work_ = std::move(work);
    failure_ = nullptr;
    busy_ = threads;
  }
  for (int thread = 0; thread < threads; ++thread)
    workers_[static_cast<std::size_t>(thread)].go.release();
}

void ThreadTeam::wait() {
  std::unique_lock lock(mutex_);
  end_.wait(lock, [this] { return busy_ == 0; });
  if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
}

void ThreadTeam::run(int threads, std::function<void(int)> work) {
  start(threads, std::move(work));
  wait();
}

void ThreadTeam::stay(int thread, std::binary_semaphore& go) {
  for (;;) {
    go.acquire();
    if (over_) return;
    std::exception_ptr failure;
    try {
      work_(thread);
    } catch (...) {
      failure = std::current_exception();
    }
    const std::lock_guard lock(mutex_);
    if (failure && !failure_) failure_ = failure;
    if (--busy_ == 0) end_.notify_all();
  }
}

}  // namespace plimsoll::calibrate::storage
