// The machines of a scenario as a graph: memory pools, executors (units that run operators) and the
// links between them.
//
// Vertices are executors, hosts and switches; edges are links with bandwidth each way and latency.
// Routes come from a shortest-path search by latency. One machine today; clusters are more
// vertices, not other code.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/estimate.h"
#include "base/quantity.h"
#include "catalog/catalog.h"

namespace plimsoll {

enum class PoolKind { device, unified, host };

struct Pool {
  int node = 0;
  PoolKind kind = PoolKind::device;
  std::string name;  // "GPU 0 memory", "unified memory", "main memory"
  Bytes capacity;
  Figure<Bytes> os_reserved;  // taken by the operating system; zero on cards
  // What GPU allocations may take; equals the capacity less the reserve where nothing limits them.
  Bytes gpu_usable;
  std::string gpu_limit;    // what sets gpu_usable; empty where nothing does
  std::string raise_limit;  // command that raises it to {mib}; empty where there is none
  Provenance gpu_limit_from;
};

// A roof and how well it is known: standard deviation of its logarithm.
template <class Q>
struct Roof {
  Q value{};
  double log_sigma = 0.0;
  Provenance from;
  std::string what;  // "memory bandwidth of …, measured", for the list of assumptions
};

struct Executor {
  int node = 0;
  int index = 0;     // among the executors of its kind on its node
  std::string name;  // "GPU 0", "CPU", "GPU"
  const DeviceSpec* device = nullptr;
  const ComputeUnitSpec* unit = nullptr;
  int sockets = 1;  // CPUs: rates count them all
  int pool = 0;
  Roof<BytesPerSecond> memory;  // achievable, from its own pool
};

struct FabricLink {
  const LinkSpec* spec = nullptr;
  std::string name;  // "pcie-4.0-x16 of GPU 0"
  Seconds latency;   // of this edge; a path through a switch splits the link's latency over its two
                     // edges
};

struct Route {
  std::vector<int> links;    // indices into Fabric::links, in order
  BytesPerSecond bandwidth;  // of the narrowest
  Seconds latency;           // sum
};

class Fabric {
 public:
  ~Fabric();
  Fabric(Fabric&&) noexcept;
  Fabric& operator=(Fabric&&) noexcept;

  int node_count() const;
  const std::vector<Pool>& pools() const;
  const std::vector<Executor>& executors() const;
  const std::vector<FabricLink>& links() const;

  // GPU-like executors of a node, in order; the CPU executor of a node, or -1.
  std::vector<int> accelerators(int node) const;
  int cpu(int node) const;
  // Pool the CPU of the node works in (unified or main memory).
  int host_pool(int node) const;

  // Between two executors; empty route for the same pool. Executors nothing connects: empty links,
  // zero bandwidth.
  Route route(int from_executor, int to_executor) const;

 private:
  Fabric();
  friend Fabric build_fabric(const SystemSpec&, int, const LinkSpec*, bool, Catalog&, Diagnostics&);
  struct State;
  std::unique_ptr<State> state_;
};

// Builds `count` machines of a kind, joined by `link` (through one switch) when there are several.
// `raise_gpu_limit`: the OS limit on GPU memory counts as lifted to what the OS leaves.
Fabric build_fabric(const SystemSpec& system, int count, const LinkSpec* link, bool raise_gpu_limit,
                    Catalog& catalog, Diagnostics& diagnostics);

// The achievable dense rate of a unit in a precision; value 0 when the unit has none.
Roof<FlopPerSecond> matrix_roof(const Executor& executor, Precision precision,
                                const RoofTable& roofs);

}  // namespace plimsoll
