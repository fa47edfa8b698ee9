// Copies between host and device: pinned and pageable, both ways.
#include <algorithm>
#include <cstring>

#include "calibrate/gpu/gpu_families.h"

namespace plimsoll::calibrate {
namespace {

// Beyond the caches of today's servers' processors (EPYC 9684X: 1152 MB) it would take gigabytes;
// what copies from the host finds in a cache runs no faster than its link. A few places keep one
// place's pages from being all there is.
constexpr double rotated_bytes = 0x1p28;

int turns_for(double memory_bytes, double bytes) {
  return static_cast<int>(std::clamp(std::min(rotated_bytes, memory_bytes) / bytes, 1.0, 64.0));
}

class HostCopyKernel : public DeviceKernel {
 public:
  HostCopyKernel(GpuDevice& gpu, const KernelCase& kernel_case)
      : DeviceKernel(gpu, kernel_case),
        bytes_(static_cast<std::size_t>(shape("bytes"))),
        turns_(turns_for(limits_of(gpu).memory_bytes, static_cast<double>(bytes_))),
        to_device_(kernel_case.variant.ends_with("to the device")),
        memory_(gpu, all_bytes()) {
    if (kernel_case.variant.starts_with("pinned")) {
      pinned_ = std::make_unique<PinnedMemory>(gpu, all_bytes());
      host_ = static_cast<unsigned char*>(pinned_->data());
    } else {
      pageable_.resize(all_bytes());
      host_ = pageable_.data();
    }
    prepare();
  }

 private:
  int turns() const override { return turns_; }
  // In a graph the driver would treat pageable memory differently, and engines copy outside.
  bool can_be_captured() const override { return false; }
  std::size_t all_bytes() const { return bytes_ * static_cast<std::size_t>(turns_); }

  static unsigned char byte_at(std::size_t i) {
    return static_cast<unsigned char>((i * 2654435761U) >> 13);
  }

  // The source has the pattern, the destination does not.
  void prepare() {
    for (std::size_t i = 0; i < all_bytes(); ++i) host_[i] = byte_at(i);
    if (to_device_) return device().fill(memory_, 0);
    device().expect(
        "copy_to_device",
        device().driver().copy_to_device(memory_.address(), host_, all_bytes(), device().stream()));
    device().wait();
    std::memset(host_, 0, all_bytes());
  }

  void enqueue(int turn) override {
    const std::size_t at = bytes_ * static_cast<std::size_t>(turn);
    const GpuDriver& driver = device().driver();
    if (to_device_) {
      device().expect("copy_to_device", driver.copy_to_device(memory_.address() + at, host_ + at,
                                                              bytes_, device().stream()));
    } else {
      device().expect("copy_to_host", driver.copy_to_host(host_ + at, memory_.address() + at,
                                                          bytes_, device().stream()));
    }
  }

  KernelCheck compare() override {
    std::vector<unsigned char> got(host_, host_ + bytes_);
    if (to_device_) got = device().download<unsigned char>(memory_.address(), bytes_);
    for (std::size_t i = 0; i < bytes_; ++i) {
      if (got[i] != byte_at(i))
        return {.worst_error = 1.0, .why = "byte " + std::to_string(i) + " did not arrive"};
    }
    return {.right = true};
  }

  std::size_t bytes_;
  int turns_;
  bool to_device_;
  DeviceMemory memory_;
  std::unique_ptr<PinnedMemory> pinned_;
  std::vector<unsigned char> pageable_;
  unsigned char* host_ = nullptr;
};

std::vector<KernelCase> host_copy_cases(const DeviceLimits& limits, Depth depth) {
  std::vector<KernelCase> cases;
  const int step = depth == Depth::quick ? 6 : 2;
  for (const char* memory : {"pinned", "pageable"}) {
    for (const char* way : {" to the device", " to the host"}) {
      for (int power = 14; power <= 28; power += step) {
        const std::int64_t bytes = std::int64_t{1} << power;
        if (static_cast<double>(bytes) > limits.memory_bytes) break;
        cases.push_back({.family = "host_copy",
                         .variant = std::string(memory) + way,
                         .shape = {{"bytes", bytes}},
                         .work = {.bytes = static_cast<double>(bytes), .items = 1.0}});
      }
    }
  }
  return cases;
}

}  // namespace

std::vector<GpuFamily> host_copy_families() {
  return {{.name = "host_copy", .cases = host_copy_cases, .make = make_kernel<HostCopyKernel>}};
}

}  // namespace plimsoll::calibrate
