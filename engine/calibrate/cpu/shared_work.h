// Work that a team's threads divide among themselves.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <vector>

namespace plimsoll::calibrate::cpu {

// Half-open.
struct Share {
  std::int64_t first;
  std::int64_t last;
};

// The part of thread `thread` of `count` things in whole steps of `step`.
Share share_of(std::int64_t count, int thread, int threads, std::int64_t step = 1);

// Every thread takes the pieces of its own share one after another, as they lie in memory, and then
// what others have left: a thread that is slower, because another program or another machine's
// threads share its core, or its memory is further away, keeps nobody waiting. Engines deal out
// rows in such pieces, too.
class SharedWork {
 public:
  explicit SharedWork(int threads) : left_(static_cast<std::size_t>(threads)) {}

  // By one thread, before the others take.
  void begin(std::int64_t count, std::int64_t step);
  // The next piece for this thread, in whole steps; none when all are taken.
  std::optional<Share> take(int thread);

 private:
  // What is left of a thread's share, on a line of its own.
  struct alignas(64) Left {
    std::atomic<std::int64_t> next{0};
    std::int64_t last = 0;
    std::int64_t piece = 1;
  };

  static std::optional<Share> take_from(Left& left);

  std::vector<Left> left_;
};

}  // namespace plimsoll::calibrate::cpu
