#include "catalog/cluster_layout.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <utility>

#include "base/contains.h"
#include "base/names.h"
#include "catalog/words.h"

namespace plimsoll {

namespace {

// Parts of a graph that nothing joins (union-find with path halving).
class Parts {
 public:
  explicit Parts(std::size_t size) : parent_(size) {
    std::iota(parent_.begin(), parent_.end(), std::size_t{0});
  }
  std::size_t of(int vertex) {
    auto at = static_cast<std::size_t>(vertex);
    while (parent_[at] != at) at = parent_[at] = parent_[parent_[at]];
    return at;
  }
  // False when they were joined already.
  bool join(int a, int b) {
    const std::size_t root_a = of(a), root_b = of(b);
    parent_[std::max(root_a, root_b)] = std::min(root_a, root_b);
    return root_a != root_b;
  }

 private:
  std::vector<std::size_t> parent_;
};

// How many cables of that link a machine takes; 0: not known.
int known_ports(const SystemSpec& system, const std::string& link) {
  for (const SystemPort& port : system.ports)
    if (port.link == link) return port.count;
  return 0;
}

int cables_at_most(Topology topology, int machines) {
  switch (topology) {
    case Topology::star:
      return 1;
    case Topology::chain:
    case Topology::ring:
      return std::min(2, machines - 1);
    case Topology::mesh:
      break;
  }
  return machines - 1;
}

Topology usual_topology(const LinkSpec& link, int machines, int ports) {
  if (link.medium == LinkMedium::switched) return Topology::star;
  if (machines <= 2) return Topology::chain;
  // Where nobody passes traffic on, every two need a cable of their own.
  if (!link.forwarded) return Topology::mesh;
  const bool enough = ports == 0 || ports >= cables_at_most(Topology::mesh, machines);
  return enough ? Topology::mesh : Topology::ring;
}

// What a wire is made of.
struct Cable {
  const LinkSpec* link = nullptr;
  int count = 1;
  SourcePlace place;
};

void join(ClusterLayout& layout, int a, int b, const Cable& cable) {
  layout.wires.push_back(
      {.a = a, .b = b, .link = cable.link, .cables = cable.count, .place = cable.place});
}

int add_switch(ClusterLayout& layout, SwitchBox box) {
  layout.switches.push_back(std::move(box));
  return static_cast<int>(layout.machines.size() + layout.switches.size()) - 1;
}

std::string new_switch_name(const ClusterLayout& layout) {
  const auto taken = [&](const std::string& name) {
    return std::any_of(layout.switches.begin(), layout.switches.end(),
                       [&](const SwitchBox& box) { return box.name == name; });
  };
  std::string name = "switch";
  for (int number = 2; taken(name); ++number) name = "switch " + std::to_string(number);
  return name;
}

void join_all(ClusterLayout& layout, const std::vector<int>& members, Topology topology,
              const Cable& cable) {
  const std::size_t count = members.size();
  if (topology == Topology::star) {
    const int hub =
        add_switch(layout, {.name = new_switch_name(layout), .capacity = {}, .latency = {}});
    for (const int member : members) join(layout, member, hub, cable);
    return;
  }
  if (topology == Topology::mesh) {
    for (std::size_t a = 0; a < count; ++a)
      for (std::size_t b = a + 1; b < count; ++b) join(layout, members[a], members[b], cable);
    return;
  }
  for (std::size_t a = 0; a + 1 < count; ++a) join(layout, members[a], members[a + 1], cable);
  // Between two machines a ring would be the one cable twice.
  if (topology == Topology::ring && count > 2) join(layout, members.back(), members.front(), cable);
}

bool joins_machines(const LinkSpec& link, const SourcePlace& place, Diagnostics& diagnostics) {
  if (link.scope == LinkScope::between_hosts) return true;
  diagnostics.error("inside-host-link", place,
                    link.name + " joins devices inside a machine, not machines",
                    "a link with scope: between_hosts");
  return false;
}

std::string counted(int count, const std::string& what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

}  // namespace

SystemSpec bare_machine(const DeviceSpec& device, int count, std::optional<Bytes> memory) {
  SystemSpec machine;
  machine.id = device.id;
  machine.name = device.name;
  machine.os = device.vendor == "apple" ? "macos" : "linux";
  machine.place = device.place;
  const Bytes largest =
      device.memory.sold_sizes.empty() ? Bytes() : device.memory.sold_sizes.back();
  machine.host.memory = memory.value_or(largest);
  if (device.form == DeviceForm::cpu) {
    machine.host.device = device.id;
    machine.host.sockets = count;
  } else {
    const bool soc = device.form == DeviceForm::soc;
    machine.parts = {{.device = device.id, .count = soc ? 1 : count, .peer_link = {}}};
  }
  return machine;
}

std::shared_ptr<const SystemSpec> find_machine(std::string_view name, const SourcePlace& place,
                                               Catalog& catalog, Diagnostics& diagnostics) {
  Diagnostics as_system;
  if (const SystemSpec* system = catalog.system(name, place, as_system)) {
    diagnostics.append(as_system);
    return {std::shared_ptr<const SystemSpec>(), system};  // the catalogue's own
  }
  Diagnostics as_device;
  if (const DeviceSpec* device = catalog.device(name, place, as_device)) {
    SystemSpec machine = bare_machine(*device, 1, {});
    if (device->form != DeviceForm::card && machine.host.memory == Bytes()) {
      diagnostics.error("missing-key", place,
                        "the memory of a machine with " + device->name + " is not known",
                        "a system with this device");
      return nullptr;
    }
    return std::make_shared<const SystemSpec>(std::move(machine));
  }
  // A device of that name whose file is broken is the more helpful complaint.
  const bool no_device = as_device.sorted().front().code == "unknown-device";
  diagnostics.append(no_device ? as_system : as_device);
  return nullptr;
}

ClusterLayout single_machine(const SystemSpec& system) {
  ClusterLayout layout;
  layout.machines = {{.name = "node 1", .system = &system}};
  layout.description = system.name;
  return layout;
}

ClusterLayout uniform_cluster(const SystemSpec& system, int count, const LinkSpec& link,
                              std::optional<Topology> topology, const SourcePlace& place,
                              Diagnostics& diagnostics) {
  ClusterLayout layout;
  if (count < 1) {
    diagnostics.error("no-machine", place, "a cluster of " + std::to_string(count) + " machines",
                      "at least one machine");
    return layout;
  }
  std::vector<int> members;
  for (int i = 0; i < count; ++i) {
    layout.machines.push_back({.name = "node " + std::to_string(i + 1), .system = &system});
    members.push_back(i);
  }
  layout.description = system.name;
  if (count == 1 || !joins_machines(link, place, diagnostics)) return layout;
  const int ports = known_ports(system, link.id);
  const Topology chosen = topology.value_or(usual_topology(link, count, ports));
  const int needed = cables_at_most(chosen, count);
  if (ports > 0 && needed > ports)
    diagnostics.error("too-few-ports", place,
                      "a " + std::string(word(chosen)) + " of " + std::to_string(count) +
                          " machines takes " + counted(needed, "port") + " of each, " +
                          system.name + " has " + std::to_string(ports) + " of " + link.name,
                      "fewer machines, another topology or another link");
  join_all(layout, members, chosen, {.link = &link, .count = 1, .place = place});
  layout.description = std::to_string(count) + "x " + system.name + " over " + link.name;
  if (chosen != Topology::star && count > 2)
    layout.description += " in a " + std::string(word(chosen));
  return layout;
}

namespace {

class LayoutBuilder {
 public:
  LayoutBuilder(const ClusterSpec& cluster, Catalog& catalog, Diagnostics& diagnostics)
      : cluster_(cluster), catalog_(catalog), diagnostics_(diagnostics) {}

  ClusterLayout run() {
    for (const ClusterNode& node : cluster_.nodes) add_node(node);
    for (const ClusterSwitch& box : cluster_.switches) add(box);
    for (const ClusterLink& link : cluster_.links) add_link(link);
    if (layout_.machines.empty())
      error("no-machine", cluster_.place, "the cluster has no machine",
            "nodes: [{id: …, system: …}]");
    check_switches();
    if (ends_known_) check_connected();
    check_ports();
    describe();
    return std::move(layout_);
  }

 private:
  void error(const char* code, const SourcePlace& place, std::string message,
             std::string expected = {}, std::string suggestion = {}) {
    diagnostics_.error(code, place, std::move(message), std::move(expected), std::move(suggestion));
  }

  // Vertices may be reached by the id of their group and by their own.
  void name_vertices(const std::string& id, std::vector<int> vertices, const SourcePlace& place) {
    if (vertices_.emplace(id, std::move(vertices)).second) return;
    error("duplicate-node", place, "the id '" + id + "' is used twice", "an id of its own");
  }

  void add_node(const ClusterNode& node) {
    if (node.count < 1) {
      error("no-machine", node.place,
            "node '" + node.id + "' stands for " + std::to_string(node.count) + " machines",
            "at least one machine");
      return;
    }
    const auto system = find_machine(node.system, node.place, catalog_, diagnostics_);
    layout_.owned.push_back(system);
    std::vector<int> group;
    for (int i = 1; i <= node.count; ++i) {
      const std::string id = node.count == 1 ? node.id : node.id + "-" + std::to_string(i);
      group.push_back(static_cast<int>(layout_.machines.size()));
      layout_.machines.push_back({.name = id, .system = system.get()});
      if (node.count > 1) name_vertices(id, {group.back()}, node.place);
    }
    name_vertices(node.id, std::move(group), node.place);
  }

  void add(const ClusterSwitch& box) {
    const int vertex =
        add_switch(layout_, {.name = box.id, .capacity = box.capacity, .latency = box.latency});
    name_vertices(box.id, {vertex}, box.place);
  }

  const std::vector<int>& members(const std::string& id, const SourcePlace& place) {
    static const std::vector<int> none;
    const auto found = vertices_.find(id);
    if (found != vertices_.end()) return found->second;
    std::vector<std::string> known;
    for (const auto& [name, vertices] : vertices_) known.push_back(name);
    error("unknown-node", place, "no node or switch has the id '" + id + "'", {},
          nearest_name(id, known).value_or(""));
    ends_known_ = false;
    return none;
  }

  bool is_switch(int vertex) const { return vertex >= static_cast<int>(layout_.machines.size()); }
  const std::string& name_of(int vertex) const {
    const auto at = static_cast<std::size_t>(vertex);
    return is_switch(vertex) ? layout_.switches[at - layout_.machines.size()].name
                             : layout_.machines[at].name;
  }

  void add_link(const ClusterLink& link) {
    if (link.count < 1)
      error("out-of-range", link.place, "a link of " + std::to_string(link.count) + " cables",
            "at least one cable");
    const LinkSpec* spec = catalog_.link(link.link, link.place, diagnostics_);
    if (spec && !joins_machines(*spec, link.place, diagnostics_)) spec = nullptr;
    const Cable cable{.link = spec, .count = link.count, .place = link.place};
    if (link.among.empty())
      join_ends(link, cable);
    else
      join_groups(link, cable);
  }

  void join_ends(const ClusterLink& link, const Cable& cable) {
    if (link.from == link.to) {
      error("self-link", link.place, "the link leads from '" + link.from + "' to itself",
            "two ends, or among: [" + link.from + "] with a topology");
      return;
    }
    const std::vector<int>& from = members(link.from, link.place);
    const std::vector<int>& to = members(link.to, link.place);
    for (const int a : from)
      for (const int b : to)
        if (a == b)
          error("self-link", link.place, "the link leads from '" + name_of(a) + "' to itself",
                "ends that have no machine in common");
        else
          join(layout_, a, b, cable);
  }

  void join_groups(const ClusterLink& link, const Cable& cable) {
    std::vector<int> all;
    for (const std::string& id : link.among)
      for (const int member : members(id, link.place)) {
        if (is_switch(member))
          error("inconsistent", link.place, "'" + id + "' is a switch, not a group of machines",
                "from and to for links to a switch");
        else if (contains(all, member))
          error("duplicate-node", link.place, "'" + name_of(member) + "' is named twice",
                "each machine once");
        else
          all.push_back(member);
      }
    if (all.size() < 2 && ends_known_)
      error("self-link", link.place, "one machine alone has nothing to be joined to",
            "groups of two machines or more");
    else
      join_all(layout_, all, link.topology, cable);
  }

  std::size_t vertex_count() const { return layout_.machines.size() + layout_.switches.size(); }

  // Ethernet and InfiniBand switches forward on a tree: a loop is cut by their protocols or floods
  // the net.
  void check_switches() {
    Parts parts(vertex_count());
    for (const Wire& wire : layout_.wires) {
      if (!is_switch(wire.a) || !is_switch(wire.b) || parts.join(wire.a, wire.b)) continue;
      error("switch-loop", wire.place,
            "this link from " + name_of(wire.a) + " to " + name_of(wire.b) +
                " closes a loop of switches",
            "switches in a tree; cables side by side are count: N");
    }
  }

  void check_connected() {
    Parts parts(vertex_count());
    for (const Wire& wire : layout_.wires) parts.join(wire.a, wire.b);
    std::map<std::size_t, std::string> names;
    for (std::size_t i = 0; i < layout_.machines.size(); ++i) {
      std::string& list = names[parts.of(static_cast<int>(i))];
      list += (list.empty() ? "" : ", ") + layout_.machines[i].name;
    }
    if (names.size() < 2) return;
    std::string apart;
    for (const auto& [root, list] : names) apart += (apart.empty() ? "" : " | ") + list;
    error("disconnected", cluster_.place,
          "the cluster falls into " + std::to_string(names.size()) + " parts: " + apart,
          "links that join all machines");
  }

  void check_ports() {
    std::map<std::pair<int, const LinkSpec*>, int> cables;
    for (const Wire& wire : layout_.wires)
      for (const int end : {wire.a, wire.b}) {
        if (is_switch(end) || !wire.link) continue;
        const SystemSpec* system = layout_.machines[static_cast<std::size_t>(end)].system;
        const int ports = system ? known_ports(*system, wire.link->id) : 0;
        int& used = cables[{end, wire.link}];
        const bool fitted = used <= ports;
        used += wire.cables;
        if (ports > 0 && fitted && used > ports)
          error("too-few-ports", wire.place,
                name_of(end) + " has " + counted(ports, "port") + " of " + wire.link->name +
                    ", this makes " + counted(used, "cable"),
                "at most as many cables as ports");
      }
  }

  void describe() {
    std::vector<std::pair<std::string, int>> kinds;
    const auto count = [&kinds](const std::string& name, int more) {
      const auto known = std::find_if(kinds.begin(), kinds.end(),
                                      [&](const auto& kind) { return kind.first == name; });
      if (known == kinds.end())
        kinds.emplace_back(name, more);
      else
        known->second += more;
    };
    for (const Machine& machine : layout_.machines)
      if (machine.system) count(machine.system->name, 1);
    std::string text;
    for (const auto& [name, number] : kinds)
      text += (text.empty() ? "" : ", ") + std::to_string(number) + "x " + name;
    kinds.clear();
    for (const Wire& wire : layout_.wires)
      if (wire.link) count(wire.link->name, 0);
    const char* before = " over ";
    for (const auto& [name, none] : kinds) text += std::exchange(before, ", ") + name;
    layout_.description = cluster_.name.empty() ? text : cluster_.name + ": " + text;
  }

  const ClusterSpec& cluster_;
  Catalog& catalog_;
  Diagnostics& diagnostics_;
  ClusterLayout layout_;
  std::map<std::string, std::vector<int>> vertices_;
  bool ends_known_ = true;
};

}  // namespace

ClusterLayout lay_out(const ClusterSpec& cluster, Catalog& catalog, Diagnostics& diagnostics) {
  return LayoutBuilder(cluster, catalog, diagnostics).run();
}

}  // namespace plimsoll
