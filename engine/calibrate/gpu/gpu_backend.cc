#include "calibrate/gpu/gpu_backend.h"

#include <array>

#include "calibrate/gpu/gpu_families.h"
#include "calibrate/gpu/matrix_matrix_kernels.h"
#include "calibrate/gpu/several_devices.h"

namespace plimsoll::calibrate {
namespace {

// How a driver counts versions: CUDA 13000 for 13.0, HIP 50221153 for 5.2.21153, macOS 1405 for
// 14.5.
struct VersionCount {
  const char* id;
  const char* name;
  int major_unit;
  int minor_unit;
};
constexpr auto version_counts = std::to_array<VersionCount>(
    {{"cuda", "CUDA ", 1000, 10}, {"hip", "HIP ", 10000000, 100000}, {"metal", "macOS ", 100, 1}});

std::string version_text(const std::string& id, int version) {
  for (const auto& [known, name, major, minor] : version_counts)
    if (id == known)
      return name + std::to_string(version / major) + "." + std::to_string(version % major / minor);
  return std::to_string(version);
}

void append_families(std::vector<GpuFamily>& all, std::vector<GpuFamily> more) {
  for (GpuFamily& each : more) all.push_back(std::move(each));
}

class GpuBackend : public Backend {
 public:
  GpuBackend(const GpuSoftware& software, int ordinal, int count)
      : software_(software), device_(*software_.driver, ordinal) {
    int version = 0;
    device_.expect("version", software_.driver->version(&version));
    version_ = version_text(id(), version) + ", " + software_.driver->compiler;
    for (const VendorMatmul& library : software_.matmuls) version_ += ", " + library.name;
    collect_families(ordinal == 0 ? count : 1);
    const auto own_work = [this] { return has_worked_; };
    if (software_.monitor)
      monitor_ = software_.monitor;
    else
      monitor_ = id() == "cuda" ? nvidia_monitor(device_.pci_address(), own_work)
                                : amd_monitor(device_.pci_address(), own_work);
  }

  std::string id() const override { return software_.driver->id; }
  std::string device() const override { return device_.name(); }
  std::string version() const override { return version_; }
  DeviceState state() override { return monitor_(); }

  std::vector<KernelCase> cases(Depth depth) override {
    const DeviceLimits limits = limits_of(device_);
    std::vector<KernelCase> all;
    for (const GpuFamily& family : families_)
      for (KernelCase& each : family.cases(limits, depth)) all.push_back(std::move(each));
    return all;
  }

  std::unique_ptr<Kernel> make(const KernelCase& kernel_case) override {
    has_worked_ = true;
    for (const GpuFamily& family : families_) {
      if (family.name == kernel_case.family &&
          (family.variant.empty() || family.variant == kernel_case.variant))
        return family.make(device_, kernel_case);
    }
    throw KernelFailure("no kernel for " + kernel_case.family);
  }

 private:
  // Variants of a family that have an entry of their own stand before the one that takes all.
  void collect_families(int devices) {
    for (GpuFamily& each : memory_families()) {
      const bool is_special = !each.variant.empty();
      families_.insert(is_special ? families_.begin() : families_.end(), std::move(each));
    }
    append_families(families_, dispatch_families());
    append_families(families_, matrix_vector_families());
    append_families(families_, layer_families());
    append_families(families_, attention_families());
    append_families(families_, matrix_matrix_families());
    for (const VendorMatmul& library : software_.matmuls)
      families_.push_back(vendor_matrix_family(library));
    if (!software_.driver->own_memory) return;
    append_families(families_, host_copy_families());
    if (devices < 2) return;
    families_.push_back(peer_copy_family(devices));
    if (software_.collectives)
      families_.push_back(all_reduce_family(*software_.collectives, devices));
  }

  GpuSoftware software_;
  GpuDevice device_;
  std::string version_;
  std::vector<GpuFamily> families_;
  DeviceMonitor monitor_;
  bool has_worked_ = false;
};

std::vector<std::unique_ptr<Backend>> open_backends_of(
    const std::string& id, std::optional<GpuDriver> (*open)(std::string& problem),
    std::vector<std::string>& unseen) {
  std::string problem;
  std::optional<GpuDriver> driver = open(problem);
  if (!driver) {
    unseen.push_back(id + ": " + problem);
    return {};
  }
  return gpu_backends({.driver = std::make_shared<const GpuDriver>(std::move(*driver)),
                       .matmuls = open_vendor_matmuls(id),
                       .collectives = open_collective_library(id)},
                      unseen);
}

}  // namespace

std::vector<std::unique_ptr<Backend>> gpu_backends(const GpuSoftware& software,
                                                   std::vector<std::string>& unseen) {
  const GpuDriver& driver = *software.driver;
  const auto failed = [&](const char* call, int status) {
    if (status == 0) return false;
    unseen.push_back(driver.id + ": " + call + ": " + driver.error_text(status) + " (" +
                     std::to_string(status) + ")");
    return true;
  };
  int count = 0;
  if (failed("init", driver.init()) || failed("count", driver.count(&count))) return {};
  if (count <= 0) unseen.push_back(driver.id + ": the driver knows of no device");
  std::vector<std::unique_ptr<Backend>> backends;
  for (int ordinal = 0; ordinal < count; ++ordinal) {
    try {
      backends.push_back(std::make_unique<GpuBackend>(software, ordinal, count));
    } catch (const KernelFailure& failure) {
      unseen.push_back(driver.id + ": device " + std::to_string(ordinal) + ": " + failure.what());
    }
  }
  return backends;
}

std::vector<std::unique_ptr<Backend>> cuda_backends(std::vector<std::string>& unseen) {
  return open_backends_of("cuda", open_cuda_driver, unseen);
}

std::vector<std::unique_ptr<Backend>> hip_backends(std::vector<std::string>& unseen) {
  return open_backends_of("hip", open_hip_driver, unseen);
}

}  // namespace plimsoll::calibrate
