// Entries of the catalogue that parts of a machine are. A name is believed only where the figures
// that can be seen agree.
#pragma once

#include <string>
#include <vector>

#include "catalog/catalog.h"
#include "detect/facts.h"

namespace plimsoll {

// The entry, or why there is none.
template <class Spec>
struct Match {
  const Spec* spec = nullptr;
  // An entry of that name whose figures do not agree: nothing to be matched, yet the same chip.
  const Spec* related = nullptr;
  std::string why;
};

// Same cores per socket.
Match<DeviceSpec> match_cpu(const CpuFacts& cpu, Catalog& catalog);
// Same memory, within what drivers keep back, and as many cores as are told.
Match<DeviceSpec> match_gpu(const GpuFacts& gpu, Catalog& catalog);
Match<StorageSpec> match_drive(const DriveFacts& drive, Catalog& catalog);
Match<LinkSpec> match_network(const NetworkFacts& network, Catalog& catalog);

// "AMD Ryzen 9 7950X 16-Core Processor" -> "AMD Ryzen 9 7950X": without trade marks, clocks and
// what else kernels and vendors add.
std::string plain_cpu_name(const std::string& name);

}  // namespace plimsoll
