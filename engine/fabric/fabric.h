// The machines of a scenario as a graph: memory pools, executors (units that run operators) and the
// links between them.
//
// Vertices are executors, hosts and switches; edges are links with bandwidth each way and latency.
// Routes come from a shortest-path search by latency. One thread at a time: looking up a route
// keeps it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/estimate.h"
#include "base/quantity.h"
#include "catalog/catalog.h"
#include "catalog/cluster_layout.h"

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

// What a link joins; `of` of a FabricLink says which one.
enum class LinkRole {
  wire,        // the two ends of a wire of the layout
  to_host,     // an executor's card and its machine
  to_peers,    // an executor's card and the hub of its peers
  switch_box,  // the ports of a switch of the layout
};

// What traffic shares: one direction of a full-duplex link, a half-duplex link, or a switch that
// passes on less than its ports bring.
struct FabricLink {
  const LinkSpec* spec = nullptr;  // null: a switch
  std::string name;                // "ethernet-5g, node 2 to switch", "pcie-4.0-x16 from GPU 0"
  Roof<BytesPerSecond> capacity;   // of all its cables together
  LinkRole role = LinkRole::wire;
  int of = 0;         // index of the wire, the executor or the switch
  bool back = false;  // of full duplex: from the wire's second end, or towards the card

  bool between_machines() const { return role == LinkRole::wire || role == LinkRole::switch_box; }
};

struct Route {
  std::vector<int> links;          // indices into Fabric::links, in order
  BytesPerSecond bandwidth;        // of the narrowest, when nobody else uses it
  Seconds latency;                 // sum over links and switches
  double latency_log_sigma = 0.0;  // of the sum, how well it is known
  Seconds jitter;                  // standard deviation of one message's latency
  // Host time per message at the sender: of the first link between machines, or of the first link
  // of a route that stays inside.
  Seconds message_cost;
  int narrowest = -1;  // the link that sets `bandwidth`
  int slowest = -1;    // the link with most of the latency
  bool exists() const { return narrowest >= 0; }
};

class Fabric {
 public:
  ~Fabric();
  Fabric(Fabric&&) noexcept;
  Fabric& operator=(Fabric&&) noexcept;

  int node_count() const;
  const std::string& node_name(int node) const;
  const std::vector<Pool>& pools() const;
  const std::vector<Executor>& executors() const;
  const std::vector<FabricLink>& links() const;

  // GPU-like executors of a node, in order; the CPU executor of a node, or -1.
  std::vector<int> accelerators(int node) const;
  int cpu(int node) const;
  // Pool the CPU of the node works in (unified or main memory).
  int host_pool(int node) const;

  // Between two executors, by least latency, then fewest links; looked up once and kept. Empty and
  // not existing for the same executor or the same pool, and where nothing connects them: a machine
  // in the middle passes on only what goes over `forwarded` links.
  const Route& route(int from_executor, int to_executor) const;
  // Between the hosts of two nodes.
  const Route& host_route(int from_node, int to_node) const;

 private:
  Fabric();
  friend Fabric build_fabric(const ClusterLayout&, bool, Catalog&, Diagnostics&);
  friend class FabricBuilder;
  struct State;
  std::unique_ptr<State> state_;
};

// The machines with everything in them, and what joins them. A wire between two machines has the
// latency of its link; through switches each machine's end has half of it, plus the switches' own.
// `raise_gpu_limit`: the OS limit on GPU memory counts as lifted to what the OS leaves.
Fabric build_fabric(const ClusterLayout& layout, bool raise_gpu_limit, Catalog& catalog,
                    Diagnostics& diagnostics);

// The achievable dense rate of a unit in a precision; value 0 when the unit has none.
Roof<FlopPerSecond> matrix_roof(const Executor& executor, Precision precision,
                                const RoofTable& roofs);

}  // namespace plimsoll
