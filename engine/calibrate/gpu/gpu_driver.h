// What the calibrator asks of a GPU's driver: one table for CUDA's driver API and HIP's, opened at
// run time, and for Metal; replaced by a fake in tests. Every call returns the driver's status, 0
// for success.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "calibrate/gpu/kernel_sources.h"

namespace plimsoll::calibrate {

using DeviceAddress = std::uint64_t;  // CUdeviceptr, hipDeviceptr_t
using DriverHandle = void*;           // contexts, streams, events, modules, functions, graphs

// What distinguishes two devices to a compiler, and what sizes the problems.
enum class DeviceProperty {
  compute_units,
  cache_bytes,  // of the last level on the chip that the driver tells
  capability_major,
  capability_minor,
  pci_domain,
  pci_bus,
  pci_slot,
  integrated,
};

// Where a kernel's arguments are and how long each is: addresses have 8 bytes, numbers 4.
struct LaunchArguments {
  void** values = nullptr;
  std::span<const std::size_t> bytes{};
};

struct LaunchShape {
  unsigned blocks = 1;
  unsigned blocks_y = 1;
  unsigned threads = 1;
};

struct Compiled {
  std::vector<char> code;  // what load_module takes; empty when there is a problem
  std::string problem;
};

struct GpuDriver {
  std::string id;  // "cuda", "hip", "metal"

  std::function<int()> init;
  std::function<int(int* version)> version;  // CUDA 13000: 13.0; macOS 1405: 14.5
  std::function<int(int* count)> count;
  std::function<int(char* name, int bytes, int device)> name;
  std::function<int(std::size_t* bytes, int device)> total_memory;
  std::function<int(int* value, DeviceProperty property, int device)> property;
  std::function<int(DriverHandle* context, int device)> open_device;
  std::function<int(DriverHandle context, int device)> use_device;  // by the calling thread
  std::function<int(std::size_t* free, std::size_t* total)> memory_info;

  std::function<int(DriverHandle* module, const void* code)> load_module;
  std::function<int(DriverHandle* function, DriverHandle module, const char* name)> find_function;
  std::function<int(DriverHandle module)> unload_module;
  std::function<int(DriverHandle function, const LaunchShape& shape, DriverHandle stream,
                    const LaunchArguments& arguments)>
      launch;

  std::function<int(DeviceAddress* address, std::size_t bytes)> allocate;
  std::function<int(DeviceAddress address)> release;
  std::function<int(void** address, std::size_t bytes)> allocate_pinned;
  std::function<int(void* address)> release_pinned;
  std::function<int(DeviceAddress to, const void* from, std::size_t bytes, DriverHandle stream)>
      copy_to_device;
  std::function<int(void* to, DeviceAddress from, std::size_t bytes, DriverHandle stream)>
      copy_to_host;
  std::function<int(DeviceAddress to, DeviceAddress from, std::size_t bytes, DriverHandle stream)>
      copy_on_device;
  std::function<int(DeviceAddress to, unsigned char value, std::size_t bytes, DriverHandle stream)>
      fill;

  std::function<int(int* can, int device, int peer)> can_access_peer;
  std::function<int(DriverHandle context, int device)> enable_peer;  // for the device in use
  std::function<int(DeviceAddress to, int to_device, DeviceAddress from, int from_device,
                    std::size_t bytes, DriverHandle stream)>
      copy_to_peer;

  std::function<int(DriverHandle* stream)> create_stream;
  std::function<int(DriverHandle stream)> wait_stream;
  std::function<int(DriverHandle stream)> destroy_stream;
  std::function<int(DriverHandle* event)> create_event;
  std::function<int(DriverHandle event, DriverHandle stream)> record_event;
  std::function<int(DriverHandle event)> wait_event;
  std::function<int(float* milliseconds, DriverHandle begin, DriverHandle end)> elapsed;
  std::function<int(DriverHandle event)> destroy_event;

  // Empty where a driver has no graphs.
  std::function<int(DriverHandle stream)> begin_capture;
  std::function<int(DriverHandle stream, DriverHandle* graph)> end_capture;
  std::function<int(DriverHandle* executable, DriverHandle graph)> instantiate_graph;
  std::function<int(DriverHandle executable, DriverHandle stream)> launch_graph;
  std::function<int(DriverHandle graph)> destroy_graph;
  std::function<int(DriverHandle executable)> destroy_executable;

  std::function<std::string(int status)> error_text;
  std::function<std::string(int device)> target;  // for the compiler: "sm_90", "gfx90a"
  std::function<Compiled(const std::string& source, const std::string& target)> compile;
  std::string compiler;  // "NVRTC 13.0"
  const std::vector<KernelSource>* sources = &kernel_sources();

  // Kernels have two f16 at a time and dot products of four int8, and take activations of 8 bits
  // where weights come in ggml's blocks. Else activations are f16, and everything is summed in
  // float.
  bool packed_arithmetic = true;
  // Memory of its own, which takes copies between host and device by the device's clock.
  bool own_memory = true;
};

// Every call of the table that returns a status, with its name: visit(name, function).
template <class Driver, class Visit>
void for_each_call(Driver& driver, Visit visit) {
  visit("init", driver.init);
  visit("version", driver.version);
  visit("count", driver.count);
  visit("name", driver.name);
  visit("total_memory", driver.total_memory);
  visit("property", driver.property);
  visit("open_device", driver.open_device);
  visit("use_device", driver.use_device);
  visit("memory_info", driver.memory_info);
  visit("load_module", driver.load_module);
  visit("find_function", driver.find_function);
  visit("unload_module", driver.unload_module);
  visit("launch", driver.launch);
  visit("allocate", driver.allocate);
  visit("release", driver.release);
  visit("allocate_pinned", driver.allocate_pinned);
  visit("release_pinned", driver.release_pinned);
  visit("copy_to_device", driver.copy_to_device);
  visit("copy_to_host", driver.copy_to_host);
  visit("copy_on_device", driver.copy_on_device);
  visit("fill", driver.fill);
  visit("can_access_peer", driver.can_access_peer);
  visit("enable_peer", driver.enable_peer);
  visit("copy_to_peer", driver.copy_to_peer);
  visit("create_stream", driver.create_stream);
  visit("wait_stream", driver.wait_stream);
  visit("destroy_stream", driver.destroy_stream);
  visit("create_event", driver.create_event);
  visit("record_event", driver.record_event);
  visit("wait_event", driver.wait_event);
  visit("elapsed", driver.elapsed);
  visit("destroy_event", driver.destroy_event);
  visit("begin_capture", driver.begin_capture);
  visit("end_capture", driver.end_capture);
  visit("instantiate_graph", driver.instantiate_graph);
  visit("launch_graph", driver.launch_graph);
  visit("destroy_graph", driver.destroy_graph);
  visit("destroy_executable", driver.destroy_executable);
}

// The driver and its run-time compiler, or nothing and a line in `problem`: "libcuda.so.1 not
// found".
std::optional<GpuDriver> open_cuda_driver(std::string& problem);
std::optional<GpuDriver> open_hip_driver(std::string& problem);

}  // namespace plimsoll::calibrate
