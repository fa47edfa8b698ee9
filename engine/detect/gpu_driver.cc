#include "detect/gpu_driver.h"

#include <array>
#include <cstdio>
#include <dlfcn.h>

namespace plimsoll {

const GpuDriver& cuda_driver() {
  static const GpuDriver driver{
      .name = "CUDA",
      .vendor = "nvidia",
      .libraries = {"libcuda.so.1"},
      .symbols = {"cuInit", "cuDeviceGetCount", "cuDeviceGet", "cuDeviceGetName",
                  "cuDeviceTotalMem_v2", "cuDeviceGetAttribute"},
      .attributes = {.cores = 16,
                     .clock = 13,
                     .bus_bits = 37,
                     .memory_clock = 36,
                     .integrated = 18,
                     .major = 75,
                     .minor = 76,
                     .domain = 50,
                     .bus = 33,
                     .slot = 34}};
  return driver;
}

const GpuDriver& hip_driver() {
  static const GpuDriver driver{
      .name = "HIP",
      .vendor = "amd",
      .libraries = {"libamdhip64.so.7", "libamdhip64.so.6", "libamdhip64.so.5", "libamdhip64.so"},
      .symbols = {"hipInit", "hipGetDeviceCount", "hipDeviceGet", "hipDeviceGetName",
                  "hipDeviceTotalMem", "hipDeviceGetAttribute"},
      .attributes = {.cores = 63,
                     .clock = 5,
                     .bus_bits = 59,
                     .memory_clock = 60,
                     .integrated = 16,
                     .major = 23,
                     .minor = 61,
                     .domain = 69,
                     .bus = 67,
                     .slot = 68}};
  return driver;
}

namespace {

template <class Call>
bool bind_symbol(void* library, const std::string& symbol, std::function<Call>& call) {
  void* found = dlsym(library, symbol.c_str());
  if (found) call = reinterpret_cast<Call*>(found);
  return found != nullptr;
}

}  // namespace

OpenedDriver open_library(const GpuDriver& driver) {
  OpenedDriver opened;
  void* library = nullptr;
  for (const std::string& name : driver.libraries)
    if (!library) library = dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    opened.problem = driver.libraries.front() + " not found";
    return opened;
  }
  GpuCalls& calls = opened.calls;
  const auto& symbols = driver.symbols;
  const bool all = bind_symbol(library, symbols[0], calls.init) &&
                   bind_symbol(library, symbols[1], calls.count) &&
                   bind_symbol(library, symbols[2], calls.device) &&
                   bind_symbol(library, symbols[3], calls.name) &&
                   bind_symbol(library, symbols[4], calls.memory) &&
                   bind_symbol(library, symbols[5], calls.attribute);
  if (!all) opened.problem = driver.libraries.front() + " lacks calls that are needed";
  return opened;
}

namespace {

class DriverReader {
 public:
  DriverReader(const GpuDriver& driver, GpuCalls calls, std::vector<std::string>& unseen)
      : driver_(driver), calls_(std::move(calls)), unseen_(unseen) {}

  std::vector<GpuFacts> run() {
    std::vector<GpuFacts> gpus;
    int count = 0;
    if (failed("start", calls_.init(0)) || failed("count its devices", calls_.count(&count)))
      return gpus;
    if (count <= 0) unseen_.push_back(driver_.name + ": the driver knows of no device");
    for (int i = 0; i < count; ++i)
      if (auto gpu = read(i)) gpus.push_back(std::move(*gpu));
    return gpus;
  }

 private:
  bool failed(const std::string& what, int status) {
    if (status == 0) return false;
    unseen_.push_back(driver_.name + ": the driver could not " + what + " (error " +
                      std::to_string(status) + ")");
    return true;
  }

  std::optional<GpuFacts> read(int ordinal) {
    const std::string which = " of device " + std::to_string(ordinal);
    int device = 0;
    if (failed("open device " + std::to_string(ordinal), calls_.device(&device, ordinal)))
      return std::nullopt;
    GpuFacts gpu{.vendor = driver_.vendor, .told_by = driver_.name};
    std::array<char, 256> name{};
    std::size_t bytes = 0;
    if (failed("tell the name" + which,
               calls_.name(name.data(), static_cast<int>(name.size()) - 1, device)) ||
        failed("tell the memory" + which, calls_.memory(&bytes, device)))
      return std::nullopt;
    gpu.names = {name.data()};
    gpu.memory = Bytes(static_cast<double>(bytes));
    read_attributes(device, gpu);
    return gpu;
  }

  // Newer drivers may leave some out: no failure.
  std::optional<int> ask(int attribute, int device) {
    int value = 0;
    return calls_.attribute(&value, attribute, device) == 0 ? std::optional(value) : std::nullopt;
  }

  void read_attributes(int device, GpuFacts& gpu) {
    const GpuAttributes& number = driver_.attributes;
    const auto kilohertz = [&](int attribute) -> std::optional<Hertz> {
      const auto value = ask(attribute, device);
      return value && *value > 0 ? std::optional(Hertz(*value * 1e3)) : std::nullopt;
    };
    gpu.cores = ask(number.cores, device).value_or(0);
    gpu.clock = kilohertz(number.clock);
    gpu.memory_clock = kilohertz(number.memory_clock);
    gpu.bus_bits = ask(number.bus_bits, device).value_or(0);
    gpu.integrated = ask(number.integrated, device).value_or(0) != 0;
    gpu.capability =
        10 * ask(number.major, device).value_or(0) + ask(number.minor, device).value_or(0);
    const auto domain = ask(number.domain, device);
    const auto bus = ask(number.bus, device);
    const auto slot = ask(number.slot, device);
    if (!domain || !bus || !slot) return;
    std::array<char, 48> address{};
    std::snprintf(address.data(), address.size(), "%04x:%02x:%02x.0",
                  static_cast<unsigned>(*domain), static_cast<unsigned>(*bus),
                  static_cast<unsigned>(*slot));
    gpu.address = address.data();
  }

  const GpuDriver& driver_;
  GpuCalls calls_;
  std::vector<std::string>& unseen_;
};

}  // namespace

std::vector<GpuFacts> ask_driver(const GpuDriver& driver, const DriverOpener& open,
                                 std::vector<std::string>& unseen) {
  OpenedDriver opened = open(driver);
  if (!opened.problem.empty()) {
    unseen.push_back("no " + driver.name + " driver: " + opened.problem);
    return {};
  }
  return DriverReader(driver, std::move(opened.calls), unseen).run();
}

}  // namespace plimsoll
