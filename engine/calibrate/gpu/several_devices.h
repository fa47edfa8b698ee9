// Kernels that need more than one device: copies from one to another, all-reduce.
#pragma once

#include "calibrate/gpu/collective_library.h"
#include "calibrate/gpu/device_kernel.h"

namespace plimsoll::calibrate {

// From the device that runs them to each other one of `count`.
GpuFamily peer_copy_family(int count);

// Over all `count` devices.
GpuFamily all_reduce_family(CollectiveLibrary library, int count);

}  // namespace plimsoll::calibrate
