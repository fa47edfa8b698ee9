// Reading, copying, a = b + s c.
#include "calibrate/gpu/gpu_families.h"
#include "calibrate/gpu/kernels/shapes.cu.h"

namespace plimsoll::calibrate {
namespace {

constexpr std::int64_t piece_bytes = 16 * PIECE_QUADS;

std::vector<std::uint32_t> random_words(std::int64_t count, std::string_view stream) {
  Rng rng(1, stream);
  std::vector<std::uint32_t> words(static_cast<std::size_t>(count));
  for (std::uint32_t& word : words) word = static_cast<std::uint32_t>(rng.next());
  return words;
}

// A prime number of words, so that no piece is like the one before.
constexpr std::int64_t pattern_words = 65521;

// Words that should be equal bit by bit.
KernelCheck compare_words(const std::vector<std::uint32_t>& got,
                          const std::function<std::uint32_t(std::size_t)>& expected) {
  for (std::size_t i = 0; i < got.size(); ++i) {
    if (got[i] == expected(i)) continue;
    return {.worst_error = 1.0,
            .why = "word " + std::to_string(i) + ": expected " + std::to_string(expected(i)) +
                   ", got " + std::to_string(got[i])};
  }
  return {.right = true};
}

class MemoryKernel : public DeviceKernel {
 public:
  MemoryKernel(GpuDevice& gpu, const KernelCase& kernel_case)
      : DeviceKernel(gpu, kernel_case),
        bytes_(shape("bytes")),
        turns_(copies_for(limits_of(gpu), kernel_case.work.bytes)),
        pattern_(random_words(pattern_words, "memory")) {}

 protected:
  int turns() const override { return turns_; }
  std::size_t bytes() const { return static_cast<std::size_t>(bytes_); }
  RotatedOperand operand(const void* pattern) {
    return {device(), pattern, pattern_.size() * 4, bytes(), turns_};
  }
  const std::vector<std::uint32_t>& pattern() const { return pattern_; }
  // Results go to another place each turn, too.
  DeviceMemory results() { return {device(), bytes() * static_cast<std::size_t>(turns_)}; }
  DeviceAddress place(const DeviceMemory& results, int turn) const {
    return results.address() + bytes() * static_cast<std::size_t>(turn);
  }
  LaunchShape pieces() const { return {.blocks = blocks_of(bytes_, piece_bytes), .threads = 256}; }

 private:
  std::int64_t bytes_;
  int turns_;
  std::vector<std::uint32_t> pattern_;
};

class ReadKernel : public MemoryKernel {
 public:
  ReadKernel(GpuDevice& gpu, const KernelCase& kernel_case)
      : MemoryKernel(gpu, kernel_case),
        from_(operand(pattern().data())),
        sums_(gpu, 4 * std::size_t{pieces().blocks}) {}

 private:
  void enqueue(int turn) override {
    device().launch("read_words", pieces(), from_.of_turn(turn), sums_.address());
  }
  KernelCheck compare() override {
    const auto sums = device().download<std::uint32_t>(sums_.address(), pieces().blocks);
    return compare_words(sums, [&](std::size_t block) {
      std::uint32_t sum = 0;
      const std::size_t words = piece_bytes / 4;
      for (std::size_t i = block * words; i < (block + 1) * words; ++i)
        sum ^= pattern()[i % pattern().size()];
      return sum;
    });
  }

  RotatedOperand from_;
  DeviceMemory sums_;
};

class CopyKernel : public MemoryKernel {
 public:
  CopyKernel(GpuDevice& gpu, const KernelCase& kernel_case)
      : MemoryKernel(gpu, kernel_case), from_(operand(pattern().data())), to_(results()) {
    gpu.fill(to_, 0);
  }

 private:
  // The driver's own copy is what others are held against.
  void enqueue(int turn) override {
    if (kernel_case().variant == "driver") {
      device().expect("copy_on_device",
                      device().driver().copy_on_device(place(to_, turn), from_.of_turn(turn),
                                                       bytes(), device().stream()));
    } else {
      device().launch("copy_words", pieces(), from_.of_turn(turn), place(to_, turn));
    }
  }
  KernelCheck compare() override {
    const auto got = device().download<std::uint32_t>(to_.address(), bytes() / 4);
    return compare_words(got, [&](std::size_t i) { return pattern()[i % pattern().size()]; });
  }

  RotatedOperand from_;
  DeviceMemory to_;
};

// Small integers as floats: every result is exact, with a fused multiply-add and without.
class TriadKernel : public MemoryKernel {
 public:
  TriadKernel(GpuDevice& gpu, const KernelCase& kernel_case)
      : MemoryKernel(gpu, kernel_case),
        b_(floats(0xff)),
        c_(floats(0x3f)),
        from_b_(operand(b_.data())),
        from_c_(operand(c_.data())),
        to_(results()) {}

 private:
  std::vector<float> floats(std::uint32_t mask) const {
    std::vector<float> values;
    for (const std::uint32_t word : pattern()) values.push_back(static_cast<float>(word & mask));
    return values;
  }
  void enqueue(int turn) override {
    device().launch("triad", pieces(), from_b_.of_turn(turn), from_c_.of_turn(turn), 3.0F,
                    place(to_, turn));
  }
  KernelCheck compare() override {
    const auto got = device().download<float>(to_.address(), bytes() / 4);
    for (std::size_t i = 0; i < got.size(); ++i) {
      const float expected = b_[i % b_.size()] + 3.0F * c_[i % c_.size()];
      if (got[i] == expected) continue;
      return {.worst_error = 1.0,
              .why = "index " + std::to_string(i) + ": expected " + std::to_string(expected) +
                     ", got " + std::to_string(got[i])};
    }
    return {.right = true};
  }

  std::vector<float> b_;
  std::vector<float> c_;
  RotatedOperand from_b_;
  RotatedOperand from_c_;
  DeviceMemory to_;
};

GpuFamily memory_family(const std::string& name, double passes, const std::string& variant,
                        std::unique_ptr<Kernel> (*make)(GpuDevice&, const KernelCase&)) {
  const auto cases = [=](const DeviceLimits& limits, Depth depth) {
    std::vector<KernelCase> made;
    const int step = depth == Depth::quick ? 3 : 1;
    for (int power = 20; power <= 30; power += step) {
      const std::int64_t bytes = std::int64_t{1} << power;
      if (passes * static_cast<double>(bytes) > limits.memory_bytes) break;
      made.push_back({.family = name,
                      .variant = variant,
                      .shape = {{"bytes", bytes}},
                      .work = {.bytes = passes * static_cast<double>(bytes)}});
    }
    return made;
  };
  return {.name = name, .cases = cases, .make = make, .variant = variant};
}

}  // namespace

std::vector<GpuFamily> memory_families() {
  return {memory_family("read", 1.0, "", make_kernel<ReadKernel>),
          memory_family("copy", 2.0, "", make_kernel<CopyKernel>),
          memory_family("copy", 2.0, "driver", make_kernel<CopyKernel>),
          memory_family("triad", 3.0, "", make_kernel<TriadKernel>)};
}

}  // namespace plimsoll::calibrate
