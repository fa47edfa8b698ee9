// Which machine a profile is of: what it is built of, by which a profile finds its machine again.
#pragma once

#include <string>
#include <vector>

#include "base/quantity.h"
#include "detect/facts.h"

namespace plimsoll::calibrate {

struct MachineIdentity {
  std::string product{};  // as the firmware calls it; empty: not told
  std::string cpu{};      // without trade marks and clocks
  int cores = 0;          // 0: not visible
  int threads = 0;
  Bytes memory{};
  std::vector<std::string> gpus{};  // sorted
};

MachineIdentity identity_of(const MachineFacts& facts);

// Products, processors, cores and GPUs are the same, and the memory within 5 %: kernels keep back
// more or less of it. What one of them does not tell is no difference.
bool same_machine(const MachineIdentity& a, const MachineIdentity& b);

// "AMD EPYC 9654, 96 cores, 2x NVIDIA H200".
std::string identity_text(const MachineIdentity& machine);

// "amd-epyc-9654-96c-2x-nvidia-h200": what its files are called.
std::string identity_slug(const MachineIdentity& machine);

}  // namespace plimsoll::calibrate
