// A driver whose devices are the CPU: calls are recorded, memory is the host's, kernels run at once
// on fibers. It holds its caller to the rules: every address, stream, event and module must be one
// that it gave out, and copies must lie within an allocation.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "calibrate/gpu/collective_library.h"
#include "calibrate/gpu/gpu_driver.h"
#include "calibrate/gpu/vendor_matmul.h"

namespace plimsoll::calibrate {

// What is there now, to be asked by tests.
struct FakeState {
  FakeState() = default;
  ~FakeState();
  FakeState(const FakeState&) = delete;
  FakeState& operator=(const FakeState&) = delete;

  std::vector<std::string> calls;               // in order: "allocate"
  std::map<DeviceAddress, std::size_t> memory;  // bytes by address, of devices and pinned
  // Streams, events, modules and graphs, by handle; what nobody gives back ends with the state.
  std::map<DriverHandle, std::shared_ptr<void>> handles;
  std::size_t device_bytes = std::size_t{64} << 20;
};

// Status of everything that breaks a rule.
constexpr int fake_misuse = 1;
constexpr int fake_out_of_memory = 2;

GpuDriver fake_driver(std::shared_ptr<FakeState> state, const std::string& id, int devices);

// The same, whose call number `failing` (from 0, of all calls) answers 999 and does nothing.
GpuDriver failing_driver(GpuDriver driver, int failing, std::shared_ptr<int> made);

// Slow and right.
VendorMatmul fake_matmul(std::shared_ptr<FakeState> state);
CollectiveLibrary fake_collectives(std::shared_ptr<FakeState> state);

}  // namespace plimsoll::calibrate
