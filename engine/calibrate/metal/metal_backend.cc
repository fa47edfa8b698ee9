#include "calibrate/metal/metal_backend.h"

namespace plimsoll::calibrate {

void describe_metal(GpuDriver& driver) {
  driver.id = "metal";
  driver.sources = &metal_kernel_sources();
  driver.packed_arithmetic = false;
  driver.own_memory = false;
}

#if !defined(__APPLE__)  // there: metal_device.mm
std::vector<std::unique_ptr<Backend>> metal_backends(std::vector<std::string>& unseen) {
  unseen.emplace_back("metal: needs macOS");
  return {};
}
#endif

}  // namespace plimsoll::calibrate
