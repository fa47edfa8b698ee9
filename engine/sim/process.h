// A process: a coroutine that a Simulation runs.
//
//   Process serve(Simulation& sim, SerialQueue& desk, Duration service) {
//     co_await desk.acquire();
//     co_await sim.delay(service);
//     desk.release();
//   }
//   sim.spawn(serve(sim, desk, service));
//
// Pass arguments by value, or by reference only to what outlives the run; no coroutine lambdas with
// captures. Build an aggregate before the co_await, not in it: g++ 12 destroys a braced temporary
// there twice.
#pragma once

#include <coroutine>
#include <cstdint>
#include <exception>
#include <utility>

namespace plimsoll::sim {

class Simulation;

class Process {
 public:
  struct promise_type {
    struct AtEnd {
      bool await_ready() const noexcept { return false; }
      void await_suspend(std::coroutine_handle<promise_type> ended) const noexcept;
      void await_resume() const noexcept {}
    };

    Process get_return_object() {
      return Process(std::coroutine_handle<promise_type>::from_promise(*this));
    }
    std::suspend_always initial_suspend() const noexcept { return {}; }
    AtEnd final_suspend() const noexcept { return {}; }
    void return_void() const noexcept {}
    void unhandled_exception() noexcept { failure = std::current_exception(); }

    Simulation* simulation = nullptr;  // set by spawn()
    std::uint32_t slot = 0;
    std::exception_ptr failure;
  };
  using Handle = std::coroutine_handle<promise_type>;

  Process(Process&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Process& operator=(Process&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~Process() {
    if (handle_) handle_.destroy();
  }

  Handle release() { return std::exchange(handle_, nullptr); }

 private:
  explicit Process(Handle handle) : handle_(handle) {}
  Handle handle_;
};

// Names a spawned process, also after its end.
struct ProcessId {
  std::uint32_t slot = 0;
  std::uint32_t generation = 0;
  friend bool operator==(ProcessId, ProcessId) = default;
};

}  // namespace plimsoll::sim
