// NVRTC and hiprtc, which have the same calls after their prefix.
#pragma once

#include <functional>
#include <string>

#include "calibrate/gpu/gpu_driver.h"
#include "calibrate/gpu/shared_library.h"

namespace plimsoll::calibrate {

struct RuntimeCompiler {
  std::string version;  // "13.0"
  std::function<Compiled(const std::string& source, const std::string& target)> compile;
  std::string problem;  // why there is none
};

// `prefix`: "nvrtc" or "hiprtc"; `option` is put before the target, `code`: "nvrtcGetCUBIN".
RuntimeCompiler bind_compiler(SharedLibrary& library, const std::string& prefix,
                              const std::string& option, const std::string& code);

}  // namespace plimsoll::calibrate
