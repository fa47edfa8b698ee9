#include "calibrate/gpu/device_monitor.h"

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <limits>
#include <optional>

#include "calibrate/gpu/shared_library.h"

namespace plimsoll::calibrate {
namespace {

constexpr double unseen = std::numeric_limits<double>::quiet_NaN();
constexpr DeviceState nothing_seen{
    .clock_hz = unseen, .temperature_c = unseen, .busy_share = unseen};

// --- NVML ----------------------------------------------------------------------------------------

struct Utilization {
  unsigned gpu;
  unsigned memory;
};

struct ManagementCalls {
  int (*init)();
  int (*by_address)(const char*, void**);
  int (*clock)(void*, int, unsigned*);
  int (*temperature)(void*, int, unsigned*);
  int (*utilization)(void*, Utilization*);
  int (*throttle_reasons)(void*, unsigned long long*);
};

constexpr int multiprocessor_clock = 1;  // NVML_CLOCK_SM
constexpr int gpu_sensor = 0;            // NVML_TEMPERATURE_GPU
// Power cap, hardware slowdown, software and hardware thermal slowdown, power brake (nvml.h,
// nvmlClocksThrottleReason…).
constexpr unsigned long long throttling = 0x4 | 0x8 | 0x20 | 0x40 | 0x80;

std::optional<ManagementCalls> open_management() {
  SharedLibrary library({"libnvidia-ml.so.1"});
  const ManagementCalls calls{
      .init = library.function<int()>("nvmlInit_v2"),
      .by_address = library.function<int(const char*, void**)>("nvmlDeviceGetHandleByPciBusId_v2"),
      .clock = library.function<int(void*, int, unsigned*)>("nvmlDeviceGetClockInfo"),
      .temperature = library.function<int(void*, int, unsigned*)>("nvmlDeviceGetTemperature"),
      .utilization = library.function<int(void*, Utilization*)>("nvmlDeviceGetUtilizationRates"),
      .throttle_reasons = library.function<int(void*, unsigned long long*)>(
          "nvmlDeviceGetCurrentClocksThrottleReasons")};
  if (!library || !library.missing().empty() || calls.init() != 0) return std::nullopt;
  return calls;
}

DeviceState ask_management(const ManagementCalls& calls, void* device, bool own_work) {
  DeviceState state = nothing_seen;
  unsigned value = 0;
  if (calls.clock(device, multiprocessor_clock, &value) == 0) state.clock_hz = 1e6 * value;
  if (calls.temperature(device, gpu_sensor, &value) == 0) state.temperature_c = value;
  Utilization utilization{};
  if (!own_work && calls.utilization(device, &utilization) == 0)
    state.busy_share = utilization.gpu / 100.0;
  unsigned long long reasons = 0;
  if (calls.throttle_reasons(device, &reasons) == 0) state.throttled = (reasons & throttling) != 0;
  return state;
}

// --- sysfs ---------------------------------------------------------------------------------------

double number_in(const std::filesystem::path& file) {
  std::ifstream in(file);
  in.imbue(std::locale::classic());
  double value = unseen;
  return in >> value ? value : unseen;
}

// hwmon's number is the kernel's choice.
std::filesystem::path sensors_of(const std::filesystem::path& device) {
  std::error_code none;
  for (const auto& each : std::filesystem::directory_iterator(device / "hwmon", none))
    return each.path();
  return device;
}

}  // namespace

DeviceMonitor nvidia_monitor(const std::string& pci_address, std::function<bool()> own_work) {
  const std::optional<ManagementCalls> calls = open_management();
  void* device = nullptr;
  if (!calls || calls->by_address(pci_address.c_str(), &device) != 0)
    return [] { return nothing_seen; };
  return [=] { return ask_management(*calls, device, own_work()); };
}

DeviceMonitor amd_monitor(const std::string& pci_address, std::function<bool()> own_work,
                          const std::string& root) {
  const auto device = std::filesystem::path(root) / "sys/bus/pci/devices" / pci_address;
  return [=] {
    const std::filesystem::path sensors = sensors_of(device);
    DeviceState state = nothing_seen;
    state.clock_hz = number_in(sensors / "freq1_input");                // Hz
    state.temperature_c = number_in(sensors / "temp1_input") / 1000.0;  // millidegrees
    if (!own_work()) state.busy_share = number_in(device / "gpu_busy_percent") / 100.0;
    return state;
  };
}

}  // namespace plimsoll::calibrate
