#include <atomic>
#include <cerrno>
#include <cstring>
#include <unistd.h>

#include "base/system_error.h"
#include "calibrate/kernel_failure.h"
#include "calibrate/storage/reader.h"

namespace plimsoll::calibrate::storage {
namespace {

// Each thread reads into the buffer of its number, one request after another.
class JobReader : public Reader {
 public:
  JobReader(ThreadTeam& team, int depth, std::int64_t bytes) : Reader(depth, bytes), team_(team) {}

  void read_all(std::span<const Request> requests) final {
    team_.run(static_cast<int>(requests.size()), [&](int thread) {
      transfer(requests[static_cast<std::size_t>(thread)], buffer(thread));
    });
  }

  Window stream(const BlockOrder& order, std::int64_t first, const WindowRule& rule) final {
    StreamMeter meter(depth(), rule);
    std::atomic<std::int64_t> next{first};
    team_.run(depth(), [&](int thread) {
      try {
        while (!meter.over()) {
          transfer(order.at(next.fetch_add(1)), buffer(thread));
          meter.note();
        }
      } catch (...) {
        meter.give_up();  // the others, too
        throw;
      }
    });
    Window window = meter.window();
    window.issued = next - first;
    return window;
  }

 protected:
  virtual void transfer(const Request& request, std::span<std::byte> to) const = 0;
  std::string jobs() const { return "queue depth 1, " + std::to_string(depth()) + " jobs"; }

 private:
  ThreadTeam& team_;
};

class PreadReader final : public JobReader {
 public:
  PreadReader(FileHandle file, ThreadTeam& team, int depth, std::int64_t bytes)
      : JobReader(team, depth, bytes), file_(std::move(file)) {}

  std::string words() const override { return "psync, " + jobs(); }

 private:
  void transfer(const Request& request, std::span<std::byte> to) const override {
    std::int64_t done = 0;
    while (done < request.bytes) {
      const ssize_t got =
          ::pread(file_.descriptor(), to.data() + done,
                  static_cast<std::size_t>(request.bytes - done), request.offset + done);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) throw KernelFailure(system_error_text("pread"));
      if (got == 0) throw KernelFailure("pread: the file ends early");
      done += got;
    }
  }

  FileHandle file_;
};

class MappedReader final : public JobReader {
 public:
  MappedReader(const ScratchFile& file, ThreadTeam& team, int depth, std::int64_t bytes)
      : JobReader(team, depth, bytes), map_(file.map()) {}

  std::string words() const override { return "mmap, " + jobs(); }

 private:
  void transfer(const Request& request, std::span<std::byte> to) const override {
    std::memcpy(to.data(), map_.data() + request.offset, static_cast<std::size_t>(request.bytes));
  }

  std::span<const std::byte> map_;
};

}  // namespace

std::unique_ptr<Reader> thread_reader(FileHandle file, ThreadTeam& team, int depth,
                                      std::int64_t bytes) {
  return std::make_unique<PreadReader>(std::move(file), team, depth, bytes);
}

std::unique_ptr<Reader> mapped_reader(const ScratchFile& file, ThreadTeam& team, int depth,
                                      std::int64_t bytes) {
  return std::make_unique<MappedReader>(file, team, depth, bytes);
}

}  // namespace plimsoll::calibrate::storage
