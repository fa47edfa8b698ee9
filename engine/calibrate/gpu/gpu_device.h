// One device of a driver: its context, stream and compiled kernels, and memory that goes back by
// itself. Whatever the driver refuses is thrown as KernelFailure: "allocate:
// CUDA_ERROR_OUT_OF_MEMORY (2)".
#pragma once

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "calibrate/gpu/gpu_driver.h"
#include "calibrate/kernel_failure.h"

namespace plimsoll::calibrate {

class GpuDevice;

// Device memory; empty after a move.
class DeviceMemory {
 public:
  DeviceMemory() = default;
  DeviceMemory(GpuDevice& device, std::size_t bytes);
  ~DeviceMemory();
  DeviceMemory(DeviceMemory&& other) noexcept;
  DeviceMemory& operator=(DeviceMemory&& other) noexcept;

  DeviceAddress address() const { return address_; }
  std::size_t bytes() const { return bytes_; }

 private:
  GpuDevice* device_ = nullptr;
  DeviceAddress address_ = 0;
  std::size_t bytes_ = 0;
};

// Host memory that the device reaches by itself.
class PinnedMemory {
 public:
  PinnedMemory(GpuDevice& device, std::size_t bytes);
  ~PinnedMemory();
  PinnedMemory(const PinnedMemory&) = delete;
  PinnedMemory& operator=(const PinnedMemory&) = delete;

  void* data() const { return data_; }

 private:
  GpuDevice& device_;
  void* data_ = nullptr;
};

// What was recorded of a stream, to be launched at one go.
class CapturedGraph {
 public:
  CapturedGraph(GpuDevice& device, const std::function<void()>& work);
  ~CapturedGraph();
  CapturedGraph(const CapturedGraph&) = delete;
  CapturedGraph& operator=(const CapturedGraph&) = delete;

  void launch();

 private:
  GpuDevice& device_;
  DriverHandle graph_ = nullptr;
  DriverHandle executable_ = nullptr;
};

class GpuDevice {
 public:
  // The driver must have been initialised.
  GpuDevice(const GpuDriver& driver, int ordinal);
  ~GpuDevice();
  GpuDevice(const GpuDevice&) = delete;
  GpuDevice& operator=(const GpuDevice&) = delete;

  const GpuDriver& driver() const { return driver_; }
  int ordinal() const { return ordinal_; }
  DriverHandle stream() const { return stream_; }
  DriverHandle context() const { return context_; }
  const std::string& name() const { return name_; }
  int property(DeviceProperty property) const;
  std::string pci_address() const;  // "0000:3b:00.0"
  std::size_t free_memory();

  void use();  // by this thread, from now on

  DeviceMemory upload(const void* data, std::size_t bytes);
  template <class T>
  DeviceMemory upload(const std::vector<T>& data) {
    return upload(data.data(), data.size() * sizeof(T));
  }
  template <class T>
  std::vector<T> download(DeviceAddress from, std::size_t count) {
    std::vector<T> data(count);
    download_bytes(from, data.data(), count * sizeof(T));
    return data;
  }
  void fill(const DeviceMemory& memory, unsigned char value);

  // Arguments are copied by value at once: addresses, and numbers of 4 bytes exactly as the kernel
  // declares them.
  template <class... Arguments>
  void launch(const std::string& kernel, const LaunchShape& shape, Arguments... arguments) {
    static_assert(((std::is_same_v<Arguments, DeviceAddress> || sizeof(Arguments) == 4) && ...));
    std::array<void*, sizeof...(arguments)> values{&arguments...};
    constexpr std::array<std::size_t, sizeof...(arguments)> bytes{sizeof(Arguments)...};
    launch_with(kernel, shape, {.values = values.data(), .bytes = bytes});
  }

  void wait();
  // Seconds between two events around the work.
  double time(const std::function<void()>& work);

  // Throws when a call's status is not success.
  void expect(const char* call, int status) const;

 private:
  void launch_with(const std::string& kernel, const LaunchShape& shape,
                   const LaunchArguments& arguments);
  void download_bytes(DeviceAddress from, void* to, std::size_t bytes);
  DriverHandle function(const std::string& kernel);
  void close() noexcept;

  const GpuDriver& driver_;
  int ordinal_;
  std::string name_;
  DriverHandle context_ = nullptr;
  DriverHandle stream_ = nullptr;
  DriverHandle begin_ = nullptr;
  DriverHandle end_ = nullptr;
  std::map<std::string, DriverHandle> modules_;    // by source
  std::map<std::string, DriverHandle> functions_;  // by kernel
};

}  // namespace plimsoll::calibrate
