// NCCL and RCCL, which have the same calls, opened at run time.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "calibrate/gpu/gpu_driver.h"

namespace plimsoll::calibrate {

// A table as GpuDriver is; calls return the library's status, 0 for success.
struct CollectiveLibrary {
  std::string name;  // "NCCL"
  std::function<int(DriverHandle* communicators, int count, const int* devices)> create_all;
  std::function<int(DriverHandle communicator)> destroy;
  std::function<int()> begin_group;
  std::function<int()> end_group;
  // Sums `count` values of f16 of all devices.
  std::function<int(DeviceAddress from, DeviceAddress to, std::size_t count,
                    DriverHandle communicator, DriverHandle stream)>
      all_reduce_f16;
};

std::optional<CollectiveLibrary> open_collective_library(const std::string& driver_id);

}  // namespace plimsoll::calibrate
