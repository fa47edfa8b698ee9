#include "interrupt.h"

#include <array>
#include <csignal>
#include <unistd.h>

namespace plimsoll::cli {
namespace {

constexpr std::array<int, 2> heeded = {SIGINT, SIGTERM};

// What a handler may touch: lock-free atomics (POSIX.1-2017, 2.4.3; C++20 [support.signal]).
std::atomic<bool> interrupted{false};
std::atomic<int> first_signal{0};
static_assert(std::atomic<bool>::is_always_lock_free && std::atomic<int>::is_always_lock_free);

std::array<struct sigaction, heeded.size()> before;

extern "C" void note_signal(int signal) {
  if (interrupted.load()) ::_exit(128 + signal);
  first_signal.store(signal);
  interrupted.store(true);
}

}  // namespace

InterruptFlag::InterruptFlag() {
  interrupted = false;
  first_signal = 0;
  struct sigaction action = {};
  action.sa_handler = note_signal;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  for (std::size_t i = 0; i < heeded.size(); ++i) {
    sigaction(heeded[i], nullptr, &before[i]);
    if (before[i].sa_handler != SIG_IGN) sigaction(heeded[i], &action, nullptr);
  }
}

InterruptFlag::~InterruptFlag() {
  for (std::size_t i = 0; i < heeded.size(); ++i) sigaction(heeded[i], &before[i], nullptr);
}

const std::atomic<bool>& InterruptFlag::flag() const {
  return interrupted;
}

int InterruptFlag::signal() const {
  return first_signal.load();
}

}  // namespace plimsoll::cli
