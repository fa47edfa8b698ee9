// Drives and networks.

#include <array>

#include "base/quantity_text.h"
#include "detect/host.h"

namespace plimsoll {
namespace {

constexpr double sector = 512.0;  // of `size`, whatever the drive's own

bool is_drive(const FileTree& files, const std::string& name) {
  constexpr std::array<const char*, 8> others = {"loop", "ram", "zram", "dm-",
                                                 "md",   "sr",  "fd",   "nbd"};
  for (const char* other : others)
    if (name.starts_with(other)) return false;
  return files.number("sys/block/" + name + "/size").value_or(0.0) > 0.0;
}

std::string bus_of(const std::string& name, const std::string& link) {
  if (name.starts_with("nvme")) return "NVMe";
  if (name.starts_with("vd")) return "virtio";
  if (name.starts_with("mmcblk")) return "SD or eMMC";
  if (link.find("/usb") != std::string::npos) return "USB";
  if (link.find("/ata") != std::string::npos) return "SATA";
  if (link.find("/virtio") != std::string::npos) return "virtio";
  return {};
}

std::string pcie_link(const FileTree& files, const std::string& folder) {
  const auto speed = files.line(folder + "/current_link_speed");
  const auto width = files.line(folder + "/current_link_width");
  return speed && width ? *speed + " x" + *width : std::string();
}

}  // namespace

std::vector<DriveFacts> read_drives(const FileTree& files, std::vector<std::string>& unseen) {
  std::vector<DriveFacts> drives;
  for (const std::string& name : files.names("sys/block")) {
    if (!is_drive(files, name)) continue;
    const std::string folder = "sys/block/" + name;
    DriveFacts drive{.device = name};
    drive.size = Bytes(sector * *files.number(folder + "/size"));
    drive.model = files.line(folder + "/device/model").value_or("");
    drive.bus = bus_of(name, files.link(folder));
    // Virtual drives say that they rotate.
    drive.rotational =
        drive.bus != "virtio" && files.number(folder + "/queue/rotational").value_or(0.0) > 0.0;
    // The controller's device is the PCI function.
    if (drive.bus == "NVMe") drive.link = pcie_link(files, folder + "/device/device");
    if (drive.model.empty()) unseen.push_back("the model of drive " + name);
    drives.push_back(std::move(drive));
  }
  if (drives.empty()) unseen.push_back("drives: /sys/block lists none");
  return drives;
}

namespace {

void read_ethernet(const FileTree& files, std::vector<NetworkFacts>& networks,
                   std::vector<std::string>& unseen) {
  constexpr double ethernet = 1.0;  // ARPHRD_ETHER
  for (const std::string& name : files.names("sys/class/net")) {
    const std::string folder = "sys/class/net/" + name;
    // Bridges, tunnels and the like have no device.
    if (!files.has(folder + "/device") || files.number(folder + "/type") != ethernet) continue;
    if (files.has(folder + "/wireless")) {
      unseen.push_back("the rate of network " + name + ": it is wireless");
      continue;
    }
    NetworkFacts network{.interface = name};
    const double megabits = files.number(folder + "/speed").value_or(-1.0);
    if (megabits > 0.0)
      network.gigabits_per_second = megabits / 1e3;
    else
      unseen.push_back("the rate of network " + name + ": it has no link, or a virtual one");
    networks.push_back(std::move(network));
  }
}

// "100 Gb/sec (4X EDR)"
void read_infiniband(const FileTree& files, std::vector<NetworkFacts>& networks) {
  for (const std::string& name : files.names("sys/class/infiniband")) {
    const std::string port = "sys/class/infiniband/" + name + "/ports/1";
    if (files.line(port + "/link_layer").value_or("") != "InfiniBand") continue;
    NetworkFacts network{.interface = name, .infiniband = true};
    const std::vector<std::string> rate = split_words(files.line(port + "/rate").value_or(""));
    if (!rate.empty()) network.gigabits_per_second = parse_number(rate.front());
    networks.push_back(std::move(network));
  }
}

}  // namespace

std::vector<NetworkFacts> read_networks(const FileTree& files, std::vector<std::string>& unseen) {
  std::vector<NetworkFacts> networks;
  read_ethernet(files, networks, unseen);
  read_infiniband(files, networks);
  return networks;
}

}  // namespace plimsoll
