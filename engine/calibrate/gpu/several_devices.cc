#include "calibrate/gpu/several_devices.h"

#include <numeric>

#include "calibrate/reference/floating_point.h"

namespace plimsoll::calibrate {
namespace {

std::vector<KernelCase> message_cases(const KernelCase& base, Depth depth,
                                      const DeviceLimits& limits) {
  std::vector<KernelCase> cases;
  const int step = depth == Depth::quick ? 6 : 2;
  for (int power = 10; power <= 28; power += step) {
    KernelCase made = base;
    made.shape["bytes"] = std::int64_t{1} << power;
    made.work = {.bytes = static_cast<double>(made.shape["bytes"]), .items = 1.0};
    if (made.work.bytes <= limits.memory_bytes) cases.push_back(std::move(made));
  }
  return cases;
}

// --- peer_copy -----------------------------------------------------------------------------------

class PeerCopyKernel : public DeviceKernel {
 public:
  PeerCopyKernel(GpuDevice& gpu, const KernelCase& kernel_case)
      : DeviceKernel(gpu, kernel_case),
        peer_(gpu.driver(), static_cast<int>(shape("to"))),
        bytes_(static_cast<std::size_t>(shape("bytes"))),
        to_(peer_, bytes_),
        from_(gpu, bytes_) {
    peer_.fill(to_, 0);
    peer_.wait();
    gpu.use();
    gpu.fill(from_, pattern);
    gpu.wait();
    enable_access();
  }

 private:
  static constexpr unsigned char pattern = 0x5a;

  // Without it the driver goes through host memory, which is then what the machine can do.
  void enable_access() {
    int can = 0;
    device().expect("can_access_peer",
                    device().driver().can_access_peer(&can, device().ordinal(), peer_.ordinal()));
    if (can == 0) return;
    device().expect("enable_peer", device().driver().enable_peer(peer_.context(), peer_.ordinal()));
  }
  void enqueue(int) override {
    device().expect("copy_to_peer",
                    device().driver().copy_to_peer(to_.address(), peer_.ordinal(), from_.address(),
                                                   device().ordinal(), bytes_, device().stream()));
  }
  bool can_be_captured() const override { return false; }
  KernelCheck compare() override {
    peer_.use();
    const auto got = peer_.download<unsigned char>(to_.address(), bytes_);
    for (std::size_t i = 0; i < bytes_; ++i) {
      if (got[i] != pattern)
        return {.worst_error = 1.0, .why = "byte " + std::to_string(i) + " did not arrive"};
    }
    return {.right = true};
  }

  GpuDevice peer_;
  std::size_t bytes_;
  DeviceMemory to_;
  DeviceMemory from_;
};

// --- all_reduce ----------------------------------------------------------------------------------

// One rank for each device, all of them driven from here.
class AllReduceKernel : public DeviceKernel {
 public:
  AllReduceKernel(GpuDevice& gpu, const KernelCase& kernel_case, CollectiveLibrary library)
      : DeviceKernel(gpu, kernel_case),
        library_(std::move(library)),
        values_(static_cast<std::size_t>(shape("bytes")) / 2) {
    const auto count = static_cast<int>(shape("devices"));
    for (int ordinal = 0; ordinal < count; ++ordinal) add_rank(ordinal);
    std::vector<int> ordinals(static_cast<std::size_t>(count));
    std::iota(ordinals.begin(), ordinals.end(), 0);
    communicators_.resize(ordinals.size());
    expect("create_all", library_.create_all(communicators_.data(), count, ordinals.data()));
    gpu.use();
  }
  ~AllReduceKernel() override {
    for (DriverHandle communicator : communicators_)
      if (communicator) library_.destroy(communicator);
  }

 private:
  struct Rank {
    std::unique_ptr<GpuDevice> device;  // null: the one that runs the kernel
    DeviceMemory from{};
    DeviceMemory to{};
  };

  void expect(const std::string& call, int status) const {
    if (status != 0)
      throw KernelFailure(library_.name + " " + call + ": error " + std::to_string(status));
  }
  GpuDevice& device_of(const Rank& rank) { return rank.device ? *rank.device : device(); }

  // Rank r has r + 1 everywhere: the sum is exact in f16 for any machine's number of devices.
  void add_rank(int ordinal) {
    Rank rank;
    if (ordinal != device().ordinal())
      rank.device = std::make_unique<GpuDevice>(device().driver(), ordinal);
    GpuDevice& own = device_of(rank);
    own.use();
    const std::vector<std::uint16_t> ones(values_, reference::f16_bits(ordinal + 1));
    rank.from = own.upload(ones);
    rank.to = DeviceMemory(own, 2 * values_);
    ranks_.push_back(std::move(rank));
  }

  void enqueue(int) override {
    expect("begin_group", library_.begin_group());
    for (std::size_t i = 0; i < ranks_.size(); ++i) {
      expect("all_reduce",
             library_.all_reduce_f16(ranks_[i].from.address(), ranks_[i].to.address(), values_,
                                     communicators_[i], device_of(ranks_[i]).stream()));
    }
    expect("end_group", library_.end_group());
    device().use();
  }
  bool can_be_captured() const override { return false; }

  KernelCheck compare() override {
    const auto count = static_cast<double>(ranks_.size());
    const std::uint16_t expected = reference::f16_bits(count * (count + 1.0) / 2.0);
    for (Rank& rank : ranks_) {
      GpuDevice& own = device_of(rank);
      own.use();
      own.wait();
      const auto got = own.download<std::uint16_t>(rank.to.address(), values_);
      for (std::size_t i = 0; i < values_; ++i) {
        if (got[i] != expected)
          return {.worst_error = 1.0,
                  .why = "device " + std::to_string(own.ordinal()) + ", value " +
                         std::to_string(i) + " is not the sum"};
      }
    }
    device().use();
    return {.right = true};
  }

  CollectiveLibrary library_;
  std::size_t values_;
  std::vector<Rank> ranks_;
  std::vector<DriverHandle> communicators_;
};

}  // namespace

GpuFamily peer_copy_family(int count) {
  const auto cases = [count](const DeviceLimits& limits, Depth depth) {
    std::vector<KernelCase> all;
    for (int to = 1; to < count; ++to) {
      const KernelCase base{
          .family = "peer_copy", .variant = "0 to " + std::to_string(to), .shape = {{"to", to}}};
      const auto cases_of_pair = message_cases(base, depth, limits);
      all.insert(all.end(), cases_of_pair.begin(), cases_of_pair.end());
    }
    return all;
  };
  return {.name = "peer_copy", .cases = cases, .make = make_kernel<PeerCopyKernel>};
}

GpuFamily all_reduce_family(CollectiveLibrary library, int count) {
  const auto cases = [count, name = library.name](const DeviceLimits& limits, Depth depth) {
    return message_cases({.family = "all_reduce",
                          .format = "f16",
                          .variant = std::to_string(count) + " devices, " + name,
                          .shape = {{"devices", count}}},
                         depth, limits);
  };
  const auto make = [library](GpuDevice& gpu,
                              const KernelCase& kernel_case) -> std::unique_ptr<Kernel> {
    return std::make_unique<AllReduceKernel>(gpu, kernel_case, library);
  };
  return {.name = "all_reduce", .cases = cases, .make = make};
}

}  // namespace plimsoll::calibrate
