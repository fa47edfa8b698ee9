#import <Metal/Metal.h>

#include "detect/gpu_driver.h"

namespace plimsoll {

std::vector<GpuFacts> ask_metal(std::vector<std::string>& unseen) {
  std::vector<GpuFacts> gpus;
  @autoreleasepool {
    for (id<MTLDevice> device in MTLCopyAllDevices()) {
      GpuFacts gpu{.names = {device.name.UTF8String}, .vendor = "apple", .told_by = "Metal"};
      gpu.integrated = device.hasUnifiedMemory;
      gpu.memory = Bytes(static_cast<double>(device.recommendedMaxWorkingSetSize));
      gpus.push_back(std::move(gpu));
    }
  }
  if (gpus.empty()) unseen.push_back("Metal: there is no device");
  return gpus;
}

}  // namespace plimsoll
