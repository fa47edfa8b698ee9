// The drive below a file: what it is called, and who uses it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "calibrate/kernel_case.h"

namespace plimsoll::calibrate::storage {

struct Drive {
  std::string name;               // "Samsung SSD 990 PRO 2TB", else "vda", else the mount's source
  std::string file_system;        // "ext4"
  std::filesystem::path sysfs{};  // folder of the whole drive; empty: the kernel shows none
  bool in_memory = false;         // tmpfs, ramfs: reads never leave memory
};

// By the open file; `root` holds /proc and /sys.
Drive drive_of(int descriptor, const std::filesystem::path& root = "/");

// The share of the drive's bytes that others read or wrote between two calls of state(). NaN where
// the kernel does not count, or hardly anything of ours went over the drive.
class DriveMonitor {
 public:
  explicit DriveMonitor(Drive drive);
  DeviceState state();

 private:
  struct Bytes {
    double all = 0.0;  // of the drive
    double own = 0.0;  // of this process
  };
  Bytes bytes() const;

  Drive drive_;
  Bytes before_;
};

}  // namespace plimsoll::calibrate::storage
