#include "fake_machine.h"

#include <cstring>
#include <fstream>

namespace plimsoll::test {

namespace fs = std::filesystem;

void FakeMachine::write(const std::string& path, const std::string& content) const {
  fs::create_directories((root() / path).parent_path());
  std::ofstream(root() / path, std::ios::binary) << content;
}

void FakeMachine::add_cpu(const FakeCpu& cpu) const {
  const int threads = cpu.sockets * cpu.cores_per_socket * cpu.threads_per_core;
  const int of_socket = cpu.cores_per_socket * cpu.threads_per_core;
  const auto range = [](int begin, int count) {
    return std::to_string(begin) + "-" + std::to_string(begin + count - 1) + "\n";
  };
  // Bits in hexadecimal, groups of 32 separated by commas, the highest first.
  const auto mask = [&](int begin, int count) {
    std::string text;
    for (int group = (threads - 1) / 32; group >= 0; --group) {
      unsigned bits = 0;
      for (int i = 0; i < 32; ++i) {
        const int thread = 32 * group + i;
        if (thread >= begin && thread < begin + count) bits |= 1u << i;
      }
      char digits[16];
      std::snprintf(digits, sizeof digits, "%08x", bits);
      text += (text.empty() ? "" : ",") + std::string(digits);
    }
    return text + "\n";
  };
  std::string info;
  const std::string base = "sys/devices/system/cpu/";
  write(base + "online", range(0, threads));
  write(base + "possible", range(0, threads));
  write(base + "present", range(0, threads));
  for (int thread = 0; thread < threads; ++thread) {
    const int core = thread / cpu.threads_per_core;
    const int socket = core / cpu.cores_per_socket;
    const std::string folder = base + "cpu" + std::to_string(thread) + "/topology/";
    write(folder + "physical_package_id", std::to_string(socket) + "\n");
    write(folder + "core_id", std::to_string(core % cpu.cores_per_socket) + "\n");
    const std::string core_mask = mask(core * cpu.threads_per_core, cpu.threads_per_core);
    write(folder + "thread_siblings", core_mask);
    write(folder + "core_cpus", core_mask);
    const std::string socket_mask = mask(socket * of_socket, of_socket);
    write(folder + "core_siblings", socket_mask);
    write(folder + "package_cpus", socket_mask);
    info += "processor\t: " + std::to_string(thread) + "\nvendor_id\t: " + cpu.vendor +
            "\nmodel name\t: " + cpu.name +
            "\ncpu MHz\t\t: 2600.000\nphysical id\t: " + std::to_string(socket) +
            "\ncore id\t\t: " + std::to_string(core % cpu.cores_per_socket) +
            "\nflags\t\t: " + cpu.flags + "\n\n";
  }
  write("proc/cpuinfo", info);
  if (!cpu.numa) return;
  write("sys/devices/system/node/online", range(0, cpu.sockets));
  for (int node = 0; node < cpu.sockets; ++node) {
    const std::string folder = "sys/devices/system/node/node" + std::to_string(node) + "/";
    write(folder + "cpumap", mask(node * of_socket, of_socket));
    write(folder + "meminfo", "Node " + std::to_string(node) + " MemTotal: 16777216 kB\n");
  }
}

void FakeMachine::add_memory(double gib) const {
  write("proc/meminfo", "MemTotal:       " + std::to_string(static_cast<long long>(gib * 1048576)) +
                            " kB\nMemFree: 1 kB\n");
}

void FakeMachine::add_modules(int count, int megatransfers, bool channels) const {
  std::string table;
  for (int i = 0; i < count; ++i) {
    std::string area(0x22, '\0');
    const auto word = [&](std::size_t at, int value) {
      area[at] = static_cast<char>(value & 0xFF);
      area[at + 1] = static_cast<char>(value >> 8);
    };
    area[0] = 17;
    area[1] = static_cast<char>(area.size());
    word(0x0A, 64);
    word(0x0C, 16384);  // MiB
    area[0x10] = 1;
    area[0x11] = 2;
    area[0x12] = 0x22;
    word(0x20, megatransfers);
    const std::string letter(1, static_cast<char>('A' + i));
    table += area + "DIMM 0" + '\0' + (channels ? "P0 CHANNEL " + letter : "BANK 0") + '\0' + '\0';
  }
  table += std::string("\x7f\x04\0\0\0\0", 6);
  write("sys/firmware/dmi/tables/DMI", table);
}

DetectOptions FakeMachine::options() const {
  return {.root = root(), .open_driver = cuda_with({}), .measure = {}};
}

DriverOpener cuda_with(std::vector<FakeGpu> gpus) {
  return [gpus](const GpuDriver& driver) -> OpenedDriver {
    if (driver.name != "CUDA" || gpus.empty())
      return {.calls = {}, .problem = driver.libraries.front() + " not found"};
    const auto at = [gpus](int device) { return gpus[static_cast<std::size_t>(device - 100)]; };
    GpuCalls calls;
    calls.init = [](unsigned) { return 0; };
    calls.count = [gpus](int* count) { return *count = static_cast<int>(gpus.size()), 0; };
    // A handle is not an ordinal.
    calls.device = [](int* device, int ordinal) { return *device = 100 + ordinal, 0; };
    calls.name = [at](char* name, int length, int device) {
      std::strncpy(name, at(device).name.c_str(), static_cast<std::size_t>(length));
      return 0;
    };
    calls.memory = [at](std::size_t* bytes, int device) { return *bytes = at(device).bytes, 0; };
    calls.attribute = [at](int* value, int attribute, int device) {
      const FakeGpu gpu = at(device);
      switch (attribute) {  // CUdevice_attribute of cuda.h
        case 13:
          return *value = gpu.clock_khz, 0;
        case 16:
          return *value = gpu.cores, 0;
        case 36:
          return *value = gpu.memory_clock_khz, 0;
        case 37:
          return *value = gpu.bus_bits, 0;
        case 75:
          return *value = gpu.major, 0;
        case 76:
          return *value = gpu.minor, 0;
        default:
          return 1;
      }
    };
    return {.calls = calls, .problem = {}};
  };
}

ReadBack::ReadBack(const DetectedMachine& machine)
    : catalog_(std::vector<DataFolders>{find_data_folders({})}) {
  REQUIRE(machine.system);
  for (const DetectedEntry& device : machine.devices)
    catalog_.lay_over({EntryKind::device, device.id, device.id, device.yaml});
  catalog_.lay_over({EntryKind::system, "here", machine.system->id, machine.system->yaml});
}

const SystemSpec& ReadBack::system() {
  Diagnostics diagnostics;
  const SystemSpec* system = catalog_.system("here", {}, diagnostics);
  for (const Diagnostic& each : diagnostics.sorted()) UNSCOPED_INFO(to_text(each));
  REQUIRE(system);
  return *system;
}

const DeviceSpec& ReadBack::device(const std::string& id) {
  Diagnostics diagnostics;
  const DeviceSpec* device = catalog_.device(id, {}, diagnostics);
  for (const Diagnostic& each : diagnostics.sorted()) UNSCOPED_INFO(to_text(each));
  REQUIRE(device);
  return *device;
}

}  // namespace plimsoll::test
