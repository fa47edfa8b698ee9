// Clock, temperature, throttling and load of a GPU, from NVML or from Linux's sysfs.
#pragma once

#include <functional>
#include <string>

#include "calibrate/kernel_case.h"

namespace plimsoll::calibrate {

using DeviceMonitor = std::function<DeviceState()>;

// Of the device at this PCI address ("0000:3b:00.0"); what cannot be seen is NaN. The share of time
// that the device was busy counts all programs: it is told only as long as `own_work` says that
// there was none of ours.
DeviceMonitor nvidia_monitor(const std::string& pci_address, std::function<bool()> own_work);
// `root`: "/" but in tests.
DeviceMonitor amd_monitor(const std::string& pci_address, std::function<bool()> own_work,
                          const std::string& root = "/");

}  // namespace plimsoll::calibrate
