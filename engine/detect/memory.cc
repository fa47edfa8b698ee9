#include <algorithm>
#include <map>

#include "base/contains.h"
#include "base/quantity_text.h"
#include "detect/host.h"

namespace plimsoll {
namespace {

std::optional<Bytes> total_memory(const FileTree& files) {
  const std::string text = files.bytes("proc/meminfo").value_or("");
  const std::vector<std::string> words = split_words(text);
  const auto key = std::find(words.begin(), words.end(), "MemTotal:");
  if (words.end() - key < 3) return std::nullopt;
  const auto kib = parse_number(key[1]);
  return kib && *kib > 0 ? std::optional(Bytes(*kib * 1024)) : std::nullopt;
}

// The smallest limit from a group up to the root of its hierarchy: all of them hold. Inside a
// container the group's own folder is mounted as that root.
void find_limit(const FileTree& files, const std::string& hierarchy, const char* file,
                std::string group, MemoryFacts& memory) {
  for (;;) {
    const std::string path = hierarchy + group + "/" + file;
    const auto limit = files.number(path);  // "max" is no number
    const auto known = memory.usable();
    if (limit && *limit > 0 && known && Bytes(*limit) < *known) {
      memory.limit = Bytes(*limit);
      memory.limit_from = "/" + path;
    }
    const std::size_t slash = group.rfind('/');
    if (slash == std::string::npos) return;
    group.resize(slash);
  }
}

// "4:memory:/a/b" is a group of version 1, "0::/a/b" one of version 2.
void read_limits(const FileTree& files, MemoryFacts& memory) {
  std::string own_group_1;
  std::string own_group_2;
  for (const std::string& line : split_words(files.bytes("proc/self/cgroup").value_or(""), "\n")) {
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first == std::string::npos ? first : first + 1);
    if (second == std::string::npos) continue;
    const auto controllers = split_words(line.substr(first + 1, second - first - 1), ",");
    std::string group = line.substr(second + 1);
    while (group.ends_with('/')) group.pop_back();
    if (controllers.empty()) own_group_2 = group;
    if (contains(controllers, "memory")) own_group_1 = group;
  }
  find_limit(files, "sys/fs/cgroup/memory", "memory.limit_in_bytes", own_group_1, memory);
  find_limit(files, "sys/fs/cgroup/unified", "memory.max", own_group_2, memory);
  find_limit(files, "sys/fs/cgroup", "memory.max", own_group_2, memory);
}

// ----- SMBIOS

constexpr std::size_t head_bytes = 4;

// One structure: its formatted area and the strings behind it.
struct Structure {
  int type = 0;
  std::string_view area{};
  std::vector<std::string> strings{};

  int byte(std::size_t at) const {
    return at < area.size() ? static_cast<unsigned char>(area[at]) : 0;
  }
  int word(std::size_t at) const { return byte(at) | byte(at + 1) << 8; }
  std::string text(std::size_t at) const {
    const auto index = static_cast<std::size_t>(byte(at));
    return index == 0 || index > strings.size() ? std::string() : strings[index - 1];
  }
};

std::vector<Structure> structures_of(std::string_view table) {
  std::vector<Structure> structures;
  while (table.size() >= head_bytes) {
    const auto length = static_cast<std::size_t>(static_cast<unsigned char>(table[1]));
    if (length < head_bytes || length > table.size()) break;
    Structure each{.type = static_cast<unsigned char>(table[0]), .area = table.substr(0, length)};
    table.remove_prefix(length);
    const std::size_t end = table.find(std::string_view("\0\0", 2));
    if (end == std::string_view::npos) break;
    std::string_view strings = table.substr(0, end);
    while (!strings.empty()) {
      const std::size_t stop = std::min(strings.find('\0'), strings.size());
      each.strings.emplace_back(strings.substr(0, stop));
      strings.remove_prefix(std::min(stop + 1, strings.size()));
    }
    table.remove_prefix(end + 2);
    structures.push_back(std::move(each));
  }
  return structures;
}

// Offsets in a memory device (DSP0134, 7.18).
enum MemoryDevice : std::size_t {
  data_width = 0x0A,
  module_size = 0x0C,
  device_locator = 0x10,
  bank_locator = 0x11,
  memory_type = 0x12,
  speed = 0x15,
  extended_size = 0x1C,
  configured_speed = 0x20,
};

constexpr int memory_device_type = 17;

std::string type_name(int code) {
  static const std::map<int, const char*> names = {
      {0x18, "DDR3"}, {0x1A, "DDR4"}, {0x1D, "LPDDR3"}, {0x1E, "LPDDR4"}, {0x20, "HBM"},
      {0x21, "HBM2"}, {0x22, "DDR5"}, {0x23, "LPDDR5"}, {0x24, "HBM3"}};
  const auto found = names.find(code);
  return found == names.end() ? std::string() : found->second;
}

Bytes size_of(const Structure& device) {
  constexpr int in_extended = 0x7FFF;
  constexpr int unknown = 0xFFFF;
  constexpr int in_kib = 0x8000;
  const int size = device.word(module_size);
  if (size == unknown) return {};
  constexpr double mib = 1 << 20;
  if (size == in_extended) {
    const double low = device.word(extended_size);
    const double high = device.word(extended_size + 2) & 0x7FFF;
    return Bytes((low + 65536.0 * high) * mib);
  }
  return size & in_kib ? Bytes((size & 0x7FFF) * 1024.0) : Bytes(size * mib);
}

// "P0 CHANNEL A" and "DIMM_A1" without the number of the slot: what modules of one channel share.
// Empty where the locators name no channel.
std::string channel_of(const Structure& device) {
  std::string text = device.text(bank_locator) + " " + device.text(device_locator);
  for (char& c : text) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  const std::size_t at = text.find("CHANNEL");
  if (at == std::string::npos) return {};
  const std::size_t name = text.find_first_not_of(" _-", at + std::string("CHANNEL").size());
  if (name == std::string::npos) return {};
  // What stands before tells the socket.
  return text.substr(0, at) + text[name];
}

}  // namespace

std::optional<ModuleFacts> read_modules(const std::string& table) {
  ModuleFacts facts;
  facts.channels_told = true;
  std::map<std::string, int> channels;  // width
  int bits_of_modules = 0;
  for (const Structure& device : structures_of(table)) {
    const Bytes size = size_of(device);
    if (device.type != memory_device_type || size == Bytes()) continue;
    ++facts.modules;
    facts.size += size;
    const int width = device.word(data_width) == 0xFFFF ? 0 : device.word(data_width);
    const int configured = device.word(configured_speed);
    const double rate = configured > 0 ? configured : device.word(speed);
    // The slowest sets the pace.
    if (facts.modules == 1 || rate < facts.megatransfers_per_second)
      facts.megatransfers_per_second = rate;
    if (facts.type.empty()) facts.type = type_name(device.byte(memory_type));
    const std::string channel = channel_of(device);
    if (channel.empty()) facts.channels_told = false;
    channels[channel] = std::max(channels[channel], width);
    bits_of_modules += width;
  }
  if (facts.modules == 0) return std::nullopt;
  int bits_of_channels = 0;
  for (const auto& [channel, width] : channels) bits_of_channels += width;
  facts.bus_bits = facts.channels_told ? bits_of_channels : bits_of_modules;
  return facts;
}

MemoryFacts read_memory(const FileTree& files, std::vector<std::string>& unseen) {
  MemoryFacts memory;
  memory.visible = total_memory(files);
  if (!memory.visible) unseen.push_back("main memory: /proc/meminfo does not tell its size");
  read_limits(files, memory);
  if (const auto table = files.bytes("sys/firmware/dmi/tables/DMI"))
    memory.modules = read_modules(*table);
  if (!memory.modules)
    unseen.push_back(files.has("sys/firmware/dmi/tables/DMI")
                         ? "memory modules: /sys/firmware/dmi/tables/DMI is not readable (root "
                           "may read it) or lists none"
                         : "memory modules: there is no /sys/firmware/dmi/tables/DMI");
  return memory;
}

}  // namespace plimsoll
