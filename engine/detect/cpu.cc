#include <algorithm>
#include <cstdlib>
#include <hwloc.h>
#include <map>
#include <set>

#include "base/quantity_text.h"
#include "detect/host.h"

namespace plimsoll {
namespace {

// /proc/cpuinfo: a paragraph a thread, "key<tab>: value".
using Processor = std::map<std::string, std::string>;

std::vector<Processor> read_processors(const FileTree& files) {
  std::vector<Processor> processors;
  bool inside = false;
  const std::string text = files.bytes("proc/cpuinfo").value_or("");
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string line = text.substr(at, end - at);
    at = end + 1;
    const std::size_t colon = line.find(':');
    if (trimmed_text(line).empty()) inside = false;
    if (colon == std::string::npos) continue;
    if (!inside) processors.emplace_back();
    inside = true;
    processors.back()[trimmed_text(line.substr(0, colon))] = trimmed_text(line.substr(colon + 1));
  }
  // ARM ends with a paragraph on the board.
  std::erase_if(processors, [](const Processor& each) { return !each.contains("processor"); });
  return processors;
}

std::string value_of(const Processor& processor, const char* key) {
  const auto found = processor.find(key);
  return found == processor.end() ? std::string() : found->second;
}

std::string vendor_of(const Processor& processor) {
  const std::string id = value_of(processor, "vendor_id");
  if (id == "GenuineIntel") return "intel";
  if (id == "AuthenticAMD") return "amd";
  return value_of(processor, "CPU implementer").empty() ? std::string() : "arm";
}

// Environment variables that point hwloc to another root, for as long as it reads.
class OtherRoot {
 public:
  explicit OtherRoot(const std::filesystem::path& root) : other_(root != "/") {
    if (!other_) return;
    setenv("HWLOC_FSROOT", root.c_str(), 1);
    // Not what the CPU under us says.
    setenv("HWLOC_COMPONENTS", "linux,stop", 1);
  }
  ~OtherRoot() {
    if (!other_) return;
    unsetenv("HWLOC_FSROOT");
    unsetenv("HWLOC_COMPONENTS");
  }
  OtherRoot(const OtherRoot&) = delete;
  OtherRoot& operator=(const OtherRoot&) = delete;

 private:
  bool other_;
};

void count_caches(hwloc_topology_t topology, CpuFacts& cpu) {
  int level = 0;
  for (const hwloc_obj_type_t type :
       {HWLOC_OBJ_L1CACHE, HWLOC_OBJ_L2CACHE, HWLOC_OBJ_L3CACHE, HWLOC_OBJ_L4CACHE}) {
    ++level;
    const int count = hwloc_get_nbobjs_by_type(topology, type);
    if (count <= 0) continue;
    const hwloc_obj* first = hwloc_get_obj_by_type(topology, type, 0);
    cpu.caches.push_back({.level = level,
                          .size = Bytes(static_cast<double>(first->attr->cache.size)),
                          .count = count});
  }
}

bool count_by_hwloc(const FileTree& files, CpuFacts& cpu) {
  // Without it hwloc would count the processors of the machine we run on.
  if (files.names("sys/devices/system/cpu").empty()) return false;
  const OtherRoot root(files.root());
  hwloc_topology_t topology = nullptr;
  if (hwloc_topology_init(&topology) != 0) return false;
  const bool loaded = hwloc_topology_load(topology) == 0;
  if (loaded) {
    const auto count = [&](hwloc_obj_type_t type) {
      return std::max(hwloc_get_nbobjs_by_type(topology, type), 0);
    };
    cpu.sockets = count(HWLOC_OBJ_PACKAGE);
    cpu.cores = count(HWLOC_OBJ_CORE);
    cpu.threads = count(HWLOC_OBJ_PU);
    cpu.numa_nodes = count(HWLOC_OBJ_NUMANODE);
    count_caches(topology, cpu);
  }
  hwloc_topology_destroy(topology);
  return loaded;
}

// Where there is no /sys: what /proc/cpuinfo numbers.
void count_by_cpuinfo(const std::vector<Processor>& processors, CpuFacts& cpu) {
  std::set<std::string> sockets;
  std::set<std::pair<std::string, std::string>> cores;
  for (const Processor& each : processors) {
    const std::string socket = value_of(each, "physical id");
    const std::string core = value_of(each, "core id");
    sockets.insert(socket);
    cores.emplace(socket, core.empty() ? value_of(each, "processor") : core);
  }
  if (cpu.threads == 0) cpu.threads = static_cast<int>(processors.size());
  if (cpu.cores == 0) cpu.cores = static_cast<int>(cores.size());
  if (cpu.sockets == 0) cpu.sockets = static_cast<int>(sockets.size());
}

// "… CPU @ 2.40GHz", as Intel names its processors.
std::optional<Hertz> clock_in_name(const std::string& name) {
  const std::size_t at = name.find('@');
  const std::size_t unit = name.find("GHz");
  if (at == std::string::npos || unit == std::string::npos || unit < at) return std::nullopt;
  const auto number = parse_number(trimmed_text(name.substr(at + 1, unit - at - 1)));
  return number && *number > 0 ? std::optional(Hertz(*number * 1e9)) : std::nullopt;
}

void find_clock(const FileTree& files, const std::vector<Processor>& processors, CpuFacts& cpu) {
  const auto take = [&](std::optional<Hertz> clock, const char* from) {
    if (cpu.clock || !clock || *clock <= Hertz()) return;
    cpu.clock = clock;
    cpu.clock_from = from;
  };
  const auto kilohertz = [&](const char* path) -> std::optional<Hertz> {
    const auto number = files.number(path);
    return number ? std::optional(Hertz(*number * 1e3)) : std::nullopt;
  };
  take(kilohertz("sys/devices/system/cpu/cpu0/cpufreq/base_frequency"), "base clock by cpufreq");
  take(clock_in_name(cpu.name), "clock in the name");
  take(kilohertz("sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq"),
       "highest clock by cpufreq");
  double highest = 0.0;
  for (const Processor& each : processors)
    highest = std::max(highest, parse_number(value_of(each, "cpu MHz")).value_or(0.0));
  take(Hertz(highest * 1e6), "momentary clock by /proc/cpuinfo");
}

std::vector<std::string> board_chips(const FileTree& files) {
  std::vector<std::string> chips;
  std::string text = files.bytes("proc/device-tree/compatible").value_or("");
  std::replace(text.begin(), text.end(), '\0', ' ');
  for (const std::string& word : split_words(text))
    chips.push_back(word.substr(word.find(',') == std::string::npos ? 0 : word.find(',') + 1));
  return chips;
}

}  // namespace

CpuFacts read_cpu(const FileTree& files, std::vector<std::string>& unseen) {
  CpuFacts cpu;
  const std::vector<Processor> processors = read_processors(files);
  if (processors.empty()) unseen.push_back("the CPU: /proc/cpuinfo lists no processor");
  const bool counted = count_by_hwloc(files, cpu);
  if (!processors.empty()) {
    const Processor& first = processors.front();
    cpu.name = value_of(first, "model name");
    cpu.vendor = vendor_of(first);
    cpu.flags = split_words(value_of(first, first.contains("flags") ? "flags" : "Features"));
    count_by_cpuinfo(processors, cpu);
  }
  cpu.chips = board_chips(files);
  if (cpu.name.empty()) cpu.name = files.line("proc/device-tree/model").value_or("");
  find_clock(files, processors, cpu);
  if (!counted) unseen.push_back("caches and NUMA nodes: /sys/devices/system/cpu is not there");
  if (cpu.cores > 0 && cpu.name.empty())
    unseen.push_back("the name of the CPU: neither /proc/cpuinfo nor a device tree tells it");
  if (cpu.cores > 0 && !cpu.clock) unseen.push_back("the clock of the CPU: no file tells it");
  return cpu;
}

std::string read_product(const FileTree& files) {
  for (const char* path : {"sys/class/dmi/id/product_name", "proc/device-tree/model"})
    if (auto name = files.line(path)) return *name;
  return {};
}

}  // namespace plimsoll
