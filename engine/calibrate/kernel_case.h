// A micro-kernel as the calibrator sees it: what it computes, how much work that is, whether its
// result is right, and how long it takes. Backends (CPU, HIP and CUDA, Metal, storage, links) offer
// kernels; the harness checks, times and fits them without knowing what they are.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace plimsoll::calibrate {

// What one launch does; whatever a family has none of is 0.
struct Work {
  double bytes = 0.0;  // read and written, each once, in the pool that the kernel works on
  double flop = 0.0;   // a multiply-add counts 2
  double items = 0.0;  // launches, messages, requests: what a fixed cost is per
};

// One point of a sweep. Points of equal family, format and variant are fitted together as
// t = t_fixed + work / rate.
struct KernelCase {
  std::string family;   // "read", "copy", "matrix_vector", "decode_attention", "dispatch", …
  std::string format;   // of weights or cache: "q4_0", "affine4", "f16"; empty where none
  std::string variant;  // "fused_multiply_add", "8 threads", "pinned"; empty where there is one
  std::map<std::string, std::int64_t> shape;  // "rows", "columns", "heads", "context", "block", …
  Work work;
  bool by_flop = false;  // what the family's rate counts: flop, else bytes
};

// The result against a reference in higher precision on random data.
struct KernelCheck {
  bool right = false;
  double worst_error = 0.0;  // relative to the tolerance's norm
  double allowed = 0.0;      // derived from the precision of inputs and sums, stated in the kernel
  std::string why;           // where it is wrong: index, expected, got
};

// Not copyable; owns its buffers. Calls come from one thread.
class Kernel {
 public:
  virtual ~Kernel() = default;
  virtual const KernelCase& kernel_case() const = 0;
  // Runs once on random data and compares. A kernel that is wrong is reported and never timed.
  virtual KernelCheck check() = 0;
  // Runs `launches` of them back to back on rotating inputs (so that caches do not lie), consumes
  // the output, and returns the seconds they took together by the best clock there is (device
  // events on a GPU). Throws KernelFailure when the device refuses.
  virtual double run(int launches) = 0;
};

// Clocks, temperature and other load while measuring; what the backend cannot see is absent (NaN).
struct DeviceState {
  double clock_hz;
  double temperature_c;
  double busy_share;  // of the device, by others
  bool throttled = false;
};

// How much of everything: seconds to spend decide, not counts.
enum class Depth { quick, full };

class Backend {
 public:
  virtual ~Backend() = default;
  virtual std::string id() const = 0;       // "cpu", "hip", "cuda", "metal", "storage", "link"
  virtual std::string device() const = 0;   // as its driver names it
  virtual std::string version() const = 0;  // of driver and compiler: "CUDA 13.0, NVRTC 13.0"
  virtual DeviceState state() = 0;
  // Built lazily: constructing a kernel allocates its buffers. In the order in which they should
  // run.
  virtual std::vector<KernelCase> cases(Depth depth) = 0;
  virtual std::unique_ptr<Kernel> make(const KernelCase& kernel_case) = 0;
};

}  // namespace plimsoll::calibrate
