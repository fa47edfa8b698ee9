// What memory and matrix units of a class reach of their peak where nobody measured the device
// itself.
#pragma once

#include <map>
#include <string>

#include "catalog/device_spec.h"
#include "catalog/figure.h"

namespace plimsoll {

// hwdb/roofs.yaml. Ranges are 90 % intervals, taken from the spread of the measured devices of the
// class.
struct RoofTable {
  std::map<std::string, Figure<double>>
      memory;  // by memory class: "hbm-nvidia", "lpddr-apple-gpu", …
  std::map<std::string, Figure<double>>
      matrix;  // by vendor, fp16-like products: "nvidia", "amd", …
};

}  // namespace plimsoll
