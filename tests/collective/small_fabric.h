// Fabrics put together in a few lines: machines of the small world, switches and cables with round
// figures.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "catalog/cluster_layout.h"
#include "collective/collective.h"
#include "fabric/fabric.h"
#include "scenario/small_world.h"

namespace plimsoll {

struct Cable {
  double rate = 1e9;       // byte/s, one direction
  double latency = 40e-6;  // s
  bool full_duplex = true;
  double jitter = 0.0;        // s
  double message_cost = 0.0;  // s
};

// A layout under construction. Machines come first, then switches, as in ClusterLayout.
class SmallCluster {
 public:
  // One chip with unified memory each, so that a route is cables and nothing else.
  static constexpr const char* chip = "one-chip";

  SmallCluster(int machines, const std::string& system = chip) {
    Diagnostics diagnostics;
    const SystemSpec* spec = world().catalog().system(system, {}, diagnostics);
    INFO(all_texts(diagnostics));
    REQUIRE(spec != nullptr);
    for (int i = 0; i < machines; ++i) {
      layout_.machines.push_back({.name = "node " + std::to_string(i + 1), .system = spec});
    }
  }

  int machines() const { return static_cast<int>(layout_.machines.size()); }

  int add_switch(std::optional<double> capacity = {}) {
    SwitchBox box{.name = "switch " + std::to_string(layout_.switches.size() + 1)};
    if (capacity) box.capacity = Figure<BytesPerSecond>{.value = BytesPerSecond(*capacity)};
    layout_.switches.push_back(std::move(box));
    return machines() + static_cast<int>(layout_.switches.size()) - 1;
  }

  SmallCluster& wire(int a, int b, const Cable& cable, int cables = 1) {
    links().push_back({.id = "cable",
                       .name = "Cable",
                       .scope = LinkScope::between_hosts,
                       .raw = {.value = BytesPerSecond(cable.rate)},
                       .reached = {.value = BytesPerSecond(cable.rate)},
                       .latency = {.value = Seconds(cable.latency)},
                       .full_duplex = cable.full_duplex});
    if (cable.jitter > 0.0) links().back().jitter = Figure<Seconds>{Seconds(cable.jitter)};
    if (cable.message_cost > 0.0) {
      links().back().message_cost = Figure<Seconds>{Seconds(cable.message_cost)};
    }
    layout_.wires.push_back({.a = a, .b = b, .link = &links().back(), .cables = cables});
    return *this;
  }

  SmallCluster& star(const Cable& cable, std::optional<double> capacity = {}) {
    const int box = add_switch(capacity);
    for (int i = 0; i < machines(); ++i) wire(i, box, cable);
    return *this;
  }
  SmallCluster& chain(const Cable& cable) {
    for (int i = 1; i < machines(); ++i) wire(i - 1, i, cable);
    return *this;
  }
  SmallCluster& ring(const Cable& cable) {
    chain(cable);
    if (machines() > 2) wire(machines() - 1, 0, cable);
    return *this;
  }
  SmallCluster& mesh(const Cable& cable) {
    for (int a = 0; a < machines(); ++a)
      for (int b = a + 1; b < machines(); ++b) wire(a, b, cable);
    return *this;
  }

  Fabric build() const {
    Diagnostics diagnostics;
    Fabric fabric = build_fabric(layout_, false, world().catalog(), diagnostics);
    INFO(all_texts(diagnostics));
    REQUIRE_FALSE(diagnostics.has_errors());
    return fabric;
  }

 private:
  // One for all tests: nothing in it changes.
  static SmallWorld& world() {
    static const std::unique_ptr<SmallWorld> world = [] {
      auto made = std::make_unique<SmallWorld>();
      made->data.write("hwdb/systems/one-chip.yaml",
                       "kind: system\nid: one-chip\nname: one-chip\nos: macos\n"
                       "parts: [{device: soc-a}]\nhost: {memory: 64 GiB}\n");
      return made;
    }();
    return *world;
  }

  // Fabrics point into them and outlive the cluster.
  static std::deque<LinkSpec>& links() {
    static std::deque<LinkSpec> links;
    return links;
  }

  ClusterLayout layout_;
};

inline std::size_t index(int i) {
  return static_cast<std::size_t>(i);
}

// All accelerators, machine after machine.
inline std::vector<int> everybody(const Fabric& fabric) {
  std::vector<int> group;
  for (int node = 0; node < fabric.node_count(); ++node) {
    const std::vector<int> gpus = fabric.accelerators(node);
    group.insert(group.end(), gpus.begin(), gpus.end());
  }
  return group;
}

inline constexpr CollectiveKind all_kinds[] = {
    CollectiveKind::all_reduce, CollectiveKind::all_gather, CollectiveKind::reduce_scatter,
    CollectiveKind::broadcast, CollectiveKind::all_to_all};
inline constexpr CollectiveAlgorithm all_algorithms[] = {
    CollectiveAlgorithm::ring, CollectiveAlgorithm::tree, CollectiveAlgorithm::direct,
    CollectiveAlgorithm::two_level, CollectiveAlgorithm::star};

}  // namespace plimsoll
