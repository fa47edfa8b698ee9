// Reads with a number of requests under way: by threads that each read one after another, or by one
// io_uring.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "calibrate/storage/scratch_file.h"
#include "calibrate/storage/thread_team.h"

namespace plimsoll::calibrate::storage {

struct Request {
  std::int64_t offset = 0;
  std::int64_t bytes = 0;
};

// Which block comes when: all of them once, and then again from the first.
struct BlockOrder {
  std::int64_t block_bytes = 0;
  std::vector<std::uint32_t> blocks{};

  std::int64_t count() const { return static_cast<std::int64_t>(blocks.size()); }
  Request at(std::int64_t index) const {
    return {.offset = block_bytes * blocks[static_cast<std::size_t>(index % count())],
            .bytes = block_bytes};
  }
};

BlockOrder sequential_order(std::int64_t block_bytes, std::int64_t blocks);
BlockOrder random_order(std::int64_t block_bytes, std::int64_t blocks);  // the same every time

// When enough of a stream was seen.
struct WindowRule {
  std::int64_t requests = 1;       // so many at least …
  double seconds = 0.0;            // … and for so long,
  std::int64_t most_requests = 0;  // but not more than these; 0: no bound
};

struct Window {
  std::int64_t requests = 0;
  double seconds = 0.0;
  std::int64_t issued = 0;  // with those before and after it
};

// Sees requests complete. The window begins when as many are done as are under way at a time, and
// ends while they still are: so it shows the stream in its steady state, neither a queue that fills
// nor one that runs dry.
class StreamMeter {
 public:
  StreamMeter(int depth, const WindowRule& rule) : depth_(depth), rule_(rule) {}

  // One more is done. False once the window has ended.
  bool note();
  // Nothing more is to be asked for.
  void give_up();
  bool over() const;
  Window window() const;  // when over

 private:
  using Clock = std::chrono::steady_clock;

  int depth_;
  WindowRule rule_;
  mutable std::mutex mutex_;
  std::int64_t done_ = 0;
  bool over_ = false;
  Clock::time_point begin_{};
  Window window_{};
};

class Reader {
 public:
  virtual ~Reader() = default;
  // As fio says it: "io_uring, queue depth 8, 1 jobs".
  virtual std::string words() const = 0;
  // Request i into buffer(i); up to `depth` of them, all under way at once.
  virtual void read_all(std::span<const Request> requests) = 0;
  // Reads in that order, beginning with block `first` of it.
  virtual Window stream(const BlockOrder& order, std::int64_t first, const WindowRule& rule) = 0;

  int depth() const { return depth_; }
  std::span<std::byte> buffer(int slot) const {
    return buffers_.bytes().subspan(static_cast<std::size_t>(slot) * bytes_, bytes_);
  }

 protected:
  // Requests are not longer than `bytes`.
  Reader(int depth, std::int64_t bytes);

 private:
  int depth_;
  std::size_t bytes_;
  PageBuffer buffers_;
};

// `depth` threads of the team, which has as many. All readers throw KernelFailure where a read
// fails or ends early.
std::unique_ptr<Reader> thread_reader(FileHandle file, ThreadTeam& team, int depth,
                                      std::int64_t bytes);
// Threads that copy out of the file's map and so fault its pages in.
std::unique_ptr<Reader> mapped_reader(const ScratchFile& file, ThreadTeam& team, int depth,
                                      std::int64_t bytes);
// On one thread of the team. Throws KernelFailure where there is none.
std::unique_ptr<Reader> uring_reader(FileHandle file, ThreadTeam& team, int depth,
                                     std::int64_t bytes);

// Why io_uring cannot be used: the kernel's or a container's answer, or that this program was built
// without; empty: it can.
std::string uring_refusal();

}  // namespace plimsoll::calibrate::storage
