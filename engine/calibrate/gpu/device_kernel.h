// What all kernels of a device share: inputs in turn, launches by a captured graph, device events.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/ceil_div.h"
#include "base/rng.h"
#include "calibrate/gpu/gpu_device.h"
#include "calibrate/kernel_case.h"
#include "calibrate/reference/comparison.h"

namespace plimsoll::calibrate {

class DeviceKernel : public Kernel {
 public:
  DeviceKernel(GpuDevice& device, KernelCase kernel_case);

  const KernelCase& kernel_case() const final { return case_; }
  KernelCheck check() final;
  double run(int launches) override;

 protected:
  // Puts one launch on the inputs of this turn into the device's stream.
  virtual void enqueue(int turn) = 0;
  // After one launch on turn 0.
  virtual KernelCheck compare() = 0;
  // What the sequence of inputs repeats after.
  virtual int turns() const { return 1; }
  // Whether a captured graph runs it as an engine would.
  virtual bool can_be_captured() const { return true; }

  GpuDevice& device() const { return device_; }
  std::int64_t shape(const char* name) const { return case_.shape.at(name); }

 private:
  void enqueue_some(int count);
  bool has_graph();

  GpuDevice& device_;
  KernelCase case_;
  int next_turn_ = 0;
  bool graphs_refused_ = false;
  int graph_launches_ = 0;
  std::unique_ptr<CapturedGraph> graph_;
};

// What a device can be asked for.
struct DeviceLimits {
  double memory_bytes = 0.0;  // that one kernel may take
  double cache_bytes = 0.0;
  int compute_units = 0;
  bool has_graphs = true;
};

DeviceLimits limits_of(GpuDevice& device);

// How many operands of this size it takes so that none is in a cache when its turn comes again:
// together they are four times the cache that the driver tells, and at least 1 GiB, as drivers do
// not tell of AMD's Infinity Cache (256 MiB on MI300X). Less when memory is short; at most 256.
int copies_for(const DeviceLimits& limits, double bytes);

// A family of cases and how to build one.
struct GpuFamily {
  std::string name;
  std::function<std::vector<KernelCase>(const DeviceLimits&, Depth)> cases;
  std::function<std::unique_ptr<Kernel>(GpuDevice&, const KernelCase&)> make;
  std::string variant;  // empty: all of the family
};

template <class K>
std::unique_ptr<Kernel> make_kernel(GpuDevice& device, const KernelCase& kernel_case) {
  return std::make_unique<K>(device, kernel_case);
}

// --- operands ------------------------------------------------------------------------------------

// Random values in [-1, 1) as f16 bits, and what they are.
struct HalfValues {
  std::vector<std::uint16_t> bits;
  std::vector<double> values;
};
HalfValues random_halves(std::int64_t count, std::string_view stream);

// An operand in as many places as there are turns; each place has the `pattern` over and over.
// Both sizes are multiples of 4, and below 16 GiB.
class RotatedOperand {
 public:
  RotatedOperand(GpuDevice& device, const void* pattern, std::size_t pattern_bytes,
                 std::size_t bytes, int copies);

  DeviceAddress of_turn(int turn) const;

 private:
  std::size_t pitch_;
  int copies_;
  DeviceMemory memory_;
};

// Results that the kernel rounds to f16: below 2^-14 the distance of f16 numbers does not shrink
// any more, so that the error stays absolute.
void store_as_f16(reference::Expected& expected);
// The allowed error of such a result whose own error is `computed`.
inline double allowed_as_f16(double computed) {
  return reference::f16_roundoff + computed;
}

std::vector<float> floats_of_halves(std::span<const std::uint16_t> bits);

inline unsigned blocks_of(std::int64_t work, std::int64_t per_block) {
  return static_cast<unsigned>(ceil_div(work, per_block));
}

}  // namespace plimsoll::calibrate
