#include "fabric/fabric.h"

#include <algorithm>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/dijkstra_shortest_paths.hpp>
#include <cmath>
#include <map>

#include "catalog/figure_spread.h"

namespace plimsoll {

namespace {

struct LinkEdge {
  int link = -1;
  double latency = 0.0;
};
using Graph = boost::adjacency_list<boost::vecS, boost::vecS, boost::undirectedS,
                                    boost::no_property, LinkEdge>;

// A link's latency counts from end to end, so an edge to a switch in its middle carries half of it.
constexpr double whole_link = 1.0;
constexpr double half_link = 0.5;

std::string numbered(std::string_view what, int index, int count) {
  return count > 1 ? std::string(what) + " " + std::to_string(index) : std::string(what);
}

}  // namespace

namespace {

// A class default scales a peak: both are uncertain.
template <class Q>
Roof<Q> scaled_roof(const Figure<Q>& peak, const Figure<double>& fraction, std::string what) {
  const double peak_sigma = log_sigma_of(peak);
  const double fraction_sigma = log_sigma_of(fraction);
  return {.value = peak.value * fraction.value,
          .log_sigma = std::sqrt(peak_sigma * peak_sigma + fraction_sigma * fraction_sigma),
          .from = {.status = FigureStatus::measured,
                   .confidence = std::max(peak.from.confidence, fraction.from.confidence),
                   .source = fraction.from.source,
                   .place = peak.from.place},
          .what = std::move(what)};
}

template <class Q>
Roof<Q> measured_roof(const Figure<Q>& figure, std::string what) {
  return {.value = figure.value,
          .log_sigma = log_sigma_of(figure),
          .from = figure.from,
          .what = std::move(what)};
}

Roof<BytesPerSecond> memory_roof(const DeviceSpec& device, const ComputeUnitSpec& unit, int sockets,
                                 const RoofTable& roofs, Diagnostics& diagnostics) {
  const std::string what = "achievable memory bandwidth of " + device.name;
  Roof<BytesPerSecond> roof;
  if (unit.memory_reached) {
    roof = measured_roof(*unit.memory_reached, what);
  } else if (auto entry = roofs.memory.find(device.memory.roof_class);
             entry != roofs.memory.end()) {
    roof = scaled_roof(device.memory.bandwidth, entry->second,
                       what + " (peak times the default of its class)");
  } else {
    diagnostics.error(
        "unknown-roof", device.place,
        "memory of " + device.id + " has neither a measured bandwidth nor a known roof_class",
        "an entry of hwdb/roofs.yaml");
  }
  roof.value *= sockets;
  return roof;
}

}  // namespace

Roof<FlopPerSecond> matrix_roof(const Executor& executor, Precision precision,
                                const RoofTable& roofs) {
  auto rate = executor.unit->rates.find(precision);
  if (rate == executor.unit->rates.end()) return {};
  const std::string what = "achievable matrix rate of " + executor.device->name;
  Roof<FlopPerSecond> roof;
  if (rate->second.reached) {
    roof = measured_roof(*rate->second.reached, what);
  } else if (auto entry = roofs.matrix.find(executor.device->vendor); entry != roofs.matrix.end()) {
    roof = scaled_roof(rate->second.peak, entry->second,
                       what + " (peak times the default of its class)");
  } else {
    roof = measured_roof(rate->second.peak, "peak matrix rate of " + executor.device->name);
  }
  roof.value *= executor.sockets;
  return roof;
}

struct Fabric::State {
  Graph graph;
  int nodes = 0;
  std::vector<Pool> pools;
  std::vector<Executor> executors;
  std::vector<Graph::vertex_descriptor> executor_vertex;
  std::vector<FabricLink> links;

  void connect(Graph::vertex_descriptor a, Graph::vertex_descriptor b, const LinkSpec& spec,
               std::string name, double latency_share) {
    const int id = static_cast<int>(links.size());
    const Seconds latency = spec.latency.value * latency_share;
    links.push_back({.spec = &spec, .name = std::move(name), .latency = latency});
    boost::add_edge(a, b, LinkEdge{.link = id, .latency = latency.base()}, graph);
  }
};

Fabric::Fabric() : state_(std::make_unique<State>()) {}
Fabric::~Fabric() = default;
Fabric::Fabric(Fabric&&) noexcept = default;
Fabric& Fabric::operator=(Fabric&&) noexcept = default;

int Fabric::node_count() const {
  return state_->nodes;
}
const std::vector<Pool>& Fabric::pools() const {
  return state_->pools;
}
const std::vector<Executor>& Fabric::executors() const {
  return state_->executors;
}
const std::vector<FabricLink>& Fabric::links() const {
  return state_->links;
}

std::vector<int> Fabric::accelerators(int node) const {
  std::vector<int> found;
  for (int i = 0; i < static_cast<int>(executors().size()); ++i) {
    const Executor& executor = executors()[static_cast<std::size_t>(i)];
    if (executor.node == node && executor.unit->kind == UnitKind::gpu) found.push_back(i);
  }
  return found;
}

int Fabric::cpu(int node) const {
  for (int i = 0; i < static_cast<int>(executors().size()); ++i) {
    const Executor& executor = executors()[static_cast<std::size_t>(i)];
    if (executor.node == node && executor.unit->kind == UnitKind::cpu) return i;
  }
  return -1;
}

int Fabric::host_pool(int node) const {
  for (int i = 0; i < static_cast<int>(pools().size()); ++i) {
    const Pool& pool = pools()[static_cast<std::size_t>(i)];
    if (pool.node == node && pool.kind != PoolKind::device) return i;
  }
  return -1;
}

Route Fabric::route(int from_executor, int to_executor) const {
  const auto from = state_->executor_vertex[static_cast<std::size_t>(from_executor)];
  const auto to = state_->executor_vertex[static_cast<std::size_t>(to_executor)];
  if (from == to) return {};
  const Graph& graph = state_->graph;
  std::vector<Graph::vertex_descriptor> previous(boost::num_vertices(graph));
  std::vector<double> distance(boost::num_vertices(graph));
  boost::dijkstra_shortest_paths(graph, from,
                                 boost::predecessor_map(previous.data())
                                     .distance_map(distance.data())
                                     .weight_map(boost::get(&LinkEdge::latency, graph)));
  Route route;
  if (previous[to] == to) return route;
  for (auto vertex = to; vertex != from; vertex = previous[vertex]) {
    const auto edge = boost::edge(previous[vertex], vertex, graph).first;
    const int link = graph[edge].link;
    const LinkSpec& spec = *state_->links[static_cast<std::size_t>(link)].spec;
    route.links.push_back(link);
    route.latency += state_->links[static_cast<std::size_t>(link)].latency;
    if (route.links.size() == 1 || spec.reached.value < route.bandwidth)
      route.bandwidth = spec.reached.value;
  }
  std::reverse(route.links.begin(), route.links.end());
  return route;
}

namespace {

struct UnifiedLimit {
  Bytes usable;
  std::string name;
  Provenance from;
};

UnifiedLimit unified_limit(const SystemSpec& system, const OsSpec& os, bool raised) {
  const Bytes size = system.host.memory;
  const Bytes left = size - os.reserved.value;
  if (raised)
    return {.usable = left, .name = "what " + os.name + " leaves", .from = os.reserved.from};
  if (system.gpu_memory)
    return {.usable = system.gpu_memory->value,
            .name = "limit of this machine",
            .from = system.gpu_memory->from};
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

}  // namespace

Fabric build_fabric(const SystemSpec& system, int count, const LinkSpec* link, bool raise_gpu_limit,
                    Catalog& catalog, Diagnostics& diagnostics) {
  Fabric fabric;
  Fabric::State& state = *fabric.state_;
  state.nodes = count;
  const OsSpec* os = catalog.os(system.os, system.place, diagnostics);
  const RoofTable& roofs = catalog.roofs(diagnostics);
  if (!os) return fabric;

  const auto add_executor = [&](int node, int index, std::string name, const DeviceSpec& device,
                                const ComputeUnitSpec& unit, int sockets, int pool,
                                Graph::vertex_descriptor vertex) {
    state.executors.push_back({.node = node,
                               .index = index,
                               .name = std::move(name),
                               .device = &device,
                               .unit = &unit,
                               .sockets = sockets,
                               .pool = pool,
                               .memory = memory_roof(device, unit, sockets, roofs, diagnostics)});
    state.executor_vertex.push_back(vertex);
  };
  const auto add_pool = [&](Pool pool) {
    state.pools.push_back(std::move(pool));
    return static_cast<int>(state.pools.size()) - 1;
  };

  std::vector<Graph::vertex_descriptor> hosts;
  for (int node = 0; node < count; ++node) {
    const auto host = boost::add_vertex(state.graph);
    hosts.push_back(host);
    int cards = 0;
    for (const SystemPart& part : system.parts) {
      const DeviceSpec* device = catalog.device(part.device, system.place, diagnostics);
      if (device && device->form == DeviceForm::card) cards += part.count;
    }
    int card = 0;
    std::map<std::string, Graph::vertex_descriptor> switches;
    for (const SystemPart& part : system.parts) {
      const DeviceSpec* device = catalog.device(part.device, system.place, diagnostics);
      if (!device) continue;
      if (device->form == DeviceForm::soc) {
        const UnifiedLimit limit = unified_limit(system, *os, raise_gpu_limit);
        const bool limited = !limit.name.empty();
        const int pool = add_pool({.node = node,
                                   .kind = PoolKind::unified,
                                   .name = "unified memory",
                                   .capacity = system.host.memory,
                                   .os_reserved = os->reserved,
                                   .gpu_usable = limit.usable,
                                   .gpu_limit = limit.name,
                                   .raise_limit = limited ? os->raise_limit : std::string(),
                                   .gpu_limit_from = limit.from});
        for (const ComputeUnitSpec& unit : device->units) {
          if (unit.kind == UnitKind::npu) continue;
          add_executor(node, 0, unit.kind == UnitKind::gpu ? "GPU" : "CPU", *device, unit, 1, pool,
                       host);
        }
        continue;
      }
      const ComputeUnitSpec* gpu = find_unit(*device, UnitKind::gpu);
      if (!gpu || !device->memory.capacity) {
        diagnostics.error("not-an-accelerator", system.place,
                          "part " + part.device + " of " + system.id + " has no GPU with memory",
                          "a card or an SoC");
        continue;
      }
      const LinkSpec* host_link = catalog.link(device->host_link, device->place, diagnostics);
      const std::string peer = part.peer_link.empty() ? device->peer_link : part.peer_link;
      const LinkSpec* peer_link =
          peer.empty() || cards < 2 ? nullptr : catalog.link(peer, system.place, diagnostics);
      for (int i = 0; i < part.count; ++i, ++card) {
        const std::string name = numbered("GPU", card, cards);
        const int pool = add_pool({.node = node,
                                   .kind = PoolKind::device,
                                   .name = name + " memory",
                                   .capacity = device->memory.capacity->value,
                                   .os_reserved = {},
                                   .gpu_usable = device->memory.capacity->value,
                                   .gpu_limit = {},
                                   .raise_limit = {},
                                   .gpu_limit_from = device->memory.capacity->from});
        const auto vertex = boost::add_vertex(state.graph);
        add_executor(node, card, name, *device, *gpu, 1, pool, vertex);
        if (host_link)
          state.connect(vertex, host, *host_link, host_link->id + " of " + name, whole_link);
        if (peer_link) {
          if (!switches.contains(peer)) switches[peer] = boost::add_vertex(state.graph);
          state.connect(vertex, switches[peer], *peer_link, peer_link->id + " of " + name,
                        half_link);
        }
      }
    }
    if (!system.host.device.empty()) {
      const DeviceSpec* cpu = catalog.device(system.host.device, system.place, diagnostics);
      const ComputeUnitSpec* unit = cpu ? find_unit(*cpu, UnitKind::cpu) : nullptr;
      if (unit) {
        const int pool = add_pool({.node = node,
                                   .kind = PoolKind::host,
                                   .name = "main memory",
                                   .capacity = system.host.memory,
                                   .os_reserved = os->reserved,
                                   .gpu_usable = Bytes{},
                                   .gpu_limit = {},
                                   .raise_limit = {},
                                   .gpu_limit_from = os->reserved.from});
        add_executor(node, 0, "CPU", *cpu, *unit, system.host.sockets, pool, host);
      }
    }
  }
  if (link && count > 1) {
    const auto hub = boost::add_vertex(state.graph);
    for (int node = 0; node < count; ++node)
      state.connect(hosts[static_cast<std::size_t>(node)], hub, *link,
                    link->id + " of node " + std::to_string(node + 1), half_link);
  }
  return fabric;
}

}  // namespace plimsoll
