#include "calibrate/cpu/topology.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <hwloc.h>
#include <set>
#include <thread>
#include <tuple>
#include <utility>

#include "calibrate/kernel_failure.h"

namespace plimsoll::calibrate::cpu {

struct Topology::Handle {
  Handle() {
    if (hwloc_topology_init(&topology) != 0) throw KernelFailure("hwloc_topology_init");
    if (hwloc_topology_load(topology) != 0) {
      hwloc_topology_destroy(topology);
      throw KernelFailure("hwloc_topology_load");
    }
  }
  ~Handle() { hwloc_topology_destroy(topology); }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;

  hwloc_topology_t topology = nullptr;
  std::vector<hwloc_obj_t> nodes;  // by Processor::node
};

namespace {

// A set of processors of its own lifetime.
class CpuSet {
 public:
  CpuSet() : set_(hwloc_bitmap_alloc()) {}
  ~CpuSet() { hwloc_bitmap_free(set_); }
  CpuSet(const CpuSet&) = delete;
  CpuSet& operator=(const CpuSet&) = delete;
  hwloc_bitmap_t get() const { return set_; }

 private:
  hwloc_bitmap_t set_;
};

// hwloc leaves out what a cgroup forbids; the affinity mask of this process may forbid more.
void allowed_processors(hwloc_topology_t topology, hwloc_bitmap_t allowed) {
  if (hwloc_get_cpubind(topology, allowed, HWLOC_CPUBIND_PROCESS) != 0 ||
      hwloc_bitmap_iszero(allowed)) {
    hwloc_bitmap_copy(allowed, hwloc_topology_get_allowed_cpuset(topology));
  }
}

std::vector<hwloc_obj_t> objects_of(hwloc_topology_t topology, hwloc_obj_type_t type) {
  std::vector<hwloc_obj_t> objects;
  for (hwloc_obj_t each = nullptr;
       (each = hwloc_get_next_obj_by_type(topology, type, each)) != nullptr;) {
    objects.push_back(each);
  }
  return objects;
}

int node_of(const std::vector<hwloc_obj_t>& nodes, unsigned os_index) {
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (hwloc_bitmap_isset(nodes[i]->cpuset, os_index) != 0) return static_cast<int>(i);
  }
  return 0;
}

std::vector<Processor> processors_of(hwloc_topology_t topology,
                                     const std::vector<hwloc_obj_t>& nodes) {
  const CpuSet allowed;
  allowed_processors(topology, allowed.get());
  std::vector<Processor> processors;
  for (hwloc_obj_t unit : objects_of(topology, HWLOC_OBJ_PU)) {
    if (hwloc_bitmap_isset(allowed.get(), unit->os_index) == 0) continue;
    hwloc_obj_t core = hwloc_get_ancestor_obj_by_type(topology, HWLOC_OBJ_CORE, unit);
    int sibling = 0;
    for (const Processor& other : processors) {
      const auto index = static_cast<unsigned>(other.os_index);
      if (core != nullptr && hwloc_bitmap_isset(core->cpuset, index) != 0) ++sibling;
    }
    processors.push_back({.os_index = static_cast<int>(unit->os_index),
                          .node = node_of(nodes, unit->os_index),
                          .sibling = sibling});
  }
  std::stable_sort(processors.begin(), processors.end(), [](const auto& a, const auto& b) {
    return std::tie(a.sibling, a.node) < std::tie(b.sibling, b.node);
  });
  return processors;
}

// The largest cache of each processor group: L3, where there is none L2.
std::size_t last_level_bytes(hwloc_topology_t topology) {
  for (const hwloc_obj_type_t type : {HWLOC_OBJ_L4CACHE, HWLOC_OBJ_L3CACHE, HWLOC_OBJ_L2CACHE}) {
    std::size_t bytes = 0;
    for (hwloc_obj_t cache : objects_of(topology, type)) {
      bytes += static_cast<std::size_t>(cache->attr->cache.size);
    }
    if (bytes > 0) return bytes;
  }
  return 0;
}

std::string model_of(hwloc_topology_t topology) {
  for (hwloc_obj_t package : objects_of(topology, HWLOC_OBJ_PACKAGE)) {
    const char* name = hwloc_obj_get_info_by_name(package, "CPUModel");
    if (name != nullptr) return name;
  }
  return "unknown processor";
}

// The first two words of a file; empty where it cannot be read.
std::pair<std::string, std::string> words_of(const std::string& path) {
  std::pair<std::string, std::string> words;
  std::ifstream(path) >> words.first >> words.second;
  return words;
}

double quotient(const std::string& quota, const std::string& period) {
  const double time = std::atof(quota.c_str());
  const double span = std::atof(period.c_str());
  return time > 0.0 && span > 0.0 ? time / span : 0.0;
}

}  // namespace

double cgroup_cpu_quota(const std::string& root) {
  const auto [quota, period] = words_of(root + "/cpu.max");
  if (!quota.empty()) return quotient(quota, period);  // "max" is no number
  return quotient(words_of(root + "/cpu/cpu.cfs_quota_us").first,
                  words_of(root + "/cpu/cpu.cfs_period_us").first);
}

Topology::Topology() : handle_(std::make_unique<Handle>()) {
  hwloc_topology_t topology = handle_->topology;
  handle_->nodes = objects_of(topology, HWLOC_OBJ_NUMANODE);
  processors_ = processors_of(topology, handle_->nodes);
  if (processors_.empty()) processors_.resize(std::max(1U, std::thread::hardware_concurrency()));
  threads_ = static_cast<int>(processors_.size());
  const double quota = cgroup_cpu_quota();
  if (quota > 0.0) threads_ = std::clamp(static_cast<int>(std::floor(quota)), 1, threads_);
  last_level_cache_ = last_level_bytes(topology);
  model_ = model_of(topology);
}

Topology::~Topology() = default;

int Topology::cores() const {
  return static_cast<int>(std::count_if(processors_.begin(), processors_.end(),
                                        [](const Processor& each) { return each.sibling == 0; }));
}

int Topology::nodes() const {
  std::set<int> nodes;
  for (const Processor& each : processors_) nodes.insert(each.node);
  return static_cast<int>(nodes.size());
}

bool Topology::pin_to(const Processor& processor) const {
  const CpuSet one;
  hwloc_bitmap_only(one.get(), static_cast<unsigned>(processor.os_index));
  return hwloc_set_cpubind(handle_->topology, one.get(), HWLOC_CPUBIND_THREAD) == 0;
}

void Topology::unpin() const {
  const CpuSet all;
  for (const Processor& each : processors_) {
    hwloc_bitmap_set(all.get(), static_cast<unsigned>(each.os_index));
  }
  hwloc_set_cpubind(handle_->topology, all.get(), HWLOC_CPUBIND_THREAD);
}

void* Topology::allocate(std::size_t bytes, int node) const {
  hwloc_topology_t topology = handle_->topology;
  void* memory = nullptr;
  if (bytes == 0) return memory;
  if (node >= 0 && static_cast<std::size_t>(node) < handle_->nodes.size()) {
    hwloc_obj_t object = handle_->nodes[static_cast<std::size_t>(node)];
    memory = hwloc_alloc_membind(topology, bytes, object->nodeset, HWLOC_MEMBIND_BIND,
                                 HWLOC_MEMBIND_BYNODESET);
  } else {
    memory = hwloc_alloc(topology, bytes);
  }
  if (memory == nullptr) throw KernelFailure("no memory: " + std::to_string(bytes) + " bytes");
  return memory;
}

void Topology::release(void* memory, std::size_t bytes) const {
  hwloc_free(handle_->topology, memory, bytes);
}

}  // namespace plimsoll::calibrate::cpu
