// How far a long command has come, on standard error and only if that is a terminal.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace plimsoll::cli {

// "1,234 of 10,000 points (12 %), 56.1 per second, 2 min 36 s left". `earlier` of those done were
// there at the start and say nothing about the rate.
std::string progress_line(const std::string& what, std::size_t done, std::size_t total,
                          std::size_t earlier, double elapsed_s);

// One line that rewrites itself at most ten times a second and is gone at the end, so that neither
// messages nor results are mixed up with it. Not thread-safe; parallel_for calls it from one thread
// at a time.
class Progress {
 public:
  explicit Progress(std::string what, std::size_t earlier = 0);  // "points"
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // Both without the `earlier` ones, as parallel_for counts them.
  void show(std::size_t done, std::size_t total);

 private:
  using Clock = std::chrono::steady_clock;

  std::string what_;
  std::size_t earlier_;
  bool terminal_;
  bool shown_ = false;
  Clock::time_point start_;
  Clock::time_point last_;
};

}  // namespace plimsoll::cli
