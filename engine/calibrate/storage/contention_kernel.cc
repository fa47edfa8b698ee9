#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <fcntl.h>
#include <unistd.h>

#include "base/elapsed.h"
#include "base/system_error.h"
#include "calibrate/kernel_failure.h"
#include "calibrate/storage/storage_kernels.h"

namespace plimsoll::calibrate::storage {
namespace {

constexpr int background_depth = 8;
constexpr std::int64_t background_block = std::int64_t{1} << 20;
// Of the wanted rate: with less the kernel was timed beside other reads than its name says.
constexpr double kept_share = 0.8;
// Before that a rate of single blocks is none yet.
constexpr double settled_s = 0.5;
// Of the kernel beside it: so many blocks come meanwhile that their number hardly varies.
constexpr double sample_s = 0.02;

// Direct reads at a steady rate, from when it is made until it goes.
class BackgroundReads {
 public:
  BackgroundReads(const StorageRig& rig, double bytes_per_s)
      : team_(rig.team),
        order_(random_order(background_block, rig.file.bytes() / background_block)),
        bytes_per_s_(bytes_per_s),
        file_(rig.file.reopen(O_DIRECT)) {
    if (!file_.open()) throw KernelFailure(system_error_text("opening the file for direct reads"));
    for (int i = 0; i < background_depth; ++i) buffers_.emplace_back(background_block);
    team_.start(background_depth, [this](int thread) { read_on(thread); });
  }
  ~BackgroundReads() {
    stop_ = true;
    try {
      team_.wait();
    } catch (const KernelFailure&) {  // told by require_rate()
    }
  }
  BackgroundReads(const BackgroundReads&) = delete;
  BackgroundReads& operator=(const BackgroundReads&) = delete;

  void require_rate() const {
    if (failed_) throw KernelFailure("a background read failed");
    const double seconds = seconds_since(begin_);
    if (bytes_per_s_ <= 0.0 || seconds < settled_s) return;
    const double share =
        static_cast<double>(done_.load() * background_block) / seconds / bytes_per_s_;
    if (share < kept_share)
      throw KernelFailure("background reads came to " + std::to_string(std::lround(100.0 * share)) +
                          " % of their rate");
  }

 private:
  void read_on(int thread) {
    const std::span<std::byte> to = buffers_[static_cast<std::size_t>(thread)].bytes();
    while (!stop_) {
      const std::int64_t index = next_.fetch_add(1);
      if (!wait_for_turn(index)) return;
      const Request request = order_.at(index);
      const ssize_t got = ::pread(file_.descriptor(), to.data(), to.size(), request.offset);
      if (got != static_cast<ssize_t>(to.size())) {
        failed_ = true;
        return;
      }
      ++done_;
    }
  }

  // False when it is over.
  bool wait_for_turn(std::int64_t index) const {
    constexpr std::chrono::milliseconds nap(20);
    if (bytes_per_s_ <= 0.0) return true;
    const std::chrono::duration<double> due(static_cast<double>(index * background_block) /
                                            bytes_per_s_);
    const auto turn = begin_ + std::chrono::duration_cast<SteadyClock::duration>(due);
    while (!stop_ && SteadyClock::now() < turn)
      std::this_thread::sleep_until(std::min(turn, SteadyClock::now() + nap));
    return !stop_;
  }

  ThreadTeam& team_;
  BlockOrder order_;
  double bytes_per_s_;
  FileHandle file_;
  std::vector<PageBuffer> buffers_;
  SteadyClock::time_point begin_ = SteadyClock::now();
  std::atomic<bool> stop_{false};
  std::atomic<bool> failed_{false};
  std::atomic<std::int64_t> next_{0};
  std::atomic<std::int64_t> done_{0};
};

class ContentionKernel final : public Kernel {
 public:
  ContentionKernel(const StorageRig& rig, Backend& computing, const KernelCase& inner,
                   const Background& background)
      : rig_(rig),
        background_(background),
        case_(contention_case(computing, inner, background)),
        inner_(computing.make(inner)) {}

  const KernelCase& kernel_case() const override { return case_; }

  // The drive's reads, and the result of the kernel beside them.
  KernelCheck check() override {
    if (background_.reads) {
      const auto reader =
          make_reader(rig_, Access::direct, Order::random, background_depth, background_block);
      const BlockOrder order = random_order(background_block, rig_.file.bytes() / background_block);
      std::vector<Request> requests;
      for (int i = 0; i < background_depth; ++i) requests.push_back(order.at(i));
      reader->read_all(requests);
      if (KernelCheck read = check_requests(*reader, requests); !read.right) return read;
      reads_ = std::make_unique<BackgroundReads>(rig_, background_.bytes_per_s);
    }
    return inner_->check();
  }

  double run(int launches) override {
    if (once_s_ <= 0.0) once_s_ = inner_->run(1);
    const int enough = once_s_ > 0.0 ? static_cast<int>(std::ceil(sample_s / once_s_)) : 1;
    const int run = std::max(launches, std::min(enough, 1 << 16));
    const double seconds = inner_->run(run);
    if (reads_) reads_->require_rate();
    return seconds * launches / run;
  }

 private:
  StorageRig rig_;
  Background background_;
  KernelCase case_;
  std::unique_ptr<Kernel> inner_;
  double once_s_ = 0.0;
  std::unique_ptr<BackgroundReads> reads_;
};

}  // namespace

KernelCase contention_case(const Backend& computing, const KernelCase& inner,
                           const Background& background) {
  KernelCase of = inner;
  of.family = "storage_contention";
  of.variant = computing.id() + " " + inner.family + ", " + background.words;
  if (background.bytes_per_s > 0.0)
    of.shape["background_bytes_per_s"] = std::llround(background.bytes_per_s);
  return of;
}

std::unique_ptr<Kernel> make_contention_kernel(const StorageRig& rig, Backend& computing,
                                               const KernelCase& inner,
                                               const Background& background) {
  return std::make_unique<ContentionKernel>(rig, computing, inner, background);
}

}  // namespace plimsoll::calibrate::storage
