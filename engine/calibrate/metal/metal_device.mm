// Metal behind the table of gpu_driver.h, on Apple silicon. The GPU has the host's memory: an
// address is where the host sees a shared buffer, and copies between host and device are the host's
// own. Work goes into a command buffer until somebody waits or records an event; an event is where
// one command buffer ends and the next begins, whose times the GPU tells.
#import <Foundation/Foundation.h>
#import <IOKit/IOKitLib.h>
#import <Metal/Metal.h>
#import <MetalPerformanceShaders/MetalPerformanceShaders.h>

#include <cstring>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "calibrate/gpu/gpu_backend.h"
#include "calibrate/gpu/gpu_device.h"
#include "calibrate/metal/buffer_table.h"
#include "calibrate/metal/metal_backend.h"

namespace plimsoll::calibrate {
namespace {

// Metal says in words what is wrong; the table wants a number.
constexpr int refused = 1;

std::string text_of(NSError* error) {
  return error ? error.localizedDescription.UTF8String : "no reason given";
}

struct MetalModule {
  id<MTLLibrary> library;
  std::map<std::string, id<MTLComputePipelineState>> pipelines;
};

struct MetalEvent {
  id<MTLCommandBuffer> before;
  id<MTLCommandBuffer> after;
};

struct MetalState {
  id<MTLDevice> device;
  std::string problem;  // of the last call that was refused
  BufferTable<id<MTLBuffer>> buffers;
  std::vector<std::unique_ptr<MetalModule>> modules;

  int refuse(std::string why) {
    problem = std::move(why);
    return refused;
  }
};

// --- a stream ------------------------------------------------------------------------------------

class MetalStream {
 public:
  explicit MetalStream(MetalState& state) : state_(state), queue_([state.device newCommandQueue]) {}

  id<MTLCommandBuffer> buffer() {
    if (!buffer_) {
      @autoreleasepool {
        buffer_ = [queue_ commandBuffer];
      }
    }
    return buffer_;
  }

  id<MTLComputeCommandEncoder> compute() {
    if (!encoder_) {
      @autoreleasepool {
        encoder_ = [buffer() computeCommandEncoder];
      }
    }
    return encoder_;
  }

  // For what is not a kernel of ours.
  id<MTLCommandBuffer> between_kernels() {
    [encoder_ endEncoding];
    encoder_ = nil;
    return buffer();
  }

  void record(MetalEvent& event) {
    commit();
    event.before = committed_.empty() ? nil : committed_.back();
    event.after = buffer();
  }

  int wait() {
    commit();
    for (id<MTLCommandBuffer> each : committed_) {
      [each waitUntilCompleted];
      if (each.status == MTLCommandBufferStatusError) {
        committed_.clear();
        return state_.refuse(text_of(each.error));
      }
    }
    committed_.clear();
    return 0;
  }

 private:
  void commit() {
    if (!buffer_) return;
    [between_kernels() commit];
    committed_.push_back(buffer_);
    buffer_ = nil;
  }

  MetalState& state_;
  id<MTLCommandQueue> queue_;
  id<MTLCommandBuffer> buffer_;
  id<MTLComputeCommandEncoder> encoder_;
  std::vector<id<MTLCommandBuffer>> committed_;  // since somebody waited
};

MetalStream& stream_of(DriverHandle handle) {
  return *static_cast<MetalStream*>(handle);
}

// --- the calls -----------------------------------------------------------------------------------

using State = std::shared_ptr<MetalState>;

// Apple tells the number of cores in the registry only. Where it is not there: the fewest of a Mac
// with Apple silicon; it decides only over how many threadgroups attention is split.
int core_count() {
  constexpr int fewest = 7;  // the smaller one of M1
  const io_service_t service =
      IOServiceGetMatchingService(kIOMainPortDefault, IOServiceMatching("AGXAccelerator"));
  if (!service) return fewest;
  id value = (__bridge_transfer id)IORegistryEntryCreateCFProperty(
      service, CFSTR("gpu-core-count"), kCFAllocatorDefault, 0);
  IOObjectRelease(service);
  if (![value isKindOfClass:[NSNumber class]]) return fewest;
  return static_cast<NSNumber*>(value).intValue;
}

// Metal tells no size of a cache, and the families assume a large one.
int property_of(DeviceProperty property) {
  if (property == DeviceProperty::compute_units) return core_count();
  return property == DeviceProperty::integrated ? 1 : 0;
}

void bind_device(GpuDriver& driver, const State& state) {
  driver.init = [] { return 0; };
  driver.version = [](int* version) {
    const NSOperatingSystemVersion system = NSProcessInfo.processInfo.operatingSystemVersion;
    *version = static_cast<int>(100 * system.majorVersion + system.minorVersion);
    return 0;
  };
  driver.count = [](int* count) {
    *count = 1;
    return 0;
  };
  driver.name = [state](char* name, int bytes, int) {
    std::strncpy(name, state->device.name.UTF8String, static_cast<std::size_t>(bytes));
    return 0;
  };
  driver.total_memory = [state](std::size_t* bytes, int) {
    *bytes = state->device.recommendedMaxWorkingSetSize;
    return 0;
  };
  driver.property = [](int* value, DeviceProperty property, int) {
    *value = property_of(property);
    return 0;
  };
  driver.open_device = [](DriverHandle* context, int) {
    *context = nullptr;
    return 0;
  };
  driver.use_device = [](DriverHandle, int) { return 0; };
  driver.memory_info = [state](std::size_t* free, std::size_t* total) {
    *total = state->device.recommendedMaxWorkingSetSize;
    const std::size_t used = state->device.currentAllocatedSize;
    *free = *total > used ? *total - used : 0;
    return 0;
  };
  driver.can_access_peer = [](int* can, int, int) {
    *can = 0;
    return 0;
  };
  driver.enable_peer = [state](DriverHandle, int) { return state->refuse("there is one device"); };
  driver.copy_to_peer = [state](DeviceAddress, int, DeviceAddress, int, std::size_t, DriverHandle) {
    return state->refuse("there is one device");
  };
  driver.error_text = [state](int) { return state->problem; };
  driver.target = [](int) { return std::string(); };
}

int allocate(MetalState& state, void** memory, std::size_t bytes) {
  id<MTLBuffer> buffer = [state.device newBufferWithLength:bytes
                                                   options:MTLResourceStorageModeShared];
  if (!buffer) return state.refuse("no buffer of " + std::to_string(bytes) + " bytes");
  *memory = buffer.contents;
  state.buffers.add(reinterpret_cast<DeviceAddress>(*memory), bytes, buffer);
  return 0;
}
int release(MetalState& state, DeviceAddress address) {
  return state.buffers.remove(address) ? 0 : state.refuse("no buffer begins there");
}

int copy_on_device(MetalState& state, DeviceAddress to, DeviceAddress from, std::size_t bytes,
                   MetalStream& stream) {
  const auto source = state.buffers.find(from, bytes);
  const auto destination = state.buffers.find(to, bytes);
  if (!source || !destination) return state.refuse("copy beyond a buffer");
  @autoreleasepool {
    id<MTLBlitCommandEncoder> encoder = [stream.between_kernels() blitCommandEncoder];
    [encoder copyFromBuffer:*source->buffer
               sourceOffset:source->offset
                   toBuffer:*destination->buffer
          destinationOffset:destination->offset
                       size:bytes];
    [encoder endEncoding];
  }
  return 0;
}

int fill(MetalState& state, DeviceAddress to, unsigned char value, std::size_t bytes,
         MetalStream& stream) {
  const auto destination = state.buffers.find(to, bytes);
  if (!destination) return state.refuse("fill beyond a buffer");
  @autoreleasepool {
    id<MTLBlitCommandEncoder> encoder = [stream.between_kernels() blitCommandEncoder];
    [encoder fillBuffer:*destination->buffer
                  range:NSMakeRange(destination->offset, bytes)
                  value:value];
    [encoder endEncoding];
  }
  return 0;
}

// What was queued before must have run: the host copies at once.
int copy_by_host(void* to, const void* from, std::size_t bytes, MetalStream& stream) {
  const int status = stream.wait();
  if (status == 0) std::memcpy(to, from, bytes);
  return status;
}

void bind_memory(GpuDriver& driver, const State& state) {
  driver.allocate = [state](DeviceAddress* address, std::size_t bytes) {
    void* memory = nullptr;
    const int status = allocate(*state, &memory, bytes);
    *address = reinterpret_cast<DeviceAddress>(memory);
    return status;
  };
  driver.release = [state](DeviceAddress address) { return release(*state, address); };
  driver.allocate_pinned = [state](void** memory, std::size_t bytes) {
    return allocate(*state, memory, bytes);
  };
  driver.release_pinned = [state](void* memory) {
    return release(*state, reinterpret_cast<DeviceAddress>(memory));
  };
  driver.copy_to_device = [](DeviceAddress to, const void* from, std::size_t bytes,
                             DriverHandle stream) {
    return copy_by_host(reinterpret_cast<void*>(to), from, bytes, stream_of(stream));
  };
  driver.copy_to_host = [](void* to, DeviceAddress from, std::size_t bytes, DriverHandle stream) {
    return copy_by_host(to, reinterpret_cast<const void*>(from), bytes, stream_of(stream));
  };
  driver.copy_on_device = [state](DeviceAddress to, DeviceAddress from, std::size_t bytes,
                                  DriverHandle stream) {
    return copy_on_device(*state, to, from, bytes, stream_of(stream));
  };
  driver.fill = [state](DeviceAddress to, unsigned char value, std::size_t bytes,
                        DriverHandle stream) {
    return fill(*state, to, value, bytes, stream_of(stream));
  };
}

// The library stays with the state; its "code" is where it is. Without fast mathematics exp and
// division are as exact as the checks assume, and sums keep their order.
Compiled compile(MetalState& state, const std::string& source) {
  MTLCompileOptions* options = [[MTLCompileOptions alloc] init];
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wdeprecated-declarations"  // macOS 15 has mathMode instead
  options.fastMathEnabled = NO;
#pragma clang diagnostic pop
  NSError* error = nil;
  id<MTLLibrary> library = [state.device newLibraryWithSource:@(source.c_str())
                                                      options:options
                                                        error:&error];
  if (!library) return {.problem = text_of(error)};
  state.modules.push_back(std::make_unique<MetalModule>());
  state.modules.back()->library = library;
  const MetalModule* module = state.modules.back().get();
  Compiled compiled;
  compiled.code.resize(sizeof module);
  std::memcpy(compiled.code.data(), &module, sizeof module);
  return compiled;
}

int find_function(MetalState& state, DriverHandle* function, MetalModule& module,
                  const char* name) {
  id<MTLFunction> kernel = [module.library newFunctionWithName:@(name)];
  if (!kernel) return state.refuse(std::string("no kernel ") + name);
  NSError* error = nil;
  id<MTLComputePipelineState> pipeline =
      [state.device newComputePipelineStateWithFunction:kernel error:&error];
  if (!pipeline) return state.refuse(text_of(error));
  if (pipeline.threadExecutionWidth != 32)
    return state.refuse(std::string(name) + ": simdgroups have not 32 lanes");
  module.pipelines[name] = pipeline;
  *function = (__bridge void*)pipeline;
  return 0;
}

int launch(MetalState& state, id<MTLComputePipelineState> pipeline, const LaunchShape& shape,
           MetalStream& stream, const LaunchArguments& arguments) {
  if (shape.threads > pipeline.maxTotalThreadsPerThreadgroup)
    return state.refuse("a threadgroup of " + std::to_string(shape.threads) +
                        " threads is too large for this kernel");
  id<MTLComputeCommandEncoder> encoder = stream.compute();
  [encoder setComputePipelineState:pipeline];
  for (std::size_t i = 0; i < arguments.bytes.size(); ++i) {
    if (arguments.bytes[i] != sizeof(DeviceAddress)) {
      [encoder setBytes:arguments.values[i] length:arguments.bytes[i] atIndex:i];
      continue;
    }
    const auto place =
        state.buffers.find(*static_cast<const DeviceAddress*>(arguments.values[i]), 1);
    if (!place) return state.refuse("argument " + std::to_string(i) + " lies in no buffer");
    [encoder setBuffer:*place->buffer offset:place->offset atIndex:i];
  }
  [encoder dispatchThreadgroups:MTLSizeMake(shape.blocks, shape.blocks_y, 1)
          threadsPerThreadgroup:MTLSizeMake(shape.threads, 1, 1)];
  return 0;
}

void bind_kernels(GpuDriver& driver, const State& state) {
  driver.compile = [state](const std::string& source, const std::string&) {
    return compile(*state, source);
  };
  driver.load_module = [](DriverHandle* module, const void* code) {
    std::memcpy(module, code, sizeof *module);
    return 0;
  };
  driver.find_function = [state](DriverHandle* function, DriverHandle module, const char* name) {
    return find_function(*state, function, *static_cast<MetalModule*>(module), name);
  };
  driver.unload_module = [state](DriverHandle module) {
    return std::erase_if(state->modules, [&](const auto& each) { return each.get() == module; }) == 1
               ? 0
               : state->refuse("no such module");
  };
  driver.launch = [state](DriverHandle function, const LaunchShape& shape, DriverHandle stream,
                          const LaunchArguments& arguments) {
    return launch(*state, (__bridge id<MTLComputePipelineState>)function, shape, stream_of(stream),
                  arguments);
  };
}

// Metal has no graphs: what an engine encodes into one command buffer is as near as it gets.
void bind_streams(GpuDriver& driver, const State& state) {
  driver.create_stream = [state](DriverHandle* stream) {
    *stream = new MetalStream(*state);
    return 0;
  };
  driver.wait_stream = [](DriverHandle stream) { return stream_of(stream).wait(); };
  driver.destroy_stream = [](DriverHandle stream) {
    stream_of(stream).wait();
    delete &stream_of(stream);
    return 0;
  };
  driver.create_event = [](DriverHandle* event) {
    *event = new MetalEvent;
    return 0;
  };
  driver.record_event = [](DriverHandle event, DriverHandle stream) {
    stream_of(stream).record(*static_cast<MetalEvent*>(event));
    return 0;
  };
  driver.wait_event = [state](DriverHandle event) {
    id<MTLCommandBuffer> before = static_cast<MetalEvent*>(event)->before;
    [before waitUntilCompleted];
    return before.status == MTLCommandBufferStatusError ? state->refuse(text_of(before.error)) : 0;
  };
  driver.elapsed = [](float* milliseconds, DriverHandle begin, DriverHandle end) {
    const double first = static_cast<MetalEvent*>(begin)->after.GPUStartTime;
    const double last = static_cast<MetalEvent*>(end)->before.GPUEndTime;
    *milliseconds = static_cast<float>(1e3 * (last - first));
    return 0;
  };
  driver.destroy_event = [](DriverHandle event) {
    delete static_cast<MetalEvent*>(event);
    return 0;
  };
}

// --- Apple's library -----------------------------------------------------------------------------

class MpsProduct : public VendorProduct {
 public:
  MpsProduct(State state, GpuDevice& device, const MatmulShape& shape)
      : state_(std::move(state)),
        device_(device),
        shape_(shape),
        multiplication_([[MPSMatrixMultiplication alloc]
             initWithDevice:state_->device
              transposeLeft:NO
             transposeRight:YES
                 resultRows:static_cast<NSUInteger>(shape.m)
              resultColumns:static_cast<NSUInteger>(shape.n)
            interiorColumns:static_cast<NSUInteger>(shape.k)
                      alpha:1.0
                       beta:0.0]) {
    if (shape.bf16) throw KernelFailure("MPSMatrixMultiplication: no bf16");
  }

  void enqueue(DeviceAddress a, DeviceAddress b, DeviceAddress c) override {
    @autoreleasepool {
      [multiplication_
          encodeToCommandBuffer:stream_of(device_.stream()).between_kernels()
                     leftMatrix:matrix(a, shape_.m, shape_.k)
                    rightMatrix:matrix(b, shape_.n, shape_.k)
                   resultMatrix:matrix(c, shape_.m, shape_.n)];
    }
  }

 private:
  MPSMatrix* matrix(DeviceAddress address, std::int64_t rows, std::int64_t columns) {
    const auto bytes = static_cast<std::size_t>(2 * rows * columns);
    const auto place = state_->buffers.find(address, bytes);
    if (!place) throw KernelFailure("MPSMatrix: a matrix beyond its buffer");
    MPSMatrixDescriptor* descriptor =
        [MPSMatrixDescriptor matrixDescriptorWithRows:static_cast<NSUInteger>(rows)
                                              columns:static_cast<NSUInteger>(columns)
                                             rowBytes:static_cast<NSUInteger>(2 * columns)
                                             dataType:MPSDataTypeFloat16];
    return [[MPSMatrix alloc] initWithBuffer:*place->buffer
                                      offset:place->offset
                                  descriptor:descriptor];
  }

  State state_;
  GpuDevice& device_;
  MatmulShape shape_;
  MPSMatrixMultiplication* multiplication_;
};

VendorMatmul performance_shaders(const State& state) {
  return {.name = "MPS",
          .prepare = [state](GpuDevice& device, const MatmulShape& shape)
              -> std::unique_ptr<VendorProduct> {
            return std::make_unique<MpsProduct>(state, device, shape);
          },
          .has_bf16 = false};
}

// Clock and temperature programs are not told; that the system holds the device back they are.
DeviceState thermal_state() {
  constexpr double unseen = std::numeric_limits<double>::quiet_NaN();
  const NSProcessInfoThermalState state = NSProcessInfo.processInfo.thermalState;
  return {.clock_hz = unseen,
          .temperature_c = unseen,
          .busy_share = unseen,
          .throttled = state == NSProcessInfoThermalStateSerious ||
                       state == NSProcessInfoThermalStateCritical};
}

}  // namespace

std::vector<std::unique_ptr<Backend>> metal_backends(std::vector<std::string>& unseen) {
  const auto state = std::make_shared<MetalState>();
  state->device = MTLCreateSystemDefaultDevice();
  if (!state->device) {
    unseen.emplace_back("metal: the system knows of no device");
    return {};
  }
  if (!state->device.hasUnifiedMemory || ![state->device supportsFamily:MTLGPUFamilyApple7]) {
    unseen.push_back(std::string("metal: ") + state->device.name.UTF8String +
                     ": not Apple silicon");
    return {};
  }
  GpuDriver driver;
  describe_metal(driver);
  bind_device(driver, state);
  bind_memory(driver, state);
  bind_kernels(driver, state);
  bind_streams(driver, state);
  driver.compiler =
      [state->device supportsFamily:MTLGPUFamilyMetal3] ? "Metal 3" : "Metal 2";
  return gpu_backends({.driver = std::make_shared<const GpuDriver>(std::move(driver)),
                       .matmuls = {performance_shaders(state)},
                       .monitor = thermal_state},
                      unseen);
}

}  // namespace plimsoll::calibrate
