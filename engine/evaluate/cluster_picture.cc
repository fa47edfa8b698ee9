#include "evaluate/cluster_picture.h"

#include <algorithm>
#include <map>
#include <utility>

namespace plimsoll {

std::string_view to_text(ClusterNodeKind kind) {
  switch (kind) {
    case ClusterNodeKind::machine:
      return "machine";
    case ClusterNodeKind::accelerator:
      return "accelerator";
    case ClusterNodeKind::hub:
      return "hub";
    case ClusterNodeKind::switch_box:
      break;
  }
  return "switch";
}

namespace {

template <class List>
auto& at(List& list, int index) {
  return list[static_cast<std::size_t>(index)];
}

// The edge behind each link of the fabric, or -1 for the inside of a switch. Both directions of a
// link stand next to each other, and links to hosts and peers after all wires have their edges.
std::vector<int> edges_of_links(const Fabric& fabric, int wires) {
  std::vector<int> edges;
  int next = wires;
  for (const FabricLink& link : fabric.links()) {
    if (link.role == LinkRole::switch_box)
      edges.push_back(-1);
    else if (link.role == LinkRole::wire)
      edges.push_back(link.of);
    else
      edges.push_back(link.back ? next - 1 : next++);
  }
  return edges;
}

int wires_of(const Fabric& fabric) {
  int wires = 0;
  for (const FabricLink& link : fabric.links())
    if (link.role == LinkRole::wire) wires = std::max(wires, link.of + 1);
  return wires;
}

// What is in machines, added to a picture of machines, switches and wires.
class InsideDrawer {
 public:
  InsideDrawer(const Prepared& prepared, ClusterPicture& picture)
      : prepared_(prepared), fabric_(*prepared.fabric), picture_(picture) {}

  void run() {
    for (int machine = 0; machine < fabric_.node_count(); ++machine) {
      // A picture does not tell one accelerator from the machine that is built around it.
      for (const int executor : fabric_.accelerators(machine)) add_accelerator(machine, executor);
      if (const int pool = fabric_.host_pool(machine); pool >= 0)
        add_pool(pool, at(picture_.nodes, machine));
    }
    for (const FabricLink& link : fabric_.links())
      if (!link.back && (link.role == LinkRole::to_host || link.role == LinkRole::to_peers))
        add_edge(link);
  }

 private:
  void add_accelerator(int machine, int executor) {
    const Executor& unit = at(fabric_.executors(), executor);
    ClusterNodePicture node{.kind = ClusterNodeKind::accelerator,
                            .name = unit.name,
                            .what = unit.device->name,
                            .machine = machine};
    if (at(fabric_.pools(), unit.pool).kind == PoolKind::device) add_pool(unit.pool, node);
    nodes_of_executors_[executor] = add(std::move(node));
  }

  int add(ClusterNodePicture node) {
    picture_.nodes.push_back(std::move(node));
    return static_cast<int>(picture_.nodes.size()) - 1;
  }

  void add_pool(int pool, ClusterNodePicture& node) const {
    const std::vector<PoolLoad>& loads = prepared_.placement().loads;
    for (std::size_t i = 0; i < loads.size(); ++i)
      if (loads[i].pool == pool) node.pools.push_back(static_cast<int>(i));
  }

  int hub_of(int machine, const LinkSpec& link) {
    const auto [hub, is_new] = hubs_.emplace(std::pair(machine, &link), 0);
    if (is_new)
      hub->second = add(
          {.kind = ClusterNodeKind::hub, .name = link.name, .what = link.name, .machine = machine});
    return hub->second;
  }

  void add_edge(const FabricLink& link) {
    const int machine = at(fabric_.executors(), link.of).node;
    const int other = link.role == LinkRole::to_host ? machine : hub_of(machine, *link.spec);
    ClusterEdgePicture edge{.from = nodes_of_executors_.at(link.of),
                            .to = other,
                            .link = link.spec->id,
                            .link_name = link.spec->name,
                            .capacity = link.capacity.value,
                            .there = {.link = link.name}};
    if (link.spec->full_duplex) edge.back = LinkFlow{};
    picture_.edges.push_back(std::move(edge));
  }

  const Prepared& prepared_;
  const Fabric& fabric_;
  ClusterPicture& picture_;
  std::map<int, int> nodes_of_executors_;
  std::map<std::pair<int, const LinkSpec*>, int> hubs_;
};

}  // namespace

ClusterPicture draw_layout(const ClusterLayout& layout) {
  ClusterPicture picture;
  for (const Machine& machine : layout.machines)
    picture.nodes.push_back(
        {.name = machine.name, .what = machine.system ? machine.system->name : std::string()});
  for (const SwitchBox& box : layout.switches) {
    ClusterNodePicture node{.kind = ClusterNodeKind::switch_box, .name = box.name};
    if (box.capacity) node.capacity = box.capacity->value;
    picture.nodes.push_back(std::move(node));
  }
  for (const Wire& wire : layout.wires) {
    ClusterEdgePicture edge{.from = wire.a, .to = wire.b, .cables = wire.cables};
    if (wire.link) {
      edge.link = wire.link->id;
      edge.link_name = wire.link->name;
      edge.capacity = wire.link->reached.value * wire.cables;
      if (wire.link->full_duplex) edge.back = LinkFlow{};
    }
    picture.edges.push_back(std::move(edge));
  }
  return picture;
}

ClusterPicture draw_cluster(const Prepared& prepared) {
  ClusterPicture picture = draw_layout(prepared.scenario.cluster);
  InsideDrawer(prepared, picture).run();
  std::vector<LinkFlow> none;
  for (const FabricLink& link : prepared.fabric->links()) none.push_back({.link = link.name});
  add_flows(*prepared.fabric, none, picture);
  return picture;
}

void add_flows(const Fabric& fabric, const std::vector<LinkFlow>& flows, ClusterPicture& picture) {
  const std::vector<int> edges = edges_of_links(fabric, wires_of(fabric));
  for (std::size_t i = 0; i < flows.size(); ++i) {
    const FabricLink& link = fabric.links()[i];
    if (edges[i] < 0)
      at(picture.nodes, fabric.node_count() + link.of).through = flows[i];
    else if (link.back)
      at(picture.edges, edges[i]).back = flows[i];
    else
      at(picture.edges, edges[i]).there = flows[i];
  }
}

}  // namespace plimsoll
