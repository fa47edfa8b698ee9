#include "fake_driver.h"

#include <cstring>
#include <set>

#include "calibrate/reference/floating_point.h"
#include "cpu_kernels.h"

namespace plimsoll::calibrate {
namespace {

// Work of a stream that is being captured.
struct FakeGraph {
  std::vector<std::function<void()>> work;
};

struct FakeStream {
  std::unique_ptr<FakeGraph> capture;
};

struct FakeEvent {
  double milliseconds = -1.0;
};

// Kernels take no time: the clock goes on by a microsecond a call.
double fake_clock = 0.0;

template <class T>
T* as(DriverHandle handle) {
  return static_cast<T*>(handle);
}

unsigned char* pointer(DeviceAddress address) {
  return reinterpret_cast<unsigned char*>(address);
}

bool is_within(const FakeState& state, DeviceAddress address, std::size_t bytes) {
  const auto after = state.memory.upper_bound(address);
  if (after == state.memory.begin()) return false;
  const auto& [begin, size] = *std::prev(after);
  return address + bytes <= begin + size;
}

// Now, or when the graph is launched.
int put(DriverHandle stream, std::function<void()> work) {
  if (!stream) return fake_misuse;
  if (FakeGraph* capture = as<FakeStream>(stream)->capture.get()) {
    capture->work.push_back(std::move(work));
  } else {
    work();
  }
  fake_clock += 1e-3;
  return 0;
}

int keep(FakeState& state, DriverHandle* handle, std::shared_ptr<void> object) {
  *handle = object.get();
  state.handles[*handle] = std::move(object);
  return 0;
}
template <class T>
int create(FakeState& state, DriverHandle* handle) {
  return keep(state, handle, std::make_shared<T>());
}
int destroy(FakeState& state, DriverHandle handle) {
  return state.handles.erase(handle) == 1 ? 0 : fake_misuse;
}

int allocate(FakeState& state, DeviceAddress* address, std::size_t bytes) {
  std::size_t used = 0;
  for (const auto& [begin, size] : state.memory) used += size;
  if (used + bytes > 8 * state.device_bytes) return fake_out_of_memory;
  void* memory = ::operator new(bytes, std::align_val_t(256));
  std::memset(memory, 0xcd, bytes);
  *address = reinterpret_cast<DeviceAddress>(memory);
  state.memory[*address] = bytes;
  return 0;
}
int release(FakeState& state, DeviceAddress address) {
  if (state.memory.erase(address) == 0) return fake_misuse;
  ::operator delete(pointer(address), std::align_val_t(256));
  return 0;
}

int fake_property(int* value, DeviceProperty property) {
  switch (property) {
    case DeviceProperty::compute_units:
      *value = 2;
      break;
    case DeviceProperty::cache_bytes:
      *value = 4096;
      break;
    case DeviceProperty::capability_major:
      *value = 9;
      break;
    default:
      *value = 0;
  }
  return 0;
}

void set_device_calls(GpuDriver& driver, const std::shared_ptr<FakeState>& state, int devices) {
  driver.init = [] { return 0; };
  driver.version = [id = driver.id](int* version) {
    *version = id == "cuda" ? 13000 : 50221153;
    return 0;
  };
  driver.count = [devices](int* count) {
    *count = devices;
    return 0;
  };
  driver.name = [devices](char* name, int, int device) {
    std::strcpy(name, "Fake 9000");
    return device < devices ? 0 : fake_misuse;
  };
  driver.total_memory = [state](std::size_t* bytes, int) {
    *bytes = state->device_bytes;
    return 0;
  };
  driver.property = [](int* value, DeviceProperty property, int) {
    return fake_property(value, property);
  };
  driver.open_device = [](DriverHandle* context, int) {
    *context = nullptr;
    return 0;
  };
  driver.use_device = [devices](DriverHandle, int device) {
    return device < devices ? 0 : fake_misuse;
  };
  driver.memory_info = [state](std::size_t* free, std::size_t* total) {
    *free = *total = state->device_bytes;
    return 0;
  };
  driver.error_text = [](int) { return std::string("FAKE_ERROR"); };
  driver.target = [](int) { return std::string("cpu"); };
  driver.compile = [](const std::string& source, const std::string& target) {
    if (target != "cpu" || source.find("KERNEL") == std::string::npos)
      return Compiled{.problem = "no kernel in it"};
    return Compiled{.code = {source.begin(), source.end()}};
  };
  driver.compiler = "FakeRTC 1.0";
}

void set_memory_calls(GpuDriver& driver, const std::shared_ptr<FakeState>& state) {
  driver.allocate = [state](DeviceAddress* address, std::size_t bytes) {
    return allocate(*state, address, bytes);
  };
  driver.release = [state](DeviceAddress address) { return release(*state, address); };
  driver.allocate_pinned = [state](void** address, std::size_t bytes) {
    DeviceAddress memory = 0;
    const int status = allocate(*state, &memory, bytes);
    *address = pointer(memory);
    return status;
  };
  driver.release_pinned = [state](void* address) {
    return release(*state, reinterpret_cast<DeviceAddress>(address));
  };
  driver.copy_to_device = [state](DeviceAddress to, const void* from, std::size_t bytes,
                                  DriverHandle stream) {
    if (!is_within(*state, to, bytes)) return fake_misuse;
    return put(stream, [=] { std::memcpy(pointer(to), from, bytes); });
  };
  driver.copy_to_host = [state](void* to, DeviceAddress from, std::size_t bytes,
                                DriverHandle stream) {
    if (!is_within(*state, from, bytes)) return fake_misuse;
    return put(stream, [=] { std::memcpy(to, pointer(from), bytes); });
  };
  driver.copy_on_device = [state](DeviceAddress to, DeviceAddress from, std::size_t bytes,
                                  DriverHandle stream) {
    if (!is_within(*state, from, bytes) || !is_within(*state, to, bytes)) return fake_misuse;
    return put(stream, [=] { std::memcpy(pointer(to), pointer(from), bytes); });
  };
  driver.copy_to_peer = [copy = driver.copy_on_device](
                            DeviceAddress to, int, DeviceAddress from, int, std::size_t bytes,
                            DriverHandle stream) { return copy(to, from, bytes, stream); };
  driver.fill = [state](DeviceAddress to, unsigned char value, std::size_t bytes,
                        DriverHandle stream) {
    if (!is_within(*state, to, bytes)) return fake_misuse;
    return put(stream, [=] { std::memset(pointer(to), value, bytes); });
  };
  driver.can_access_peer = [](int* can, int device, int peer) {
    *can = device != peer ? 1 : 0;
    return 0;
  };
  driver.enable_peer = [](DriverHandle, int) { return 0; };
}

// Arguments outlive the call when a graph is captured; none is larger than 8 bytes.
constexpr std::size_t most_arguments = 9;

void set_work_calls(GpuDriver& driver, const std::shared_ptr<FakeState>& state) {
  driver.load_module = [state](DriverHandle* module, const void* code) {
    const int status = create<std::string>(*state, module);
    as<std::string>(*module)->assign(static_cast<const char*>(code), 8);
    return status;
  };
  driver.unload_module = [state](DriverHandle module) { return destroy(*state, module); };
  driver.find_function = [](DriverHandle* function, DriverHandle module, const char* name) {
    const auto found = cpu_device::cpu_kernels().find(name);
    if (!module || found == cpu_device::cpu_kernels().end()) return fake_misuse;
    *function = const_cast<cpu_device::CpuKernel*>(&found->second);
    return 0;
  };
  driver.launch = [](DriverHandle function, const LaunchShape& shape, DriverHandle stream,
                     const LaunchArguments& arguments) {
    if (!function || shape.blocks == 0 || shape.blocks_y == 0 || shape.threads % 32 != 0)
      return fake_misuse;
    const auto& kernel = *as<cpu_device::CpuKernel>(function);
    if (!as<FakeStream>(stream)->capture)
      return put(stream, [&] { kernel(shape, arguments.values); });
    return put(stream,
               [] {});  // captured kernels are counted, not run: tests of results launch them
  };
  driver.create_stream = [state](DriverHandle* stream) {
    return create<FakeStream>(*state, stream);
  };
  driver.wait_stream = [](DriverHandle stream) { return stream ? 0 : fake_misuse; };
  driver.destroy_stream = [state](DriverHandle stream) { return destroy(*state, stream); };
  driver.create_event = [state](DriverHandle* event) { return create<FakeEvent>(*state, event); };
  driver.record_event = [](DriverHandle event, DriverHandle stream) {
    return put(stream, [event] { as<FakeEvent>(event)->milliseconds = fake_clock; });
  };
  driver.wait_event = [](DriverHandle event) {
    return as<FakeEvent>(event)->milliseconds >= 0.0 ? 0 : fake_misuse;
  };
  driver.elapsed = [](float* milliseconds, DriverHandle begin, DriverHandle end) {
    *milliseconds =
        static_cast<float>(as<FakeEvent>(end)->milliseconds - as<FakeEvent>(begin)->milliseconds);
    return *milliseconds >= 0.0F ? 0 : fake_misuse;
  };
  driver.destroy_event = [state](DriverHandle event) { return destroy(*state, event); };
}

void set_graph_calls(GpuDriver& driver, const std::shared_ptr<FakeState>& state) {
  driver.begin_capture = [](DriverHandle stream) {
    if (as<FakeStream>(stream)->capture) return fake_misuse;
    as<FakeStream>(stream)->capture = std::make_unique<FakeGraph>();
    return 0;
  };
  driver.end_capture = [state](DriverHandle stream, DriverHandle* graph) {
    FakeStream& own = *as<FakeStream>(stream);
    if (!own.capture) return fake_misuse;
    return keep(*state, graph, std::shared_ptr<FakeGraph>(std::move(own.capture)));
  };
  driver.instantiate_graph = [state](DriverHandle* executable, DriverHandle graph) {
    const int status = create<FakeGraph>(*state, executable);
    *as<FakeGraph>(*executable) = *as<FakeGraph>(graph);
    return status;
  };
  driver.launch_graph = [](DriverHandle executable, DriverHandle stream) {
    int status = 0;
    for (const auto& work : as<FakeGraph>(executable)->work) status |= put(stream, work);
    return status;
  };
  driver.destroy_graph = [state](DriverHandle graph) { return destroy(*state, graph); };
  driver.destroy_executable = [state](DriverHandle executable) {
    return destroy(*state, executable);
  };
}

// Calls `before(name)` first; what it returns other than 0 is the answer.
template <class Before>
void wrap_calls(GpuDriver& driver, Before before) {
  for_each_call(driver, [&](const char* name, auto& call) {
    call = [name, before, inner = call](auto... arguments) {
      const int status = before(name);
      return status != 0 ? status : inner(arguments...);
    };
  });
}

class FakeProduct : public VendorProduct {
 public:
  FakeProduct(FakeState& state, GpuDevice& device, const MatmulShape& shape)
      : state_(state), device_(device), shape_(shape) {}

  void enqueue(DeviceAddress a, DeviceAddress b, DeviceAddress c) override {
    state_.calls.push_back("multiply");
    put(device_.stream(), [=, shape = shape_] { multiply(shape, a, b, c); });
  }

 private:
  static double value(const MatmulShape& shape, DeviceAddress matrix, std::int64_t at) {
    std::uint16_t bits = 0;
    std::memcpy(&bits, pointer(matrix) + 2 * at, 2);
    return shape.bf16 ? reference::bf16_value(bits) : reference::f16_value(bits);
  }
  static void multiply(const MatmulShape& shape, DeviceAddress a, DeviceAddress b,
                       DeviceAddress c) {
    for (std::int64_t y = 0; y < shape.m; ++y) {
      for (std::int64_t x = 0; x < shape.n; ++x) {
        double sum = 0.0;
        for (std::int64_t i = 0; i < shape.k; ++i)
          sum += value(shape, a, y * shape.k + i) * value(shape, b, x * shape.k + i);
        const std::uint16_t bits =
            shape.bf16 ? reference::bf16_bits(static_cast<float>(sum)) : reference::f16_bits(sum);
        std::memcpy(pointer(c) + 2 * (y * shape.n + x), &bits, 2);
      }
    }
  }

  FakeState& state_;
  GpuDevice& device_;
  MatmulShape shape_;
};

}  // namespace

FakeState::~FakeState() {
  while (!memory.empty()) release(*this, memory.begin()->first);
}

GpuDriver fake_driver(std::shared_ptr<FakeState> state, const std::string& id, int devices) {
  GpuDriver driver;
  driver.id = id;
  set_device_calls(driver, state, devices);
  set_memory_calls(driver, state);
  set_work_calls(driver, state);
  set_graph_calls(driver, state);
  wrap_calls(driver, [state](const char* name) {
    state->calls.emplace_back(name);
    return 0;
  });
  return driver;
}

GpuDriver failing_driver(GpuDriver driver, int failing, std::shared_ptr<int> made) {
  wrap_calls(driver, [=](const char*) { return (*made)++ == failing ? 999 : 0; });
  return driver;
}

VendorMatmul fake_matmul(std::shared_ptr<FakeState> state) {
  return {.name = "FakeBLAS", .prepare = [state](GpuDevice& device, const MatmulShape& shape) {
            return std::make_unique<FakeProduct>(*state, device, shape);
          }};
}

CollectiveLibrary fake_collectives(std::shared_ptr<FakeState> state) {
  struct Group {
    struct Part {
      DeviceAddress from, to;
      std::size_t count;
    };
    std::vector<Part> parts;
  };
  const auto group = std::make_shared<Group>();
  CollectiveLibrary library;
  library.name = "FakeCCL";
  library.create_all = [state](DriverHandle* communicators, int count, const int*) {
    for (int i = 0; i < count; ++i) create<int>(*state, &communicators[i]);
    return 0;
  };
  library.destroy = [state](DriverHandle communicator) { return destroy(*state, communicator); };
  library.begin_group = [group] {
    group->parts.clear();
    return 0;
  };
  library.all_reduce_f16 = [group](DeviceAddress from, DeviceAddress to, std::size_t count,
                                   DriverHandle, DriverHandle) {
    group->parts.push_back({from, to, count});
    return 0;
  };
  library.end_group = [group, state] {
    state->calls.push_back("all_reduce of " + std::to_string(group->parts.size()));
    for (std::size_t i = 0; !group->parts.empty() && i < group->parts.front().count; ++i) {
      double sum = 0.0;
      for (const auto& part : group->parts)
        sum += reference::f16_value(reinterpret_cast<std::uint16_t*>(part.from)[i]);
      for (const auto& part : group->parts)
        reinterpret_cast<std::uint16_t*>(part.to)[i] = reference::f16_bits(sum);
    }
    return 0;
  };
  return library;
}

}  // namespace plimsoll::calibrate
