// Ctrl-C for commands that take long: what was begun is finished, and the user is told how to go
// on.
#pragma once

#include <atomic>
#include <stdexcept>
#include <string>

namespace plimsoll::cli {

// While it lives, SIGINT and SIGTERM set a flag instead of ending the program; a second one ends it
// at once, with status 128 + signal. One at a time.
//
//   const InterruptFlag interrupt;
//   parallel_for(count, {.stop = &interrupt.flag()}, body);
//   if (interrupt.flag()) throw Interrupted(interrupt.signal(), "Stopped. To go on: …");
class InterruptFlag {
 public:
  InterruptFlag();
  ~InterruptFlag();
  InterruptFlag(const InterruptFlag&) = delete;
  InterruptFlag& operator=(const InterruptFlag&) = delete;

  const std::atomic<bool>& flag() const;
  int signal() const;  // the one that came; 0: none
};

// Ends the command with status 128 + signal (130 for Ctrl-C) after `what()` on standard error.
class Interrupted : public std::runtime_error {
 public:
  Interrupted(int signal, const std::string& message)
      : std::runtime_error(message), signal_(signal) {}
  int status() const { return 128 + signal_; }

 private:
  int signal_;
};

}  // namespace plimsoll::cli
