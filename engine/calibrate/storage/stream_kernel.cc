#include <algorithm>
#include <cstdio>
#include <fcntl.h>
#include <sys/mman.h>

#include "base/system_error.h"
#include "calibrate/kernel_failure.h"
#include "calibrate/storage/file_pattern.h"
#include "calibrate/storage/storage_kernels.h"

namespace plimsoll::calibrate::storage {
namespace {

// So many times as many requests as are under way there are blocks, where none may come twice.
constexpr std::int64_t blocks_per_request = 8;
// So many times as many requests make a window: the spread of one's time evens out.
constexpr std::int64_t window_depths = 2;
// Of a file that is read cold, what may be in memory at the end of a window: the kernel reads
// around a fault, and the next block may lie there.
constexpr double read_around_share = 1.0 / 3.0;

std::string percent(double share) {
  char text[16];
  std::snprintf(text, sizeof text, "%.1f %%", 100.0 * share);
  return text;
}

bool is_cold_cached(const StreamPattern& pattern) {
  return pattern.access != Access::direct && pattern.pages == Pages::cold;
}

std::int64_t span_of(const StreamPattern& pattern, std::int64_t file_bytes) {
  return pattern.pages == Pages::warm ? std::min(file_bytes, warm_span) : file_bytes;
}

class StreamKernel final : public Kernel {
 public:
  StreamKernel(const StorageRig& rig, const StreamPattern& pattern)
      : file_(rig.file),
        window_s_(rig.window_s),
        pattern_(pattern),
        case_(stream_case(rig, pattern)),
        span_(span_of(pattern, rig.file.bytes())),
        order_(pattern.order == Order::random
                   ? random_order(pattern.block_bytes, span_ / pattern.block_bytes)
                   : sequential_order(pattern.block_bytes, span_ / pattern.block_bytes)),
        reader_(
            make_reader(rig, pattern.access, pattern.order, pattern.depth, pattern.block_bytes)) {}

  const KernelCase& kernel_case() const override { return case_; }

  KernelCheck check() override {
    std::vector<Request> requests;
    for (int i = 0; i < pattern_.depth; ++i) requests.push_back(order_.at(i));
    reader_->read_all(requests);
    return check_requests(*reader_, requests);
  }

  double run(int launches) override {
    prepare();
    WindowRule rule{.requests = std::max<std::int64_t>(launches, window_depths * pattern_.depth),
                    .seconds = window_s_};
    if (reads_once()) rule.most_requests = order_.count() - 2 * pattern_.depth;
    const Window window = reader_->stream(order_, next_, rule);
    next_ = (next_ + window.issued) % order_.count();
    if (is_cold_cached(pattern_)) require_little_around(window);
    return window.seconds * launches / static_cast<double>(window.requests);
  }

 private:
  // A block that comes again is in memory, or mapped already.
  bool reads_once() const { return is_cold_cached(pattern_) || pattern_.access == Access::mapped; }

  void prepare() {
    if (is_cold_cached(pattern_)) return make_cold();
    if (pattern_.pages == Pages::warm) make_warm();
  }

  void make_cold() {
    file_.drop();
    const double resident = file_.resident_share(0, span_);
    if (resident > cold_resident_share)
      throw KernelFailure("not cold: " + percent(resident) + " of the file stayed in memory");
  }

  void require_little_around(const Window& window) const {
    const double read = static_cast<double>(window.issued * pattern_.block_bytes);
    const double around =
        file_.resident_share(0, span_) - read / static_cast<double>(file_.bytes());
    if (pattern_.order == Order::random && around > read_around_share)
      throw KernelFailure("no longer cold: the kernel read " + percent(around) +
                          " of the file around what was asked for");
  }

  void make_warm() {
    if (file_.resident_share(0, span_) < warm_resident_share) file_.warm(0, span_);
    const double resident = file_.resident_share(0, span_);
    if (resident < warm_resident_share)
      throw KernelFailure("not warm: only " + percent(resident) + " of what is read in memory");
    if (pattern_.access == Access::mapped) file_.unmap_pages();
  }

  const ScratchFile& file_;
  double window_s_;
  StreamPattern pattern_;
  KernelCase case_;
  std::int64_t span_;
  BlockOrder order_;
  std::unique_ptr<Reader> reader_;
  std::int64_t next_ = 0;
};

const char* word(Access access) {
  return access == Access::direct ? "direct" : "buffered";
}

std::string engine_words(const StorageRig& rig, Access access, int depth) {
  const std::string jobs = ", queue depth 1, " + std::to_string(depth) + " jobs";
  if (access == Access::mapped) return "mmap" + jobs;
  if (access == Access::direct && rig.uring)
    return "io_uring, queue depth " + std::to_string(depth) + ", 1 jobs";
  return "psync" + jobs;
}

}  // namespace

std::unique_ptr<Reader> make_reader(const StorageRig& rig, Access access, Order order, int depth,
                                    std::int64_t bytes) {
  if (access == Access::mapped) return mapped_reader(rig.file, rig.team, depth, bytes);
  FileHandle file = rig.file.reopen(access == Access::direct ? O_DIRECT : 0);
  if (!file.open()) throw KernelFailure(system_error_text("opening the file once more"));
  ::posix_fadvise(file.descriptor(), 0, 0,
                  order == Order::random ? POSIX_FADV_RANDOM : POSIX_FADV_SEQUENTIAL);
  if (access == Access::direct && rig.uring)
    return uring_reader(std::move(file), rig.team, depth, bytes);
  return thread_reader(std::move(file), rig.team, depth, bytes);
}

KernelCheck check_requests(const Reader& reader, std::span<const Request> requests) {
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const auto got =
        reader.buffer(static_cast<int>(i)).first(static_cast<std::size_t>(requests[i].bytes));
    if (const auto place = first_difference(requests[i].offset, got))
      return {.right = false,
              .worst_error = 1.0,
              .why = "byte " + std::to_string(*place) + " of the file, read in a block at " +
                     std::to_string(requests[i].offset) + ", is not what was written there"};
  }
  return {.right = true, .why = {}};
}

bool fits(const StreamPattern& pattern, std::int64_t file_bytes) {
  if (pattern.depth * pattern.block_bytes > most_under_way) return false;
  return span_of(pattern, file_bytes) / pattern.block_bytes >= blocks_per_request * pattern.depth;
}

KernelCase stream_case(const StorageRig& rig, const StreamPattern& pattern) {
  std::string variant = std::string(word(pattern.access)) + ", " +
                        (pattern.order == Order::random ? "random" : "sequential") + ", " +
                        engine_words(rig, pattern.access, pattern.depth);
  if (pattern.access != Access::direct)
    variant += pattern.pages == Pages::cold ? ", cold" : ", warm";
  return {.family = "storage_read",
          .format = {},
          .variant = std::move(variant),
          .shape = {{"block", pattern.block_bytes}},
          .work = {.bytes = static_cast<double>(pattern.block_bytes), .items = 1.0}};
}

std::unique_ptr<Kernel> make_stream_kernel(const StorageRig& rig, const StreamPattern& pattern) {
  return std::make_unique<StreamKernel>(rig, pattern);
}

double direct_rate(const StorageRig& rig) {
  constexpr int depth = 8;
  constexpr std::int64_t block = std::int64_t{1} << 20;
  const auto reader = make_reader(rig, Access::direct, Order::random, depth, block);
  const Window window = reader->stream(random_order(block, rig.file.bytes() / block), 0,
                                       {.requests = 4 * depth, .seconds = 0.3});
  return static_cast<double>(window.requests * block) / window.seconds;
}

}  // namespace plimsoll::calibrate::storage
