// Machines and what joins them, as a graph.

#include <algorithm>
#include <map>

#include "catalog/figure_spread.h"
#include "fabric/fabric_state.h"
#include "fabric/roofs.h"

namespace plimsoll {

namespace {

// A link's latency counts from end to end: an edge to a switch in its middle carries half of it,
// one between two switches nothing.
constexpr double whole_link = 1.0;
constexpr double half_link = 0.5;

std::string numbered(std::string_view what, int index, int count) {
  return count > 1 ? std::string(what) + " " + std::to_string(index) : std::string(what);
}

struct UnifiedLimit {
  Bytes usable;
  std::string name;
  Provenance from;
  bool of_machine = false;  // set in its firmware, or by its maker: no command raises it
};

// Where the limit is raised by a switch rather than to a size, a machine's own figure says how far
// that goes: up to the end of its range.
bool can_switch(const SystemSpec& system, const OsSpec& os) {
  const bool by_size = os.raise_limit.find("{mib}") != std::string::npos;
  return system.gpu_memory && system.gpu_memory->high && !os.raise_limit.empty() && !by_size &&
         system.gpu_memory->value < *system.gpu_memory->high;
}

UnifiedLimit unified_limit(const SystemSpec& system, const OsSpec& os, bool raised) {
  const Bytes size = system.host.memory;
  const Bytes left = size - os.reserved.value;
  const bool raisable = can_switch(system, os);
  if (raised && raisable)
    return {.usable = std::min(left, *system.gpu_memory->high),
            .name = "limit on GPU memory of this machine, raised",
            .from = system.gpu_memory->from,
            .of_machine = true};
  if (raised)
    return {.usable = left, .name = "what " + os.name + " leaves", .from = os.reserved.from};
  if (system.gpu_memory)
    return {.usable = system.gpu_memory->value,
            .name = raisable ? os.name + " limit on GPU memory" : "limit of this machine",
            .from = system.gpu_memory->from,
            .of_machine = !raisable};
  for (const GpuShareStep& step : os.gpu_shares)
    if (!(step.up_to < size))
      return {.usable = size * step.share.value,
              .name = os.name + " limit on GPU memory",
              .from = step.share.from};
  if (!os.gpu_shares.empty())
    return {.usable = size * os.gpu_shares.back().share.value,
            .name = os.name + " limit on GPU memory",
            .from = os.gpu_shares.back().share.from};
  return {.usable = left, .name = {}, .from = os.reserved.from};
}

// Parts of a system that compute, with every name found.
struct CardPart {
  const DeviceSpec* device = nullptr;
  const ComputeUnitSpec* gpu = nullptr;
  const LinkSpec* host_link = nullptr;
  const LinkSpec* peer_link = nullptr;  // null: they talk through the host
  int count = 1;
};

struct SystemPlan {
  const SystemSpec* system = nullptr;
  const OsSpec* os = nullptr;
  std::vector<const DeviceSpec*> socs;
  std::vector<CardPart> parts;
  int cards = 0;
  const DeviceSpec* host = nullptr;  // null: an SoC is its own, or the host runs nothing
  const ComputeUnitSpec* host_unit = nullptr;
};

class SystemPlanner {
 public:
  SystemPlanner(const SystemSpec& system, Catalog& catalog, Diagnostics& diagnostics)
      : system_(system), catalog_(catalog), diagnostics_(diagnostics) {}

  SystemPlan run() {
    plan_.system = &system_;
    plan_.os = catalog_.os(system_.os, system_.place, diagnostics_);
    for (const SystemPart& part : system_.parts) add(part);
    for (std::size_t i = 0; i < plan_.parts.size(); ++i) join(plan_.parts[i], *sources_[i]);
    if (!system_.host.device.empty()) {
      plan_.host = catalog_.device(system_.host.device, system_.place, diagnostics_);
      plan_.host_unit = plan_.host ? find_unit(*plan_.host, UnitKind::cpu) : nullptr;
    }
    return std::move(plan_);
  }

 private:
  void add(const SystemPart& part) {
    const DeviceSpec* device = part.own_device
                                   ? part.own_device.get()
                                   : catalog_.device(part.device, system_.place, diagnostics_);
    if (!device) return;
    if (device->form == DeviceForm::soc) {
      plan_.socs.push_back(device);
      return;
    }
    const ComputeUnitSpec* gpu = find_unit(*device, UnitKind::gpu);
    if (!gpu || !device->memory.capacity) {
      diagnostics_.error("not-an-accelerator", system_.place,
                         "part " + part.device + " of " + system_.id + " has no GPU with memory",
                         "a card or an SoC");
      return;
    }
    plan_.parts.push_back({.device = device, .gpu = gpu, .count = part.count});
    plan_.cards += part.count;
    sources_.push_back(&part);
  }

  void join(CardPart& part, const SystemPart& source) {
    const std::string& host = source.host_link.empty() ? part.device->host_link : source.host_link;
    part.host_link = catalog_.link(host, part.device->place, diagnostics_);
    const std::string& peer = source.peer_link.empty() ? part.device->peer_link : source.peer_link;
    if (!peer.empty() && plan_.cards > 1)
      part.peer_link = catalog_.link(peer, system_.place, diagnostics_);
  }

  const SystemSpec& system_;
  Catalog& catalog_;
  Diagnostics& diagnostics_;
  SystemPlan plan_;
  std::vector<const SystemPart*> sources_;  // of plan_.parts
};

}  // namespace

class FabricBuilder {
 public:
  FabricBuilder(Fabric::State& state, const ClusterLayout& layout, bool raise_gpu_limit,
                Catalog& catalog, Diagnostics& diagnostics)
      : state_(state),
        layout_(layout),
        raise_gpu_limit_(raise_gpu_limit),
        catalog_(catalog),
        diagnostics_(diagnostics),
        roofs_(catalog.roofs(diagnostics)) {}

  void run() {
    for (const Machine& machine : layout_.machines) add_machine(machine);
    for (const SwitchBox& box : layout_.switches) add_switch(box);
    for (std::size_t i = 0; i < layout_.wires.size(); ++i)
      if (layout_.wires[i].link) add_wire(layout_.wires[i], static_cast<int>(i));
  }

 private:
  Vertex vertex() { return boost::add_vertex(state_.graph); }
  int newest_node() const { return static_cast<int>(state_.nodes.size()) - 1; }

  const SystemPlan& plan_of(const SystemSpec& system) {
    const auto known = plans_.find(&system);
    if (known != plans_.end()) return known->second;
    return plans_.emplace(&system, SystemPlanner(system, catalog_, diagnostics_).run())
        .first->second;
  }

  // "GPU 0" where there is one machine, "node 2 GPU 0" where there are several.
  std::string in_cluster(const std::string& name) const {
    return layout_.machines.size() > 1 ? state_.nodes.back().name + " " + name : name;
  }

  void add_machine(const Machine& machine) {
    const SystemPlan& plan = plan_of(*machine.system);
    FabricNode node{.name = machine.name, .host = {vertex(), vertex()}, .plane = vertex()};
    state_.add_edge(node.host.out, node.host.in);
    state_.add_edge(node.host.out, node.plane);
    state_.add_edge(node.plane, node.host.in);
    state_.nodes.push_back(std::move(node));
    if (!plan.os) return;  // told by the planner
    for (const DeviceSpec* soc : plan.socs) add_soc(plan, *soc);
    add_cards(plan);
    if (plan.host_unit) add_host(plan);
  }

  int add_pool(Pool pool) {
    pool.node = newest_node();
    state_.pools.push_back(std::move(pool));
    return static_cast<int>(state_.pools.size()) - 1;
  }

  void add_executor(int index, const std::string& name, const DeviceSpec& device,
                    const ComputeUnitSpec& unit, int sockets, int pool, Ends ends) {
    state_.executors.push_back(
        {.node = newest_node(),
         .index = index,
         .name = in_cluster(name),
         .device = &device,
         .unit = &unit,
         .sockets = sockets,
         .pool = pool,
         .memory = memory_roof(device, unit, sockets, roofs_, diagnostics_)});
    state_.executor_ends.push_back(ends);
  }

  void add_soc(const SystemPlan& plan, const DeviceSpec& soc) {
    const UnifiedLimit limit = unified_limit(*plan.system, *plan.os, raise_gpu_limit_);
    const int pool =
        add_pool({.kind = PoolKind::unified,
                  .name = "unified memory",
                  .capacity = plan.system->host.memory,
                  .os_reserved = plan.os->reserved,
                  .gpu_usable = limit.usable,
                  .gpu_limit = limit.name,
                  .raise_limit =
                      limit.name.empty() || limit.of_machine ? std::string() : plan.os->raise_limit,
                  .gpu_limit_from = limit.from});
    for (const ComputeUnitSpec& unit : soc.units)
      if (unit.kind != UnitKind::npu)
        add_executor(0, unit.kind == UnitKind::gpu ? "GPU" : "CPU", soc, unit, 1, pool,
                     state_.nodes.back().host);
  }

  void add_cards(const SystemPlan& plan) {
    std::map<const LinkSpec*, Vertex> hubs;
    int index = 0;
    for (const CardPart& part : plan.parts)
      for (int i = 0; i < part.count; ++i, ++index) {
        const std::string name = numbered("GPU", index, plan.cards);
        const Ends card = add_card(part, index, name);
        if (part.host_link)
          connect(card, state_.nodes.back().host, *part.host_link, name, LinkRole::to_host,
                  part.gpu->profiled ? part.gpu->profiled->host_link : std::nullopt);
        if (!part.peer_link) continue;
        if (!hubs.contains(part.peer_link)) hubs[part.peer_link] = vertex();
        const Vertex hub = hubs[part.peer_link];
        connect(card, {hub, hub}, *part.peer_link, name, LinkRole::to_peers);
      }
  }

  Ends add_card(const CardPart& part, int index, const std::string& name) {
    const Figure<Bytes>& capacity = *part.device->memory.capacity;
    Pool memory;
    memory.kind = PoolKind::device;
    memory.name = name + " memory";
    memory.capacity = capacity.value;
    memory.gpu_usable = capacity.value;
    memory.gpu_limit_from = capacity.from;
    const int pool = add_pool(std::move(memory));
    const Ends ends{vertex(), vertex()};
    add_executor(index, name, *part.device, *part.gpu, 1, pool, ends);
    return ends;
  }

  void add_host(const SystemPlan& plan) {
    const int pool = add_pool({.kind = PoolKind::host,
                               .name = "main memory",
                               .capacity = plan.system->host.memory,
                               .os_reserved = plan.os->reserved,
                               .gpu_limit_from = plan.os->reserved.from});
    add_executor(0, "CPU", *plan.host, *plan.host_unit, plan.system->host.sockets, pool,
                 state_.nodes.back().host);
  }

  // What a link joins.
  struct Joins {
    LinkRole role = LinkRole::wire;
    int of = 0;
  };

  int add_link(const LinkSpec& spec, int cables, const std::string& where, Joins joins,
               bool back = false, const std::optional<Figure<BytesPerSecond>>& profiled = {}) {
    Roof<BytesPerSecond> capacity = measured_roof(spec.reached, "achievable rate of " + spec.name);
    if (profiled) combine_with(*profiled, 1, capacity);
    capacity.value *= cables;
    const std::string many = cables > 1 ? std::to_string(cables) + "x " : std::string();
    return state_.add_link({.spec = &spec,
                            .name = many + spec.id + where,
                            .capacity = std::move(capacity),
                            .role = joins.role,
                            .of = joins.of,
                            .back = back});
  }

  // The newest card and its host, or the hub of its peers. Cards only start and end routes.
  // `profiled`: what a profile of the card found the link to reach.
  void connect(Ends card, Ends other, const LinkSpec& spec, const std::string& name, LinkRole role,
               const std::optional<Figure<BytesPerSecond>>& profiled = {}) {
    const std::string whose = in_cluster(name);
    const bool duplex = spec.full_duplex;
    const double share = role == LinkRole::to_host ? whole_link : half_link;
    const Joins joins{.role = role, .of = static_cast<int>(state_.executors.size()) - 1};
    const int up = add_link(spec, 1, (duplex ? " from " : " of ") + whose, joins, false, profiled);
    const int down = duplex ? add_link(spec, 1, " to " + whose, joins, true, profiled) : up;
    state_.add_edge(card.out, other.out, up, &spec.latency, share);
    state_.add_edge(other.in, card.in, down, &spec.latency, share);
  }

  void add_switch(const SwitchBox& box) {
    state_.switches.push_back(box);
    const SwitchBox& kept = state_.switches.back();
    const Ends ends{vertex(), vertex()};  // here traffic arrives at `in` and leaves from `out`
    int link = -1;
    if (kept.capacity)
      link = state_.add_link({.spec = nullptr,
                              .name = kept.name,
                              .capacity = measured_roof(*kept.capacity, "capacity of " + kept.name),
                              .role = LinkRole::switch_box,
                              .of = static_cast<int>(state_.switches.size()) - 1});
    const Figure<Seconds>* latency = kept.latency ? &*kept.latency : nullptr;
    state_.add_edge(ends.in, ends.out, link, latency, whole_link);
    switch_ends_.push_back(ends);
  }

  bool is_switch(int end) const { return end >= static_cast<int>(layout_.machines.size()); }

  std::size_t switch_index(int end) const {
    return static_cast<std::size_t>(end) - layout_.machines.size();
  }

  const std::string& name_of(int end) const {
    return is_switch(end) ? layout_.switches[switch_index(end)].name
                          : layout_.machines[static_cast<std::size_t>(end)].name;
  }

  Ends wire_ends(int end, const LinkSpec& link) const {
    if (is_switch(end)) return switch_ends_[switch_index(end)];
    const FabricNode& node = state_.nodes[static_cast<std::size_t>(end)];
    return link.forwarded ? Ends{node.plane, node.plane} : node.host;
  }

  void add_wire(const Wire& wire, int index) {
    const LinkSpec& spec = *wire.link;
    const double share =
        (is_switch(wire.a) ? 0.0 : half_link) + (is_switch(wire.b) ? 0.0 : half_link);
    const std::string a = name_of(wire.a), b = name_of(wire.b);
    const bool duplex = spec.full_duplex;
    const Joins joins{.role = LinkRole::wire, .of = index};
    const int there =
        add_link(spec, wire.cables, duplex ? ", " + a + " to " + b : ", " + a + " and " + b, joins);
    const int back =
        duplex ? add_link(spec, wire.cables, ", " + b + " to " + a, joins, true) : there;
    const Ends from = wire_ends(wire.a, spec), to = wire_ends(wire.b, spec);
    state_.add_edge(from.out, to.in, there, &spec.latency, share);
    state_.add_edge(to.out, from.in, back, &spec.latency, share);
  }

  Fabric::State& state_;
  const ClusterLayout& layout_;
  bool raise_gpu_limit_;
  Catalog& catalog_;
  Diagnostics& diagnostics_;
  const RoofTable& roofs_;
  std::map<const SystemSpec*, SystemPlan> plans_;
  std::vector<Ends> switch_ends_;
};

Fabric build_fabric(const ClusterLayout& layout, bool raise_gpu_limit, Catalog& catalog,
                    Diagnostics& diagnostics) {
  Fabric fabric;
  FabricBuilder(*fabric.state_, layout, raise_gpu_limit, catalog, diagnostics).run();
  return fabric;
}

}  // namespace plimsoll
