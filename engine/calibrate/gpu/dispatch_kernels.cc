// What a launch costs: one after another, waited for, and in a captured graph.

#include "base/ceil_div.h"
#include "base/elapsed.h"
#include "calibrate/gpu/gpu_families.h"

namespace plimsoll::calibrate {
namespace {

constexpr int graph_kernels = 256;

KernelCase dispatch_case(const char* variant) {
  return {.family = "dispatch", .variant = variant, .work = {.items = 1.0}};
}

class DispatchKernel : public Kernel {
 public:
  DispatchKernel(GpuDevice& device, const KernelCase& kernel_case)
      : device_(device), case_(kernel_case), counter_(device, 4) {}

  const KernelCase& kernel_case() const override { return case_; }

  // Every launch must have run once.
  KernelCheck check() override {
    device_.use();
    device_.fill(counter_, 0);
    const int launches = 3 * graph_kernels;
    run(launches);
    const auto ran = device_.download<std::uint32_t>(counter_.address(), 1).front();
    if (ran == static_cast<std::uint32_t>(launches)) return {.right = true};
    return {.worst_error = 1.0,
            .why = "expected " + std::to_string(launches) + " launches to have run, got " +
                   std::to_string(ran)};
  }

  double run(int launches) override {
    device_.use();
    if (case_.variant == "waited for") return run_waited(launches);
    if (case_.variant == "graph") return run_graph(launches);
    return device_.time([&] { enqueue(launches); });
  }

 private:
  void enqueue(int launches) {
    for (int i = 0; i < launches; ++i)
      device_.launch("count_launch", {.blocks = 1, .threads = 32}, counter_.address());
  }

  // By the host's clock: what it waits for is its own.
  double run_waited(int launches) {
    const SteadyClock::time_point begin = SteadyClock::now();
    for (int i = 0; i < launches; ++i) {
      enqueue(1);
      device_.wait();
    }
    return seconds_since(begin);
  }

  double run_graph(int launches) {
    if (!graph_) {
      enqueue(1);  // compiles, which must not be captured
      device_.wait();
      device_.fill(counter_, 0);
      graph_ = std::make_unique<CapturedGraph>(device_, [this] { enqueue(graph_kernels); });
    }
    const int graphs = ceil_div(launches, graph_kernels);
    const double seconds = device_.time([&] {
      for (int i = 0; i < graphs; ++i) graph_->launch();
    });
    return seconds * launches / (graphs * graph_kernels);
  }

  GpuDevice& device_;
  KernelCase case_;
  DeviceMemory counter_;
  std::unique_ptr<CapturedGraph> graph_;
};

}  // namespace

std::vector<GpuFamily> dispatch_families() {
  const auto cases = [](const DeviceLimits& limits, Depth) {
    std::vector made{dispatch_case("single"), dispatch_case("waited for")};
    if (limits.has_graphs) made.push_back(dispatch_case("graph"));
    return made;
  };
  return {{.name = "dispatch", .cases = cases, .make = make_kernel<DispatchKernel>}};
}

}  // namespace plimsoll::calibrate
