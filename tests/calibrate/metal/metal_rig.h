// The Metal kernels behind the fake driver, which runs them on the CPU.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "calibrate/gpu/fake_driver.h"
#include "calibrate/gpu/gpu_backend.h"
#include "calibrate/metal/metal_backend.h"

namespace plimsoll::calibrate {

inline GpuDriver fake_metal_driver(const std::shared_ptr<FakeState>& state) {
  GpuDriver driver = fake_driver(state, "metal", 1);
  describe_metal(driver);
  driver.begin_capture = nullptr;
  driver.version = [](int* version) {
    *version = 1405;
    return 0;
  };
  driver.compile = [](const std::string& source, const std::string&) {
    if (source.find("#include <metal_stdlib>") == std::string::npos)
      return Compiled{.problem = "not in Metal's language"};
    return Compiled{.code = {source.begin(), source.end()}};
  };
  return driver;
}

struct MetalRig {
  MetalRig() {
    VendorMatmul library = fake_matmul(state);
    library.has_bf16 = false;
    backends =
        gpu_backends({.driver = std::make_shared<const GpuDriver>(fake_metal_driver(state)),
                      .matmuls = {library},
                      .monitor = [] { return DeviceState{.clock_hz = 1e9, .throttled = true}; }},
                     unseen);
  }

  // So many bytes that few copies of the operands rotate.
  KernelCheck check(const std::string& family, const std::string& format,
                    const std::string& variant, std::map<std::string, std::int64_t> shape) {
    const KernelCase kernel_case{.family = family,
                                 .format = format,
                                 .variant = variant,
                                 .shape = std::move(shape),
                                 .work = {.bytes = 0x1p24}};
    return backends.at(0)->make(kernel_case)->check();
  }

  std::shared_ptr<FakeState> state = std::make_shared<FakeState>();
  std::vector<std::string> unseen;
  std::vector<std::unique_ptr<Backend>> backends;
};

}  // namespace plimsoll::calibrate
