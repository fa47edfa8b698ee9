// HIP's module API and hiprtc, by the names and numbers of ROCm 5 to 7.
#include <array>
#include <cstring>
#include <string_view>

#include "calibrate/gpu/gpu_driver.h"
#include "calibrate/gpu/runtime_compiler.h"
#include "calibrate/gpu/shared_library.h"

namespace plimsoll::calibrate {
namespace {

// hipDeviceAttribute_t since ROCm 4.4.
int hip_attribute(DeviceProperty property) {
  switch (property) {
    case DeviceProperty::compute_units:
      return 63;
    case DeviceProperty::cache_bytes:
      return 19;
    case DeviceProperty::capability_major:
      return 23;
    case DeviceProperty::capability_minor:
      return 61;
    case DeviceProperty::pci_domain:
      return 69;
    case DeviceProperty::pci_bus:
      return 67;
    case DeviceProperty::pci_slot:
      return 68;
    case DeviceProperty::integrated:
      return 16;
  }
  return 0;
}

constexpr unsigned hip_stream_non_blocking = 1;  // hipStreamNonBlocking
constexpr int hip_capture_relaxed = 2;           // hipStreamCaptureModeRelaxed
constexpr int hip_peer_access_already_enabled = 704;

// hipDeviceProp_t has changed its layout with ROCm 6; in every one of them gcnArchName is the only
// text that begins with "gfx", at most 256 characters long.
std::string architecture_in(std::string_view properties) {
  const std::size_t begin = properties.find("gfx");
  if (begin == std::string_view::npos) return "";
  return std::string(properties.substr(begin).data());
}

void bind_hip_device(SharedLibrary& hip, GpuDriver& driver) {
  driver.init = [call = hip.function<int(unsigned)>("hipInit")] { return call(0); };
  hip.bind("hipDriverGetVersion", driver.version);
  hip.bind("hipGetDeviceCount", driver.count);
  hip.bind("hipDeviceGetName", driver.name);
  hip.bind("hipDeviceTotalMem", driver.total_memory);
  driver.property = [call = hip.function<int(int*, int, int)>("hipDeviceGetAttribute")](
                        int* value, DeviceProperty property, int device) {
    return call(value, hip_attribute(property), device);
  };
  const auto use = hip.function<int(int)>("hipSetDevice");
  driver.open_device = [use](DriverHandle* context, int device) {
    *context = nullptr;
    return use(device);
  };
  driver.use_device = [use](DriverHandle, int device) { return use(device); };
  hip.bind("hipMemGetInfo", driver.memory_info);
  // ROCm 6 renamed it and kept the old one.
  const char* old_name = "hipGetDeviceProperties";
  auto properties_of = hip.optional_function<int(void*, int)>("hipGetDevicePropertiesR0600");
  if (!properties_of) properties_of = hip.function<int(void*, int)>(old_name);
  driver.target = [call = properties_of](int device) {
    std::array<char, 16384> properties{};  // several times any version's
    if (call(properties.data(), device) != 0) return std::string();
    return architecture_in({properties.data(), properties.size() - 1});
  };
}

void bind_hip_memory(SharedLibrary& hip, GpuDriver& driver) {
  hip.bind("hipMalloc", driver.allocate);
  hip.bind("hipFree", driver.release);
  driver.allocate_pinned =
      [call = hip.function<int(void**, std::size_t, unsigned)>("hipHostMalloc")](
          void** address, std::size_t bytes) { return call(address, bytes, 0); };
  hip.bind("hipHostFree", driver.release_pinned);
  hip.bind("hipMemcpyHtoDAsync", driver.copy_to_device);
  hip.bind("hipMemcpyDtoHAsync", driver.copy_to_host);
  hip.bind("hipMemcpyDtoDAsync", driver.copy_on_device);
  hip.bind("hipMemsetD8Async", driver.fill);
  hip.bind("hipDeviceCanAccessPeer", driver.can_access_peer);
  driver.enable_peer = [call = hip.function<int(int, unsigned)>("hipDeviceEnablePeerAccess")](
                           DriverHandle, int device) {
    const int status = call(device, 0);
    return status == hip_peer_access_already_enabled ? 0 : status;
  };
  hip.bind("hipMemcpyPeerAsync", driver.copy_to_peer);
}

void bind_hip_work(SharedLibrary& hip, GpuDriver& driver) {
  hip.bind("hipModuleLoadData", driver.load_module);
  hip.bind("hipModuleGetFunction", driver.find_function);
  hip.bind("hipModuleUnload", driver.unload_module);
  driver.launch =
      [call = hip.function<int(void*, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned,
                               unsigned, void*, void**, void**)>("hipModuleLaunchKernel")](
          DriverHandle function, const LaunchShape& shape, DriverHandle stream,
          const LaunchArguments& arguments) {
        return call(function, shape.blocks, shape.blocks_y, 1, shape.threads, 1, 1, 0, stream,
                    arguments.values, nullptr);
      };
  driver.create_stream = [call = hip.function<int(void**, unsigned)>("hipStreamCreateWithFlags")](
                             DriverHandle* stream) {
    return call(stream, hip_stream_non_blocking);
  };
  hip.bind("hipStreamSynchronize", driver.wait_stream);
  hip.bind("hipStreamDestroy", driver.destroy_stream);
  hip.bind("hipEventCreate", driver.create_event);
  hip.bind("hipEventRecord", driver.record_event);
  hip.bind("hipEventSynchronize", driver.wait_event);
  hip.bind("hipEventElapsedTime", driver.elapsed);
  hip.bind("hipEventDestroy", driver.destroy_event);
}

void bind_hip_graphs(SharedLibrary& hip, GpuDriver& driver) {
  driver.begin_capture = [call = hip.function<int(void*, int)>("hipStreamBeginCapture")](
                             DriverHandle stream) { return call(stream, hip_capture_relaxed); };
  hip.bind("hipStreamEndCapture", driver.end_capture);
  driver.instantiate_graph =
      [call = hip.function<int(void**, void*, void**, char*, std::size_t)>("hipGraphInstantiate")](
          DriverHandle* executable, DriverHandle graph) {
        return call(executable, graph, nullptr, nullptr, 0);
      };
  hip.bind("hipGraphLaunch", driver.launch_graph);
  hip.bind("hipGraphDestroy", driver.destroy_graph);
  hip.bind("hipGraphExecDestroy", driver.destroy_executable);
}

std::function<std::string(int)> bind_hip_errors(SharedLibrary& hip) {
  return [call = hip.function<const char*(int)>("hipGetErrorName")](int status) {
    const char* text = call(status);
    return text ? std::string(text) : std::string("unknown error");
  };
}

// Since ROCm 5.3 in a library of its own, before in the runtime's.
RuntimeCompiler open_compiler(SharedLibrary& hip) {
  SharedLibrary hiprtc({"libhiprtc.so.7", "libhiprtc.so.6", "libhiprtc.so.5", "libhiprtc.so"});
  return bind_compiler(hiprtc ? hiprtc : hip, "hiprtc", "--offload-arch=", "hiprtcGetCode");
}

}  // namespace

std::optional<GpuDriver> open_hip_driver(std::string& problem) {
  SharedLibrary hip({"libamdhip64.so.7", "libamdhip64.so.6", "libamdhip64.so.5", "libamdhip64.so"});
  if (!hip) {
    problem = "libamdhip64.so not found";
    return std::nullopt;
  }
  GpuDriver driver;
  driver.id = "hip";
  bind_hip_device(hip, driver);
  bind_hip_memory(hip, driver);
  bind_hip_work(hip, driver);
  bind_hip_graphs(hip, driver);
  driver.error_text = bind_hip_errors(hip);
  if (!hip.missing().empty()) {
    problem = hip.name() + " lacks " + hip.missing();
    return std::nullopt;
  }
  RuntimeCompiler compiler = open_compiler(hip);
  if (!compiler.problem.empty()) {
    problem = "HIP's run-time compiler: " + compiler.problem;
    return std::nullopt;
  }
  driver.compile = std::move(compiler.compile);
  driver.compiler = "hiprtc " + compiler.version;
  return driver;
}

}  // namespace plimsoll::calibrate
