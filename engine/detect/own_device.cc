#include "detect/own_device.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "base/contains.h"
#include "base/quantity_text.h"
#include "catalog/words.h"
#include "detect/entry_text.h"
#include "detect/match.h"

namespace plimsoll {
namespace {

bool has_flag(const CpuFacts& cpu, const char* flag) {
  return contains(cpu.flags, flag);
}

// Single precision, a multiply-add counted twice, of one core and cycle.
struct VectorRate {
  double flop = 0.0;
  double most = 0.0;  // where the width leaves it open
  const char* why = "";
};
VectorRate vector_rate(const CpuFacts& cpu) {
  if (has_flag(cpu, "avx512f")) return {32.0, 64.0, "one 512-bit multiply-add a cycle, or two"};
  if (has_flag(cpu, "fma")) return {32.0, 32.0, "two 256-bit multiply-adds a cycle"};
  if (has_flag(cpu, "avx")) return {16.0, 16.0, "a 256-bit addition and multiplication a cycle"};
  if (has_flag(cpu, "asimd") || has_flag(cpu, "neon"))
    return {8.0, 32.0, "one 128-bit multiply-add a cycle, or up to four"};
  return {8.0, 8.0, "a 128-bit addition and multiplication a cycle"};
}

bool is_server(const MachineFacts& facts) {
  constexpr std::array<const char*, 5> servers = {"EPYC", "Xeon", "XEON", "Threadripper",
                                                  "Neoverse"};
  constexpr int desktop_bits = 128;
  const bool named = std::any_of(servers.begin(), servers.end(), [&](const char* word) {
    return facts.cpu.name.find(word) != std::string::npos;
  });
  const int bits = facts.memory.modules ? facts.memory.modules->bus_bits : 0;
  return named || facts.cpu.sockets > 1 || bits > desktop_bits;
}

const char* roof_class_of(const MachineFacts& facts) {
  if (is_server(facts)) return "ddr5-server";
  return facts.cpu.vendor == "arm" ? "lpddr-arm-board" : "ddr5-desktop";
}

// The bandwidth of a socket and, where copies were timed, what they reached.
struct Bandwidth {
  EntryFigure peak;
  std::optional<EntryFigure> reached;
};

// Values and the ends of their ranges alike, so that rounding keeps their order.
template <class Q>
std::string rounded(Q value) {
  return print(value, 4);
}

template <class Q>
std::string pair_text(Q low, Q high) {
  return "[" + rounded(low) + ", " + rounded(high) + "]";
}

Bandwidth by_modules(const ModuleFacts& modules, BytesPerSecond rate, int sockets) {
  EntryFigure peak{.value = rounded(rate),
                   .source = std::to_string(modules.bus_bits / sockets) + " bits x " +
                             print_number(modules.megatransfers_per_second, 5) +
                             " MT/s, by the firmware's list of modules",
                   .confidence = "high"};
  if (!modules.channels_told && modules.modules > sockets) {
    peak.range = pair_text(rate / 2.0, rate);
    peak.source += "; two of them may share a channel";
    peak.confidence = "low";
  }
  return {.peak = peak, .reached = {}};
}

std::optional<Bandwidth> by_copies(const MachineFacts& facts, const DetectOptions& options,
                                   Catalog& catalog) {
  const auto rate =
      options.measure ? options.measure(std::max(facts.cpu.cores, 1)) : std::optional<CopyRate>();
  if (!rate) return std::nullopt;
  Diagnostics ignored;
  const RoofTable& roofs = catalog.roofs(ignored);
  const auto roof = roofs.memory.find(roof_class_of(facts));
  if (roof == roofs.memory.end()) return std::nullopt;
  const double sockets = std::max(facts.cpu.sockets, 1);
  const double share = roof->second.value;
  Bandwidth bandwidth;
  bandwidth.reached = {.value = rounded(rate->median / sockets),
                       .range = pair_text(rate->low / sockets, rate->high / sockets),
                       .source = "copies on " + std::to_string(facts.cpu.cores) +
                                 " cores, timed here; median, least and most of the rounds"};
  bandwidth.peak = {.value = rounded(rate->high / sockets / share),
                    .source = "the most that copies reached here over " + print_number(share) +
                              ", the share that memory of its class reaches",
                    .confidence = "low"};
  return bandwidth;
}

Bandwidth by_class(const MachineFacts& facts, const DeviceSpec* related,
                   std::vector<std::string>& notes) {
  notes.push_back(
      "nothing tells the bandwidth of main memory; what is written is a guess, for you to replace");
  if (related)
    return {.peak = {.value = rounded(related->memory.bandwidth.value),
                     .source = "as " + related->id + "; of a part of that socket it is less",
                     .status = "claimed",
                     .confidence = "low"},
            .reached = {}};
  if (is_server(facts))
    return {.peak = {.value = "150 GB/s",
                     .range = "[75 GB/s, 307 GB/s]",
                     .source = "four to twelve channels of 64 bits at 2400 to 4800 MT/s; guess",
                     .status = "claimed",
                     .confidence = "low"},
            .reached = {}};
  return {.peak = {.value = "50 GB/s",
                   .range = "[25 GB/s, 102 GB/s]",
                   .source = "one or two channels of 64 bits at 3200 to 6400 MT/s; guess",
                   .status = "claimed",
                   .confidence = "low"},
          .reached = {}};
}

Bandwidth bandwidth_of(const MachineFacts& facts, const DeviceSpec* related,
                       const DetectOptions& options, Catalog& catalog,
                       std::vector<std::string>& notes) {
  if (const auto rate = bandwidth_by_modules(facts))
    return by_modules(*facts.memory.modules, *rate, std::max(facts.cpu.sockets, 1));
  if (auto copies = by_copies(facts, options, catalog)) return *copies;
  return by_class(facts, related, notes);
}

int cores_per_socket(const CpuFacts& cpu) {
  return std::max(cpu.cores / std::max(cpu.sockets, 1), 1);
}

using RateLines = std::vector<std::pair<std::string, EntryFigure>>;

RateLines cpu_rates(const CpuFacts& cpu, const DeviceSpec* related) {
  RateLines lines;
  const int cores = cores_per_socket(cpu);
  if (const ComputeUnitSpec* unit = related ? find_unit(*related, UnitKind::cpu) : nullptr) {
    for (const auto& [precision, rate] : unit->rates)
      lines.push_back({std::string(word(precision)),
                       {.value = rounded(rate.peak.value * (double(cores) / unit->cores)),
                        .source = "as " + related->id + ", by the number of cores",
                        .confidence = "low"}});
    return lines;
  }
  // Slow boards and fast desktops lie about as far to either side.
  const double clock = cpu.clock ? cpu.clock->base() : 2e9;
  const VectorRate rate = vector_rate(cpu);
  const double peak = cores * rate.flop * clock;
  EntryFigure figure{.value = rounded(FlopPerSecond(peak)),
                     .source = std::to_string(cores) + " cores x " + print_number(rate.flop) +
                               " FLOP/cycle (" + rate.why + ") x " + print(Hertz(clock)) +
                               (cpu.clock ? ", " + cpu.clock_from : "; no clock is told: a guess"),
                     .status = cpu.clock ? "measured" : "claimed",
                     .confidence = cpu.clock ? "medium" : "low"};
  if (rate.most > rate.flop) {
    figure.range = pair_text(FlopPerSecond(peak), FlopPerSecond(peak * rate.most / rate.flop));
    figure.confidence = "low";
  }
  lines.push_back({"fp32", figure});
  if (has_flag(cpu, "avx512_vnni") || has_flag(cpu, "avx_vnni")) {
    // VPDPBUSD: four 8-bit multiply-adds in each 32-bit lane, as many instructions as FMA.
    figure.value = rounded(FlopPerSecond(4.0 * peak));
    if (rate.most > rate.flop)
      figure.range =
          pair_text(FlopPerSecond(4.0 * peak), FlopPerSecond(4.0 * peak * rate.most / rate.flop));
    figure.source = "4 x the fp32 rate: VNNI; matrix units are not counted";
    figure.confidence = "low";
    lines.push_back({"int8", figure});
  }
  return lines;
}

void write_rates(EntryText& entry, const RateLines& rates) {
  entry.line(4, "rates:");
  for (const auto& [precision, figure] : rates)
    entry.line(6, precision + ": {peak: " + figure.text() + "}");
}

}  // namespace

std::optional<BytesPerSecond> bandwidth_by_modules(const MachineFacts& facts) {
  const auto& modules = facts.memory.modules;
  if (!modules || modules->bus_bits == 0 || modules->megatransfers_per_second <= 0.0)
    return std::nullopt;
  return BytesPerSecond(modules->bus_bits / 8.0 * modules->megatransfers_per_second * 1e6 /
                        std::max(facts.cpu.sockets, 1));
}

std::string cpu_entry(const std::string& id, const MachineFacts& facts, const DeviceSpec* related,
                      const DetectOptions& options, Catalog& catalog,
                      std::vector<std::string>& notes) {
  const CpuFacts& cpu = facts.cpu;
  const Bandwidth bandwidth = bandwidth_of(facts, related, options, catalog, notes);
  const std::string name = plain_cpu_name(cpu.name);
  const auto& modules = facts.memory.modules;
  EntryText entry;
  entry.comment("Written by plimsoll detect.")
      .line(0, "kind: device")
      .line(0, "id: " + id)
      .line(0, "name: " + quoted_text((name.empty() ? "CPU" : name) + as_detected))
      .line(0, "vendor: " + (cpu.vendor.empty() ? "unknown" : cpu.vendor))
      .line(0, "architecture: " + (related               ? related->architecture
                                   : cpu.vendor == "arm" ? "aarch64"
                                   : has_flag(cpu, "lm") ? "x86-64"
                                                         : "unknown"))
      .line(0, "form: cpu")
      .line(0, "backends: [cpu]")
      .line(0, "units:")
      .line(2, "- kind: cpu")
      .line(4, "cores: " + std::to_string(cores_per_socket(cpu)));
  if (cpu.clock)
    entry.line(
        4, "clock: " + EntryFigure{.value = rounded(*cpu.clock), .source = cpu.clock_from}.text());
  write_rates(entry, cpu_rates(cpu, related));
  if (bandwidth.reached) entry.line(4, "memory_reached: " + bandwidth.reached->text());
  entry.line(0, "memory:")
      .line(2,
            "type: " + quoted_text(modules && !modules->type.empty() ? modules->type : "not told"))
      .line(2, "bandwidth: " + bandwidth.peak.text())
      .line(2, std::string("roof_class: ") + roof_class_of(facts));
  return entry.take();
}

// ----- GPUs

namespace {

// By compute capability, as hwdb calls them.
std::string architecture_of(const GpuFacts& gpu) {
  static const std::map<int, const char*> names = {
      {60, "pascal"},     {61, "pascal"},         {70, "volta"},
      {75, "turing"},     {80, "ampere"},         {86, "ampere"},
      {89, "ada"},        {90, "hopper"},         {100, "blackwell"},
      {103, "blackwell"}, {120, "blackwell-rtx"}, {121, "blackwell-rtx"}};
  const auto found = gpu.vendor == "nvidia" ? names.find(gpu.capability) : names.end();
  return found == names.end() ? "unknown" : found->second;
}

bool has_stacked_memory(int bus_bits) {
  constexpr int one_stack = 1024;
  return bus_bits >= one_stack;
}

const char* gpu_roof_class(const GpuFacts& gpu) {
  constexpr double slowest_gddr7 = 26e9;
  const bool stacked = has_stacked_memory(gpu.bus_bits);
  if (gpu.vendor == "amd") return stacked ? "hbm-amd" : "gddr6-amd";
  if (stacked) return "hbm-nvidia";
  return 2.0 * gpu.memory_clock->base() > slowest_gddr7 ? "gddr7-nvidia" : "gddr6-nvidia";
}

// What one core does in one cycle, at least, of the entries with that architecture and kind of
// memory (which tells data-centre chips from the others).
struct CoreRate {
  double flop = 0.0;
  std::string device;
};
std::map<Precision, CoreRate> core_rates(const GpuFacts& gpu, Catalog& catalog) {
  std::map<Precision, CoreRate> lowest;
  const std::string architecture = architecture_of(gpu);
  for (const CatalogEntry& header : catalog.headers(EntryKind::device)) {
    Diagnostics ignored;
    const DeviceSpec* device = catalog.device(header.id, {}, ignored);
    const ComputeUnitSpec* unit = device ? find_unit(*device, UnitKind::gpu) : nullptr;
    if (!unit || !unit->clock || device->architecture != architecture ||
        device->form != DeviceForm::card ||
        has_stacked_memory(device->memory.bus_bits) != has_stacked_memory(gpu.bus_bits))
      continue;
    for (const auto& [precision, rate] : unit->rates) {
      const double flop = rate.peak.value.base() / (unit->cores * unit->clock->value.base());
      CoreRate& known = lowest[precision];
      if (known.device.empty() || flop < known.flop) known = {flop, device->id};
    }
  }
  return lowest;
}

RateLines gpu_rates(const GpuFacts& gpu, Catalog& catalog) {
  RateLines lines;
  const double cycles = gpu.cores * gpu.clock->base();
  for (const auto& [precision, rate] : core_rates(gpu, catalog))
    lines.push_back(
        {std::string(word(precision)),
         {.value = rounded(FlopPerSecond(rate.flop * cycles)),
          .source = "per core and cycle as " + rate.device + ", the least of its architecture; " +
                    std::to_string(gpu.cores) + " cores at " + print(*gpu.clock),
          .confidence = "low"}});
  if (!lines.empty()) return lines;
  constexpr double least_flop =
      128.0;  // 64 lanes, multiply-add: no GPU of the last decade has less
  lines.push_back({"fp32",
                   {.value = rounded(FlopPerSecond(least_flop * cycles)),
                    .source = std::to_string(gpu.cores) + " cores x 128 FLOP/cycle x " +
                              print(*gpu.clock) + "; may be twice that, matrix units not counted",
                    .status = "claimed",
                    .confidence = "low"}});
  return lines;
}

std::string host_link_of(const GpuFacts& gpu, Catalog& catalog, std::vector<std::string>& notes) {
  Diagnostics ignored;
  if (!gpu.host_link.empty() && catalog.link(gpu.host_link, {}, ignored)) return gpu.host_link;
  notes.push_back("the link of " + gpu.names.front() + " to its host is " +
                  (gpu.host_link.empty() ? "not told" : gpu.host_link + ", which hwdb lacks") +
                  "; pcie-3.0-x16 is assumed");
  return "pcie-3.0-x16";
}

}  // namespace

std::optional<std::string> gpu_entry(const std::string& id, const GpuFacts& gpu, Catalog& catalog,
                                     std::vector<std::string>& notes) {
  if (gpu.integrated || gpu.bus_bits == 0 || !gpu.memory_clock || !gpu.clock || gpu.cores == 0)
    return std::nullopt;
  const BytesPerSecond bandwidth(2.0 * gpu.memory_clock->base() * gpu.bus_bits / 8.0);
  const EntryFigure peak{.value = rounded(bandwidth),
                         .source = "2 x " + print(*gpu.memory_clock) + " x " +
                                   std::to_string(gpu.bus_bits) + " bits, by the " + gpu.told_by +
                                   " driver"};
  const EntryFigure capacity{.value = print_exact(gpu.memory),
                             .source = "by the " + gpu.told_by + " driver",
                             .confidence = "high"};
  EntryText entry;
  entry.comment("Written by plimsoll detect.")
      .line(0, "kind: device")
      .line(0, "id: " + id)
      .line(0, "name: " + quoted_text(gpu.names.front() + as_detected))
      .line(0, "vendor: " + gpu.vendor)
      .line(0, "architecture: " + architecture_of(gpu))
      .line(0, "form: card")
      .line(0, gpu.vendor == "nvidia" ? "backends: [cuda, vulkan]" : "backends: [rocm, vulkan]")
      .line(0, "units:")
      .line(2, "- kind: gpu")
      .line(4, "cores: " + std::to_string(gpu.cores))
      .line(4, "clock: " + EntryFigure{.value = rounded(*gpu.clock),
                                       .source = "by the " + gpu.told_by + " driver"}
                               .text());
  write_rates(entry, gpu_rates(gpu, catalog));
  entry.line(0, "memory:")
      .line(2, has_stacked_memory(gpu.bus_bits) ? "type: HBM" : "type: GDDR")
      .line(2, "bus_bits: " + std::to_string(gpu.bus_bits))
      .line(2, "capacity: " + capacity.text())
      .line(2, "bandwidth: " + peak.text())
      .line(2, std::string("roof_class: ") + gpu_roof_class(gpu))
      .line(0, "host_link: " + host_link_of(gpu, catalog, notes));
  return entry.take();
}

}  // namespace plimsoll
