// The kernels of engine/calibrate/gpu/kernels, compiled for the CPU.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "calibrate/gpu/gpu_driver.h"

namespace cpu_device {

using CpuKernel =
    std::function<void(const plimsoll::calibrate::LaunchShape& shape, void** arguments)>;

// By name.
const std::map<std::string, CpuKernel>& cpu_kernels();

}  // namespace cpu_device
