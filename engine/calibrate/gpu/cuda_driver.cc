// CUDA's driver API and NVRTC, by the names and numbers of cuda.h 12 and 13, which are part of the
// ABI.
#include "calibrate/gpu/gpu_driver.h"
#include "calibrate/gpu/runtime_compiler.h"
#include "calibrate/gpu/shared_library.h"

namespace plimsoll::calibrate {
namespace {

// CUdevice_attribute.
int cuda_attribute(DeviceProperty property) {
  switch (property) {
    case DeviceProperty::compute_units:
      return 16;
    case DeviceProperty::cache_bytes:
      return 38;
    case DeviceProperty::capability_major:
      return 75;
    case DeviceProperty::capability_minor:
      return 76;
    case DeviceProperty::pci_domain:
      return 50;
    case DeviceProperty::pci_bus:
      return 33;
    case DeviceProperty::pci_slot:
      return 34;
    case DeviceProperty::integrated:
      return 18;
  }
  return 0;
}

constexpr unsigned cuda_stream_non_blocking = 1;  // CU_STREAM_NON_BLOCKING
constexpr int cuda_capture_relaxed = 2;           // CU_STREAM_CAPTURE_MODE_RELAXED
constexpr int cuda_peer_access_already_enabled = 704;

void bind_cuda_device(SharedLibrary& cuda, GpuDriver& driver) {
  driver.init = [call = cuda.function<int(unsigned)>("cuInit")] { return call(0); };
  cuda.bind("cuDriverGetVersion", driver.version);
  cuda.bind("cuDeviceGetCount", driver.count);
  // A CUdevice is the ordinal (cuda.h: "CUDA device", an int that cuDeviceGet fills); asked all the
  // same.
  const auto get = cuda.function<int(int*, int)>("cuDeviceGet");
  const auto name = cuda.function<int(char*, int, int)>("cuDeviceGetName");
  const auto memory = cuda.function<int(std::size_t*, int)>("cuDeviceTotalMem_v2");
  const auto attribute = cuda.function<int(int*, int, int)>("cuDeviceGetAttribute");
  const auto retain = cuda.function<int(void**, int)>("cuDevicePrimaryCtxRetain");
  const auto use = cuda.function<int(void*)>("cuCtxSetCurrent");
  const auto with_device = [get](int ordinal, auto call) {
    int device = 0;
    const int status = get(&device, ordinal);
    return status != 0 ? status : call(device);
  };
  driver.name = [=](char* text, int bytes, int ordinal) {
    return with_device(ordinal, [&](int device) { return name(text, bytes, device); });
  };
  driver.total_memory = [=](std::size_t* bytes, int ordinal) {
    return with_device(ordinal, [&](int device) { return memory(bytes, device); });
  };
  driver.property = [=](int* value, DeviceProperty property, int ordinal) {
    return with_device(
        ordinal, [&](int device) { return attribute(value, cuda_attribute(property), device); });
  };
  driver.open_device = [=](DriverHandle* context, int ordinal) {
    return with_device(ordinal, [&](int device) { return retain(context, device); });
  };
  driver.use_device = [use](DriverHandle context, int) { return use(context); };
  cuda.bind("cuMemGetInfo_v2", driver.memory_info);
  driver.target = [attribute](int device) {
    int major = 0;
    int minor = 0;
    attribute(&major, cuda_attribute(DeviceProperty::capability_major), device);
    attribute(&minor, cuda_attribute(DeviceProperty::capability_minor), device);
    return "sm_" + std::to_string(10 * major + minor);
  };
}

void bind_cuda_memory(SharedLibrary& cuda, GpuDriver& driver) {
  cuda.bind("cuMemAlloc_v2", driver.allocate);
  cuda.bind("cuMemFree_v2", driver.release);
  driver.allocate_pinned =
      [call = cuda.function<int(void**, std::size_t, unsigned)>("cuMemHostAlloc")](
          void** address, std::size_t bytes) { return call(address, bytes, 0); };
  cuda.bind("cuMemFreeHost", driver.release_pinned);
  cuda.bind("cuMemcpyHtoDAsync_v2", driver.copy_to_device);
  cuda.bind("cuMemcpyDtoHAsync_v2", driver.copy_to_host);
  cuda.bind("cuMemcpyDtoDAsync_v2", driver.copy_on_device);
  cuda.bind("cuMemsetD8Async", driver.fill);
  const auto can = cuda.function<int(int*, int, int)>("cuDeviceCanAccessPeer");
  driver.can_access_peer = can;
  driver.enable_peer = [call = cuda.function<int(void*, unsigned)>("cuCtxEnablePeerAccess")](
                           DriverHandle context, int) {
    const int status = call(context, 0);
    return status == cuda_peer_access_already_enabled ? 0 : status;
  };
  // With unified addresses the driver knows whose each is.
  const auto copy =
      cuda.function<int(DeviceAddress, DeviceAddress, std::size_t, void*)>("cuMemcpyAsync");
  driver.copy_to_peer = [copy](DeviceAddress to, int, DeviceAddress from, int, std::size_t bytes,
                               DriverHandle stream) { return copy(to, from, bytes, stream); };
}

void bind_cuda_work(SharedLibrary& cuda, GpuDriver& driver) {
  cuda.bind("cuModuleLoadData", driver.load_module);
  cuda.bind("cuModuleGetFunction", driver.find_function);
  cuda.bind("cuModuleUnload", driver.unload_module);
  driver.launch = [call = cuda.function<int(void*, unsigned, unsigned, unsigned, unsigned, unsigned,
                                            unsigned, unsigned, void*, void**, void**)>(
                       "cuLaunchKernel")](DriverHandle function, const LaunchShape& shape,
                                          DriverHandle stream, const LaunchArguments& arguments) {
    return call(function, shape.blocks, shape.blocks_y, 1, shape.threads, 1, 1, 0, stream,
                arguments.values, nullptr);
  };
  driver.create_stream =
      [call = cuda.function<int(void**, unsigned)>("cuStreamCreate")](DriverHandle* stream) {
        return call(stream, cuda_stream_non_blocking);
      };
  cuda.bind("cuStreamSynchronize", driver.wait_stream);
  cuda.bind("cuStreamDestroy_v2", driver.destroy_stream);
  driver.create_event = [call = cuda.function<int(void**, unsigned)>("cuEventCreate")](
                            DriverHandle* event) { return call(event, 0); };
  cuda.bind("cuEventRecord", driver.record_event);
  cuda.bind("cuEventSynchronize", driver.wait_event);
  cuda.bind("cuEventElapsedTime", driver.elapsed);
  cuda.bind("cuEventDestroy_v2", driver.destroy_event);
}

void bind_cuda_graphs(SharedLibrary& cuda, GpuDriver& driver) {
  driver.begin_capture = [call = cuda.function<int(void*, int)>("cuStreamBeginCapture_v2")](
                             DriverHandle stream) { return call(stream, cuda_capture_relaxed); };
  cuda.bind("cuStreamEndCapture", driver.end_capture);
  driver.instantiate_graph =
      [call = cuda.function<int(void**, void*, unsigned long long)>("cuGraphInstantiateWithFlags")](
          DriverHandle* executable, DriverHandle graph) { return call(executable, graph, 0); };
  cuda.bind("cuGraphLaunch", driver.launch_graph);
  cuda.bind("cuGraphDestroy", driver.destroy_graph);
  cuda.bind("cuGraphExecDestroy", driver.destroy_executable);
}

std::function<std::string(int)> bind_cuda_errors(SharedLibrary& cuda) {
  return [call = cuda.function<int(int, const char**)>("cuGetErrorName")](int status) {
    const char* text = nullptr;
    return call(status, &text) == 0 && text ? std::string(text) : std::string("unknown error");
  };
}

}  // namespace

std::optional<GpuDriver> open_cuda_driver(std::string& problem) {
  SharedLibrary cuda({"libcuda.so.1"});
  if (!cuda) {
    problem = "libcuda.so.1 not found";
    return std::nullopt;
  }
  GpuDriver driver;
  driver.id = "cuda";
  bind_cuda_device(cuda, driver);
  bind_cuda_memory(cuda, driver);
  bind_cuda_work(cuda, driver);
  bind_cuda_graphs(cuda, driver);
  driver.error_text = bind_cuda_errors(cuda);
  if (!cuda.missing().empty()) {
    problem = cuda.name() + " lacks " + cuda.missing();
    return std::nullopt;
  }
  SharedLibrary nvrtc({"libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so.11.2", "libnvrtc.so",
                       "/usr/local/cuda/lib64/libnvrtc.so"});
  RuntimeCompiler compiler = bind_compiler(nvrtc, "nvrtc", "--gpu-architecture=", "nvrtcGetCUBIN");
  if (!compiler.problem.empty()) {
    problem = "CUDA's run-time compiler: " + compiler.problem;
    return std::nullopt;
  }
  driver.compile = std::move(compiler.compile);
  driver.compiler = "NVRTC " + compiler.version;
  return driver;
}

}  // namespace plimsoll::calibrate
