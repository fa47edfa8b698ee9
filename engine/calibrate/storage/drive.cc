#include "calibrate/storage/drive.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <sstream>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <utility>

namespace plimsoll::calibrate::storage {
namespace {

namespace fs = std::filesystem;

constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
// With fewer of our own bytes the drive's state says nothing about us.
constexpr double least_own_bytes = 16e6;
constexpr double sector_bytes = 512.0;  // of /sys/block/*/stat, whatever the drive's are

std::string device_number(dev_t device) {
  return std::to_string(major(device)) + ":" + std::to_string(minor(device));
}

struct Mount {
  std::string type;
  std::string source;
};

// proc(5): "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw".
Mount mount_of(dev_t device, const fs::path& root) {
  std::ifstream file(root / "proc/self/mountinfo");
  const std::string wanted = device_number(device);
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string id;
    std::string parent;
    std::string number;
    if (!(words >> id >> parent >> number) || number != wanted) continue;
    for (std::string word; words >> word && word != "-";) {
    }
    Mount mount;
    words >> mount.type >> mount.source;
    return mount;
  }
  return {};
}

std::string first_line(const fs::path& path) {
  std::string line;
  std::getline(std::ifstream(path) >> std::ws, line);
  line.erase(line.find_last_not_of(" \t") + 1);
  return line;
}

// File systems of several drives have numbers of their own; their mount's source is one of them.
fs::path sysfs_of(dev_t device, const Mount& mount, const fs::path& root) {
  std::error_code absent;
  for (const bool by_source : {false, true}) {
    struct stat source = {};
    if (by_source && (::stat(mount.source.c_str(), &source) != 0 || !S_ISBLK(source.st_mode)))
      continue;
    const fs::path link =
        root / "sys/dev/block" / device_number(by_source ? source.st_rdev : device);
    const fs::path folder = fs::canonical(link, absent);
    if (absent) continue;
    return fs::exists(folder / "partition", absent) ? folder.parent_path() : folder;
  }
  return {};
}

double temperature_of(const fs::path& sysfs) {
  std::error_code absent;
  double hottest = unknown;
  for (const char* monitors : {"device", "device/hwmon"})
    for (const auto& each : fs::directory_iterator(sysfs / monitors, absent)) {
      double millidegrees = unknown;
      if (std::ifstream(each.path() / "temp1_input") >> millidegrees)
        hottest = std::fmax(hottest, millidegrees / 1e3);
    }
  return hottest;
}

double counter_in(const fs::path& path, const std::string& key) {
  std::ifstream file(path);
  std::string word;
  double value = 0.0;
  while (file >> word >> value)
    if (word == key) return value;
  return 0.0;
}

}  // namespace

Drive drive_of(int descriptor, const fs::path& root) {
  struct stat file = {};
  ::fstat(descriptor, &file);
  const Mount mount = mount_of(file.st_dev, root);
  Drive drive{.name = mount.source, .file_system = mount.type};
  drive.in_memory = mount.type == "tmpfs" || mount.type == "ramfs";
  drive.sysfs = sysfs_of(file.st_dev, mount, root);
  if (drive.sysfs.empty()) return drive;
  const std::string model = first_line(drive.sysfs / "device/model");
  drive.name = model.empty() ? drive.sysfs.filename().string() : model;
  return drive;
}

DriveMonitor::DriveMonitor(Drive drive) : drive_(std::move(drive)), before_(bytes()) {}

DeviceState DriveMonitor::state() {
  const Bytes now = bytes();
  const double all = now.all - before_.all;
  const double own = now.own - before_.own;
  before_ = now;
  return {.clock_hz = unknown,
          .temperature_c = drive_.sysfs.empty() ? unknown : temperature_of(drive_.sysfs),
          .busy_share = own > least_own_bytes && all > 0.0 ? std::clamp((all - own) / all, 0.0, 1.0)
                                                           : unknown};
}

DriveMonitor::Bytes DriveMonitor::bytes() const {
  if (drive_.sysfs.empty()) return {};
  // Reads: requests, merged, sectors, ms; writes alike.
  std::ifstream file(drive_.sysfs / "stat");
  double column[7] = {};
  for (double& each : column) file >> each;
  return {.all = sector_bytes * (column[2] + column[6]),
          .own = counter_in("/proc/self/io", "read_bytes:") +
                 counter_in("/proc/self/io", "write_bytes:")};
}

}  // namespace plimsoll::calibrate::storage
