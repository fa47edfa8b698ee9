// Devices that hwdb lacks, from what can be seen of them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "catalog/catalog.h"
#include "detect/detect.h"

namespace plimsoll {

// What the names of such devices end in.
inline constexpr const char* as_detected = " as detected";

// A socket of the machine. `related`: an entry of the same chip that does not fit (a share of it in
// a virtual machine, other memory), or null.
std::string cpu_entry(const std::string& id, const MachineFacts& facts, const DeviceSpec* related,
                      const DetectOptions& options, Catalog& catalog,
                      std::vector<std::string>& notes);

// Nothing where no bandwidth can be told; `notes` then says so.
std::optional<std::string> gpu_entry(const std::string& id, const GpuFacts& gpu, Catalog& catalog,
                                     std::vector<std::string>& notes);

// Of one socket, by the modules that firmware lists; nothing where it does not say enough.
std::optional<BytesPerSecond> bandwidth_by_modules(const MachineFacts& facts);

}  // namespace plimsoll
