#include "calibrate/gpu/gpu_device.h"

#include <cstdio>
#include <utility>

namespace plimsoll::calibrate {

// --- memory --------------------------------------------------------------------------------------

DeviceMemory::DeviceMemory(GpuDevice& device, std::size_t bytes) : device_(&device), bytes_(bytes) {
  device.use();
  device.expect("allocate", device.driver().allocate(&address_, bytes));
}

DeviceMemory::~DeviceMemory() {
  if (device_) device_->driver().release(address_);
}

DeviceMemory::DeviceMemory(DeviceMemory&& other) noexcept
    : device_(std::exchange(other.device_, nullptr)),
      address_(std::exchange(other.address_, 0)),
      bytes_(std::exchange(other.bytes_, 0)) {}

DeviceMemory& DeviceMemory::operator=(DeviceMemory&& other) noexcept {
  std::swap(device_, other.device_);
  std::swap(address_, other.address_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

PinnedMemory::PinnedMemory(GpuDevice& device, std::size_t bytes) : device_(device) {
  device.use();
  device.expect("allocate_pinned", device.driver().allocate_pinned(&data_, bytes));
}

PinnedMemory::~PinnedMemory() {
  device_.driver().release_pinned(data_);
}

// --- graphs --------------------------------------------------------------------------------------

CapturedGraph::CapturedGraph(GpuDevice& device, const std::function<void()>& work)
    : device_(device) {
  const GpuDriver& driver = device.driver();
  if (!driver.begin_capture) throw KernelFailure("begin_capture: " + driver.id + " has no graphs");
  device.expect("begin_capture", driver.begin_capture(device.stream()));
  try {
    work();
  } catch (...) {
    if (driver.end_capture(device.stream(), &graph_) == 0 && graph_) driver.destroy_graph(graph_);
    throw;
  }
  device.expect("end_capture", driver.end_capture(device.stream(), &graph_));
  const int status = driver.instantiate_graph(&executable_, graph_);
  if (status != 0) driver.destroy_graph(graph_);
  device.expect("instantiate_graph", status);
}

CapturedGraph::~CapturedGraph() {
  device_.driver().destroy_executable(executable_);
  device_.driver().destroy_graph(graph_);
}

void CapturedGraph::launch() {
  device_.expect("launch_graph", device_.driver().launch_graph(executable_, device_.stream()));
}

// --- the device ----------------------------------------------------------------------------------

GpuDevice::GpuDevice(const GpuDriver& driver, int ordinal) : driver_(driver), ordinal_(ordinal) {
  std::array<char, 256> name{};
  expect("name", driver.name(name.data(), static_cast<int>(name.size()) - 1, ordinal));
  name_ = name.data();
  expect("open_device", driver.open_device(&context_, ordinal));
  try {
    use();
    expect("create_stream", driver.create_stream(&stream_));
    expect("create_event", driver.create_event(&begin_));
    expect("create_event", driver.create_event(&end_));
  } catch (...) {
    close();
    throw;
  }
}

GpuDevice::~GpuDevice() {
  close();
}

void GpuDevice::close() noexcept {
  driver_.use_device(context_, ordinal_);
  for (const auto& [source, module] : modules_) driver_.unload_module(module);
  if (end_) driver_.destroy_event(end_);
  if (begin_) driver_.destroy_event(begin_);
  if (stream_) driver_.destroy_stream(stream_);
}

void GpuDevice::expect(const char* call, int status) const {
  if (status == 0) return;
  throw KernelFailure(std::string(call) + ": " + driver_.error_text(status) + " (" +
                      std::to_string(status) + ")");
}

int GpuDevice::property(DeviceProperty property) const {
  int value = 0;
  expect("property", driver_.property(&value, property, ordinal_));
  return value;
}

std::string GpuDevice::pci_address() const {
  std::array<char, 48> text{};
  std::snprintf(text.data(), text.size(), "%04x:%02x:%02x.0",
                static_cast<unsigned>(property(DeviceProperty::pci_domain)),
                static_cast<unsigned>(property(DeviceProperty::pci_bus)),
                static_cast<unsigned>(property(DeviceProperty::pci_slot)));
  return text.data();
}

std::size_t GpuDevice::free_memory() {
  use();
  std::size_t free = 0;
  std::size_t total = 0;
  expect("memory_info", driver_.memory_info(&free, &total));
  return free;
}

void GpuDevice::use() {
  expect("use_device", driver_.use_device(context_, ordinal_));
}

DeviceMemory GpuDevice::upload(const void* data, std::size_t bytes) {
  DeviceMemory memory(*this, bytes);
  expect("copy_to_device", driver_.copy_to_device(memory.address(), data, bytes, stream_));
  wait();
  return memory;
}

void GpuDevice::download_bytes(DeviceAddress from, void* to, std::size_t bytes) {
  expect("copy_to_host", driver_.copy_to_host(to, from, bytes, stream_));
  wait();
}

void GpuDevice::fill(const DeviceMemory& memory, unsigned char value) {
  expect("fill", driver_.fill(memory.address(), value, memory.bytes(), stream_));
}

void GpuDevice::wait() {
  expect("wait_stream", driver_.wait_stream(stream_));
}

double GpuDevice::time(const std::function<void()>& work) {
  expect("record_event", driver_.record_event(begin_, stream_));
  work();
  expect("record_event", driver_.record_event(end_, stream_));
  expect("wait_event", driver_.wait_event(end_));
  float milliseconds = 0.0F;
  expect("elapsed", driver_.elapsed(&milliseconds, begin_, end_));
  return 1e-3 * static_cast<double>(milliseconds);
}

// A source is compiled when its first kernel is launched.
DriverHandle GpuDevice::function(const std::string& kernel) {
  if (const auto known = functions_.find(kernel); known != functions_.end()) return known->second;
  const KernelSource& source = source_of_kernel(*driver_.sources, kernel);
  DriverHandle& module = modules_[source.name];
  if (!module) {
    const Compiled compiled = driver_.compile(source.text, driver_.target(ordinal_));
    if (!compiled.problem.empty())
      throw KernelFailure("compile " + source.name + ": " + compiled.problem);
    const int status = driver_.load_module(&module, compiled.code.data());
    if (status != 0) modules_.erase(source.name);
    expect("load_module", status);
  }
  DriverHandle found = nullptr;
  expect("find_function", driver_.find_function(&found, module, kernel.c_str()));
  return functions_[kernel] = found;
}

void GpuDevice::launch_with(const std::string& kernel, const LaunchShape& shape,
                            const LaunchArguments& arguments) {
  expect("launch", driver_.launch(function(kernel), shape, stream_, arguments));
}

}  // namespace plimsoll::calibrate
