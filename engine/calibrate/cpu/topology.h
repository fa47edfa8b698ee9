// The processors that this process may use, and memory near them.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace plimsoll::calibrate::cpu {

// One hardware thread.
struct Processor {
  int os_index = 0;
  int node = 0;     // NUMA node, counted from 0 in hwloc's order
  int sibling = 0;  // 0: the first thread of its core that may be used
};

// What affinity mask and cgroup allow; a missing or refusing system gives as many processors as it
// has threads, on one node.
class Topology {
 public:
  Topology();
  ~Topology();
  Topology(const Topology&) = delete;
  Topology& operator=(const Topology&) = delete;

  // Cores first, their second threads behind; within that node by node.
  const std::vector<Processor>& processors() const { return processors_; }
  int cores() const;  // that may be used
  int nodes() const;  // that have such processors
  // Threads that run at once: the processors, less where a cgroup's CPU quota allows less time.
  int threads() const { return threads_; }
  std::size_t last_level_cache_bytes() const { return last_level_cache_; }  // all of them together
  std::string model() const { return model_; }  // "AMD EPYC 9654 96-Core Processor"

  // Pins the calling thread; false where the system refuses.
  bool pin_to(const Processor& processor) const;
  // Lets the calling thread run on all of processors() again.
  void unpin() const;
  // Memory in pages of its own, bound to the node of index `node` (-1: where it is touched first);
  // null for no bytes. Throws KernelFailure when there is none.
  void* allocate(std::size_t bytes, int node) const;
  void release(void* memory, std::size_t bytes) const;

 private:
  struct Handle;
  std::unique_ptr<Handle> handle_;
  std::vector<Processor> processors_;
  int threads_ = 1;
  std::size_t last_level_cache_ = 0;
  std::string model_;
};

// The part of a CPU that a cgroup's quota leaves, in threads: cpu.max of version 2 or
// cpu.cfs_quota_us of version 1 in the mounted hierarchies; 0 where there is none.
double cgroup_cpu_quota(const std::string& root = "/sys/fs/cgroup");

// Memory of floats or bytes on one node; empty after a move.
template <typename T>
class Buffer {
 public:
  Buffer() = default;
  Buffer(const Topology& topology, std::size_t count, int node)
      : topology_(&topology),
        count_(count),
        data_(static_cast<T*>(topology.allocate(count * sizeof(T), node))) {}
  Buffer(Buffer&& other) noexcept { swap(other); }
  Buffer& operator=(Buffer&& other) noexcept {
    swap(other);
    return *this;
  }
  ~Buffer() {
    if (data_ != nullptr) topology_->release(data_, count_ * sizeof(T));
  }

  T* data() const { return data_; }
  std::size_t size() const { return count_; }

 private:
  void swap(Buffer& other) noexcept {
    std::swap(topology_, other.topology_);
    std::swap(count_, other.count_);
    std::swap(data_, other.data_);
  }

  const Topology* topology_ = nullptr;
  std::size_t count_ = 0;
  T* data_ = nullptr;
};

}  // namespace plimsoll::calibrate::cpu
