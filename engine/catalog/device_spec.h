// A chip or card: compute units, its memory, and the power it may draw. One file per entry in
// hwdb/devices/.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "catalog/figure.h"
#include "catalog/streaming_spec.h"

namespace plimsoll {

enum class UnitKind { gpu, cpu, npu };

// What a peak rate counts. Dense, a multiply-add is 2 FLOP (integer operations count alike).
enum class Precision {
  fp32,        // vector units
  fp16,        // matrix unit, fp32 accumulate; where there is no matrix unit, the vector rate
  fp16_acc16,  // matrix unit, fp16 accumulate (GeForce runs this twice as fast)
  fp8,
  int8,
  fp4,
  int4,
};

struct RateSpec {
  Figure<FlopPerSecond> peak;
  // What a large, tuned matrix product reached; absent when nobody published it.
  std::optional<Figure<FlopPerSecond>> reached;
};

// What a fit found a device to reach, over what its entry says (catalog/fit_spec.h).
struct FittedReach {
  double factor = 1.0;
  double log_sigma = 0.0;
  bool known = false;  // it was measured; else log_sigma is how far devices lie apart
};

// What a profile found a unit to reach, in place of what its entry and a fit say. Of CPUs of one
// socket.
struct ProfiledUnit {
  std::string part;  // of the profile: under which BackendSpec::profiled has its kernels
  std::optional<Figure<BytesPerSecond>> memory;
  std::map<Precision, Figure<FlopPerSecond>> rates;
  std::optional<Figure<BytesPerSecond>> host_link;  // of a card, one way
  // The entry's own memory figure is a shorter look at the same machine: it counts no more.
  bool supersedes_entry = false;
};

struct ComputeUnitSpec {
  UnitKind kind = UnitKind::gpu;
  std::string name;  // "Radeon 8060S"; may be empty
  int cores = 0;     // SMs, CUs, GPU cores, CPU cores
  std::optional<Figure<Hertz>> clock;
  std::map<Precision, RateSpec> rates;
  // Products run beside the vector lanes; else on them (packed math, DP4A), where unpacking weights
  // takes the same issue slots.
  bool matrix_units = true;
  // What a copy, read or triad kernel on this unit reached of the device's memory (read + written
  // bytes counted); absent: peak times the class default of hwdb/roofs.yaml.
  std::optional<Figure<BytesPerSecond>> memory_reached;
  std::optional<FittedReach> memory_reach;   // nothing: no fit
  std::optional<FittedReach> compute_reach;  // of all precisions
  std::optional<ProfiledUnit> profiled;
};

// Device memory as the device sees it. On unified systems the size belongs to the system.
struct MemorySpec {
  std::string type;  // "HBM3", "GDDR6X", "LPDDR5X", "DDR5"
  int bus_bits = 0;  // 0: not stated
  std::optional<double> megatransfers_per_second;
  std::optional<Figure<Bytes>> capacity;  // discrete cards
  std::vector<Bytes> sold_sizes;          // SoCs
  Figure<BytesPerSecond> bandwidth;       // peak
  std::string roof_class;                 // entry of hwdb/roofs.yaml
};

enum class DeviceForm { card, soc, cpu };

struct DeviceSpec {
  std::string id;
  std::string name;
  std::vector<std::string> names;
  std::string vendor;        // "nvidia", "amd", "apple", "intel", "qualcomm"
  std::string architecture;  // "hopper", "gfx1151", "apple-m3"
  int year = 0;
  DeviceForm form = DeviceForm::card;
  std::vector<std::string> backends;  // "cuda", "rocm", "vulkan", "metal", "cpu", …
  std::vector<ComputeUnitSpec> units;
  MemorySpec memory;
  std::string host_link;  // link id towards the host ("pcie-4.0-x16"); empty for SoCs and CPUs
  std::string
      peer_link;  // link id between devices of one box ("nvlink-3"); empty: through the host link
  // Of reads that the page cache serves, by number of reading threads, ascending; empty: the class
  // default.
  std::vector<CachedReadPoint> cached_reads;
  // Time that device kernels take longer while a drive's DMA writes into the same memory, per share
  // of the peak memory bandwidth that the DMA takes: slowdown = 1 + dma_slowdown * (DMA rate /
  // bandwidth).
  std::optional<Figure<double>> dma_slowdown;
  std::optional<Figure<Watts>> power_limit;  // board or package power
  // With which the same chip, of as many cores at the same clock, is sold elsewhere; nothing: with
  // no more than power_limit.
  std::optional<Figure<Watts>> unlimited_power;
  // With which it would read memory at its full clock; may be more than power_limit.
  std::optional<Figure<Watts>> reading_power;
  // Its owner's limit, below power_limit.
  std::optional<Watts> held_to;
  std::optional<Figure<Watts>> idle_power;
  std::optional<Figure<Dollars>> price;
  SourcePlace place;
};

// The first unit of that kind, or null.
const ComputeUnitSpec* find_unit(const DeviceSpec& device, UnitKind kind);

}  // namespace plimsoll
