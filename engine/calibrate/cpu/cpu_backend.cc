#include "calibrate/cpu/cpu_backend.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <ctime>
#include <fstream>
#include <hwy/targets.h>
#include <limits>
#include <string>
#include <unistd.h>

#include "calibrate/cpu/cpu_kernel.h"
#include "calibrate/kernel_failure.h"

namespace plimsoll::calibrate {
namespace {

using cpu::CpuFamily;
using cpu::Processor;
using cpu::Team;
using cpu::ThreadPool;
using cpu::Topology;

constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

// Threads on which a kernel runs, and what that is called.
struct Crew {
  std::string name;  // "", "1 thread", "node 1"
  int threads;
  int node = -1;
};

std::string threads_text(int threads) {
  return std::to_string(threads) + (threads == 1 ? " thread" : " threads");
}

std::string with_crew(const std::string& variant, const std::string& crew) {
  return variant.empty() || crew.empty() ? variant + crew : variant + ", " + crew;
}

// Powers of two below all threads, all, and each node by itself.
std::vector<Crew> crews_of(const Topology& topology) {
  const int all = std::min(topology.threads(), topology.cores());
  std::vector<Crew> crews{{.name = "", .threads = all}};
  for (int threads = 1; threads < all; threads *= 2) {
    crews.push_back({.name = threads_text(threads), .threads = threads});
  }
  if (topology.threads() > all) {
    crews.push_back({.name = threads_text(topology.threads()), .threads = topology.threads()});
  }
  for (int node = 0; node < topology.nodes() && topology.nodes() > 1; ++node) {
    const auto on_node = std::count_if(
        topology.processors().begin(), topology.processors().end(),
        [&](const Processor& each) { return each.node == node && each.sibling == 0; });
    crews.push_back({.name = "node " + std::to_string(node),
                     .threads = std::min(all, static_cast<int>(on_node)),
                     .node = node});
  }
  std::erase_if(crews, [](const Crew& crew) { return crew.threads == 0; });
  return crews;
}

std::vector<Processor> processors_for(const Topology& topology, const Crew& crew) {
  std::vector<Processor> processors;
  for (const Processor& each : topology.processors()) {
    if (static_cast<int>(processors.size()) == crew.threads) break;
    if (crew.node < 0 || each.node == crew.node) processors.push_back(each);
  }
  return processors;
}

// Jiffies of all processors since the start of the system, and those of them idle.
struct SystemTime {
  double all = 0.0;
  double idle = 0.0;
};

SystemTime system_time() {
  std::ifstream file("/proc/stat");
  std::string word;
  file >> word;
  SystemTime time;
  double jiffies = 0.0;
  // user nice system idle iowait irq softirq steal
  for (int column = 0; column < 8 && file >> jiffies; ++column) {
    time.all += jiffies;
    if (column == 3 || column == 4) time.idle += jiffies;
  }
  return time;
}

double own_cpu_seconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

double jiffies_per_s() {
  return static_cast<double>(sysconf(_SC_CLK_TCK));
}

// One number of a file of the system; NaN where there is none.
double number_in(const std::string& path) {
  double number = unknown;
  std::ifstream(path) >> number;
  return number;
}

double clock_of(const Processor& processor) {
  return 1e3 * number_in("/sys/devices/system/cpu/cpu" + std::to_string(processor.os_index) +
                         "/cpufreq/scaling_cur_freq");
}

// The hottest of the zones that are the processor's.
double temperature() {
  double hottest = unknown;
  for (int zone = 0;; ++zone) {
    const std::string folder = "/sys/class/thermal/thermal_zone" + std::to_string(zone);
    std::string type;
    if (!(std::ifstream(folder + "/type") >> type)) return hottest;
    if (type != "x86_pkg_temp" && type.find("cpu") == std::string::npos) continue;
    hottest = std::fmax(hottest, number_in(folder + "/temp") / 1e3);
  }
}

class CpuBackend : public Backend {
 public:
  CpuBackend() : matrix_(cpu::matrix_operations()), layer_(cpu::layer_operations()) {
    if (matrix_ == nullptr || layer_ == nullptr) {
      throw KernelFailure("the processor has none of the SIMD instructions that kernels need");
    }
    crews_ = crews_of(topology_);
    for (auto families : {cpu::stream_families, cpu::matrix_families, cpu::attention_families,
                          cpu::layer_families}) {
      for (CpuFamily& each : families()) families_.push_back(std::move(each));
    }
  }

  std::string id() const override { return "cpu"; }
  std::string device() const override { return topology_.model(); }

  std::string version() const override {
    const auto targets = static_cast<std::uint64_t>(hwy::SupportedTargets());
    // The best target has the lowest bit.
    const std::int64_t best = std::int64_t{1} << std::countr_zero(targets);
    std::string text =
        std::string("SIMD ") + hwy::TargetName(best) + ", " + threads_text(crews_.front().threads);
    if (pool_ && !pool_->pinned()) text += ", not pinned";
    return text;
  }

  // What others took is told since the last call: all time that was not idle less our own.
  DeviceState state() override {
    const SystemTime now = system_time();
    const double own_s = own_cpu_seconds();
    DeviceState state{.clock_hz = clock_of(topology_.processors().front()),
                      .temperature_c = temperature(),
                      .busy_share = unknown};
    const double all = now.all - before_.all;
    if (all > 0.0) {
      const double busy = all - (now.idle - before_.idle);
      const double own = (own_s - own_before_s_) * jiffies_per_s();
      state.busy_share = std::clamp((busy - own) / all, 0.0, 1.0);
    }
    before_ = now;
    own_before_s_ = own_s;
    return state;
  }

  std::vector<KernelCase> cases(Depth depth) override {
    std::vector<KernelCase> all;
    for (const CpuFamily& family : families_) {
      for (const Crew& crew : crews_) {
        if (!is_measured(family, crew, depth)) continue;
        for (KernelCase& each : family.cases(depth)) {
          each.variant = with_crew(each.variant, crew.name);
          all.push_back(std::move(each));
        }
      }
    }
    return all;
  }

  std::unique_ptr<Kernel> make(const KernelCase& kernel_case) override {
    const Crew& crew = crew_of(kernel_case.variant);
    assemble(crew);
    const Team team{.topology = &topology_,
                    .pool = pool_.get(),
                    .node = crew.node,
                    .matrix = matrix_,
                    .layer = layer_};
    for (const CpuFamily& family : families_) {
      if (family.name == kernel_case.family) return family.make(team, kernel_case);
    }
    throw KernelFailure("no kernel for " + kernel_case.family);
  }

 private:
  // A quick run takes all threads, and one where a family says what a single core reaches. A full
  // run takes all crews for streams, dispatch and matrix times vector.
  static bool is_measured(const CpuFamily& family, const Crew& crew, Depth depth) {
    if (crew.name.empty()) return true;
    if (depth == Depth::quick) return crew.threads == 1 && family.one_thread;
    return family.name == "dispatch" || family.one_thread || family.name == "matrix_vector";
  }

  const Crew& crew_of(const std::string& variant) const {
    for (const Crew& crew : crews_) {
      if (crew.name.empty()) continue;
      if (variant == crew.name || variant.ends_with(", " + crew.name)) return crew;
    }
    return crews_.front();
  }

  // The pool of the crew before goes: its threads would take turns with the new ones'.
  void assemble(const Crew& crew) {
    if (pool_ && crew_name_ == crew.name) return;
    pool_.reset();
    pool_ = std::make_unique<ThreadPool>(topology_, processors_for(topology_, crew));
    crew_name_ = crew.name;
  }

  Topology topology_;
  const cpu::MatrixOperations* matrix_;
  const cpu::LayerOperations* layer_;
  std::vector<Crew> crews_;
  std::vector<CpuFamily> families_;
  std::unique_ptr<ThreadPool> pool_;
  std::string crew_name_;
  SystemTime before_ = system_time();
  double own_before_s_ = own_cpu_seconds();
};

}  // namespace

std::unique_ptr<Backend> make_cpu_backend() {
  return std::make_unique<CpuBackend>();
}

}  // namespace plimsoll::calibrate
