// compile_with_hiprtc TARGET: compiles every kernel source for it with the hiprtc of this machine,
// without a device. A program of its own, since hiprtc 5.2 ends the process at targets that it does
// not know.
#include <cstdio>

#include "calibrate/gpu/gpu_driver.h"
#include "calibrate/gpu/kernel_sources.h"

int main(int count, char** arguments) {
  using namespace plimsoll::calibrate;
  constexpr int skipped = 77;
  if (count != 2) return 2;
  std::string problem;
  const auto driver = open_hip_driver(problem);
  if (!driver) {
    std::printf("skipped: %s\n", problem.c_str());
    return skipped;
  }
  int failures = 0;
  for (const KernelSource& source : kernel_sources()) {
    const Compiled compiled = driver->compile(source.text, arguments[1]);
    std::printf("%s for %s with %s: %zu bytes %s\n", source.name.c_str(), arguments[1],
                driver->compiler.c_str(), compiled.code.size(), compiled.problem.c_str());
    if (!compiled.problem.empty() || compiled.code.empty()) ++failures;
  }
  return failures == 0 ? 0 : 1;
}
