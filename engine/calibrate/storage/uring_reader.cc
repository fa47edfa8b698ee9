#include "calibrate/kernel_failure.h"
#include "calibrate/storage/reader.h"

#if PLIMSOLL_HAS_LIBURING

#include <cerrno>
#include <liburing.h>
#include <system_error>

namespace plimsoll::calibrate::storage {
namespace {

std::string error_text(int negative_errno) {
  return std::generic_category().message(-negative_errno);
}

// A completion need not interrupt the reader, who looks for it anyway.
#ifdef IORING_SETUP_COOP_TASKRUN
constexpr unsigned without_interrupts = IORING_SETUP_COOP_TASKRUN;
#else  // liburing before 2.2
constexpr unsigned without_interrupts = 0;
#endif

// Not set up where status() is negative: the kernel refused.
class Ring {
 public:
  // Kernels before 5.19 do not know the flag.
  explicit Ring(int depth) : status_(set_up(depth, without_interrupts)) {
    if (status_ == -EINVAL) status_ = set_up(depth, 0);
  }
  ~Ring() {
    if (status_ == 0) ::io_uring_queue_exit(&ring_);
  }
  Ring(const Ring&) = delete;
  Ring& operator=(const Ring&) = delete;

  int status() const { return status_; }
  io_uring* get() { return &ring_; }

 private:
  int set_up(int depth, unsigned flags) {
    return ::io_uring_queue_init(static_cast<unsigned>(depth), &ring_, flags);
  }

  io_uring ring_{};
  int status_;
};

class UringReader final : public Reader {
 public:
  UringReader(FileHandle file, ThreadTeam& team, int depth, std::int64_t bytes)
      : Reader(depth, bytes),
        file_(std::move(file)),
        team_(team),
        ring_(depth),
        asked_(static_cast<std::size_t>(depth)) {
    if (ring_.status() != 0) throw KernelFailure("io_uring: " + error_text(ring_.status()));
  }

  std::string words() const override {
    return "io_uring, queue depth " + std::to_string(depth()) + ", 1 jobs";
  }

  void read_all(std::span<const Request> requests) override {
    team_.run(1, [&](int) {
      for (std::size_t i = 0; i < requests.size(); ++i) ask(i, requests[i]);
      serve([](std::size_t) {});
    });
  }

  Window stream(const BlockOrder& order, std::int64_t first, const WindowRule& rule) override {
    StreamMeter meter(depth(), rule);
    std::int64_t next = first;
    team_.run(1, [&](int) {
      for (std::size_t slot = 0; slot < asked_.size(); ++slot) ask(slot, order.at(next++));
      serve([&](std::size_t slot) {
        if (meter.note()) ask(slot, order.at(next++));
      });
    });
    Window window = meter.window();
    window.issued = next - first;
    return window;
  }

 private:
  void ask(std::size_t slot, const Request& request) {
    io_uring_sqe* entry = ::io_uring_get_sqe(ring_.get());
    ::io_uring_prep_read(entry, file_.descriptor(), buffer(static_cast<int>(slot)).data(),
                         static_cast<unsigned>(request.bytes),
                         static_cast<std::uint64_t>(request.offset));
    entry->user_data = slot;
    asked_[slot] = request.bytes;
    ++under_way_;
  }

  // Calls done(slot) for each that completes, until none is under way: after a failure, too, since
  // the kernel writes into our buffers as long as they are.
  template <typename Done>
  void serve(const Done& done) {
    std::string failure;
    while (under_way_ > 0) {
      const int status = ::io_uring_submit_and_wait(ring_.get(), 1);
      if (status < 0 && status != -EINTR)
        throw KernelFailure("io_uring_submit_and_wait: " + error_text(status));
      io_uring_cqe* completion = nullptr;
      while (::io_uring_peek_cqe(ring_.get(), &completion) == 0) {
        const auto slot = static_cast<std::size_t>(completion->user_data);
        const int result = completion->res;
        ::io_uring_cqe_seen(ring_.get(), completion);
        --under_way_;
        if (result < 0) failure = "io_uring read: " + error_text(result);
        if (result >= 0 && result != asked_[slot])
          failure = "io_uring read: " + std::to_string(result) + " of " +
                    std::to_string(asked_[slot]) + " bytes";
        if (failure.empty()) done(slot);
      }
    }
    if (!failure.empty()) throw KernelFailure(failure);
  }

  FileHandle file_;
  ThreadTeam& team_;
  Ring ring_;
  std::vector<std::int64_t> asked_;  // bytes, by slot
  int under_way_ = 0;
};

}  // namespace

std::unique_ptr<Reader> uring_reader(FileHandle file, ThreadTeam& team, int depth,
                                     std::int64_t bytes) {
  return std::make_unique<UringReader>(std::move(file), team, depth, bytes);
}

std::string uring_refusal() {
  const Ring ring(1);
  return ring.status() == 0 ? "" : error_text(ring.status());
}

}  // namespace plimsoll::calibrate::storage

#else

namespace plimsoll::calibrate::storage {

std::unique_ptr<Reader> uring_reader(FileHandle, ThreadTeam&, int, std::int64_t) {
  throw KernelFailure("io_uring: " + uring_refusal());
}

std::string uring_refusal() {
  return "this program was built without liburing";
}

}  // namespace plimsoll::calibrate::storage

#endif
