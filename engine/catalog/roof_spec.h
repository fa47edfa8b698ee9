// What memory and matrix units of a class reach of their peak where nobody measured the device
// itself.
#pragma once

#include <map>
#include <string>

#include "catalog/device_spec.h"
#include "catalog/figure.h"

namespace plimsoll {

// Reads that the page cache serves are copies: so fast with one thread, and together at most that
// share of the peak memory bandwidth.
struct CachedReadRoof {
  Figure<BytesPerSecond> per_thread;
  Figure<double> ceiling;
};

// hwdb/roofs.yaml. Ranges are 90 % intervals, taken from the spread of the measured devices of the
// class.
struct RoofTable {
  std::map<std::string, Figure<double>>
      memory;  // by memory class: "hbm-nvidia", "lpddr-apple-gpu", …
  std::map<std::string, Figure<double>>
      matrix;  // by vendor, fp16-like products: "nvidia", "amd", …
  // Of machines that nobody measured, by memory class of what their CPU reads from; "default" for
  // all others.
  std::map<std::string, CachedReadRoof> cached_reads;
  // DeviceSpec::dma_slowdown, by memory class; a class that is not there suffers nothing.
  std::map<std::string, Figure<double>> dma_slowdown;
};

}  // namespace plimsoll
