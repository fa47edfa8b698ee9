// GPUs as backends of the calibrator: one for each device of a driver that is there.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "calibrate/gpu/collective_library.h"
#include "calibrate/gpu/device_monitor.h"
#include "calibrate/gpu/gpu_driver.h"
#include "calibrate/gpu/vendor_matmul.h"
#include "calibrate/kernel_case.h"

namespace plimsoll::calibrate {

// What of a vendor's software there is; tests put fakes in.
struct GpuSoftware {
  std::shared_ptr<const GpuDriver> driver;
  std::vector<VendorMatmul> matmuls{};
  std::optional<CollectiveLibrary> collectives{};
  DeviceMonitor monitor{};  // empty: NVML's or sysfs's
};

// Lines in `unseen` say what is not there, or refused: "cuda: libcuda.so.1 not found". Kernels
// across devices belong to the first one's backend.
std::vector<std::unique_ptr<Backend>> gpu_backends(const GpuSoftware& software,
                                                   std::vector<std::string>& unseen);

// With the libraries of this machine.
std::vector<std::unique_ptr<Backend>> cuda_backends(std::vector<std::string>& unseen);
std::vector<std::unique_ptr<Backend>> hip_backends(std::vector<std::string>& unseen);

}  // namespace plimsoll::calibrate
