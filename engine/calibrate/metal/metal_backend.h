// GPUs under Metal as backends of the calibrator: one more driver behind the families of ../gpu.
// Apple silicon only, whose GPUs have simdgroups of 32 lanes and the host's memory.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "calibrate/gpu/gpu_driver.h"
#include "calibrate/kernel_case.h"

namespace plimsoll::calibrate {

// What of a driver's table is not calls: its kernels, and what they do otherwise than others.
void describe_metal(GpuDriver& driver);

// Lines in `unseen` say what is not there: "metal: needs macOS".
std::vector<std::unique_ptr<Backend>> metal_backends(std::vector<std::string>& unseen);

}  // namespace plimsoll::calibrate
