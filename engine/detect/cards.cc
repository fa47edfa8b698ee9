// Graphics cards as the PCI bus lists them.

#include <algorithm>

#include "base/quantity_text.h"
#include "detect/gpu_driver.h"

namespace plimsoll {
namespace {

std::string vendor_of(const std::string& code) {
  if (code == "0x10de") return "nvidia";
  if (code == "0x1002") return "amd";
  if (code == "0x8086") return "intel";
  return {};  // display adapters of servers and virtual machines
}

// The line of pci.ids for a device: vendors stand at the margin, devices behind one tab.
std::string name_in_pci_ids(const std::string& table, const std::string& vendor,
                            const std::string& device) {
  bool inside = false;
  for (const std::string& line : split_words(table, "\n")) {
    if (line[0] == '#') continue;
    if (line[0] != '\t') inside = line.starts_with(vendor);
    if (inside && line.starts_with("\t" + device)) return trimmed_text(line.substr(5));
  }
  return {};
}

// "Navi 31 [Radeon RX 7900 XT/7900 XTX/7900M]" -> the three: later ones take the words before the
// first one's last model over.
std::vector<std::string> sold_names(const std::string& line) {
  const std::size_t open = line.find('[');
  const std::size_t close = line.rfind(']');
  if (open == std::string::npos || close == std::string::npos || close < open) return {line};
  const std::vector<std::string> parts = split_words(line.substr(open + 1, close - open - 1), "/");
  if (parts.empty()) return {line};
  std::vector<std::string> names = {trimmed_text(parts.front())};
  const std::size_t digit = names.front().find_first_of("0123456789");
  const std::string family = names.front().substr(0, digit == std::string::npos ? 0 : digit);
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const std::string part = trimmed_text(parts[i]);
    const bool bare = !part.empty() && part[0] >= '0' && part[0] <= '9';
    names.push_back(bare ? family + part : part);
  }
  return names;
}

std::string pci_ids(const FileTree& files) {
  std::string table;
  for (const char* path : {"usr/share/misc/pci.ids", "usr/share/hwdata/pci.ids"})
    if (table.empty()) table = files.bytes(path).value_or("");
  return table;
}

bool told_of(const std::vector<GpuFacts>& told, const std::string& address,
             const std::string& vendor) {
  return std::any_of(told.begin(), told.end(), [&](const GpuFacts& gpu) {
    return gpu.address == address || (gpu.address.empty() && gpu.vendor == vendor);
  });
}

}  // namespace

std::vector<GpuFacts> read_cards(const FileTree& files, const std::vector<GpuFacts>& told,
                                 std::vector<std::string>& unseen) {
  std::vector<GpuFacts> cards;
  std::string table;
  for (const std::string& address : files.names("sys/bus/pci/devices")) {
    const std::string folder = "sys/bus/pci/devices/" + address;
    const std::string code = files.line(folder + "/vendor").value_or("");
    const std::string vendor = vendor_of(code);
    const bool display = files.line(folder + "/class").value_or("").starts_with("0x03");
    if (!display || vendor.empty() || told_of(told, address, vendor)) continue;
    if (table.empty()) table = pci_ids(files);
    const std::string device = files.line(folder + "/device").value_or("0x");
    const std::string line = name_in_pci_ids(table, code.substr(2), device.substr(2));
    const double memory = files.number(folder + "/mem_info_vram_total").value_or(0.0);
    if (!line.empty() && memory > 0.0) {
      cards.push_back({.names = sold_names(line),
                       .vendor = vendor,
                       .told_by = "amdgpu",
                       .memory = Bytes(memory),
                       .address = address});
      continue;
    }
    unseen.push_back("the GPU at " + address + " (" + vendor + ", PCI " + code.substr(2) + ":" +
                     device.substr(2) + (line.empty() ? "" : ", " + line) +
                     "): no driver tells its memory");
  }
  return cards;
}

}  // namespace plimsoll
