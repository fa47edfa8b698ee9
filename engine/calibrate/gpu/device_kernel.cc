#include "calibrate/gpu/device_kernel.h"

#include <algorithm>
#include <cmath>

#include "base/ceil_div.h"
#include "calibrate/reference/floating_point.h"
#include "calibrate/reference/weights.h"

namespace plimsoll::calibrate {
namespace {

// So many that launching the graph costs the host less than its kernels take.
constexpr int fewest_graph_launches = 32;

constexpr unsigned repeat_threads = 256;

}  // namespace

DeviceKernel::DeviceKernel(GpuDevice& device, KernelCase kernel_case)
    : device_(device), case_(std::move(kernel_case)) {
  device_.use();
}

KernelCheck DeviceKernel::check() {
  device_.use();
  enqueue(0);
  device_.wait();
  return compare();
}

// A whole number of turns, so that every graph launch begins with the same input.
bool DeviceKernel::has_graph() {
  if (graph_ || graphs_refused_ || !can_be_captured()) return graph_ != nullptr;
  graph_launches_ = (fewest_graph_launches + turns() - 1) / turns() * turns();
  try {
    graph_ = std::make_unique<CapturedGraph>(device_, [this] {
      for (int i = 0; i < graph_launches_; ++i) enqueue(i % turns());
    });
  } catch (const KernelFailure&) {
    graphs_refused_ = true;  // what cannot be captured is launched one by one
  }
  return graph_ != nullptr;
}

void DeviceKernel::enqueue_some(int count) {
  for (int i = 0; i < count; ++i) {
    enqueue(next_turn_);
    next_turn_ = (next_turn_ + 1) % turns();
  }
}

double DeviceKernel::run(int launches) {
  device_.use();
  const int graphs =
      launches >= fewest_graph_launches && has_graph() ? launches / graph_launches_ : 0;
  return device_.time([&] {
    for (int i = 0; i < graphs; ++i) graph_->launch();
    enqueue_some(launches - graphs * graph_launches_);
  });
}

DeviceLimits limits_of(GpuDevice& device) {
  return {.memory_bytes = static_cast<double>(device.free_memory()) / 4.0,
          .cache_bytes = static_cast<double>(device.property(DeviceProperty::cache_bytes)),
          .compute_units = device.property(DeviceProperty::compute_units),
          .has_graphs = static_cast<bool>(device.driver().begin_capture)};
}

int copies_for(const DeviceLimits& limits, double bytes) {
  const double wanted = std::max(4.0 * limits.cache_bytes, 0x1p30);
  const double total = std::min(wanted, limits.memory_bytes);
  return static_cast<int>(std::clamp(std::ceil(total / bytes), 1.0, 256.0));
}

HalfValues random_halves(std::int64_t count, std::string_view stream) {
  Rng rng(1, stream);
  HalfValues halves;
  for (const float value : reference::random_values(count, rng)) {
    halves.bits.push_back(reference::f16_bits(value));
    halves.values.push_back(reference::f16_value(halves.bits.back()));
  }
  return halves;
}

// Places begin at multiples of 256 bytes, as allocations do.
RotatedOperand::RotatedOperand(GpuDevice& device, const void* pattern, std::size_t pattern_bytes,
                               std::size_t bytes, int copies)
    : pitch_((bytes + 255) / 256 * 256),
      copies_(copies),
      memory_(device, pitch_ * static_cast<std::size_t>(copies)) {
  const DeviceMemory small = device.upload(pattern, pattern_bytes);
  for (int copy = 0; copy < copies; ++copy) {
    const std::size_t words = bytes / 4;
    const LaunchShape shape{.blocks = static_cast<unsigned>(
                                std::min<std::size_t>(1024, ceil_div(words, repeat_threads))),
                            .threads = repeat_threads};
    device.launch("repeat_words", shape, small.address(),
                  static_cast<std::uint32_t>(pattern_bytes / 4), of_turn(copy),
                  static_cast<std::uint32_t>(words));
  }
  device.wait();
}

DeviceAddress RotatedOperand::of_turn(int turn) const {
  return memory_.address() + pitch_ * static_cast<std::size_t>(turn % copies_);
}

void store_as_f16(reference::Expected& expected) {
  for (double& magnitude : expected.magnitudes) magnitude += 0x1p-14;
}

std::vector<float> floats_of_halves(std::span<const std::uint16_t> bits) {
  std::vector<float> values;
  for (const std::uint16_t each : bits)
    values.push_back(static_cast<float>(reference::f16_value(each)));
  return values;
}

}  // namespace plimsoll::calibrate
